//! What a detector can be told, and what can go wrong.

use latents_error::{ConfigError, Within};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The score above which a row is an anomaly, by held-out rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Threshold {
    /// p-value ≤ level: of normal rows, at most this part is reported. Where there are too few held-out rows for so small
    /// a p-value, the smallest possible one, 1 / (held out + 1), takes its place.
    PValue(f64),
    /// Above this quantile of the held-out scores.
    Quantile(f64),
    /// As many as a known part of anomalies, held-out rows being as the data: the quantile at 1 − contamination.
    Contamination(f64),
}

impl Default for Threshold {
    fn default() -> Self {
        Self::PValue(0.01)
    }
}

impl Threshold {
    /// # Errors
    /// If the number is not between 0 and 1, or the contamination above 0.5.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let (option, value, most) = match *self {
            Self::PValue(level) => ("p_value", level, 1.0),
            Self::Quantile(level) => ("quantile", level, 1.0),
            Self::Contamination(part) => ("contamination", part, 0.5),
        };
        match value > 0.0 && value <= most {
            true => Ok(()),
            false => Err(ConfigError::new(
                option,
                value,
                format!("must be above 0 and at most {most}"),
            )),
        }
    }
}

/// How a [`Detector`](super::Detector) is fitted. The defaults are the same for all data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct DetectorConfig {
    /// The part of the training rows that the covariances are taken from: the others may all be anomalies.
    pub core: f64,
    /// Added to the variance in every direction, as a part of the features' own variance: no direction counts as
    /// thinner than this.
    pub shrinkage: f64,
    /// Which scores are anomalies.
    pub threshold: Threshold,
}

latents_error::setters! {
    DetectorConfig { core: f64, shrinkage: f64, threshold: Threshold }
}

impl Default for DetectorConfig {
    fn default() -> Self {
        Self {
            core: 0.7,
            shrinkage: 0.05,
            threshold: Threshold::default(),
        }
    }
}

impl DetectorConfig {
    /// # Errors
    /// If the core is not above 0.5 and at most 1, the shrinkage not a positive number, or the threshold none.
    pub fn validate(&self) -> Result<(), ConfigError> {
        check_core(self.core)?;
        if !(self.shrinkage > 0.0 && self.shrinkage.is_finite()) {
            let requirement = "must be a positive number, as 0.05";
            return Err(ConfigError::new("shrinkage", self.shrinkage, requirement));
        }
        self.threshold.validate().within("threshold")
    }
}

pub(super) fn check_core(core: f64) -> Result<(), ConfigError> {
    match core > 0.5 && core <= 1.0 {
        true => Ok(()),
        false => {
            let requirement = "must be above 0.5, half of the rows, and at most 1, all of them";
            Err(ConfigError::new("core", core, requirement))
        }
    }
}

/// Why a detector cannot be fitted or used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DetectorError {
    /// The options do not make sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data has no rows.
    #[error("the {0} data has no rows")]
    NoRows(&'static str),
    /// The data's width is not the model's, or the model's not the detector's.
    #[error("the {part} has {found} features, the {of} takes {expected}")]
    Width {
        /// What is too wide or narrow.
        part: &'static str,
        /// Its features.
        found: usize,
        /// What it is given to.
        of: &'static str,
        /// The features that it must have.
        expected: usize,
    },
    /// A training row, or its reconstruction, is NaN or infinite.
    #[error("training row {}: the row or its reconstruction is not finite", .row + 1)]
    NotFinite {
        /// From 0.
        row: usize,
    },
    /// A detector's saved numbers do not fit together.
    #[error("the detector is damaged: {0}")]
    Damaged(&'static str),
}
