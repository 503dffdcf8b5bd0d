//! The RMSprop optimiser.

use super::check::{InvalidConfig, Range, check};
use super::moments::Moments;
use super::optimizer::{Optimizer, optimizer};
use crate::{Module, StateError, TensorFile};
use latents_autograd::Gradients;
use latents_tensor::{Algebra, Real, Tensor, Update, concrete, update_in_place};
use serde::{Deserialize, Serialize};

/// The hyperparameters of [`RmsProp`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RmsPropConfig {
    /// η, the learning rate.
    pub learning_rate: f64,
    /// α (Keras's ρ), the decay rate of the running mean of the squared gradients.
    pub alpha: f64,
    /// ε, added to the root of the mean square; above 10⁻³⁷.
    pub epsilon: f64,
    /// λ, the weight decay: adds the gradient of λ/2 · Σ p².
    pub weight_decay: f64,
    /// μ, the momentum: the fraction of the previous direction that is kept. 0 disables momentum.
    pub momentum: f64,
    /// Whether to divide by the standard deviation of the gradients instead of the root of their mean square.
    pub centered: bool,
}

latents_error::setters! {
    RmsPropConfig { learning_rate: f64, alpha: f64, epsilon: f64, weight_decay: f64, momentum: f64, centered: bool }
}

impl Default for RmsPropConfig {
    fn default() -> Self {
        Self {
            learning_rate: 1e-2,
            alpha: 0.99,
            epsilon: 1e-8,
            weight_decay: 0.0,
            momentum: 0.0,
            centered: false,
        }
    }
}

impl RmsPropConfig {
    /// Checks that every number lies in its range.
    ///
    /// # Errors
    /// For the first number that does not.
    pub fn check(&self) -> Result<(), InvalidConfig> {
        check(
            Self::NAME,
            &[
                ("learning_rate", self.learning_rate, Range::NotNegative),
                ("alpha", self.alpha, Range::Decay),
                ("epsilon", self.epsilon, Range::Epsilon),
                ("weight_decay", self.weight_decay, Range::NotNegative),
                ("momentum", self.momentum, Range::Decay),
            ],
        )
    }

    fn moments(&self) -> &'static [&'static str] {
        match (self.centered, self.momentum != 0.0) {
            (false, false) => &["square_avg"],
            (true, false) => &["square_avg", "grad_avg"],
            (false, true) => &["square_avg", "momentum_buffer"],
            (true, true) => &["square_avg", "grad_avg", "momentum_buffer"],
        }
    }
}

/// RMSprop (Hinton 2012; centered: Graves 2013), optionally with momentum.
///
/// ```text
/// g ← g + λ p
/// v ← α v + (1 − α) g²
/// a ← a + (1 − α)(g − a)           centered only, else a = 0
/// d = g / (√(v − a²) + ε)
/// b ← μ b + d                      with momentum, else b = d
/// p ← p − η b
/// ```
///
/// PyTorch's `RMSprop`, except that v − a², which rounding can make negative, is clamped at 0. Keras adds ε under the root.
pub struct RmsProp<T: Real = f32> {
    config: RmsPropConfig,
    moments: Moments<T>,
}

optimizer!(RmsProp, RmsPropConfig);

/// Terms of the formula that its four forms share.
impl RmsPropConfig {
    #[inline(always)]
    fn gradient<A: Algebra>(&self, p: A, g: A) -> A {
        g + p * p.lit(self.weight_decay)
    }

    #[inline(always)]
    fn mean_square<A: Algebra>(&self, v: A, g: A) -> A {
        v * v.lit(self.alpha) + g * g * v.lit(1.0 - self.alpha)
    }

    #[inline(always)]
    fn mean<A: Algebra>(&self, a: A, g: A) -> A {
        a + (g - a) * a.lit(1.0 - self.alpha)
    }

    #[inline(always)]
    fn direction<A: Algebra>(&self, g: A, variance: A) -> A {
        g / (variance.sqrt() + g.lit(self.epsilon))
    }

