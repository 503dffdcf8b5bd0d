//! Matrix products.

use crate::{Op, Rule, Var};
use latents_tensor::{Real, ShapeError, concrete};

/// C = A · B over the last two axes, batched over the others with broadcasting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MatMul;

impl<T: Real> Op<T> for MatMul {
    fn name(&self) -> &'static str {
        "matmul"
    }

    /// Ā = C̄ · Bᵀ, B̄ = Aᵀ · C̄. The transposes are views.
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let (a, b, g) = (rule.input(0), rule.input(1), rule.gradient());
        if rule.wants(0) {
            rule.give(0, g.matmul(b.transpose()));
        }
        if rule.wants(1) {
            rule.give(1, a.transpose().matmul(g));
        }
    }
}

concrete! {
    fn matmul<'t, T>(x: Var<'t, T>, y: Var<'t, T>) -> Var<'t, T> = x.matmul_generic(y);
}

impl<'t, T: Real> Var<'t, T> {
    /// Computes the matrix product over the last two axes, (…, m, k) · (…, k, n) → (…, m, n). The other axes broadcast. A vector
    /// is treated as a row on the left and as a column on the right, and its axis is removed from the result.
    ///
    /// # Panics
    /// If the inner axes differ, or the other axes do not broadcast.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let a = tape.input(&Tensor::from_slice(&[1.0, 2.0, 3.0, 4.0], [2, 2]));
    /// let x = tape.input(&Tensor::from_slice(&[1.0, 1.0], [2]));
    /// assert_eq!(a.matmul(x).value().to_vec(), [3.0, 7.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn matmul(self, other: Self) -> Self {
        matmul(self, other)
    }

    #[track_caller]
    fn matmul_generic(self, other: Self) -> Self {
        let (a, b) = (self.shape(), other.shape());
        if a.rank() == 0 || b.rank() == 0 || a[a.rank() - 1] != b[b.rank().max(2) - 2] {
            let error = ShapeError::new("matmul", "the inner axes differ", &[a, b]);
            self.tape()
                .raise(error.hint("(…, m, k) · (…, k, n) → (…, m, n)"), &[self, other]);
        }
        match (a.rank(), b.rank()) {
            (1, 1) => (self * other).sum_all(),
            (1, _) => self.unsqueeze(0).matmul(other).squeeze(-2),
            (_, 1) => self.matmul(other.unsqueeze(1)).squeeze(-1),
            _ => {
                let value = self.value().try_matmul(&other.value());
                let value = self.tape().or_raise(value, &[self, other]);
                self.tape().record(MatMul, &[self, other], value)
            }
        }
    }
}
