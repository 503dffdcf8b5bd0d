//! `Loaded`: training rows, validation rows, and skipped images.

use crate::skipped::{Skipped, unreadable};
use crate::{DataError, Dataset};

/// The result of [`open`](crate::open).
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Training rows; all rows if the source has no separate validation rows.
    pub train: Dataset,
    /// Validation rows of the source, if it has them.
    pub validation: Option<Dataset>,
    /// Images that could not be read and were skipped; see [`OpenOptions::skip_bad`](crate::OpenOptions::skip_bad).
    pub skipped: Vec<Skipped>,
}

impl Loaded {
    /// Combines training and validation rows, which must have the same number of columns.
    pub(crate) fn new(train: Dataset, validation: Option<Dataset>) -> Result<Self, DataError> {
        match &validation {
            Some(other) if other.columns() != train.columns() => Err(DataError::Width {
                place: other.name().to_owned(),
                found: other.columns(),
                expected: train.columns(),
                reason: "columns of the training data",
            }),
            _ => Ok(Self {
                train,
                validation,
                skipped: Vec::new(),
            }),
        }
    }

    /// Describes each part on a line (see [`Dataset::describe`]), and the skipped images on another.
    ///
    /// ```
    /// let loaded = latents_data::open("digits", &Default::default())?;
    /// assert!(loaded.describe().starts_with("digits: 1,797 rows"));
    /// # Ok::<(), latents_data::DataError>(())
    /// ```
    pub fn describe(&self) -> String {
        let mut text = self.train.describe();
        if let Some(validation) = &self.validation {
            text += &format!("\n{} (validation)", validation.describe());
        }
        if let Some(left_out) = self.left_out() {
            text += &format!("\n{left_out}");
        }
        text
    }

    /// Describes the skipped images; `None` if there are none.
    ///
    /// ```
    /// assert_eq!(latents_data::open("digits", &Default::default())?.left_out(), None);
    /// # Ok::<(), latents_data::DataError>(())
    /// ```
    pub fn left_out(&self) -> Option<String> {
        let all = self.train.rows() + self.skipped.len();
        let some = !self.skipped.is_empty();
        some.then(|| format!("left out: {}", unreadable(&self.skipped, all)))
    }
}

impl From<Dataset> for Loaded {
    /// All rows are training rows.
    fn from(train: Dataset) -> Self {
        Self {
            train,
            validation: None,
            skipped: Vec::new(),
        }
    }
}
