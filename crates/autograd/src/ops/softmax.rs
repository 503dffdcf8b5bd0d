//! ln Σ eˣ, softmax and its logarithm. The values subtract the largest element first (`softmax.rs` of the tensor crate), and so do
//! the gradients, which are softmaxes themselves.

use super::reduce::Axes;
use crate::{Op, Rule, Var};
use latents_tensor::Real;

/// ln Σ eˣ over axes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogSumExp(Axes);

impl<T: Real> Op<T> for LogSumExp {
    fn name(&self) -> &'static str {
        "logsumexp"
    }

    /// x̄ = ȳ · softmax(x).
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let kept = self.0.kept(rule.input(0).shape());
        rule.give(
            0,
            rule.gradient().reshape(kept) * rule.input(0).softmax_over(self.0),
        );
    }
}

/// eˣ / Σ eˣ over axes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Softmax(Axes);

impl<T: Real> Op<T> for Softmax {
    fn name(&self) -> &'static str {
        "softmax"
    }

    /// x̄ = y · (ȳ − Σ ȳ y).
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let (g, y) = (rule.gradient(), rule.output());
        let mean = self.0.listed(|axes| (g * y).sum(axes, true));
        rule.give(0, y * (g - mean));
    }
}

/// ln(eˣ / Σ eˣ) over axes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogSoftmax(Axes);

impl<T: Real> Op<T> for LogSoftmax {
    fn name(&self) -> &'static str {
        "log_softmax"
    }

    /// x̄ = ȳ − softmax(x) · Σ ȳ.
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let g = rule.gradient();
        let total = self.0.listed(|axes| g.sum(axes, true));
        rule.give(0, g - rule.input(0).softmax_over(self.0) * total);
    }
}

impl<'t, T: Real> Var<'t, T> {
    /// ln Σ eˣ over `axes`, without overflow. Its gradient is softmax: 0 at −∞, and NaN where the largest element is infinite.
    #[track_caller]
    #[must_use]
    pub fn logsumexp(self, axes: &[isize], keep_dims: bool) -> Self {
        let set = Axes::new("logsumexp", self, axes);
        self.tape()
            .record(LogSumExp(set), &[self], self.value().logsumexp(axes, keep_dims))
    }

    /// eˣ / Σ eˣ along an axis, without overflow: 0 with a gradient of 0 at −∞, and NaN throughout where the largest element is
    /// infinite.
    #[track_caller]
    #[must_use]
    pub fn softmax(self, axis: isize) -> Self {
        self.softmax_over(Axes::new("softmax", self, &[axis]))
    }

    #[track_caller]
    fn softmax_over(self, axes: Axes) -> Self {
        let value = axes.listed(|axes| self.value().softmax(axes));
        self.tape().record(Softmax(axes), &[self], value)
    }

    /// ln(eˣ / Σ eˣ) along an axis, exact also where it is close to 0: −∞ at −∞, and NaN throughout where the largest element is
    /// infinite.
    #[track_caller]
    #[must_use]
    pub fn log_softmax(self, axis: isize) -> Self {
        let set = Axes::new("log_softmax", self, &[axis]);
        self.tape()
            .record(LogSoftmax(set), &[self], self.value().log_softmax(&[axis]))
    }
}
