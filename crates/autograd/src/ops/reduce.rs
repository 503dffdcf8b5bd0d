//! Reductions over axes.

use crate::{Op, Rule, Var};
use latents_tensor::{Real, Shape, ShapeError, Tensor};

/// A set of axes, one bit per axis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axes(u8);

impl Axes {
    /// Negative axes count from the last.
    #[track_caller]
    pub(super) fn new<T: Real>(operation: &'static str, x: Var<'_, T>, axes: &[isize]) -> Self {
        let add = |set: u8, &axis: &isize| {
            let bit = 1 << x.axis(operation, axis);
            if set & bit != 0 {
                let reason = format!("axis {axis} is named twice in {axes:?}");
                x.tape()
                    .raise(ShapeError::new(operation, reason, &[x.shape()]), &[x]);
            }
            set | bit
        };
        Self(axes.iter().fold(0, add))
    }

    pub(super) fn all(shape: Shape) -> Self {
        Self((1 << shape.rank()) - 1)
    }

    /// Calls `with` with the list of axes.
    pub(super) fn listed<R>(self, with: impl FnOnce(&[isize]) -> R) -> R {
        let (mut list, mut count) = ([0; u8::BITS as usize], 0);
        for axis in (0..list.len()).filter(|axis| self.0 & (1 << axis) != 0) {
            list[count] = axis as isize;
            count += 1;
        }
        with(&list[..count])
    }

    /// Returns the number of elements along these axes.
    pub(super) fn count(self, shape: Shape) -> usize {
        (0..shape.rank())
            .filter(|axis| self.0 & (1 << axis) != 0)
            .map(|axis| shape[axis])
            .product()
    }

    /// Returns `shape` with length 1 along these axes.
    pub(super) fn kept(self, shape: Shape) -> Shape {
        (0..shape.rank())
            .filter(|axis| self.0 & (1 << axis) != 0)
            .fold(shape, |shape, axis| shape.with_axis(axis, 1))
    }
}

/// The sum over axes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sum(Axes);

impl<T: Real> Op<T> for Sum {
    fn name(&self) -> &'static str {
        "sum"
    }

    /// Every summand gets the gradient of the sum; the engine broadcasts it.
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let kept = self.0.kept(rule.input(0).shape());
        rule.give(0, rule.gradient().reshape(kept));
    }
}

/// The adjoint of broadcasting: the sum over the axes that broadcasting to this shape would repeat.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SumTo;

impl<T: Real> Op<T> for SumTo {
    fn name(&self) -> &'static str {
        "sum_to"
    }

    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        rule.give(0, rule.gradient());
    }
}

/// The largest or smallest element over axes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extreme {
    largest: bool,
    axes: Axes,
}

impl<T: Real> Op<T> for Extreme {
    fn name(&self) -> &'static str {
        if self.largest { "max" } else { "min" }
    }

    /// The gradient goes to the extreme element; in a tie it is shared equally.
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let x = rule.input(0);
        let kept = self.axes.kept(x.shape());
        let hits = x.value().equal(&rule.output().value().reshape(kept));
        let share = &hits / &hits.sum_to(kept);
        rule.give(0, rule.gradient().reshape(kept) * rule.tape().constant(share));
    }
}

/// Running sums along an axis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CumulativeSum(usize);

impl<T: Real> Op<T> for CumulativeSum {
    fn name(&self) -> &'static str {
        "cumsum"
    }

    /// x̄ᵢ = Σ_{j ≥ i} ȳⱼ: the running sum from the other end.
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let axis = self.0 as isize;
        rule.give(0, rule.gradient().flip(axis).cumsum(axis).flip(axis));
    }
}

