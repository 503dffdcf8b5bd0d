//! Gradient clipping, between `backward` and the optimiser's step.

use latents_autograd::Gradients;
use latents_tensor::{Algebra, Real, Update, concrete, square_scale, update_in_place};

/// Returns the norm √(Σ g²) over the gradients of all parameters, summed in f64 in a fixed order. If the squares leave the range
/// of f64, the gradients are scaled by a power of two first, so the norm is infinite only if it is too large for f64.
///
/// ```
/// # use latents_nn::global_norm; use latents_autograd::Tape; use latents_tensor::Tensor;
/// let tape = Tape::<f32>::new();
/// let x = tape.keyed_leaf(1, &"x".into(), &Tensor::from_slice(&[1.5, 2.0], [2]));
/// let gradients = x.square().sum_all().backward(); // 2 x = [3, 4]
/// assert_eq!(global_norm(&gradients), 5.0);
/// ```
pub fn global_norm<T: Real>(gradients: &Gradients<T>) -> f64 {
    let squares = squares_of(gradients, |g| g);
    let scale = square_scale(squares);
    if scale == 1.0 {
        return squares.sqrt();
    }
    squares_of(gradients, |g| g * scale).sqrt() / scale
}

fn squares_of<T: Real>(gradients: &Gradients<T>, scaled: impl Fn(f64) -> f64) -> f64 {
    let mut sum = 0.0;
    gradients.for_each(|_, gradient| sum += sum_of_squares(&gradient.elements(), &scaled));
    sum
}

/// Sums in sixteen independent accumulators, so that the additions need not wait for each other, then adds these in order.
fn sum_of_squares<T: Real>(values: &[T], scaled: impl Fn(f64) -> f64) -> f64 {
    let mut sums = [0.0f64; 16];
    let add = |sum: &mut f64, value: &T| {
        let value = scaled(value.to_f64());
        *sum += value * value;
    };
    let blocks = values.chunks_exact(16);
    for (sum, value) in sums.iter_mut().zip(blocks.remainder()) {
        add(sum, value);
    }
    for block in blocks {
        for (sum, value) in sums.iter_mut().zip(block) {
            add(sum, value);
        }
    }
    sums.iter().fold(0.0, |total, sum| total + sum)
}

concrete! {
    fn by_global_norm<'a, T>(gradients: &'a mut Gradients<T>, max_norm: f64) -> f64 =
        by_global_norm_generic(gradients, max_norm);
    fn by_value<'a, T>(gradients: &'a mut Gradients<T>, limit: f64) = by_value_generic(gradients, limit);
}

#[derive(Clone, Copy)]
struct Scale(f64);

impl Update<1, 0> for Scale {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [g]: [A; 1], _: [A; 0]) -> [A; 1] {
        [g * g.lit(self.0)]
    }
}

#[derive(Clone, Copy)]
struct Clamp(f64);

impl Update<1, 0> for Clamp {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [g]: [A; 1], _: [A; 0]) -> [A; 1] {
        [g.maximum(g.lit(-self.0)).minimum(g.lit(self.0))]
    }
}

/// Returns the greatest power of two that is at most `x`, for a normal number `x`.
fn power_of_two_of(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & f64::INFINITY.to_bits())
}

/// Scales the gradients of all parameters by a common factor so that their global norm is at most `max_norm` (Pascanu et al.
/// 2013), and returns the norm before clipping. The factor is PyTorch's, min(1, max_norm / (norm + 10⁻⁶)).
///
/// If the norm is NaN or infinite, the gradients are left unchanged, so that the caller can detect it.
///
/// # Panics
/// If `max_norm` is not positive.
///
/// ```
/// # use latents_nn::{clip_by_global_norm, global_norm}; use latents_autograd::Tape; use latents_tensor::Tensor;
/// let tape = Tape::<f32>::new();
/// let x = tape.keyed_leaf(1, &"x".into(), &Tensor::from_slice(&[1.5, 2.0], [2]));
/// let mut gradients = x.square().sum_all().backward();
/// assert_eq!(clip_by_global_norm(&mut gradients, 1.0), 5.0);
/// assert!((global_norm(&gradients) - 1.0).abs() < 1e-6);
/// ```
#[track_caller]
pub fn clip_by_global_norm<T: Real>(gradients: &mut Gradients<T>, max_norm: f64) -> f64 {
    by_global_norm(gradients, max_norm)
}

#[track_caller]
fn by_global_norm_generic<T: Real>(gradients: &mut Gradients<T>, max_norm: f64) -> f64 {
    assert!(
        max_norm > 0.0,
        "clip_by_global_norm: max_norm is {max_norm}; it must be positive"
    );
    let norm = global_norm(gradients);
    let divisor = norm + 1e-6;
    let factor = max_norm / divisor;
    let mut scale = |factor: f64| {
        gradients.for_each_mut(|_, gradient| {
            update_in_place(&Scale(factor), [gradient.make_mut()], []);
        });
    };
    if norm.is_finite() && factor < T::SMALLEST_NORMAL.to_f64() {
        // The factor is too small for the element type: scale by a power of two first, which brings the norm near 1.
        let first = 1.0 / power_of_two_of(divisor);
        scale(first);
        scale(max_norm / (divisor * first));
    } else if norm.is_finite() && factor < 1.0 {
        scale(factor);
    }
    norm
}

