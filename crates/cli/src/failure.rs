//! `Failure`: what the command says when it cannot do what it was asked to.

use latents_autoencoders::LoadError;
use latents_data::DataError;
use latents_durable::WriteError;
use latents_error::ConfigError;
use latents_nn::StateError;
use latents_report::HistoryError;
use latents_train::{BadLoss, TrainError};
use std::fmt;
use std::path::Path;

/// Why the command stops: what is wrong and where, then what to do, and the exit code.
///
/// Every error of the library crates becomes one through `?`.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    hint: Option<String>,
    code: u8,
}

/// What every command returns.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// Something could not be done: exit code 1.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: None,
            code: 1,
        }
    }

    /// The command was called wrongly: exit code 2.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self {
            code: 2,
            ..Self::new(what)
        }
    }

    /// The same with what to do about it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, said of a place.
    #[must_use]
    pub(crate) fn within(mut self, place: &str) -> Self {
        self.what = format!("{place}: {}", self.what);
        self
    }

    /// The same, said of the place where a file was to come, not of where it was first written.
    #[must_use]
    pub(crate) fn placed(mut self, from: &Path, to: &Path) -> Self {
        let name = |path: &Path| path.display().to_string();
        self.what = self.what.replace(&name(from), &name(to));
        self
    }

    /// A wrong value in a table of the configuration.
    pub(crate) fn of_key(table: &str, error: ConfigError) -> Self {
        let is_key = !error.path.contains(' ');
        let mut failure = Self::from(error);
        if is_key {
            failure.what = format!("{table}.{}", failure.what);
        }
        failure
    }

    /// The exit code of the process.
    pub(crate) fn code(&self) -> u8 {
        self.code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        Self::new(error.problem()).hint(error.hint())
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        Self::new(error.problem()).hint(latents_durable::HINT)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(error.to_string()).hint("correct the value, or leave it out for the default")
    }
}

impl From<BadLoss> for Failure {
    fn from(error: BadLoss) -> Self {
        Self::new(format!("no loss: {error}"))
            .hint("the data lie too far from those that the model learnt: check their units")
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        match error {
            StateError::Write(error) => error.into(),
            error => Self::new(error.to_string()),
        }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::State(error) => error.into(),
            error => Self::new(error.to_string()),
        }
    }
}

impl From<TrainError> for Failure {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Config(error) => Self::of_key("training", error),
            error => Self::new(error.to_string()),
        }
    }
}

impl From<HistoryError> for Failure {
    fn from(error: HistoryError) -> Self {
        Self::new(error.to_string()).hint("restore history.csv of the run, or train the model again")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_semicolon_in_a_path_tears_nothing() {
        let error = latents_data::open("no; such; file.npy", &latents_data::OpenOptions::default());
        let failure = Failure::from(error.unwrap_err());
        assert!(
            failure
                .to_string()
                .starts_with("error: no; such; file.npy: no such file or folder\n  hint: give `digits`"),
            "{failure}"
        );
        assert_eq!(failure.code(), 1);
        assert_eq!(Failure::usage("no").to_string(), "error: no");
    }
}
