//! `Split`: the rows of a training, and those held out.

use crate::error::{Outcome, RunError};
use crate::text::setting::{OUTPUT, SCALE, VALIDATION};
use latents_autoencoders::ModelConfig;
use latents_data::{DataError, Dataset, Loaded, OpenOptions, Scaling, open};
use latents_tensor::random::Key;
use latents_text::number::counted;

/// The fraction of the rows to hold out where the data have no validation rows of their own.
const HELD_OUT: f64 = 0.1;

/// Rows to learn, and rows to check on.
#[derive(Debug)]
pub struct Split {
    /// The rows as they were read, where some of them were held out.
    whole: Option<Dataset>,
    /// The rows to learn.
    pub train: Dataset,
    /// The rows held out, or those that the data keep for validation.
    pub validation: Option<Dataset>,
    /// The part of the read rows that was held out, if the data did not say themselves.
    pub fraction: Option<f64>,
    /// A line on the images that were left out, if some were.
    pub(crate) left_out: Option<String>,
}

impl Split {
    /// Reads data and splits them.
    ///
    /// # Errors
    /// If they cannot be read or split.
    pub fn read(source: &str, options: &OpenOptions, fraction: Option<f64>, seed: u64) -> Outcome<Self> {
        Self::of(open(source, options)?, fraction, seed)
    }

    /// Holds out `fraction` of the training rows; without one, the data's own validation rows are used, or else a tenth.
    pub(crate) fn of(loaded: Loaded, fraction: Option<f64>, seed: u64) -> Outcome<Self> {
        let left_out = loaded.left_out();
        let Loaded {
            train, validation, ..
        } = loaded;
        let unsplit = |train, validation, fraction| Self {
            whole: None,
            train,
            validation,
            fraction,
            left_out,
        };
        let fraction = match (fraction, validation) {
            (None, Some(validation)) => return Ok(unsplit(train, Some(validation), None)),
            (fraction, _) => fraction.unwrap_or(HELD_OUT),
        };
        if fraction == 0.0 {
            return Ok(unsplit(train, None, Some(0.0)));
        }
        let order = Key::new(seed).purpose("split").permutation(train.rows());
        let (rest, validation) = train.split_ordered(fraction, &order).map_err(|error| {
            RunError::from(error).hint(format!("choose another {VALIDATION}; 0 holds out nothing"))
        })?;
        Ok(Self {
            whole: Some(train),
            ..unsplit(rest, Some(validation), Some(fraction))
        })
    }

    /// The same rows with another scaling.
    pub(crate) fn scaled(self, scaling: &Scaling) -> Outcome<Self> {
        let scaled = |rows: Dataset| rows.with_scaling(scaling.clone());
        Ok(Self {
            whole: self.whole.map(scaled).transpose()?,
            train: scaled(self.train)?,
            validation: self.validation.map(scaled).transpose()?,
            fraction: self.fraction,
            left_out: self.left_out,
        })
    }

    /// The rows that results are measured on: those held out, if any.
    pub fn measured(&self) -> &Dataset {
        self.validation.as_ref().unwrap_or(&self.train)
    }

    /// The rows whose numbers a person sees: all that were read, or those that the data keep for validation.
    pub(crate) fn numbered(self) -> Dataset {
        let measured = self.validation.unwrap_or(self.train);
        self.whole.unwrap_or(measured)
    }

    /// What was read, for people.
    pub fn describe(&self) -> Vec<String> {
        let count = |data: &Dataset| counted(data.rows(), "row");
        let validation = match (&self.validation, &self.whole) {
            (None, _) => "no validation rows".to_owned(),
            (Some(rows), None) => format!("validation on {} that the data keep for it", count(rows)),
            (Some(rows), Some(_)) => format!(
                "{} to learn, {} held out for validation",
                count(&self.train),
                count(rows)
            ),
        };
        let read = self.whole.as_ref().unwrap_or(&self.train);
        let mut lines = vec![read.describe()];
        lines.extend(self.left_out.clone());
        lines.push(validation);
        lines
    }

    /// Refuses rows that the model cannot yield.
    pub(crate) fn check_range(&self, model: &ModelConfig) -> Outcome {
        let parts = std::iter::once(&self.train).chain(&self.validation);
        parts.into_iter().try_for_each(|rows| check_range(rows, model))
    }
}

/// Refuses rows that the model's decoder cannot yield. Where the scaling was fitted to the training rows, others may
/// lie a little beyond its ends.
pub(crate) fn check_range(rows: &Dataset, model: &ModelConfig) -> Outcome {
    if !model.facts().yields_unit_range() || matches!(rows.scaling(), Scaling::MinMax(_)) {
        return Ok(());
    }
    rows.check_unit_range().map_err(|error| match error {
        DataError::OutsideUnitRange { .. } => RunError::from(error).hint(format!(
            "scale them with {SCALE} min-max (or min-max-columns), or take {OUTPUT} linear, also with {SCALE} standard"
        )),
        other => other.into(),
    })
}
