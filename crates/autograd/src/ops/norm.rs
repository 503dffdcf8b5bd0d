//! Euclidean norms and standard deviations.

use super::reduce::Axes;
use crate::{Op, Rule, Var};
use latents_tensor::{Real, Tensor};

/// √Σx² over axes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Norm(Axes);

impl<T: Real> Op<T> for Norm {
    fn name(&self) -> &'static str {
        "norm"
    }

    /// x̄ = ȳ · x / y, and 0 where y is 0. There the division is by 1, since a gradient of 0 does not silence a NaN in a branch
    /// not taken.
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let kept = self.0.kept(rule.input(0).shape());
        let (g, y) = (rule.gradient().reshape(kept), rule.output().reshape(kept));
        let is_zero = y.equal(y.lit(0.0));
        let direction = rule.input(0) / is_zero.choose(y.lit(1.0), y);
        rule.give(0, g * is_zero.choose(y.lit(0.0), direction));
    }
}

impl<'t, T: Real> Var<'t, T> {
    /// √Σ x² over `axes`, without overflow or underflow of the squares. The gradient at the zero vector is 0, and so are its
    /// derivatives.
    ///
    /// # Panics
    /// If an axis does not exist or is named twice.
    #[track_caller]
    #[must_use]
    pub fn norm(self, axes: &[isize], keep_dims: bool) -> Self {
        let set = Axes::new("norm", self, axes);
        self.tape()
            .record(Norm(set), &[self], self.value().norm(axes, keep_dims))
    }

    /// √Σ x² over all elements, as a scalar; see [`Var::norm`].
    #[track_caller]
    #[must_use]
    pub fn norm_all(self) -> Self {
        let set = Axes::all(self.shape());
        self.tape()
            .record(Norm(set), &[self], Tensor::scalar(self.value().norm_all()))
    }

    /// √(Σ (x − mean)² / (n − correction)) over `axes`, the root of [`Var::variance`]. The gradient is 0 where all elements are
    /// equal.
    ///
    /// # Panics
    /// If an axis does not exist or is named twice.
    #[doc(alias = "std")]
    #[track_caller]
    #[must_use]
    pub fn standard_deviation(self, axes: &[isize], keep_dims: bool, correction: usize) -> Self {
        let length = (self - self.mean(axes, true)).norm(axes, keep_dims);
        let count = self.len() as f64 / length.len() as f64;
        length / self.tape().scalar((count - correction as f64).sqrt())
    }
}
