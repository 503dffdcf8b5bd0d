//! `Objective`: a loss with the parameters that minimise it.

use latents_nn::{Module, OptimizerConfig};
use latents_tensor::Real;

/// One of the losses of a step, with the parameters that minimise it and their optimiser.
///
/// The objectives of a step run in order: each computes its loss with the parameters as changed by the previous ones. All
/// parameters of other objectives are frozen, and cost nothing in its backward pass. Most models have one default objective; an
/// adversarial model has one for the autoencoder, one for the discriminator, and one for the encoder that deceives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    name: &'static str,
    /// Prefixes of parameter names; empty for all parameters.
    prefixes: &'static [&'static str],
    optimizer: Option<OptimizerConfig>,
}

/// The objective of a model with a single loss.
pub(crate) const WHOLE: &[Objective] = &[Objective {
    name: "loss",
    prefixes: &[],
    optimizer: None,
}];

impl Objective {
    /// An objective for the parameters whose names start with one of `prefixes`: `["encoder.", "decoder."]`.
    ///
    /// ```
    /// # use latents_train::Objective;
    /// let objective = Objective::new("discriminator", &["discriminator."]);
    /// assert_eq!(objective.name(), "discriminator");
    /// assert!(objective.owns("discriminator.0.weight") && !objective.owns("encoder.0.weight"));
    /// ```
    pub const fn new(name: &'static str, prefixes: &'static [&'static str]) -> Self {
        Self {
            name,
            prefixes,
            optimizer: None,
        }
    }

    /// Uses this optimiser instead of the trainer's.
    #[must_use]
    pub const fn optimizer(self, optimizer: OptimizerConfig) -> Self {
        Self {
            optimizer: Some(optimizer),
            ..self
        }
    }

    /// The name, for messages and files.
    ///
    /// ```
    /// # use latents_train::Objective;
    /// assert_eq!(Objective::new("discriminator", &["discriminator."]).name(), "discriminator");
    /// ```
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The optimiser: its own, or the trainer's.
    pub(crate) fn optimizer_or(&self, default: OptimizerConfig) -> OptimizerConfig {
        self.optimizer.unwrap_or(default)
    }

    /// Whether a parameter with this name belongs to the objective.
    ///
    /// ```
    /// # use latents_train::Objective;
    /// assert!(Objective::new("all", &[]).owns("encoder.0.weight"));
    /// ```
    pub fn owns(&self, parameter: &str) -> bool {
        self.prefixes.is_empty() || self.prefixes.iter().any(|prefix| parameter.starts_with(prefix))
    }

    /// The keys of the parameters that are frozen for it.
    pub(crate) fn frozen<T: Real>(&self, model: &dyn Module<T>) -> Vec<u64> {
        let mut keys = Vec::new();
        model.visit(&mut |parameter| {
            if !self.owns(parameter.name()) {
                keys.push(parameter.id());
            }
        });
        keys
    }
}
