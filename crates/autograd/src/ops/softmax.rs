//! ln Σ eˣ, softmax and its logarithm. The values subtract the largest element first (`softmax.rs` of the tensor crate); the
//! gradients are computed from softmax, or from the results.

use super::reduce::Axes;
use crate::{Op, Rule, Var};
use latents_tensor::{Algebra, Pointwise, Real, pointwise};

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

    /// x̄ᵢ = ȳᵢ − pᵢ Σ ȳ with p = eʸ, as ȳᵢ (1 − pᵢ) − pᵢ Σ_{j ≠ i} ȳⱼ: where pᵢ is close to 1, 1 − pᵢ is −expm1(yᵢ).
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let (g, y) = (rule.gradient(), rule.output());
        let total = self.0.listed(|axes| g.sum(axes, true));
        let gradient = if rule.is_recorded() {
            LogSoftmaxRule.eval([g, y, total])
        } else {
            let operands = [g, y, total].map(Var::value);
            rule.tape()
                .constant(pointwise("log_softmax", &LogSoftmaxRule, operands.each_ref()))
        };
        rule.give(0, gradient);
    }
}

/// The rule of [`LogSoftmax`] as one loop over the gradient, the result, and the sum of the gradient.
struct LogSoftmaxRule;

impl Pointwise<3> for LogSoftmaxRule {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [g, y, total]: [A; 3]) -> A {
        -(g * y.expm1() + y.exp() * (total - g))
    }
}

impl<'t, T: Real> Var<'t, T> {
    /// Computes ln Σ eˣ over `axes`, without overflow. Its gradient is softmax: 0 at −∞, and NaN if the largest element is
    /// infinite.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[1000.0, f32::NEG_INFINITY], [2]));
    /// assert_eq!(x.logsumexp(&[0], false).item(), 1000.0);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn logsumexp(self, axes: &[isize], keep_dims: bool) -> Self {
        let set = Axes::new("logsumexp", self, axes);
        self.tape()
            .record(LogSumExp(set), &[self], self.value().logsumexp(axes, keep_dims))
    }

    /// Computes eˣ / Σ eˣ along an axis, without overflow: 0 with a gradient of 0 at −∞, and NaN throughout if the largest
    /// element is infinite. Its gradient is computed from the result, y (ȳ − Σ ȳ y), which rounds to 0 where y rounds to 1.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[1e8, 1e8], [2]));
    /// assert_eq!(x.softmax(0).value().to_vec(), [0.5, 0.5]);
    /// ```
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

    /// Computes ln(eˣ / Σ eˣ) along an axis, accurate also near 0, as is its gradient: −∞ at −∞, and NaN throughout if the
    /// largest element is infinite.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.input(&Tensor::from_slice(&[0.0, 0.0], [2]));
    /// assert!((x.log_softmax(0).value().at(&[0]) + 2f64.ln()).abs() < 1e-15);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn log_softmax(self, axis: isize) -> Self {
        let set = Axes::new("log_softmax", self, &[axis]);
        self.tape()
            .record(LogSoftmax(set), &[self], self.value().log_softmax(&[axis]))
    }
}