    #[inline(always)]
    fn variance<A: Algebra>(&self, v: A, a: A) -> A {
        (v - a * a).maximum(v.lit(0.0))
    }

    #[inline(always)]
    fn moved<A: Algebra>(&self, p: A, direction: A) -> A {
        p - direction * p.lit(self.learning_rate)
    }
}

#[derive(Clone, Copy)]
struct Plain(RmsPropConfig);
#[derive(Clone, Copy)]
struct Centered(RmsPropConfig);
#[derive(Clone, Copy)]
struct Momentum(RmsPropConfig);
#[derive(Clone, Copy)]
struct CenteredMomentum(RmsPropConfig);

impl Update<2, 1> for Plain {
    const STORES_NORMAL: bool = true;

    #[inline(always)]
    fn eval<A: Algebra>(&self, [p, v]: [A; 2], [g]: [A; 1]) -> [A; 2] {
        let g = self.0.gradient(p, g);
        let v = self.0.mean_square(v, g);
        [self.0.moved(p, self.0.direction(g, v)), v]
    }
}

impl Update<3, 1> for Centered {
    const STORES_NORMAL: bool = true;

    #[inline(always)]
    fn eval<A: Algebra>(&self, [p, v, a]: [A; 3], [g]: [A; 1]) -> [A; 3] {
        let g = self.0.gradient(p, g);
        let (v, a) = (self.0.mean_square(v, g), self.0.mean(a, g));
        [self.0.moved(p, self.0.direction(g, self.0.variance(v, a))), v, a]
    }
}

impl Update<3, 1> for Momentum {
    const STORES_NORMAL: bool = true;

    #[inline(always)]
    fn eval<A: Algebra>(&self, [p, v, b]: [A; 3], [g]: [A; 1]) -> [A; 3] {
        let g = self.0.gradient(p, g);
        let v = self.0.mean_square(v, g);
        let b = b * p.lit(self.0.momentum) + self.0.direction(g, v);
        [self.0.moved(p, b), v, b]
    }
}

impl Update<4, 1> for CenteredMomentum {
    const STORES_NORMAL: bool = true;

    #[inline(always)]
    fn eval<A: Algebra>(&self, [p, v, a, b]: [A; 4], [g]: [A; 1]) -> [A; 4] {
        let g = self.0.gradient(p, g);
        let (v, a) = (self.0.mean_square(v, g), self.0.mean(a, g));
        let b = b * p.lit(self.0.momentum) + self.0.direction(g, self.0.variance(v, a));
        [self.0.moved(p, b), v, a, b]
    }
}

concrete! {
    fn update<'a, T>(
        config: &'a RmsPropConfig,
        value: &'a mut [T],
        gradient: &'a [T],
        moments: &'a mut [Tensor<T>],
        step: u64,
    ) -> bool = update_generic(config, value, gradient, moments, step);
}

fn update_generic<T: Real>(
    config: &RmsPropConfig,
    value: &mut [T],
    gradient: &[T],
    moments: &mut [Tensor<T>],
    _step: u64,
) -> bool {
    match (config.centered, moments) {
        (_, [v]) => update_in_place(&Plain(*config), [value, v.make_mut()], [gradient]),
        (true, [v, a]) => update_in_place(
            &Centered(*config),
            [value, v.make_mut(), a.make_mut()],
            [gradient],
        ),
        (false, [v, b]) => update_in_place(
            &Momentum(*config),
            [value, v.make_mut(), b.make_mut()],
            [gradient],
        ),
        (_, [v, a, b]) => {
            let changed = [value, v.make_mut(), a.make_mut(), b.make_mut()];
            update_in_place(&CenteredMomentum(*config), changed, [gradient])
        }
        (_, moments) => unreachable!(
            "RMSprop has one to three moments of every parameter, not {}",
            moments.len()
        ),
    }
}
