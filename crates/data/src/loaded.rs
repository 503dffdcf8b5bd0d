//! `Loaded`: training rows, validation rows, and what was left out.

use crate::skipped::{Skipped, unreadable};
use crate::{DataError, Dataset};

/// What was read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The rows to train on; all of them where the source has no parts.
    pub train: Dataset,
    /// The rows that the source keeps for validation.
    pub validation: Option<Dataset>,
    /// The images that were left out because they cannot be read, see [`OpenOptions::skip_bad`](crate::OpenOptions::skip_bad).
    pub skipped: Vec<Skipped>,
}

impl Loaded {
    /// Training rows and the validation rows that the source keeps, which must be as wide.
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

    /// A line for each part, see [`Dataset::describe`], and one for what was left out.
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

    /// A line on what was left out, if something was.
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
