//! Layers on codes with k active units per row. Neither pass touches a row of a weight that no code uses, except to write the
//! zeros of its gradient.
//!
//! The three products are each other's derivatives, so the rules are closed. With S the sparse matrix of values v at given
//! indices,
//!
//! ```text
//! y = S · w          v̄ = (ȳ · wᵀ) at S      w̄ = Sᵀ · ȳ
//! v = (x · wᵀ) at S  x̄ = S̄ · w              w̄ = S̄ᵀ · x
//! w = Sᵀ · x         v̄ = (x · w̄ᵀ) at S      x̄ = S · w̄
//! ```

use crate::held::held;
use crate::{Op, Rule, Var};
use latents_tensor::{Indices, Real, ShapeError, Tensor, concrete, formula};

/// y = S · w + b. The inputs are the values, w and optionally b.
#[derive(Clone, Debug)]
pub(crate) struct SparseLinear {
    indices: Indices,
}

impl<T: Real> Op<T> for SparseLinear {
    fn name(&self) -> &'static str {
        "sparse_linear"
    }
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let (g, values, weight) = (rule.gradient(), rule.input(0), rule.input(1));
        if rule.arity() == 3 && rule.wants(2) {
            rule.give(2, g.sum(&[0], false));
        }
        if rule.wants(1) {
            let n = weight.shape()[0];
            rule.give(1, values.sparse_transpose_matmul(&self.indices, g, n));
        }
        if rule.wants(0) {
            rule.give(0, g.sampled_linear(weight, None, &self.indices));
        }
    }
}

/// v = (x · wᵀ + b) at the indices. The inputs are x, w and optionally b.
#[derive(Clone, Debug)]
pub(crate) struct SampledLinear {
    indices: Indices,
}

impl<T: Real> Op<T> for SampledLinear {
    fn name(&self) -> &'static str {
        "sampled_linear"
    }
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let (g, x, weight) = (rule.gradient(), rule.input(0), rule.input(1));
        let n = weight.shape()[0];
        if rule.arity() == 3 && rule.wants(2) {
            let zeros = rule.tape().constant(Tensor::zeros([n]));
            let count = self.indices.len();
            let flat = self.indices.reshape([count]);
            rule.give(2, zeros.index_add_with(0, &flat, g.reshape([count])));
        }
        if rule.wants(1) {
            rule.give(1, g.sparse_transpose_matmul(&self.indices, x, n));
        }
        if rule.wants(0) {
            rule.give(0, g.sparse_linear(&self.indices, weight, None));
        }
    }
}

/// Sᵀ · x. The inputs are the values and x.
#[derive(Clone, Debug)]
pub(crate) struct SparseTransposeMatMul {
    indices: Indices,
}

impl<T: Real> Op<T> for SparseTransposeMatMul {
    fn name(&self) -> &'static str {
        "sparse_transpose_matmul"
    }
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let (g, values, x) = (rule.gradient(), rule.input(0), rule.input(1));
        if rule.wants(0) {
            rule.give(0, x.sampled_linear(g, None, &self.indices));
        }
        if rule.wants(1) {
            rule.give(1, values.sparse_linear(&self.indices, g, None));
        }
    }
}

concrete! {
    fn linear_top_k<'t, T>(
        x: Var<'t, T>,
        weight: Var<'t, T>,
        bias: Option<Var<'t, T>>,
        k: usize,
    ) -> (Var<'t, T>, Indices) = x.linear_top_k_generic(weight, bias, k);
}

