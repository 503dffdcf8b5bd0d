//! Reductions over axes: sums, means, extremes, and sums fused with the formula of their terms.
//!
//! The order of every sum is determined by the shape and the axes (see `kernels/reduce.rs`), so views, threads and instruction
//! sets give the same bits.

use crate::kernels::reduce::{fold_columns_of, fold_largest, fold_line, fold_smallest, fold_sum};
use crate::simd::Isa;
use crate::{MAX_RANK, OrRaise, Pointwise, Real, Shape, ShapeError, Tensor, kernels, pointwise};

/// Returns the axes as flags, or an error if one is listed twice.
pub(crate) fn flags(
    operation: &'static str,
    shape: Shape,
    axes: &[isize],
) -> Result<[bool; MAX_RANK], ShapeError> {
    let mut folded = [false; MAX_RANK];
    for &axis in axes {
        let place = shape.axis(operation, axis)?;
        if std::mem::replace(&mut folded[place], true) {
            let reason = format!("axis {place} is named twice in {axes:?}");
            return Err(ShapeError::new(operation, reason, &[shape]));
        }
    }
    Ok(folded)
}

fn every_axis(shape: Shape) -> [bool; MAX_RANK] {
    std::array::from_fn(|axis| axis < shape.rank())
}

/// Reduces, and drops the reduced axes unless `keep_dims`.
#[track_caller]
fn fold<T: Real>(
    operation: &'static str,
    fold: fn(&Tensor<T>, [bool; MAX_RANK]) -> Tensor<T>,
    tensor: &Tensor<T>,
    axes: &[isize],
    keep_dims: bool,
) -> Tensor<T> {
    let folded = flags(operation, tensor.shape(), axes).or_raise();
    kept_or_dropped(fold(tensor, folded), folded, keep_dims)
}

/// Drops the reduced axes of a result, which have length 1, unless `keep_dims`.
pub(crate) fn kept_or_dropped<T: Real>(
    result: Tensor<T>,
    folded: [bool; MAX_RANK],
    keep_dims: bool,
) -> Tensor<T> {
    if keep_dims {
        return result;
    }
    result.reshape(result.shape().without(|axis| folded[axis]))
}

/// Returns the number of elements that are reduced to one.
pub(crate) fn folded_count(shape: Shape, folded: [bool; MAX_RANK]) -> usize {
    shape
        .iter()
        .zip(folded)
        .filter(|(_, folded)| *folded)
        .map(|(length, _)| length)
        .product()
}

/// Panics for an extreme over no elements, which does not exist.
#[track_caller]
fn refuse_empty<T: Real>(operation: &'static str, tensor: &Tensor<T>, folded: [bool; MAX_RANK]) {
    if folded_count(tensor.shape(), folded) == 0 {
        ShapeError::new(operation, "over no elements", &[tensor.shape()])
            .hint("an axis of length 0 has no such element; check for empty input first")
            .raise();
    }
}

impl<T: Real> Tensor<T> {
    /// Sums over `axes`; negative axes count from the last, and an empty list sums nothing. With `keep_dims` the axes remain with
    /// length 1. The sum over no elements is 0.
    ///
    /// ```
    /// use latents_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0], [2, 3]);
    /// assert_eq!(x.sum(&[0], false).to_vec(), [5.0, 7.0, 9.0]);
    /// assert_eq!(x.sum(&[-1], true).shape()[..], [2, 1]);
    /// ```
    ///
    /// # Panics
    /// If an axis does not exist or is listed twice, as in all reductions.
    #[track_caller]
    #[must_use]
    pub fn sum(&self, axes: &[isize], keep_dims: bool) -> Self {
        fold("sum", fold_sum, self, axes, keep_dims)
    }

    /// Sums all elements.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1.0f32, 2.0, 3.0, 4.0], [2, 2]);
    /// assert_eq!((x.sum_all(), x.mean_all()), (10.0, 2.5));
    /// ```
    #[must_use]
    pub fn sum_all(&self) -> T {
        fold_sum(&self.reshape([self.len()]), every_axis(Shape::from([1]))).item()
    }

