//! Conversion of optimiser errors into `ConfigError`.

use crate::InvalidConfig;
use latents_error::ConfigError;

impl From<InvalidConfig> for ConfigError {
    fn from(error: InvalidConfig) -> Self {
        let requirement = format!("{} needs {}", error.optimizer, error.range);
        Self::new(error.field, error.value, requirement)
    }
}
