//! Checks whether all values of a tensor are finite, in one pass and without a copy.

use crate::Culprit;
use latents_autograd::Gradients;
use latents_nn::{Module, Parameter};
use latents_tensor::{Algebra, Pointwise, Real, Tensor, sum_of};

/// x · 0: zero, or NaN if x is NaN or infinite. A sum of these cannot overflow.
struct TimesZero;

impl Pointwise<1> for TimesZero {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [x]: [A; 1]) -> A {
        x * x.lit(0.0)
    }
}

fn is_finite<T: Real>(tensor: &Tensor<T>) -> bool {
    sum_of(&TimesZero, [tensor]) == T::zero()
}

/// Returns the first non-finite parameter or buffer as an error.
pub(crate) fn check_weights<T: Real>(model: &dyn Module<T>) -> Result<(), Culprit> {
    if let Some(name) = first(model, |parameter| !is_finite(parameter.value())) {
        return Err(Culprit::Parameter(name.into()));
    }
    let mut found = None;
    model.visit_buffers(&mut |buffer| {
        if found.is_none() && !is_finite(buffer.value()) {
            found = Some(buffer.name().to_string());
        }
    });
    found.map_or(Ok(()), |name| Err(Culprit::Buffer(name.into())))
}

/// Returns the first non-finite gradient as an error.
pub(crate) fn check_gradients<T: Real>(
    model: &dyn Module<T>,
    gradients: &Gradients<T>,
) -> Result<(), Culprit> {
    let bad = |parameter: &Parameter<T>| {
        gradients
            .of_key(parameter.id())
            .is_some_and(|gradient| !is_finite(gradient))
    };
    first(model, bad).map_or(Ok(()), |name| Err(Culprit::Gradient(name.into())))
}

/// The name of the first parameter that is `bad`.
fn first<T: Real>(model: &dyn Module<T>, bad: impl Fn(&Parameter<T>) -> bool) -> Option<String> {
    let mut found = None;
    model.visit(&mut |parameter| {
        if found.is_none() && bad(parameter) {
            found = Some(parameter.name().to_string());
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_nan_and_infinity_are_not_finite() {
        let with = |value: f32| {
            let mut values = vec![f32::MAX; 10_000];
            values[7777] = value;
            is_finite(&Tensor::from_vec(values, [100, 100]))
        };
        assert!(with(f32::MAX) && with(-f32::MAX) && with(f32::MIN_POSITIVE / 2.0) && with(-0.0));
        assert!(!with(f32::NAN) && !with(f32::INFINITY) && !with(f32::NEG_INFINITY));
        assert!(is_finite(&Tensor::<f32>::zeros([0])));
    }
}