    /// Sums over the axes that broadcasting from `shape` to this tensor's shape repeats: the adjoint of [`Tensor::broadcast_to`].
    ///
    /// # Panics
    /// If `shape` does not broadcast to this tensor's shape; [`Tensor::try_sum_to`] returns an error instead.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert_eq!(Tensor::<f32>::ones([4, 3]).sum_to([3]).to_vec(), [4.0, 4.0, 4.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn sum_to(&self, shape: impl Into<Shape>) -> Self {
        self.try_sum_to(shape.into()).or_raise()
    }

    /// Like [`Tensor::sum_to`], but returns an error instead of panicking.
    ///
    /// # Errors
    /// If `shape` is invalid ([`Shape::new`]), or does not broadcast to this tensor's shape.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert!(Tensor::<f32>::ones([4, 3]).try_sum_to([2]).is_err());
    /// ```
    pub fn try_sum_to(&self, shape: impl AsRef<[usize]>) -> Result<Self, ShapeError> {
        let shape = Shape::new(shape.as_ref())?;
        let own = self.shape();
        if shape == own {
            return Ok(self.clone());
        }
        if Shape::broadcast("sum_to", &[own, shape]) != Ok(own) {
            let reason = format!("{shape} does not broadcast to {own}");
            return Err(ShapeError::new("sum_to", reason, &[own])
                .hint("the wanted axes, matched from the last, must be equal or 1"));
        }
        let lead = own.rank() - shape.rank();
        let folded = std::array::from_fn(|axis| {
            axis < lead || axis < own.rank() && shape[axis - lead] == 1 && own[axis] != 1
        });
        Ok(fold_sum(self, folded).reshape(shape))
    }

    /// Computes the mean over `axes`: the sum divided by the number of elements; NaN over no elements.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1.0f32, 2.0, 3.0, 4.0], [2, 2]);
    /// assert_eq!(x.mean(&[0], false).to_vec(), [2.0, 3.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn mean(&self, axes: &[isize], keep_dims: bool) -> Self {
        let count = folded_count(self.shape(), flags("mean", self.shape(), axes).or_raise());
        self.sum(axes, keep_dims) / T::from_f64(count as f64)
    }

    /// Computes the mean of all elements; NaN over no elements.
    #[must_use]
    pub fn mean_all(&self) -> T {
        self.sum_all() / T::from_f64(self.len() as f64)
    }

    /// Returns the largest element over `axes`; NaN if there is one.
    ///
    /// # Panics
    /// If there are no elements, and as in [`Tensor::sum`].
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1.0f32, 5.0, 3.0, 4.0], [2, 2]);
    /// assert_eq!(x.max(&[1], false).to_vec(), [5.0, 4.0]);
    /// assert_eq!(x.min(&[1], false).to_vec(), [1.0, 3.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn max(&self, axes: &[isize], keep_dims: bool) -> Self {
        refuse_empty("max", self, flags("max", self.shape(), axes).or_raise());
        fold("max", fold_largest, self, axes, keep_dims)
    }

    /// Returns the largest of all elements; NaN if there is one.
    ///
    /// # Panics
    /// If there are no elements.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1.0f32, 5.0, 3.0], [3]);
    /// assert_eq!((x.max_all(), x.min_all()), (5.0, 1.0));
    /// ```
    #[track_caller]
    #[must_use]
    pub fn max_all(&self) -> T {
        refuse_empty("max_all", self, every_axis(self.shape()));
        fold_largest(self, every_axis(self.shape())).item()
    }

    /// Returns the smallest element over `axes`; NaN if there is one.
    ///
    /// # Panics
    /// As in [`Tensor::max`].
    #[track_caller]
    #[must_use]
    pub fn min(&self, axes: &[isize], keep_dims: bool) -> Self {
        refuse_empty("min", self, flags("min", self.shape(), axes).or_raise());
        fold("min", fold_smallest, self, axes, keep_dims)
    }

    /// Returns the smallest of all elements; NaN if there is one.
    ///
    /// # Panics
    /// If there are no elements.
    #[track_caller]
    #[must_use]
    pub fn min_all(&self) -> T {
        refuse_empty("min_all", self, every_axis(self.shape()));
        fold_smallest(self, every_axis(self.shape())).item()
    }
}

