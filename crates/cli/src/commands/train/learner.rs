//! `Learner`: a new model, and what is done to it between epochs.

use crate::model::Model;
use crate::run_config::{Revival, RunConfig};
use latents_autoencoders::{ModelConfig, Sparse};
use latents_error::ConfigError;

/// What is trained.
pub(super) enum Learner {
    Plain(Box<Model>),
    /// Dead units are revived.
    Revived(Box<Sparse>, Revival),
}

impl Learner {
    pub(super) fn new(config: &RunConfig) -> Result<Self, ConfigError> {
        let seed = config.training.seed;
        Ok(match (&config.model, config.revival) {
            (ModelConfig::Sparse(model), Some(revival)) => {
                Self::Revived(Box::new(Sparse::new(model.clone(), seed)?), revival)
            }
            (model, _) => Self::Plain(model.build(seed)?),
        })
    }

    pub(super) fn get(&self) -> &Model {
        match self {
            Self::Plain(model) => &**model,
            Self::Revived(model, _) => &**model,
        }
    }
}
