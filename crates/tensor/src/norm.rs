//! Euclidean norms, variances and standard deviations, without intermediate overflow or underflow.
//!
//! Squares leave the range of the type long before the norm does: in `f32` those of 3·10¹⁹ and of 10⁻²³. If a sum of squares is
//! infinite, or so small that its terms may have lost digits, the elements are scaled by a power of two, squared and summed
//! again. This scaling is exact, and every other norm is the plain √Σx².
//!
//! Deviations are computed from the first element of a row, and then from the mean of these differences: they are exactly 0 if
//! all elements are equal, and a mean that is large compared with them costs no precision.

use crate::kernels::reduce::fold_squares;
use crate::reduce::{flags, folded_count, kept_or_dropped};
use crate::{Algebra, MAX_RANK, OrRaise, Pointwise, Real, Tensor, concrete, pointwise};

concrete! {
    fn norm<'a, T>(x: &'a Tensor<T>, axes: &'a [isize], keep_dims: bool) -> Tensor<T> = norm_of(x, axes, keep_dims);
    fn variance<'a, T>(x: &'a Tensor<T>, axes: &'a [isize], keep_dims: bool, correction: usize) -> Tensor<T> =
        variance_of(x, axes, keep_dims, correction);
    fn standard_deviation<'a, T>(x: &'a Tensor<T>, axes: &'a [isize], keep_dims: bool, correction: usize) -> Tensor<T> =
        standard_deviation_of(x, axes, keep_dims, correction);
}

impl<T: Real> Tensor<T> {
    /// Computes the Euclidean norm √Σx² over `axes`. It overflows only if the result is too large for the type.
    ///
    /// ```
    /// use latents_tensor::Tensor;
    /// assert_eq!(Tensor::from_slice(&[3e19f32, 4e19], [2]).norm(&[0], false).item(), 5e19);
    /// ```
    ///
    /// # Panics
    /// If an axis does not exist or is listed twice.
    #[track_caller]
    #[must_use]
    pub fn norm(&self, axes: &[isize], keep_dims: bool) -> Self {
        norm(self, axes, keep_dims)
    }

    /// Computes the Euclidean norm of all elements.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert_eq!(Tensor::from_slice(&[3.0f32, 4.0], [2]).norm_all(), 5.0);
    /// ```
    #[must_use]
    pub fn norm_all(&self) -> T {
        self.reshape([self.len()]).norm(&[0], false).item()
    }

    /// Computes the variance over `axes`, Σ (x − mean)² / (n − correction): correction 0 gives the population variance, 1 the
    /// unbiased estimate from a sample. It is exactly 0 if all elements are equal, and a large mean costs no precision. If
    /// `correction` is n, the result is infinite or NaN; if it is greater, the divisor and so the result is negative. For the
    /// root use [`Tensor::standard_deviation`].
    ///
    /// # Panics
    /// If an axis does not exist or is listed twice.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1.0f32, 3.0], [2]);
    /// assert_eq!((x.variance(&[0], false, 0).item(), x.variance(&[0], false, 1).item()), (1.0, 2.0));
    /// ```
    #[track_caller]
    #[must_use]
    pub fn variance(&self, axes: &[isize], keep_dims: bool, correction: usize) -> Self {
        variance(self, axes, keep_dims, correction)
    }

    /// Computes the standard deviation over `axes`, √(Σ (x − mean)² / (n − correction)): the root of [`Tensor::variance`],
    /// without overflow if the result fits the type. Exactly 0 if all elements are equal; NaN if `correction` is greater than n,
    /// and NaN or infinite if it is n.
    ///
    /// ```
    /// use latents_tensor::Tensor;
    /// let huge = 2f32.powi(127);
    /// let x = Tensor::from_slice(&[-huge, huge, 0.1, 0.1], [2, 2]);
    /// assert_eq!(x.standard_deviation(&[1], false, 0).to_vec(), [huge, 0.0]);
    /// ```
    ///
    /// # Panics
    /// If an axis does not exist or is listed twice.
    #[doc(alias = "std")]
    #[track_caller]
    #[must_use]
    pub fn standard_deviation(&self, axes: &[isize], keep_dims: bool, correction: usize) -> Self {
        standard_deviation(self, axes, keep_dims, correction)
    }
}

