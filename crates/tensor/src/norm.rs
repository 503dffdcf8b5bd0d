//! Euclidean norms and standard deviations, without overflow or underflow.
//!
//! Squares leave the range of the type long before the norm does: in `f32` those of 3·10¹⁹ and of 10⁻²³. Where a sum of squares is
//! infinite, or so small that its terms may have lost digits, the elements are scaled by a power of two, squared and summed
//! again. Such a scale changes no digit, and every other norm is the plain √Σx².

use crate::kernels::reduce::fold_squares;
use crate::reduce::{dropped, flags, folded_count};
use crate::{Algebra, OrRaise, Pointwise, Real, Tensor, concrete, pointwise, sum_of};

concrete! {
    fn norm<'a, T>(x: &'a Tensor<T>, axes: &'a [isize], keep_dims: bool) -> Tensor<T> = norm_of(x, axes, keep_dims);
}

impl<T: Real> Tensor<T> {
    /// The Euclidean norm √Σx² over `axes`. It overflows only where it is too large for the type itself.
    ///
    /// ```
    /// use latents_tensor::Tensor;
    /// assert_eq!(Tensor::from_slice(&[3e19f32, 4e19], [2]).norm(&[0], false).item(), 5e19);
    /// ```
    ///
    /// # Panics
    /// If an axis does not exist or is named twice.
    #[track_caller]
    #[must_use]
    pub fn norm(&self, axes: &[isize], keep_dims: bool) -> Self {
        norm(self, axes, keep_dims)
    }

    /// The Euclidean norm of all elements.
    #[must_use]
    pub fn norm_all(&self) -> T {
        self.reshape([self.len()]).norm(&[0], false).item()
    }

    /// The standard deviation over `axes`, √(Σ (x − mean)² / (n − correction)): the root of [`Tensor::variance`], which does
    /// not overflow where it fits the type. NaN where `correction` is greater than n, and NaN or infinite where it is n.
    ///
    /// # Panics
    /// If an axis does not exist or is named twice.
    #[doc(alias = "std")]
    #[track_caller]
    #[must_use]
    pub fn standard_deviation(&self, axes: &[isize], keep_dims: bool, correction: usize) -> Self {
        let folded = flags("standard_deviation", self.shape(), axes).or_raise();
        let count = folded_count(self.shape(), folded) as f64;
        let deviation = self - self.mean(axes, true);
        deviation.norm(axes, keep_dims) / T::from_f64((count - correction as f64).sqrt())
    }
}

#[track_caller]
fn norm_of<T: Real>(x: &Tensor<T>, axes: &[isize], keep_dims: bool) -> Tensor<T> {
    let folded = flags("norm", x.shape(), axes).or_raise();
    let squares = fold_squares(x, folded);
    let scale = Scale(T::SQUARE_SCALE);
    let result = if sum_of(&scale, [&squares]) == T::zero() {
        squares.sqrt()
    } else {
        let scale = pointwise("norm", &PowerOfTwo(scale), [&squares]);
        fold_squares(&(x * &scale), folded).sqrt() / scale
    };
    if keep_dims {
        result
    } else {
        dropped(&result, folded)
    }
}

/// From a sum of squares, the power of two that brings it near 1: 0 where it needs none, else 2ⁿ or 2⁻ⁿ, which this holds.
struct Scale(f64);

impl Pointwise<1> for Scale {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [squares]: [A; 1]) -> A {
        let (up, down) = (squares.lit(self.0), squares.lit(1.0 / self.0));
        let small = squares.less(down).choose(up, squares.lit(0.0));
        squares.equal(squares.lit(f64::INFINITY)).choose(down, small)
    }
}

/// The scale itself, with 1 in place of 0.
struct PowerOfTwo(Scale);

impl Pointwise<1> for PowerOfTwo {
    #[inline(always)]
    fn eval<A: Algebra>(&self, squares: [A; 1]) -> A {
        let scale = self.0.eval(squares);
        scale.choose(scale, scale.lit(1.0))
    }
}
