//! Euclidean norms and standard deviations.

use super::reduce::Axes;
use crate::{Op, Rule, Var};
use latents_tensor::{Algebra, Pointwise, Real, Tensor, pointwise, range_scale};

/// √Σx² over axes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Norm(Axes);

impl<T: Real> Op<T> for Norm {
    fn name(&self) -> &'static str {
        "norm"
    }

    /// x̄ = ȳ · x / y, and 0 if y is 0; the division is then by 1, since 0 · NaN is NaN. If 1 / y or y is not finite, x and y
    /// are those of elements multiplied by a power of two.
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let kept = self.0.kept(rule.input(0).shape());
        let (mut x, mut y) = (rule.input(0), rule.output().reshape(kept));
        let scale = pointwise("norm", &DirectionScale(T::SQUARE_SCALE), [&y.value()]);
        if scale.elements().iter().any(|&scale| scale != T::one()) {
            x = x * rule.tape().constant(scale);
            y = self.0.listed(|axes| x.norm(axes, true));
        }
        let is_zero = y.equal(y.lit(0.0));
        let direction = x / is_zero.choose(y.lit(1.0), y);
        rule.give(
            0,
            rule.gradient().reshape(kept) * is_zero.choose(y.lit(0.0), direction),
        );
    }
}

/// The power of two that scales a norm to near 1 if it or its reciprocal may not be finite, otherwise 1.
struct DirectionScale(f64);

impl Pointwise<1> for DirectionScale {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [y]: [A; 1]) -> A {
        let (up, down) = (y.lit(self.0), y.lit(1.0 / self.0));
        let is_small = y.less(down) * y.lit(0.0).less(y);
        y.equal(y.lit(f64::INFINITY))
            .choose(down, is_small.choose(up, y.lit(1.0)))
    }
}

impl<'t, T: Real> Var<'t, T> {
    /// Computes √Σ x² over `axes`, without overflow or underflow of the squares. The gradient at the zero vector is 0, and so
    /// are its derivatives.
    ///
    /// # Panics
    /// If an axis does not exist or is listed twice.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[3e19, 4e19], [2]));
    /// assert_eq!(x.norm(&[0], false).item(), 5e19);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn norm(self, axes: &[isize], keep_dims: bool) -> Self {
        let set = Axes::new("norm", self, axes);
        self.tape()
            .record(Norm(set), &[self], self.value().norm(axes, keep_dims))
    }

    /// Computes √Σ x² over all elements, as a scalar; see [`Var::norm`].
    #[track_caller]
    #[must_use]
    pub fn norm_all(self) -> Self {
        let set = Axes::all(self.shape());
        self.tape()
            .record(Norm(set), &[self], Tensor::scalar(self.value().norm_all()))
    }

    /// Computes √(Σ (x − mean)² / (n − correction)) over `axes`, the root of [`Var::variance`]; see
    /// [`Tensor::standard_deviation`]. If all elements are equal, it is 0, and so are its derivatives.
    ///
    /// # Panics
    /// If an axis does not exist or is listed twice.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[1.0, 3.0], [2]));
    /// assert_eq!(x.standard_deviation(&[0], false, 0).item(), 1.0);
    /// ```
    #[doc(alias = "std")]
    #[track_caller]
    #[must_use]
    pub fn standard_deviation(self, axes: &[isize], keep_dims: bool, correction: usize) -> Self {
        let set = Axes::new("standard_deviation", self, axes);
        let count = set.count(self.shape());
        let root = (count as f64 - correction as f64).sqrt();
        self.in_range(set, |x, scale| {
            x.deviations(axes).norm(axes, keep_dims) / (scale * scale.lit(root))
        })
    }

    /// Computes Σ (x − mean)² / (n − correction) over `axes`; see [`Tensor::variance`]. Correction 0 gives the population
    /// variance, 1 the unbiased estimate. If `correction` is n, the result is infinite or NaN; if it is greater, it is negative.
    /// For the root use [`Var::standard_deviation`], whose gradient is finite if all elements are equal.
    ///
    /// # Panics
    /// If an axis does not exist or is listed twice.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[1.0, 3.0], [2]));
    /// assert_eq!(x.variance(&[0], false, 1).item(), 2.0);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn variance(self, axes: &[isize], keep_dims: bool, correction: usize) -> Self {
        let set = Axes::new("variance", self, axes);
        let divisor = set.count(self.shape()) as f64 - correction as f64;
        self.in_range(set, |x, scale| {
            let squares = x.deviations(axes).square().sum(axes, keep_dims);
            squares / (scale * scale * scale.lit(divisor))
        })
    }

    /// Computes distances from the mean along axes, from the distances to the first element, which is held: they are exactly 0
    /// if all elements are equal.
    #[track_caller]
    fn deviations(self, axes: &[isize]) -> Self {
        let first = self.tape().constant(self.value().first_of_rows(axes));
        let shifted = self - first;
        shifted - shifted.mean(axes, true)
    }

    /// Computes `spread` of this variable and 1. Rows for which it is not finite are multiplied by a small power of two first,
    /// which is passed to `spread` in place of 1.
    #[track_caller]
    fn in_range(self, axes: Axes, spread: impl Fn(Self, Self) -> Self) -> Self {
        let plain = spread(self, self.lit(1.0));
        let scale = Tensor::scalar(T::from_f64(range_scale(axes.count(self.shape()))));
        let is_finite = plain.value().abs().less_equal(&Tensor::scalar(T::max_value()));
        if is_finite.elements().iter().all(|&finite| finite == T::one()) {
            return plain;
        }
        let scale = is_finite.choose(&Tensor::scalar(T::one()), &scale);
        let kept = self.tape().constant(scale.reshape(axes.kept(self.shape())));
        spread(self * kept, self.tape().constant(scale))
    }
}