/// Clamps every element of all gradients to ±`limit`. NaN stays NaN.
///
/// # Panics
/// If `limit` is not positive.
///
/// ```
/// # use latents_nn::clip_by_value; use latents_autograd::Tape; use latents_tensor::Tensor;
/// let tape = Tape::<f32>::new();
/// let x = tape.keyed_leaf(1, &"x".into(), &Tensor::from_slice(&[0.25, -3.0], [2]));
/// let mut gradients = x.square().sum_all().backward();
/// clip_by_value(&mut gradients, 1.0);
/// assert_eq!(gradients.get(x).unwrap().to_vec(), [0.5, -1.0]);
/// ```
#[track_caller]
pub fn clip_by_value<T: Real>(gradients: &mut Gradients<T>, limit: f64) {
    by_value(gradients, limit);
}

#[track_caller]
fn by_value_generic<T: Real>(gradients: &mut Gradients<T>, limit: f64) {
    assert!(
        limit > 0.0,
        "clip_by_value: limit is {limit}; it must be positive"
    );
    gradients.for_each_mut(|_, gradient| {
        update_in_place(&Clamp(limit), [gradient.make_mut()], []);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Parameter;
    use latents_autograd::Tape;
    use latents_tensor::Tensor;

    /// Gradients equal to these values, of two parameters.
    fn gradients(first: &[f64], second: &[f64]) -> (Gradients<f64>, [u64; 2]) {
        let tape = Tape::new();
        let parameter = |values: &[f64]| Parameter::new("p", Tensor::<f64>::zeros([values.len()]));
        let (a, b) = (parameter(first), parameter(second));
        let constant = |values: &[f64]| tape.input(&Tensor::from_slice(values, [values.len()]));
        let y = (a.on(&tape) * constant(first)).sum_all() + (b.on(&tape) * constant(second)).sum_all();
        (y.backward(), [a.id(), b.id()])
    }

    fn values(gradients: &Gradients<f64>, key: u64) -> Vec<f64> {
        gradients.of_key(key).map(Tensor::to_vec).unwrap_or_default()
    }

    #[test]
    fn the_norm_is_over_all_parameters() {
        let (mut clipped, [a, b]) = gradients(&[3.0, 0.0], &[0.0, -4.0, 0.0]);
        assert_eq!(clip_by_global_norm(&mut clipped, 6.0), 5.0);
        assert_eq!(values(&clipped, a), [3.0, 0.0]);
        assert_eq!(clip_by_global_norm(&mut clipped, 2.5), 5.0);
        let factor = 2.5 / (5.0 + 1e-6);
        assert_eq!(values(&clipped, a), [3.0 * factor, 0.0]);
        assert_eq!(values(&clipped, b), [0.0, -4.0 * factor, 0.0]);
    }

    #[test]
    fn long_gradients_are_summed_whole() {
        let long: Vec<f64> = (0..100).map(f64::from).collect();
        let (gradients, _) = gradients(&long, &[1.0]);
        assert_eq!(global_norm(&gradients), (328_350.0f64 + 1.0).sqrt());
    }

    #[test]
    fn the_norm_neither_overflows_nor_underflows() {
        for scale in [f64::from_bits(1 << 8), 1e-300, 1e-160, 1e160, 1e307] {
            let (mut clipped, [a, b]) = gradients(&[3.0 * scale], &[0.0, -4.0 * scale]);
            let norm = clip_by_global_norm(&mut clipped, 1.0);
            assert!((norm / (5.0 * scale) - 1.0).abs() < 1e-15, "{scale}: {norm}");
            if scale > 1.0 {
                assert!((values(&clipped, a)[0] - 0.6).abs() < 1e-15, "{scale}");
                assert!((values(&clipped, b)[1] + 0.8).abs() < 1e-15, "{scale}");
            }
        }
        assert_eq!(global_norm(&gradients(&[0.0, -0.0], &[0.0]).0), 0.0);
        assert_eq!(global_norm(&gradients(&[f64::MAX], &[f64::MAX]).0), f64::INFINITY);
    }

    #[test]
    fn a_factor_may_be_smaller_than_any_number_of_the_type() {
        let tape = Tape::<f32>::new();
        let parameter = Parameter::new("p", Tensor::zeros([2]));
        let weights = tape.input(&Tensor::from_slice(&[3e38, -3e38], [2]));
        let mut clipped = (parameter.on(&tape) * weights).sum_all().backward();
        clip_by_global_norm(&mut clipped, 1e-7);
        let half = 1e-7 * 0.5f64.sqrt();
        let values = clipped
            .of_key(parameter.id())
            .map(Tensor::to_vec)
            .unwrap_or_default();
        latents_testing::assert_near(&values, &[half, -half], 3e-7, "f32");
        let (mut clipped, [a, _]) = gradients(&[1.2e308, 1.6e307], &[0.0]);
        clip_by_global_norm(&mut clipped, 1e-15);
        let norm = (1.2f64 * 1.2 + 0.16 * 0.16).sqrt();
        let got: Vec<f64> = clipped.of_key(a).map(Tensor::to_vec).unwrap_or_default();
        latents_testing::assert_near(&got, &[1.2e-15 / norm, 0.16e-15 / norm], 1e-14, "f64");
    }

    #[test]
    fn a_norm_that_is_not_finite_changes_nothing() {
        let (mut clipped, [a, b]) = gradients(&[1.0, f64::INFINITY], &[9.0]);
        assert_eq!(clip_by_global_norm(&mut clipped, 1.0), f64::INFINITY);
        assert_eq!(values(&clipped, a), [1.0, f64::INFINITY]);
        assert_eq!(values(&clipped, b), [9.0]);
    }

    #[test]
    fn values_are_held_in_the_limit() {
        let (mut clipped, [a, b]) = gradients(&[3.0, -0.2], &[-7.0, f64::NAN]);
        clip_by_value(&mut clipped, 0.5);
        assert_eq!(values(&clipped, a), [0.5, -0.2]);
        let b = values(&clipped, b);
        assert!(b[0] == -0.5 && b[1].is_nan());
    }
}
