//! `Gain`: a custom layer.

use latents_autograd::Var;
use latents_nn::{Module, Parameter, parts};
use latents_tensor::{Real, Tensor};

/// x · s with a learned factor s for each feature.
#[derive(Debug)]
pub struct Gain<T: Real = f32> {
    factor: Parameter<T>,
}

impl<T: Real> Gain<T> {
    /// A layer with all factors 1.
    pub fn new(features: usize) -> Self {
        Self {
            factor: Parameter::new("factor", Tensor::ones([features])),
        }
    }

    /// The factors s.
    pub fn factors(&self) -> impl Iterator<Item = f64> {
        let factors = self.factor.value().to_vec();
        factors.into_iter().map(|factor| factor.to_f64())
    }
}

impl<T: Real> Module<T> for Gain<T> {
    #[track_caller]
    fn forward<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        x * self.factor.on(x.tape())
    }

    parts! { T: factor }
}
