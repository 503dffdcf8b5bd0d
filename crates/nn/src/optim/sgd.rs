//! Stochastic gradient descent.

use super::check::{InvalidConfig, Range, check};
use super::moments::Moments;
use super::optimizer::{Optimizer, optimizer};
use crate::{Module, StateError, TensorFile};
use latents_autograd::Gradients;
use latents_tensor::{Algebra, Real, Tensor, Update, concrete, update_in_place};
use serde::{Deserialize, Serialize};

/// The hyperparameters of [`Sgd`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SgdConfig {
    /// η, the learning rate.
    pub learning_rate: f64,
    /// μ, the momentum: the fraction of the previous direction that is kept. 0 disables momentum.
    pub momentum: f64,
    /// τ, the dampening: the fraction of the gradient that is left out of the direction.
    pub dampening: f64,
    /// Whether to use Nesterov's momentum; requires a momentum and no dampening.
    pub nesterov: bool,
    /// λ, the weight decay: adds the gradient of λ/2 · Σ p².
    pub weight_decay: f64,
}

latents_error::setters! {
    SgdConfig { learning_rate: f64, momentum: f64, dampening: f64, nesterov: bool, weight_decay: f64 }
}

impl Default for SgdConfig {
    fn default() -> Self {
        Self {
            learning_rate: 1e-2,
            momentum: 0.0,
            dampening: 0.0,
            nesterov: false,
            weight_decay: 0.0,
        }
    }
}

impl SgdConfig {
    /// Checks that every number lies in its range.
    ///
    /// # Errors
    /// For the first number that does not.
    pub fn check(&self) -> Result<(), InvalidConfig> {
        let (momentum, dampening) = match self.nesterov {
            true => (Range::NesterovMomentum, Range::NesterovDampening),
            false => (Range::Decay, Range::NotNegative),
        };
        check(
            Self::NAME,
            &[
                ("learning_rate", self.learning_rate, Range::NotNegative),
                ("momentum", self.momentum, momentum),
                ("dampening", self.dampening, dampening),
                ("weight_decay", self.weight_decay, Range::NotNegative),
            ],
        )
    }

    fn moments(&self) -> &'static [&'static str] {
        if self.momentum == 0.0 {
            &[]
        } else {
            &["momentum_buffer"]
        }
    }
}

/// Stochastic gradient descent, with or without momentum.
///
/// ```text
/// g ← g + λ p
/// b ← μ b + (1 − τ) g              b = g at the first step
/// p ← p − η b                      Nesterov: p ← p − η (g + μ b)
/// ```
///
/// PyTorch's `SGD`. Keras folds the learning rate into the buffer, which is the same as long as the learning rate is constant.
pub struct Sgd<T: Real = f32> {
    config: SgdConfig,
    moments: Moments<T>,
}

optimizer!(Sgd, SgdConfig);

#[derive(Clone, Copy)]
struct Plain {
    learning_rate: f64,
    weight_decay: f64,
}

impl Update<1, 1> for Plain {
    const STORES_NORMAL: bool = true;

    #[inline(always)]
    fn eval<A: Algebra>(&self, [p]: [A; 1], [g]: [A; 1]) -> [A; 1] {
        let g = g + p * p.lit(self.weight_decay);
        [p - g * p.lit(self.learning_rate)]
    }
}

#[derive(Clone, Copy)]
struct Momentum {
    learning_rate: f64,
    weight_decay: f64,
    /// The factors of the buffer and of the gradient in the new buffer.
    keep: f64,
    take: f64,
    /// The factors of the gradient and of the buffer in the direction.
    gradient: f64,
    buffer: f64,
}

impl Update<2, 1> for Momentum {
    const STORES_NORMAL: bool = true;

    #[inline(always)]
    fn eval<A: Algebra>(&self, [p, b]: [A; 2], [g]: [A; 1]) -> [A; 2] {
        let g = g + p * p.lit(self.weight_decay);
        let b = b * p.lit(self.keep) + g * p.lit(self.take);
        let direction = g * p.lit(self.gradient) + b * p.lit(self.buffer);
        [p - direction * p.lit(self.learning_rate), b]
    }
}

concrete! {
    fn update<'a, T>(
        config: &'a SgdConfig,
        value: &'a mut [T],
        gradient: &'a [T],
        moments: &'a mut [Tensor<T>],
        step: u64,
    ) -> bool = update_generic(config, value, gradient, moments, step);
}

fn update_generic<T: Real>(
    config: &SgdConfig,
    value: &mut [T],
    gradient: &[T],
    moments: &mut [Tensor<T>],
    step: u64,
) -> bool {
    let SgdConfig {
        learning_rate,
        momentum,
        dampening,
        nesterov,
        weight_decay,
    } = *config;
    let [buffer] = moments else {
        return update_in_place(
            &Plain {
                learning_rate,
                weight_decay,
            },
            [value],
            [gradient],
        );
    };
    let formula = Momentum {
        learning_rate,
        weight_decay,
        keep: momentum,
        take: if step == 1 { 1.0 } else { 1.0 - dampening },
        gradient: if nesterov { 1.0 } else { 0.0 },
        buffer: if nesterov { momentum } else { 1.0 },
    };
    update_in_place(&formula, [value, buffer.make_mut()], [gradient])
}
