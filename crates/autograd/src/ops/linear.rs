//! A fully connected layer as one operation: product, bias and activation while the tile is in registers.

use super::activated::{FusedActivation, LINEAR, WithRow, before_activation};
use super::row::Row;
use crate::{Op, Rule, Var};
use latents_tensor::{Real, ShapeError, Tensor, concrete};

/// y = activation(x · Wᵀ + b).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Linear {
    activation: FusedActivation,
}

/// The operands of a layer.
struct Layer<'a, T: Real> {
    x: &'a Tensor<T>,
    weight: &'a Tensor<T>,
    bias: Option<&'a Tensor<T>>,
}

impl<T: Real> WithRow for Layer<'_, T> {
    type Output = Tensor<T>;

    #[track_caller]
    fn with<R: Row<1>>(self, row: R) -> Tensor<T> {
        self.x.linear(self.weight, self.bias, &row)
    }
}

impl<T: Real> Op<T> for Linear {
    fn name(&self) -> &'static str {
        LINEAR[self.activation as usize]
    }

    /// With z = x · Wᵀ + b: z̄ = ȳ · activation′, x̄ = z̄ · W, W̄ = z̄ᵀ · x, b̄ = column sums of z̄.
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let (g, bias) = before_activation(self.activation, rule);
        if let Some(bias) = bias {
            rule.give(2, bias);
        }
        if rule.wants(1) {
            rule.give(1, g.transpose().matmul(rule.input(0)));
        }
        if rule.wants(0) {
            rule.give(0, g.matmul(rule.input(1)));
        }
    }
}

concrete! {
    fn linear<'t, T>(
        x: Var<'t, T>,
        weight: Var<'t, T>,
        bias: Option<Var<'t, T>>,
        activation: FusedActivation,
    ) -> Var<'t, T> = x.linear_generic(weight, bias, activation);
}

impl<'t, T: Real> Var<'t, T> {
    /// Computes activation(x · Wᵀ + b) for x (…, in), `weight` (out, in) and `bias` (out), in PyTorch's layout.
    ///
    /// # Panics
    /// If the shapes do not match.
    ///
    /// ```
    /// # use latents_autograd::{FusedActivation, Tape}; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[1.0, 2.0], [1, 2]));
    /// let weight = tape.variable(&Tensor::from_slice(&[1.0, 1.0, -1.0, 0.0], [2, 2]));
    /// assert_eq!(x.linear(weight, None, FusedActivation::Relu).value().to_vec(), [3.0, 0.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn linear(self, weight: Self, bias: Option<Self>, activation: FusedActivation) -> Self {
        linear(self, weight, bias, activation)
    }

    #[track_caller]
    fn linear_generic(self, weight: Self, bias: Option<Self>, activation: FusedActivation) -> Self {
        let (x, w) = (self.shape(), weight.shape());
        let fits = x.rank() >= 1
            && w.rank() == 2
            && x[x.rank() - 1] == w[1]
            && bias.is_none_or(|bias| bias.shape()[..] == [w[0]]);
        if !fits {
            let mut operands = vec![self, weight];
            operands.extend(bias);
            let shapes: Vec<_> = operands.iter().map(|operand| operand.shape()).collect();
            let error = ShapeError::new("linear", "the shapes do not fit", &shapes);
            self.tape().raise(
                error.hint("(…, in) with weight (out, in) and bias (out)"),
                &operands,
            );
        }
        if x.rank() != 2 {
            let rows = x[..x.rank() - 1].iter().product();
            let flat = self.reshape([rows, w[1]]).linear(weight, bias, activation);
            return flat.reshape(x.with_axis(x.rank() - 1, w[0]));
        }
        let (input, matrix, offset) = (self.value(), weight.value(), bias.map(Var::value));
        let value = activation.visit(Layer {
            x: &input,
            weight: &matrix,
            bias: offset.as_ref(),
        });
        match bias {
            Some(bias) => self
                .tape()
                .record(Linear { activation }, &[self, weight, bias], value),
            None => self.tape().record(Linear { activation }, &[self, weight], value),
        }
    }
}
