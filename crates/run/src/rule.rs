//! What a row's score is, and where alarms begin.

use serde::Serialize;
use std::str::FromStr;

/// What a row's score is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreKind {
    /// The distance from where learnt rows and their residuals lie.
    Shape,
    /// The mean squared error of the reconstruction.
    Error,
}

impl FromStr for ScoreKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "shape" => Ok(Self::Shape),
            "error" => Ok(Self::Error),
            _ => Err("expected shape or error".to_owned()),
        }
    }
}

/// Where alarms begin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", content = "at", rename_all = "snake_case")]
#[non_exhaustive]
pub enum AlarmRule {
    /// At p-values up to this: the fraction of ordinary rows that may be taken for anomalies.
    Level(f64),
    /// Above this quantile of the held-out scores.
    Quantile(f64),
    /// Where this fraction of the rows are anomalies.
    Contamination(f64),
}
