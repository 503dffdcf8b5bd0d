//! `RunError`: why something could not be done with a run.

use crate::text::Text;
use crate::text::setting::{LEARNING_RATE, SCALE};
use latents_anomaly::DetectorError;
use latents_autoencoders::LoadError;
use latents_data::DataError;
use latents_durable::WriteError;
use latents_error::ConfigError;
use latents_nn::StateError;
use latents_report::HistoryError;
use latents_train::{BadLoss, TrainError};
use std::path::Path;
use thiserror::Error;

/// What is wrong and where, and what to do about it.
///
/// Every error of the crates below becomes one through `?`.
#[derive(Clone, Debug, Error)]
#[error("{what}")]
pub struct RunError {
    what: Text,
    hint: Option<Text>,
    is_misuse: bool,
}

/// What everything here returns.
pub type Outcome<T = ()> = Result<T, RunError>;

impl RunError {
    /// Something could not be done.
    pub fn new(what: impl Into<Text>) -> Self {
        Self {
            what: what.into(),
            hint: None,
            is_misuse: false,
        }
    }

    /// What was asked for cannot be.
    pub fn misuse(what: impl Into<Text>) -> Self {
        Self {
            is_misuse: true,
            ..Self::new(what)
        }
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Text>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, said of a place.
    #[must_use]
    pub fn within(mut self, place: &str) -> Self {
        self.what = self.what.prefixed(place);
        self
    }

    /// The same, said of the place where a file was to come, not of where it was first written.
    #[must_use]
    pub(crate) fn placed(mut self, from: &Path, to: &Path) -> Self {
        let name = |path: &Path| path.display().to_string();
        self.what = self.what.replaced(&name(from), &name(to));
        self
    }

    /// What is wrong, and where.
    pub fn what(&self) -> &Text {
        &self.what
    }

    /// What to do about it.
    pub fn remedy(&self) -> Option<&Text> {
        self.hint.as_ref()
    }

    /// Whether the request itself is wrong, regardless of what the files contain.
    pub fn is_misuse(&self) -> bool {
        self.is_misuse
    }
}

/// What to do about a value.
pub(crate) const CORRECT: &str = "correct the value, or leave it out for the default";

impl From<DataError> for RunError {
    fn from(error: DataError) -> Self {
        Self::new(error.problem()).hint(error.hint())
    }
}

impl From<WriteError> for RunError {
    fn from(error: WriteError) -> Self {
        Self::new(error.problem()).hint(latents_durable::HINT)
    }
}

impl From<ConfigError> for RunError {
    fn from(error: ConfigError) -> Self {
        Self::new(error.to_string()).hint(CORRECT)
    }
}

impl From<BadLoss> for RunError {
    fn from(error: BadLoss) -> Self {
        let culprit = error.operation.in_plain_words();
        Self::new(format!(
            "there is no loss: in batch {}, {culprit} became infinite or NaN",
            error.batch
        ))
        .hint("the data lie too far from those that the model learnt: check their units")
    }
}

impl From<StateError> for RunError {
    fn from(error: StateError) -> Self {
        match error {
            StateError::Write(error) => error.into(),
            error => Self::new(error.to_string()),
        }
    }
}

impl From<LoadError> for RunError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::State(error) => error.into(),
            error => Self::new(error.to_string()),
        }
    }
}

impl From<TrainError> for RunError {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Config(error) => error.within("training").into(),
            TrainError::NotFinite {
                layer,
                epoch,
                part,
                batch,
                operation,
                ..
            } => {
                let layer = layer.map(|layer| format!("layer {layer}, ")).unwrap_or_default();
                let part = if part == "training" { "" } else { "validation " };
                let culprit = operation.in_plain_words();
                Self::new(format!(
                    "the training diverged: in {layer}epoch {epoch}, {part}batch {batch}, {culprit} became infinite or NaN"
                ))
                .hint(format!("lower {LEARNING_RATE}, or scale the data with {SCALE}"))
            }
            error => Self::new(error.to_string()),
        }
    }
}

impl From<HistoryError> for RunError {
    fn from(error: HistoryError) -> Self {
        Self::new(error.to_string()).hint("restore history.csv of the run, or train the model again")
    }
}

impl From<DetectorError> for RunError {
    fn from(error: DetectorError) -> Self {
        match error {
            DetectorError::Config(error) => error.into(),
            error => Self::new(format!("no scores: {error}")).hint(format!(
                "train the run again, with rows of finite numbers and a lower {LEARNING_RATE}"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_semicolon_in_a_path_tears_nothing() {
        let error = latents_data::open("no; such; file.npy", &latents_data::OpenOptions::default());
        let error = RunError::from(error.unwrap_err());
        assert_eq!(error.to_string(), "no; such; file.npy: no such file or folder");
        assert!(error.remedy().unwrap().to_string().starts_with("give `digits`"));
        assert!(!error.is_misuse());
    }

    #[test]
    fn a_place_stands_first() {
        let error =
            RunError::from(ConfigError::new("latent", 0, "must be more").within("model")).within("a.toml");
        assert_eq!(error.to_string(), "a.toml: model.latent is 0: must be more");
        assert_eq!(RunError::misuse("no").to_string(), "no");
    }
}
