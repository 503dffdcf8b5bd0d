//! Reductions over axes.

use crate::{Op, Rule, Var};
use latents_tensor::{Real, Shape, ShapeError, Tensor};

/// A set of axes, one bit each.
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

    /// Calls `with` with the axes one by one.
    pub(super) fn listed<R>(self, with: impl FnOnce(&[isize]) -> R) -> R {
        let (mut list, mut count) = ([0; u8::BITS as usize], 0);
        for axis in (0..list.len()).filter(|axis| self.0 & (1 << axis) != 0) {
            list[count] = axis as isize;
            count += 1;
        }
        with(&list[..count])
    }

    /// The number of elements along these axes.
    pub(super) fn count(self, shape: Shape) -> usize {
        (0..shape.rank())
            .filter(|axis| self.0 & (1 << axis) != 0)
            .map(|axis| shape[axis])
            .product()
    }

    /// `shape` with length 1 along these axes.
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

    /// Every summand has the sum's gradient; the engine repeats it.
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

    /// The gradient goes to the extreme element; a tie shares it equally.
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
    /// The sum over `axes`; they stay with length 1 if `keep_dims`. No axes: nothing is summed.
    ///
    /// # Panics
    /// If an axis does not exist or is named twice; so do all reductions.
    #[track_caller]
    #[must_use]
    pub fn sum(self, axes: &[isize], keep_dims: bool) -> Self {
        let set = Axes::new("sum", self, axes);
        self.tape()
            .record(Sum(set), &[self], self.value().sum(axes, keep_dims))
    }

    /// The sum of all elements, as a scalar.
    #[track_caller]
    #[must_use]
    pub fn sum_all(self) -> Self {
        let set = Axes::all(self.shape());
        self.tape()
            .record(Sum(set), &[self], Tensor::scalar(self.value().sum_all()))
    }

    /// The sum over the axes that broadcasting from `shape` repeats.
    ///
    /// # Panics
    /// If `shape` does not broadcast to this shape.
    #[track_caller]
    #[must_use]
    pub fn sum_to(self, shape: impl Into<Shape>) -> Self {
        let value = self
            .tape()
            .or_raise(self.value().try_sum_to(shape.into()), &[self]);
        self.tape().record(SumTo, &[self], value)
    }

    /// The arithmetic mean over `axes`.
    #[track_caller]
    #[must_use]
    pub fn mean(self, axes: &[isize], keep_dims: bool) -> Self {
        let sum = self.sum(axes, keep_dims);
        sum / self.tape().scalar(self.len() as f64 / sum.len() as f64)
    }

    /// The arithmetic mean of all elements, as a scalar.
    #[track_caller]
    #[must_use]
    pub fn mean_all(self) -> Self {
        self.sum_all() / self.tape().scalar(self.len() as f64)
    }

    /// The largest element over `axes`; a tie shares the gradient equally.
    ///
    /// # Panics
    /// If an axis does not exist or is named twice, or there are no elements to choose from.
    #[track_caller]
    #[must_use]
    pub fn max(self, axes: &[isize], keep_dims: bool) -> Self {
        let axes_set = Axes::new("max", self, axes);
        self.extreme(true, axes_set, self.value().max(axes, keep_dims))
    }

    /// The largest of all elements, as a scalar; a tie shares the gradient equally.
    ///
    /// # Panics
    /// If there is no element.
    #[track_caller]
    #[must_use]
    pub fn max_all(self) -> Self {
        let largest = self.value().max_all();
        self.extreme(true, Axes::all(self.shape()), Tensor::scalar(largest))
    }

    /// The smallest element over `axes`; a tie shares the gradient equally.
    ///
    /// # Panics
    /// As [`Var::max`].
    #[track_caller]
    #[must_use]
    pub fn min(self, axes: &[isize], keep_dims: bool) -> Self {
        let axes_set = Axes::new("min", self, axes);
        self.extreme(false, axes_set, self.value().min(axes, keep_dims))
    }

    /// The smallest of all elements, as a scalar; a tie shares the gradient equally.
    ///
    /// # Panics
    /// If there is no element.
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

    /// Running sums along an axis.
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    #[must_use]
    pub fn cumsum(self, axis: isize) -> Self {
        let place = self.axis("cumsum", axis);
        self.tape()
            .record(CumulativeSum(place), &[self], self.value().cumsum(axis))
    }
}
