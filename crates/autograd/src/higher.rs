//! Derivatives beyond the gradient, composed of gradients.

use crate::{Tape, Var};
use latents_tensor::{Real, Tensor};

impl<T: Real> Tape<T> {
    /// Computes the Jacobian ∂yᵢ/∂xⱼ, of shape (elements of y, elements of x), with one reverse sweep for each element of `y`.
    ///
    /// # Panics
    /// If a variable belongs to another tape.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable(&Tensor::from_slice(&[1.0, 2.0], [2]));
    /// assert_eq!(tape.jacobian(x.square(), x).to_vec(), [2.0, 0.0, 0.0, 4.0]);
    /// ```
    #[track_caller]
    pub fn jacobian<'t>(&'t self, y: Var<'t, T>, x: Var<'t, T>) -> Tensor<T> {
        self.refuse_strangers("jacobian", &[y, x]);
        let (rows, columns) = (y.len(), x.len());
        let flat = y.reshape([rows]);
        let mut values = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            let gradient = self.gradient(flat.narrow(0, row, row + 1), x);
            values.extend(gradient.value().to_vec());
        }
        Tensor::from_vec(values, [rows, columns])
    }

    /// Computes the product of the Hessian of the scalar `y` with `v`, of the shape of `x`, without building the Hessian.
    ///
    /// # Panics
    /// If `y` is not a single number, `v` has another shape than `x`, or a variable belongs to another tape.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable(&Tensor::from_slice(&[1.0, 2.0], [2]));
    /// let y = x.powf(3.0).sum_all();
    /// let product = tape.hessian_vector_product(y, x, &Tensor::from_slice(&[1.0, 0.0], [2]));
    /// assert_eq!(product.value().to_vec(), [6.0, 0.0]);
    /// ```
    #[track_caller]
    pub fn hessian_vector_product<'t>(&'t self, y: Var<'t, T>, x: Var<'t, T>, v: &Tensor<T>) -> Var<'t, T> {
        self.refuse_strangers("hessian_vector_product", &[y, x]);
        assert_eq!(
            y.len(),
            1,
            "hessian_vector_product: y has shape {}; it must be a single number",
            y.shape()
        );
        assert_eq!(
            v.shape(),
            x.shape(),
            "hessian_vector_product: v must have the shape of x"
        );
        let gradient = self.gradient(y, x);
        self.gradient((gradient * self.input(v)).sum_all(), x)
    }
}
