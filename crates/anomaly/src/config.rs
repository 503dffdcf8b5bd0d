//! Configuration and errors of the detector.

use latents_error::{ConfigError, Within};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The rule for the score above which a row is an anomaly, computed from held-out rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Threshold {
    /// p-value ≤ level: at most this fraction of normal rows is flagged. If there are too few held-out rows for such a small
    /// p-value, the smallest possible one, 1 / (held out + 1), is used.
    PValue(f64),
    /// Above this quantile of the held-out scores.
    Quantile(f64),
    /// For a known fraction of anomalies, if the held-out rows are distributed like the data: the quantile at 1 −
    /// contamination.
    Contamination(f64),
}

impl Default for Threshold {
    fn default() -> Self {
        Self::PValue(0.01)
    }
}

impl Threshold {
    /// Checks the threshold.
    ///
    /// # Errors
    /// If the number is not between 0 and 1, or if the contamination is above 0.5.
    ///
    /// ```
    /// # use latents_anomaly::Threshold;
    /// assert!(Threshold::Quantile(0.99).validate().is_ok());
    /// assert!(Threshold::Contamination(0.7).validate().is_err());
    /// ```
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

/// Configuration of a [`Detector`](super::Detector). The defaults do not depend on the data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct DetectorConfig {
    /// Fraction of the training rows from which the covariances are estimated; all other rows may be anomalies.
    pub core: f64,
    /// Added to the variance in every direction, as a fraction of the mean variance of the features. It is a lower bound on the
    /// variance of any direction.
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
    /// Checks the configuration.
    ///
    /// # Errors
    /// If `core` is not above 0.5 and at most 1, if `shrinkage` is not positive, or if the threshold is invalid.
    ///
    /// ```
    /// # use latents_anomaly::DetectorConfig;
    /// let mut config = DetectorConfig::default();
    /// assert!(config.validate().is_ok());
    /// config.core = 0.4;
    /// assert!(config.validate().is_err());
    /// ```
    pub fn validate(&self) -> Result<(), ConfigError> {
        check_core(self.core)?;
        if !(self.shrinkage > 0.0 && self.shrinkage.is_finite()) {
            let requirement = "must be a positive number, such as 0.05";
            return Err(ConfigError::new("shrinkage", self.shrinkage, requirement));
        }
        self.threshold.validate().within("threshold")
    }
}

pub(super) fn check_core(core: f64) -> Result<(), ConfigError> {
    match core > 0.5 && core <= 1.0 {
        true => Ok(()),
        false => {
            let requirement = "must be above 0.5 (half of the rows) and at most 1 (all rows)";
            Err(ConfigError::new("core", core, requirement))
        }
    }
}

/// Error from fitting or using a detector.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DetectorError {
    /// Invalid configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data has no rows.
    #[error("the {0} data has no rows")]
    NoRows(&'static str),
    /// The widths of data, model and detector do not match.
    #[error("the {part} has {found} features, but the {of} expects {expected}")]
    Width {
        /// What has the wrong width.
        part: &'static str,
        /// Its number of features.
        found: usize,
        /// What expects another width.
        of: &'static str,
        /// The expected number of features.
        expected: usize,
    },
    /// A training row or its reconstruction contains NaN or infinity.
    #[error("training row {}: the row or its reconstruction is not finite", .row + 1)]
    NotFinite {
        /// Index of the row, from 0.
        row: usize,
    },
    /// The stored detector is inconsistent.
    #[error("the detector is damaged: {0}")]
    Damaged(&'static str),
}
