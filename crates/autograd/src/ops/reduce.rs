//! Reductions over axes.

use crate::{Op, Rule, Var};
use latents_tensor::{OrRaise, Real, Shape, Tensor};

/// A set of axes, one bit each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axes(u8);

impl Axes {
    /// Negative axes count from the last.
    #[track_caller]
    fn new(operation: &'static str, shape: Shape, axes: &[isize]) -> Self {
        Self(
            axes.iter()
                .fold(0, |set, &axis| set | 1 << shape.axis(operation, axis).or_raise()),
        )
    }

    /// `shape` with length 1 along these axes.
    fn kept(self, shape: Shape) -> Shape {
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

/// ln Σ eˣ over axes, without overflow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogSumExp(Axes);

impl<T: Real> Op<T> for LogSumExp {
    fn name(&self) -> &'static str {
        "logsumexp"
    }

    /// x̄ = ȳ · softmax(x).
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let x = rule.input(0);
        let kept = self.0.kept(x.shape());
        let softmax = (x - rule.output().reshape(kept)).exp();
        rule.give(0, rule.gradient().reshape(kept) * softmax);
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
    #[track_caller]
    #[must_use]
    pub fn sum(self, axes: &[isize], keep_dims: bool) -> Self {
        let set = Axes::new("sum", self.shape(), axes);
        self.tape()
            .record(Sum(set), &[self], self.value().sum(axes, keep_dims))
    }

    /// The sum of all elements, as a scalar.
    #[track_caller]
    #[must_use]
    pub fn sum_all(self) -> Self {
        let set = Axes((1 << self.shape().rank()) - 1);
        self.tape()
            .record(Sum(set), &[self], Tensor::scalar(self.value().sum_all()))
    }

    /// The sum over the axes that broadcasting from `shape` repeats.
    #[track_caller]
    #[must_use]
    pub fn sum_to(self, shape: impl Into<Shape>) -> Self {
        let value = self.value().sum_to(shape.into());
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

    /// Σ (x − mean)² / (n − correction) over `axes`. Correction 0 is the population's variance, 1 the unbiased one.
    #[track_caller]
    #[must_use]
    pub fn variance(self, axes: &[isize], keep_dims: bool, correction: usize) -> Self {
        let squares = (self - self.mean(axes, true)).square().sum(axes, keep_dims);
        let count = self.len() as f64 / squares.len() as f64;
        squares / self.tape().scalar(count - correction as f64)
    }

    /// √Σ x² over `axes`. The gradient at the zero vector is not a number.
    #[track_caller]
    #[must_use]
    pub fn norm(self, axes: &[isize], keep_dims: bool) -> Self {
        self.square().sum(axes, keep_dims).sqrt()
    }

    /// The largest element over `axes`; a tie shares the gradient equally.
    #[track_caller]
    #[must_use]
    pub fn max(self, axes: &[isize], keep_dims: bool) -> Self {
        let axes_set = Axes::new("max", self.shape(), axes);
        let value = self.value().max(axes, keep_dims);
        self.tape().record(
            Extreme {
                largest: true,
                axes: axes_set,
            },
            &[self],
            value,
        )
    }

    /// The smallest element over `axes`; a tie shares the gradient equally.
    #[track_caller]
    #[must_use]
    pub fn min(self, axes: &[isize], keep_dims: bool) -> Self {
        let axes_set = Axes::new("min", self.shape(), axes);
        let value = self.value().min(axes, keep_dims);
        self.tape().record(
            Extreme {
                largest: false,
                axes: axes_set,
            },
            &[self],
            value,
        )
    }

    /// ln Σ eˣ over `axes`, without overflow.
    #[track_caller]
    #[must_use]
    pub fn logsumexp(self, axes: &[isize], keep_dims: bool) -> Self {
        let set = Axes::new("logsumexp", self.shape(), axes);
        self.tape()
            .record(LogSumExp(set), &[self], self.value().logsumexp(axes, keep_dims))
    }

    /// eˣ / Σ eˣ along an axis.
    #[track_caller]
    #[must_use]
    pub fn softmax(self, axis: isize) -> Self {
        self.log_softmax(axis).exp()
    }

    /// ln(eˣ / Σ eˣ) along an axis.
    #[track_caller]
    #[must_use]
    pub fn log_softmax(self, axis: isize) -> Self {
        self - self.logsumexp(&[axis], true)
    }

    /// Running sums along an axis.
    #[track_caller]
    #[must_use]
    pub fn cumsum(self, axis: isize) -> Self {
        let place = self.shape().axis("cumsum", axis).or_raise();
        self.tape()
            .record(CumulativeSum(place), &[self], self.value().cumsum(axis))
    }
}