impl<'t, T: Real> Var<'t, T> {
    /// Sums over `axes`, which remain with length 1 if `keep_dims`. An empty list sums nothing.
    ///
    /// # Panics
    /// If an axis does not exist or is listed twice, as in all reductions.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[1.0, 2.0, 3.0, 4.0], [2, 2]));
    /// assert_eq!(x.sum(&[1], false).value().to_vec(), [3.0, 7.0]);
    /// assert_eq!(x.mean(&[0], true).value().to_vec(), [2.0, 3.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn sum(self, axes: &[isize], keep_dims: bool) -> Self {
        let set = Axes::new("sum", self, axes);
        self.tape()
            .record(Sum(set), &[self], self.value().sum(axes, keep_dims))
    }

    /// Sums all elements. Returns a scalar.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[1.0, 2.0, 3.0, 4.0], [2, 2]));
    /// assert_eq!((x.sum_all().item(), x.mean_all().item()), (10.0, 2.5));
    /// ```
    #[track_caller]
    #[must_use]
    pub fn sum_all(self) -> Self {
        let set = Axes::all(self.shape());
        self.tape()
            .record(Sum(set), &[self], Tensor::scalar(self.value().sum_all()))
    }

    /// Sums over the axes that broadcasting from `shape` repeats: the adjoint of [`Var::broadcast_to`].
    ///
    /// # Panics
    /// If `shape` does not broadcast to the shape of this variable.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::ones([4, 3]));
    /// assert_eq!(x.sum_to([3]).value().to_vec(), [4.0, 4.0, 4.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn sum_to(self, shape: impl Into<Shape>) -> Self {
        let value = self
            .tape()
            .or_raise(self.value().try_sum_to(shape.into()), &[self]);
        self.tape().record(SumTo, &[self], value)
    }

    /// Computes the arithmetic mean over `axes`; see [`Var::sum`].
    #[track_caller]
    #[must_use]
    pub fn mean(self, axes: &[isize], keep_dims: bool) -> Self {
        let sum = self.sum(axes, keep_dims);
        sum / self.tape().scalar(self.len() as f64 / sum.len() as f64)
    }

    /// Computes the arithmetic mean of all elements. Returns a scalar.
    #[track_caller]
    #[must_use]
    pub fn mean_all(self) -> Self {
        self.sum_all() / self.tape().scalar(self.len() as f64)
    }

    /// Returns the largest element over `axes`; in a tie the gradient is shared equally.
    ///
    /// # Panics
    /// If an axis does not exist or is listed twice, or there are no elements to choose from.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[1.0, 5.0, 3.0, 4.0], [2, 2]));
    /// assert_eq!(x.max(&[1], false).value().to_vec(), [5.0, 4.0]);
    /// assert_eq!(x.min(&[1], false).value().to_vec(), [1.0, 3.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn max(self, axes: &[isize], keep_dims: bool) -> Self {
        let axes_set = Axes::new("max", self, axes);
        self.extreme(true, axes_set, self.value().max(axes, keep_dims))
    }

    /// Returns the largest of all elements, as a scalar; in a tie the gradient is shared equally.
    ///
    /// # Panics
    /// If there are no elements.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[1.0, 5.0, 3.0], [3]));
    /// assert_eq!((x.max_all().item(), x.min_all().item()), (5.0, 1.0));
    /// ```
    #[track_caller]
    #[must_use]
    pub fn max_all(self) -> Self {
        let largest = self.value().max_all();
        self.extreme(true, Axes::all(self.shape()), Tensor::scalar(largest))
    }

    /// Returns the smallest element over `axes`; in a tie the gradient is shared equally.
    ///
    /// # Panics
    /// As in [`Var::max`].
    #[track_caller]
    #[must_use]
    pub fn min(self, axes: &[isize], keep_dims: bool) -> Self {
        let axes_set = Axes::new("min", self, axes);
        self.extreme(false, axes_set, self.value().min(axes, keep_dims))
    }

    /// Returns the smallest of all elements, as a scalar; in a tie the gradient is shared equally.
    ///
    /// # Panics
    /// If there are no elements.
    #[track_caller]
    #[must_use]
    pub fn min_all(self) -> Self {
        let smallest = self.value().min_all();
        self.extreme(false, Axes::all(self.shape()), Tensor::scalar(smallest))
    }

    #[track_caller]
    fn extreme(self, largest: bool, axes: Axes, value: Tensor<T>) -> Self {
        self.tape().record(Extreme { largest, axes }, &[self], value)
    }

    /// Computes cumulative sums along an axis.
    ///
    /// # Panics
    /// If the axis does not exist.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[1.0, 2.0, 3.0], [3]));
    /// assert_eq!(x.cumsum(0).value().to_vec(), [1.0, 3.0, 6.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn cumsum(self, axis: isize) -> Self {
        let place = self.axis("cumsum", axis);
        self.tape()
            .record(CumulativeSum(place), &[self], self.value().cumsum(axis))
    }
}