impl<'t, T: Real> Var<'t, T> {
    /// Computes S · `weight` + `bias`, the decoder of a sparse code, for the sparse matrix S with these values (batch, k) at
    /// columns `indices` (batch, k), a weight (n, out) and a bias (out). Row r of the weight is the output of unit r, so the
    /// layout is the transpose of [`Var::linear`]'s. See the example of [`Var::linear_top_k`].
    ///
    /// # Panics
    /// If the shapes do not match, or an index is not below n.
    #[track_caller]
    #[must_use]
    pub fn sparse_linear(self, indices: &Indices, weight: Self, bias: Option<Self>) -> Self {
        let offset = bias.map(Var::value);
        let value = self
            .value()
            .try_sparse_matmul(indices, &weight.value(), offset.as_ref());
        let op = SparseLinear {
            indices: indices.clone(),
        };
        match bias {
            Some(bias) => {
                let value = self.tape().or_raise(value, &[self, weight, bias]);
                self.tape().record(op, &[self, weight, bias], value)
            }
            None => {
                let value = self.tape().or_raise(value, &[self, weight]);
                self.tape().record(op, &[self, weight], value)
            }
        }
    }

    /// Computes the elements of [`Var::linear`] (without activation) at `indices` (batch, k), for x (batch, in), a weight (n,
    /// in) and a bias (n): element (i, j) is xᵢ · weight\[indices(i, j)\] + bias\[indices(i, j)\].
    ///
    /// # Panics
    /// If the shapes do not match, or an index is not below n.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::{Indices, Tensor};
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[1.0, 2.0], [1, 2]));
    /// let weight = tape.variable(&Tensor::from_slice(&[1.0, 0.0, 0.0, 1.0, 2.0, 2.0], [3, 2]));
    /// let y = x.sampled_linear(weight, None, &Indices::new(vec![2, 0], [1, 2]));
    /// assert_eq!(y.value().to_vec(), [6.0, 1.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn sampled_linear(self, weight: Self, bias: Option<Self>, indices: &Indices) -> Self {
        let value = self.value().try_sampled_matmul(&weight.value(), indices);
        let value = self.tape().or_raise(value, &[self, weight]);
        let value = match bias {
            Some(bias) => {
                let flat = indices.reshape([indices.len()]);
                let offsets = bias.value().try_index_select(0, flat.as_slice());
                let offsets = self.tape().or_raise(offsets, &[bias]);
                value + offsets.reshape(indices.shape())
            }
            None => value,
        };
        self.record_sampled(weight, bias, indices, value)
    }

    #[track_caller]
    fn record_sampled(self, weight: Self, bias: Option<Self>, indices: &Indices, value: Tensor<T>) -> Self {
        let op = SampledLinear {
            indices: indices.clone(),
        };
        match bias {
            Some(bias) => self.tape().record(op, &[self, weight, bias], value),
            None => self.tape().record(op, &[self, weight], value),
        }
    }

    /// Computes Sᵀ · `rows`, which has `n` rows, for the sparse matrix S with these values (batch, k) at columns `indices`
    /// (batch, k), and `rows` (batch, d).
    ///
    /// # Panics
    /// If the shapes do not match, or an index is not below `n`.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::{Indices, Tensor};
    /// let tape = Tape::<f32>::new();
    /// let values = tape.input(&Tensor::from_slice(&[2.0], [1, 1]));
    /// let rows = tape.input(&Tensor::from_slice(&[1.0, 3.0], [1, 2]));
    /// let y = values.sparse_transpose_matmul(&Indices::new(vec![1], [1, 1]), rows, 2);
    /// assert_eq!(y.value().to_vec(), [0.0, 0.0, 2.0, 6.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn sparse_transpose_matmul(self, indices: &Indices, rows: Self, n: usize) -> Self {
        let value = self
            .value()
            .try_sparse_transpose_matmul(indices, &rows.value(), n);
        let value = self.tape().or_raise(value, &[self, rows]);
        let op = SparseTransposeMatMul {
            indices: indices.clone(),
        };
        self.tape().record(op, &[self, rows], value)
    }

    /// Computes the `k` largest units of a fully connected layer, x · Wᵀ + b for x (batch, in), `weight` (n, in) and `bias` (n).
    /// Returns their values (batch, k), largest first, and their indices (Makhzani & Frey 2013, algorithm 1).
    ///
    /// The layer itself is a dense product; all later operations and all gradients touch only the k active units of each row. In
    /// a tie the unit with the lower index is chosen; NaN is chosen only if there are fewer than k numbers. The choice itself
    /// has no gradient.
    ///
    /// ```
    /// use latents_autograd::Tape;
    /// use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[1.0, 2.0], [1, 2]));
    /// let encoder = tape.variable(&Tensor::from_slice(&[1.0, 0.0, 0.0, 1.0, 2.0, 2.0], [3, 2]));
    /// let decoder = tape.variable(&Tensor::from_slice(&[1.0, 0.0, 0.0, 1.0, 1.0, 1.0], [3, 2]));
    /// let (values, units) = x.linear_top_k(encoder, None, 2);
    /// assert_eq!((values.value().to_vec(), units.as_slice()), (vec![6.0, 2.0], &[2, 1][..]));
    /// let decoded = values.relu().sparse_linear(&units, decoder, None);
    /// assert_eq!(decoded.value().to_vec(), [6.0, 8.0]);
    /// ```
    ///
    /// # Panics
    /// If the shapes do not match, or the layer has fewer than `k` units.
    #[track_caller]
    #[must_use]
    pub fn linear_top_k(self, weight: Self, bias: Option<Self>, k: usize) -> (Self, Indices) {
        linear_top_k(self, weight, bias, k)
    }

    #[track_caller]
    fn linear_top_k_generic(self, weight: Self, bias: Option<Self>, k: usize) -> (Self, Indices) {
        let (x, w) = (self.shape(), weight.shape());
        let fits = x.rank() == 2
            && w.rank() == 2
            && x[1] == w[1]
            && k <= w[0]
            && bias.is_none_or(|bias| bias.shape()[..] == [w[0]]);
        if !fits {
            let mut operands = vec![self, weight];
            operands.extend(bias);
            let shapes: Vec<_> = operands.iter().map(|operand| operand.shape()).collect();
            let error = ShapeError::new("linear_top_k", format!("the shapes do not fit k = {k}"), &shapes);
            let hint = "(batch, in) with weight (n, in), bias (n) and k at most n";
            self.tape().raise(error.hint(hint), &operands);
        }
        let offset = bias.map(Var::value);
        let product = self
            .value()
            .linear(&weight.value(), offset.as_ref(), &formula::Identity);
        let indices: Indices = held!(self.tape(), "linear_top_k", product.topk(k, 1).1);
        let values = product.gather(1, &indices);
        (self.record_sampled(weight, bias, &indices, values), indices)
    }

    /// Keeps the `k` largest elements along the last axis and sets the others to 0. In a tie the first elements are kept.
    ///
    /// # Panics
    /// If there is no axis, or it has fewer than `k` elements.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[2.0, 3.0, 1.0], [1, 3]));
    /// assert_eq!(x.keep_top_k(2).value().to_vec(), [2.0, 3.0, 0.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn keep_top_k(self, k: usize) -> Self {
        let (values, indices) = self.topk(k, -1);
        let zeros = self.tape().constant(Tensor::zeros(self.shape()));
        zeros.scatter_add(-1, &indices, values)
    }

    /// Returns the dense matrix (batch, n) with these values (batch, k) at columns `indices` (batch, k), and 0 elsewhere.
    ///
    /// # Panics
    /// If values and indices have different shapes, or an index is not below `n`.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::{Indices, Tensor};
    /// let tape = Tape::<f32>::new();
    /// let values = tape.input(&Tensor::from_slice(&[5.0, 7.0], [1, 2]));
    /// let dense = values.sparse_to_dense(&Indices::new(vec![2, 0], [1, 2]), 3);
    /// assert_eq!(dense.value().to_vec(), [7.0, 0.0, 5.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn sparse_to_dense(self, indices: &Indices, n: usize) -> Self {
        let batch = self.shape().first().copied().unwrap_or(0);
        let zeros = self.tape().constant(Tensor::zeros([batch, n]));
        zeros.scatter_add(1, indices, self)
    }
}
