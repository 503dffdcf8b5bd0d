//! Functions that are 0, with a gradient of 0, where they or their derivatives are not finite.
//!
//! `choose` alone does not make a function safe. The gradient of the branch not taken is 0, but its rule multiplies this 0 by the
//! derivative, and 0 · ∞ is NaN: the gradient of `x.less_equal(zero).choose(zero, x.sqrt())` at 0 is NaN. The branch must never
//! see the critical argument, so one `choose` replaces the argument and another the result.

use crate::Var;
use latents_tensor::Real;

impl<'t, T: Real> Var<'t, T> {
    /// √x if x > 0, otherwise 0 with a gradient of 0. NaN stays NaN.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable(&Tensor::from_slice(&[0.0, 4.0], [2]));
    /// let gradients = x.safe_sqrt().sum_all().backward();
    /// assert_eq!(gradients.get(x).unwrap().to_vec(), [0.0, 0.25]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn safe_sqrt(self) -> Self {
        self.where_positive(Self::sqrt)
    }

    /// ln x if x > 0, otherwise 0 with a gradient of 0. With it, p ln p is 0 at p = 0. NaN stays NaN.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// let tape = Tape::<f64>::new();
    /// let p = tape.scalar(0.0);
    /// assert_eq!((p * p.safe_ln()).item(), 0.0);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn safe_ln(self) -> Self {
        self.where_positive(Self::ln)
    }

    /// f(x) if x > 0, otherwise 0 with a gradient of 0.
    #[track_caller]
    fn where_positive(self, f: impl Fn(Self) -> Self) -> Self {
        let outside = self.less_equal(self.lit(0.0));
        outside.choose(self.lit(0.0), f(outside.choose(self.lit(1.0), self)))
    }

    /// x / y if y is not 0, otherwise 0 with gradients of 0: TensorFlow's `divide_no_nan`.
    ///
    /// # Panics
    /// If the shapes do not broadcast.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// let tape = Tape::<f64>::new();
    /// let (one, zero) = (tape.scalar(1.0), tape.scalar(0.0));
    /// assert_eq!(one.safe_div(zero).item(), 0.0);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn safe_div(self, divisor: Self) -> Self {
        let outside = divisor.equal(divisor.lit(0.0));
        outside.choose(self.lit(0.0), self / outside.choose(self.lit(1.0), divisor))
    }
}
