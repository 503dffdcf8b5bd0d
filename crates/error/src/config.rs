//! `ConfigError`: a setting that has a value it cannot have.

use thiserror::Error;

/// A configuration that no model, training or method can have: which setting, its value, and what it must be.
///
/// A setting inside another one is named by its path; each level adds its own name with [`ConfigError::within`].
///
/// ```
/// use latents_error::ConfigError;
/// let error = ConfigError::new("latent", 0, "a layer needs at least 1 unit").within("network");
/// assert_eq!(error.to_string(), "network.latent is 0: a layer needs at least 1 unit");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{path} is {value}: {requirement}")]
#[non_exhaustive]
pub struct ConfigError {
    /// The path of the setting, its parts joined by dots: `network.latent`.
    pub path: String,
    /// The value that was given.
    pub value: String,
    /// What the value must be.
    pub requirement: String,
}

impl ConfigError {
    /// The setting `name` is `value`, but `requirement`.
    pub fn new(name: impl Into<String>, value: impl ToString, requirement: impl Into<String>) -> Self {
        Self {
            path: name.into(),
            value: value.to_string(),
            requirement: requirement.into(),
        }
    }

    /// The same error of a setting inside `parent`: `latent` within `network` is `network.latent`.
    #[must_use]
    pub fn within(self, parent: &str) -> Self {
        Self {
            path: format!("{parent}.{}", self.path),
            ..self
        }
    }
}
