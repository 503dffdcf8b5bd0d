//! A fully connected layer in one operation: product, bias and activation while the tile is in registers.

use super::activated::{Activation, Nothing, before_activation};
use super::pointwise::{Relu, Sigmoid, Tanh};
use crate::{Op, Rule, Var};
use latents_tensor::{Real, ShapeError, Tensor};

/// y = activation(x · Wᵀ + b).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Linear {
    activation: Activation,
}

/// activation(x · Wᵀ + b) of tensors.
#[track_caller]
pub(super) fn apply<T: Real>(
    x: &Tensor<T>,
    weight: &Tensor<T>,
    bias: Option<&Tensor<T>>,
    activation: Activation,
) -> Tensor<T> {
    match activation {
        Activation::Identity => x.linear(weight, bias, &Nothing),
        Activation::Relu => x.linear(weight, bias, &Relu),
        Activation::Sigmoid => x.linear(weight, bias, &Sigmoid),
        Activation::Tanh => x.linear(weight, bias, &Tanh),
    }
}

impl<T: Real> Op<T> for Linear {
    fn name(&self) -> &'static str {
        match self.activation {
            Activation::Identity => "linear",
            Activation::Relu => "linear_relu",
            Activation::Sigmoid => "linear_sigmoid",
            Activation::Tanh => "linear_tanh",
        }
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

impl<'t, T: Real> Var<'t, T> {
    /// activation(x · Wᵀ + b) for x (…, in), `weight` (out, in) and `bias` (out): PyTorch's layout.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    #[must_use]
    pub fn linear(self, weight: Self, bias: Option<Self>, activation: Activation) -> Self {
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
        let value = apply(&input, &matrix, offset.as_ref(), activation);
        match bias {
            Some(bias) => self
                .tape()
                .record(Linear { activation }, &[self, weight, bias], value),
            None => self.tape().record(Linear { activation }, &[self, weight], value),
        }
    }
}
