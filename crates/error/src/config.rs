//! `ConfigError`: a setting that has a value it cannot have.

use latents_text::number::exact;
use thiserror::Error;

/// A configuration that no model, training or method can have: which setting, its value, and what it must be.
///
/// A setting inside another one is named by its path; each level adds its own name with [`ConfigError::within`], or with
/// [`Within`] on a result.
///
/// ```
/// use latents_error::ConfigError;
/// let error = ConfigError::new("latent", 0, "a layer needs at least 1 unit").within("network");
/// assert_eq!(error.to_string(), "network.latent is 0: a layer needs at least 1 unit");
/// assert_eq!(ConfigError::new("beta", -1e300, "must be 0 or more").value, "-1e300");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{path} is {value}: {requirement}")]
#[non_exhaustive]
pub struct ConfigError {
    /// The path of the setting: names joined by dots, and places in lists, from 0, in brackets: `network.hidden[1]`.
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
            value: shortened(value.to_string()),
            requirement: requirement.into(),
        }
    }

    /// The same error of a setting inside `parent`: `latent` within `network` is `network.latent`.
    #[must_use]
    pub fn within(self, parent: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        Self {
            path: format!("{parent}{dot}{}", self.path),
            ..self
        }
    }
}

/// A number of hundreds of digits as `1e300`; all else as it is.
fn shortened(value: String) -> String {
    const LONG: usize = 24;
    match value.parse() {
        Ok(number) if value.len() > LONG => exact(number),
        _ => value,
    }
}

/// Results of a part of a configuration, whose error names a setting inside that part.
///
/// ```
/// use latents_error::{ConfigError, Within};
/// fn check_network() -> Result<(), ConfigError> {
///     Err(ConfigError::new("hidden[1]", 0, "a layer needs at least 1 unit"))
/// }
/// let error = check_network().within("network").unwrap_err();
/// assert_eq!(error.path, "network.hidden[1]");
/// ```
pub trait Within {
    /// The same with an error that names the setting inside `parent`.
    ///
    /// # Errors
    /// As the result itself.
    #[must_use = "the error is in the result"]
    fn within(self, parent: &str) -> Self;
}

impl<T> Within for Result<T, ConfigError> {
    fn within(self, parent: &str) -> Self {
        self.map_err(|error| error.within(parent))
    }
}
