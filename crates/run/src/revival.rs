//! `[revival]`: a table of configurations of version 0.1, now a setting of the sparse variant.

use crate::error::{Outcome, RunError};
use crate::table::Table;
use latents_autoencoders::registry::{Registry, Variant};
use latents_error::ConfigError;
use serde::Deserialize;

/// The option of the setting that took its place.
const FLAG: &str = "--revive-every";

/// When dead units of a sparse model are revived.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revival {
    /// In epochs.
    every: usize,
}

impl Revival {
    /// Puts it among the settings of a model.
    pub(crate) fn take(self, variant: &Variant, registry: &Registry, model: &mut Table) -> Outcome {
        if !variant.has_option(FLAG) {
            let what = format!("[revival] does not apply to {} models", variant.kind());
            let kinds = registry.kinds_with(FLAG).join(", ");
            return Err(RunError::new(what).hint(format!("leave it out, or train the kind {kinds}")));
        }
        if self.every == 0 {
            return Err(ConfigError::new("revival.every", 0, "must be at least 1 epoch").into());
        }
        model.insert("revive_every".to_owned(), self.every.into());
        Ok(())
    }
}