/// Broadcasts operands to a common shape.
#[track_caller]
fn joined<T: Real, const N: usize>(operation: &'static str, operands: [&Tensor<T>; N]) -> [Tensor<T>; N] {
    let shape = Shape::broadcast(operation, &operands.map(Tensor::shape)).or_raise();
    operands.map(|operand| operand.broadcast_to(shape))
}

/// Sums a formula of the operands over all elements, in one pass and without an intermediate tensor.
///
/// The bits are those of [`pointwise`] followed by [`Tensor::sum_all`].
///
/// ```
/// use latents_tensor::{Algebra, Pointwise, Tensor, sum_of};
/// struct SquaredDifference;
/// impl Pointwise<2> for SquaredDifference {
///     fn eval<A: Algebra>(&self, [x, y]: [A; 2]) -> A {
///         (x - y) * (x - y)
///     }
/// }
/// let (x, y) = (Tensor::from_slice(&[1.0f32, 5.0], [2]), Tensor::scalar(3.0));
/// assert_eq!(sum_of(&SquaredDifference, [&x, &y]), 8.0);
/// ```
///
/// # Panics
/// If the shapes do not broadcast.
#[track_caller]
#[must_use]
pub fn sum_of<T: Real, P: Pointwise<N>, const N: usize>(formula: &P, operands: [&Tensor<T>; N]) -> T {
    let operands = joined("sum_of", operands).map(|operand| operand.reshape([operand.len()]));
    fold_line(Isa::active(), formula, operands.each_ref())
}

/// Sums a formula of the operands over all axes but the last (the columns of a matrix), in one pass and without an intermediate
/// tensor. The result has shape `[columns]`.
///
/// The bits are those of [`pointwise`] followed by [`Tensor::sum`] over those axes.
///
/// ```
/// # use latents_tensor::{Tensor, column_sums_of, formula::Product};
/// let x = Tensor::from_slice(&[1.0f32, 2.0, 3.0, 4.0], [2, 2]);
/// assert_eq!(column_sums_of(&Product, [&x, &x]).to_vec(), [10.0, 20.0]);
/// ```
///
/// # Panics
/// If the shapes do not broadcast, or there is no axis.
#[track_caller]
#[must_use]
pub fn column_sums_of<T: Real, P: Pointwise<N>, const N: usize>(
    formula: &P,
    operands: [&Tensor<T>; N],
) -> Tensor<T> {
    let operands = joined("column_sums_of", operands);
    refuse_scalar("column_sums_of", operands[0].shape());
    if operands[0].rank() == 1 {
        return pointwise("column_sums_of", formula, operands.each_ref());
    }
    fold_columns_of(Isa::active(), formula, operands.each_ref())
}

/// Computes a formula of the operands and the sums of its result over all axes but the last, in one pass, as the backward pass
/// of an activation after a bias needs. Returns the result and the sums, `[columns]`.
///
/// The bits are those of [`pointwise`] followed by [`Tensor::sum`] over those axes.
///
/// ```
/// use latents_tensor::{Tensor, formula::Product, map_with_column_sums};
/// let x = Tensor::from_slice(&[1.0f32, 2.0, 3.0, 4.0], [2, 2]);
/// let (squares, sums) = map_with_column_sums(&Product, [&x, &x]);
/// assert_eq!(squares.to_vec(), [1.0, 4.0, 9.0, 16.0]);
/// assert_eq!(sums.to_vec(), [10.0, 20.0]);
/// ```
///
/// # Panics
/// If the shapes do not broadcast, or there is no axis.
#[track_caller]
#[must_use]
pub fn map_with_column_sums<T: Real, P: Pointwise<N>, const N: usize>(
    formula: &P,
    operands: [&Tensor<T>; N],
) -> (Tensor<T>, Tensor<T>) {
    let operands = joined("map_with_column_sums", operands);
    refuse_scalar("map_with_column_sums", operands[0].shape());
    kernels::reduce::map_with_column_sums(Isa::active(), formula, operands.each_ref())
}

#[track_caller]
fn refuse_scalar(operation: &'static str, shape: Shape) {
    if shape.rank() == 0 {
        ShapeError::new(operation, "needs an axis of columns", &[shape]).raise();
    }
}