#[track_caller]
fn norm_of<T: Real>(x: &Tensor<T>, axes: &[isize], keep_dims: bool) -> Tensor<T> {
    let folded = flags("norm", x.shape(), axes).or_raise();
    kept_or_dropped(root_of_squares(x, folded), folded, keep_dims)
}

/// Computes √Σx², keeping the folded axes.
fn root_of_squares<T: Real>(x: &Tensor<T>, folded: [bool; MAX_RANK]) -> Tensor<T> {
    let squares = fold_squares(x, folded);
    let scale = pointwise("norm", &SquareScale(T::SQUARE_SCALE), [&squares]);
    if scale.elements().iter().all(|&scale| scale == T::one()) {
        return squares.sqrt();
    }
    fold_squares(&(x * &scale), folded).sqrt() / scale
}

/// The power of two that scales elements so that their sum of squares is near 1, or 1 if no scaling is needed.
struct SquareScale(f64);

impl Pointwise<1> for SquareScale {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [squares]: [A; 1]) -> A {
        let (up, down) = (squares.lit(self.0), squares.lit(1.0 / self.0));
        let small = squares.less(down).choose(up, squares.lit(1.0));
        squares.equal(squares.lit(f64::INFINITY)).choose(down, small)
    }
}

/// Returns a power of two for numbers whose squares have this sum: after multiplication by it, their squares are neither too
/// large nor too small for `f64`. Returns 1 if no scaling is needed.
///
/// ```
/// # use latents_tensor::square_scale;
/// assert_eq!(square_scale(25.0), 1.0);
/// assert!(square_scale(f64::INFINITY) < 1.0);
/// ```
pub fn square_scale(squares: f64) -> f64 {
    SquareScale(f64::SQUARE_SCALE).eval([squares])
}

impl<T: Real> Tensor<T> {
    /// Returns the first element of each row along axes, which keep length 1.
    #[doc(hidden)]
    #[must_use]
    pub fn first_of_rows(&self, axes: &[isize]) -> Self {
        let first = |x: Self, &axis: &isize| x.narrow(axis, 0, x.size(axis).min(1));
        axes.iter().fold(self.clone(), first)
    }
}

/// Returns a power of two of at most 1 / 4n: the differences of n elements, multiplied by it, have a finite sum.
#[doc(hidden)]
pub fn range_scale(count: usize) -> f64 {
    0.25 / count.max(1).next_power_of_two() as f64
}

/// Computes `spread` of the deviations from the mean along axes, keeping the folded ones. `spread` is called with x and 1; if the
/// result is not finite, it is called with s · x and s for a small power of two s.
fn of_deviations<T: Real>(
    x: &Tensor<T>,
    axes: &[isize],
    count: usize,
    spread: impl Fn(&Tensor<T>, f64) -> Tensor<T>,
) -> Tensor<T> {
    let deviations = |x: &Tensor<T>| {
        let shifted = x - &x.first_of_rows(axes);
        let mean = shifted.mean(axes, true);
        shifted - mean
    };
    let plain = spread(&deviations(x), 1.0);
    let is_finite = plain.abs().less_equal(&Tensor::scalar(T::max_value()));
    if is_finite.elements().iter().all(|&finite| finite == T::one()) {
        return plain;
    }
    let scale = range_scale(count);
    let scaled = spread(&deviations(&(x * T::from_f64(scale))), scale);
    is_finite.choose(&plain, &scaled)
}

#[track_caller]
fn variance_of<T: Real>(x: &Tensor<T>, axes: &[isize], keep_dims: bool, correction: usize) -> Tensor<T> {
    let folded = flags("variance", x.shape(), axes).or_raise();
    let count = folded_count(x.shape(), folded);
    let divisor = count as f64 - correction as f64;
    let result = of_deviations(x, axes, count, |deviations, scale| {
        fold_squares(deviations, folded) / T::from_f64(divisor * scale * scale)
    });
    kept_or_dropped(result, folded, keep_dims)
}

#[track_caller]
fn standard_deviation_of<T: Real>(
    x: &Tensor<T>,
    axes: &[isize],
    keep_dims: bool,
    correction: usize,
) -> Tensor<T> {
    let folded = flags("standard_deviation", x.shape(), axes).or_raise();
    let count = folded_count(x.shape(), folded);
    let root = (count as f64 - correction as f64).sqrt();
    let result = of_deviations(x, axes, count, |deviations, scale| {
        root_of_squares(deviations, folded) / T::from_f64(root * scale)
    });
    kept_or_dropped(result, folded, keep_dims)
}
