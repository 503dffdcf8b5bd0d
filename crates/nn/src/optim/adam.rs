//! The Adam optimiser.

use super::check::{InvalidConfig, Range, check};
use super::moments::{Moments, power};
use super::optimizer::{Optimizer, optimizer};
use crate::{Module, StateError, TensorFile};
use latents_autograd::Gradients;
use latents_tensor::{Algebra, Real, Tensor, Update, concrete, update_in_place};
use serde::{Deserialize, Serialize};

/// The hyperparameters of [`Adam`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AdamConfig {
    /// η, the learning rate.
    pub learning_rate: f64,
    /// β₁, the decay rate of the running mean of the gradients.
    pub beta1: f64,
    /// β₂, the decay rate of the running mean of the squared gradients.
    pub beta2: f64,
    /// ε, added to the root of the mean square. It must be above 10⁻³⁷, so that a zero gradient does not lead to 0 / 0. PyTorch's
    /// default is 10⁻⁸, Keras's 10⁻⁷.
    pub epsilon: f64,
    /// λ: adds the gradient of λ/2 · Σ p² (coupled weight decay). For decoupled weight decay see [`AdamW`](super::AdamW).
    pub weight_decay: f64,
}

latents_error::setters! {
    AdamConfig { learning_rate: f64, beta1: f64, beta2: f64, epsilon: f64, weight_decay: f64 }
}

impl Default for AdamConfig {
    fn default() -> Self {
        Self {
            learning_rate: 1e-3,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.0,
        }
    }
}

impl AdamConfig {
    /// Checks that every number lies in its range.
    ///
    /// # Errors
    /// For the first number that does not.
    pub fn check(&self) -> Result<(), InvalidConfig> {
        self.check_as(Self::NAME)
    }

    pub(super) fn check_as(&self, optimizer: &'static str) -> Result<(), InvalidConfig> {
        check(
            optimizer,
            &[
                ("learning_rate", self.learning_rate, Range::NotNegative),
                ("beta1", self.beta1, Range::Decay),
                ("beta2", self.beta2, Range::Decay),
                ("epsilon", self.epsilon, Range::Epsilon),
                ("weight_decay", self.weight_decay, Range::NotNegative),
            ],
        )
    }

    fn moments(&self) -> &'static [&'static str] {
        MOMENTS
    }
}

pub(super) const MOMENTS: &[&str] = &["exp_avg", "exp_avg_sq"];

/// Adam (Kingma & Ba 2015, algorithm 1).
///
/// ```text
/// g ← g + λ p
/// m ← m + (1 − β₁)(g − m)
/// v ← β₂ v + (1 − β₂) g²
/// p ← p − η m̂ / (√v̂ + ε)          m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ)
/// ```
///
/// PyTorch's `Adam`, with ε added to the corrected √v̂. Keras and TensorFlow add ε to √v before the correction (the paper's ε̂),
/// where the same number acts like ε / √(1 − β₂ᵗ): 32 times as strong at the first step, and equal after a few thousand. The
/// difference is visible only if gradients are tiny.
pub struct Adam<T: Real = f32> {
    config: AdamConfig,
    moments: Moments<T>,
}

optimizer!(Adam, AdamConfig);

/// The update of one element, with everything that depends only on the step precomputed.
#[derive(Clone, Copy)]
pub(super) struct Formula {
    /// The factor applied to the parameter first: decoupled weight decay.
    shrink: f64,
    weight_decay: f64,
    take1: f64,
    keep2: f64,
    take2: f64,
    /// η / (1 − β₁ᵗ).
    length: f64,
    /// 1 / √(1 − β₂ᵗ).
    inverse_root: f64,
    epsilon: f64,
}

impl Formula {
    pub(super) fn at(config: &AdamConfig, step: u64) -> Self {
        Self {
            shrink: 1.0,
            weight_decay: config.weight_decay,
            take1: 1.0 - config.beta1,
            keep2: config.beta2,
            take2: 1.0 - config.beta2,
            length: config.learning_rate / (1.0 - power(config.beta1, step)),
            inverse_root: 1.0 / (1.0 - power(config.beta2, step)).sqrt(),
            epsilon: config.epsilon,
        }
    }

    /// Returns the same formula with the parameter multiplied by `shrink` first.
    pub(super) fn shrunk(self, shrink: f64) -> Self {
        Self { shrink, ..self }
    }
}

impl Update<3, 1> for Formula {
    const STORES_NORMAL: bool = true;

    #[inline(always)]
    fn eval<A: Algebra>(&self, [p, m, v]: [A; 3], [g]: [A; 1]) -> [A; 3] {
        let p = p * p.lit(self.shrink);
        let g = g + p * p.lit(self.weight_decay);
        let m = m + (g - m) * p.lit(self.take1);
        let v = v * p.lit(self.keep2) + g * g * p.lit(self.take2);
        let root = v.sqrt() * p.lit(self.inverse_root) + p.lit(self.epsilon);
        [p - m * p.lit(self.length) / root, m, v]
    }
}

pub(super) fn apply<T: Real>(
    formula: &Formula,
    value: &mut [T],
    gradient: &[T],
    moments: &mut [Tensor<T>],
) -> bool {
    let [m, v] = moments else {
        unreachable!("Adam has two moments of every parameter, not {}", moments.len());
    };
    update_in_place(formula, [value, m.make_mut(), v.make_mut()], [gradient])
}

concrete! {
    fn update<'a, T>(
        config: &'a AdamConfig,
        value: &'a mut [T],
        gradient: &'a [T],
        moments: &'a mut [Tensor<T>],
        step: u64,
    ) -> bool = update_generic(config, value, gradient, moments, step);
}

fn update_generic<T: Real>(
    config: &AdamConfig,
    value: &mut [T],
    gradient: &[T],
    moments: &mut [Tensor<T>],
    step: u64,
) -> bool {
    apply(&Formula::at(config, step), value, gradient, moments)
}
