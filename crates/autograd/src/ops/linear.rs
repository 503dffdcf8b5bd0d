//! A fully connected layer in one operation: product, bias and activation while the tile is in registers.

use super::pointwise::{Relu, Sigmoid, Tanh};
use super::row::FromOutput;
use crate::{Op, Rule, Var};
use latents_tensor::{Algebra, Pointwise, Real, ShapeError, Tensor, map_with_column_sums, pointwise};
use std::marker::PhantomData;

/// What follows the product and the bias. Only functions whose derivative can be told from their result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Activation {
    /// Nothing.
    #[default]
    Identity,
    /// max(x, 0).
    Relu,
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
    /// Hyperbolic tangent.
    Tanh,
}

struct Nothing;

impl Pointwise<1> for Nothing {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [x]: [A; 1]) -> A {
        x
    }
}

/// y = activation(x · Wᵀ + b).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Linear {
    activation: Activation,
}

impl Linear {
    /// The gradient before the activation and, where a bias wants it, its column sums: the bias's gradient.
    fn before_activation<'t, T: Real>(&self, rule: &Rule<'t, '_, T>) -> (Var<'t, T>, Option<Var<'t, T>>) {
        match self.activation {
            Activation::Identity => with_sums(rule, rule.gradient()),
            Activation::Relu => through::<T, Relu>(rule),
            Activation::Sigmoid => through::<T, Sigmoid>(rule),
            Activation::Tanh => through::<T, Tanh>(rule),
        }
    }
}

/// Whether the layer has a bias whose gradient is wanted.
fn wants_bias<T: Real>(rule: &Rule<'_, '_, T>) -> bool {
    rule.arity() == 3 && rule.wants(2)
}

/// A gradient with its column sums, where a bias wants them.
fn with_sums<'t, T: Real>(rule: &Rule<'t, '_, T>, g: Var<'t, T>) -> (Var<'t, T>, Option<Var<'t, T>>) {
    (g, wants_bias(rule).then(|| g.sum(&[0], false)))
}

/// The gradient before activation `R`: recorded, or in one pass over gradient and result for both.
fn through<'t, T: Real, R>(rule: &Rule<'t, '_, T>) -> (Var<'t, T>, Option<Var<'t, T>>)
where
    FromOutput<R>: Pointwise<2>,
{
    let formula = FromOutput::<R>(PhantomData);
    if rule.is_recorded() {
        return with_sums(rule, formula.eval([rule.gradient(), rule.output()]));
    }
    let (tape, g, y) = (rule.tape(), rule.gradient().value(), rule.output().value());
    if wants_bias(rule) {
        let (g, sums) = map_with_column_sums(&formula, [&g, &y]);
        (tape.constant(g), Some(tape.constant(sums)))
    } else {
        (tape.constant(pointwise("linear", &formula, [&g, &y])), None)
    }
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
        let (g, bias) = self.before_activation(rule);
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
