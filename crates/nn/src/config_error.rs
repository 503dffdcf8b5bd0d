//! The errors of optimisers, as every crate above reports them.

use crate::InvalidConfig;
use latents_error::ConfigError;

impl From<InvalidConfig> for ConfigError {
    fn from(error: InvalidConfig) -> Self {
        let requirement = format!("{} needs {}", error.optimizer, error.range);
        Self::new(error.field, error.value, requirement)
    }
}
