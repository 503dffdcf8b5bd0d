//! Functions that are 0, without a gradient, where they or their derivatives are not finite.
//!
//! `choose` alone does not make a function safe. The gradient of the branch not taken is 0, but its rule multiplies that 0 with
//! the derivative, and 0 · ∞ is NaN: the gradient of `x.less_equal(zero).choose(zero, x.sqrt())` at 0 is NaN. The branch must
//! not see the dangerous argument at all, so one `choose` replaces the argument and another the result.

use crate::Var;
use latents_tensor::Real;

impl<'t, T: Real> Var<'t, T> {
    /// √x where x > 0, else 0 with a gradient of 0. NaN stays NaN.
    #[track_caller]
    #[must_use]
    pub fn safe_sqrt(self) -> Self {
        self.where_positive(Self::sqrt)
    }

    /// ln x where x > 0, else 0 with a gradient of 0: with it, p ln p is 0 at p = 0. NaN stays NaN.
    #[track_caller]
    #[must_use]
    pub fn safe_ln(self) -> Self {
        self.where_positive(Self::ln)
    }

    /// f(x) where x > 0, else 0 with a gradient of 0.
    #[track_caller]
    fn where_positive(self, f: impl Fn(Self) -> Self) -> Self {
        let outside = self.less_equal(self.lit(0.0));
        outside.choose(self.lit(0.0), f(outside.choose(self.lit(1.0), self)))
    }

    /// x / y where y is not 0, else 0 with gradients of 0: TensorFlow's `divide_no_nan`.
    ///
    /// # Panics
    /// If the shapes do not broadcast.
    #[track_caller]
    #[must_use]
    pub fn safe_div(self, divisor: Self) -> Self {
        let outside = divisor.equal(divisor.lit(0.0));
        outside.choose(self.lit(0.0), self / outside.choose(self.lit(1.0), divisor))
    }
}
