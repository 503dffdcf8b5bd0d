//! The AdamW optimiser: Adam with decoupled weight decay.

use super::adam::{AdamConfig, Formula, MOMENTS, apply};
use super::check::InvalidConfig;
use super::moments::Moments;
use super::optimizer::{Optimizer, optimizer};
use crate::{Module, StateError, TensorFile};
use latents_autograd::Gradients;
use latents_tensor::{Real, Tensor, concrete};
use serde::{Deserialize, Serialize};

/// The hyperparameters of [`AdamW`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AdamWConfig {
    /// η, the learning rate.
    pub learning_rate: f64,
    /// β₁, the decay rate of the running mean of the gradients.
    pub beta1: f64,
    /// β₂, the decay rate of the running mean of the squared gradients.
    pub beta2: f64,
    /// ε, added to the root of the mean square; above 10⁻³⁷.
    pub epsilon: f64,
    /// λ, the decoupled weight decay: each step first multiplies the parameter by 1 − η λ.
    pub weight_decay: f64,
}

latents_error::setters! {
    AdamWConfig { learning_rate: f64, beta1: f64, beta2: f64, epsilon: f64, weight_decay: f64 }
}

impl Default for AdamWConfig {
    fn default() -> Self {
        Self {
            learning_rate: 1e-3,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 1e-2,
        }
    }
}

impl AdamWConfig {
    /// Checks that every number lies in its range.
    ///
    /// # Errors
    /// For the first number that does not.
    pub fn check(&self) -> Result<(), InvalidConfig> {
        AdamConfig {
            weight_decay: self.weight_decay,
            ..self.without_decay()
        }
        .check_as(Self::NAME)
    }

    /// Returns AdamW with the hyperparameters of `adam` and this decoupled weight decay.
    pub(super) fn of_adam(adam: AdamConfig, weight_decay: f64) -> Self {
        let AdamConfig {
            learning_rate,
            beta1,
            beta2,
            epsilon,
            ..
        } = adam;
        Self {
            learning_rate,
            beta1,
            beta2,
            epsilon,
            weight_decay,
        }
    }

    /// Returns the hyperparameters for the Adam step, without weight decay.
    fn without_decay(&self) -> AdamConfig {
        let Self {
            learning_rate,
            beta1,
            beta2,
            epsilon,
            ..
        } = *self;
        AdamConfig {
            learning_rate,
            beta1,
            beta2,
            epsilon,
            weight_decay: 0.0,
        }
    }

    fn moments(&self) -> &'static [&'static str] {
        MOMENTS
    }
}

/// [`Adam`](super::Adam) with decoupled weight decay (Loshchilov & Hutter 2019): multiplies each parameter by 1 − η λ before the
/// step, without passing the decay through the moments. PyTorch's `AdamW`.
pub struct AdamW<T: Real = f32> {
    config: AdamWConfig,
    moments: Moments<T>,
}

optimizer!(AdamW, AdamWConfig);

concrete! {
    fn update<'a, T>(
        config: &'a AdamWConfig,
        value: &'a mut [T],
        gradient: &'a [T],
        moments: &'a mut [Tensor<T>],
        step: u64,
    ) -> bool = update_generic(config, value, gradient, moments, step);
}

fn update_generic<T: Real>(
    config: &AdamWConfig,
    value: &mut [T],
    gradient: &[T],
    moments: &mut [Tensor<T>],
    step: u64,
) -> bool {
    let shrink = 1.0 - config.learning_rate * config.weight_decay;
    let formula = Formula::at(&config.without_decay(), step).shrunk(shrink);
    apply(&formula, value, gradient, moments)
}
