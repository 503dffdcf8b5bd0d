//! What layers do after their product in the same operation: an activation, and how the gradient passes back through it.

use super::pointwise::{Relu, Sigmoid, Tanh};
use super::row::FromOutput;
use crate::{Rule, Var};
use latents_tensor::{Algebra, Pointwise, Real, map_with_column_sums, pointwise};
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

pub(super) struct Nothing;

impl Pointwise<1> for Nothing {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [x]: [A; 1]) -> A {
        x
    }
}

/// The gradient before the activation and, where a bias (operand 2) wants them, its sums over the first axis.
pub(super) fn before_activation<'t, T: Real>(
    activation: Activation,
    rule: &Rule<'t, '_, T>,
) -> (Var<'t, T>, Option<Var<'t, T>>) {
    match activation {
        Activation::Identity => with_sums(rule, rule.gradient()),
        Activation::Relu => through::<T, Relu>(rule),
        Activation::Sigmoid => through::<T, Sigmoid>(rule),
        Activation::Tanh => through::<T, Tanh>(rule),
    }
}

/// Whether the layer has a bias whose gradient is wanted.
fn wants_bias<T: Real>(rule: &Rule<'_, '_, T>) -> bool {
    rule.arity() == 3 && rule.wants(2)
}

/// A gradient with its sums over the first axis, where a bias wants them.
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
    if !wants_bias(rule) {
        return (tape.constant(pointwise("layer", &formula, [&g, &y])), None);
    }
    let shape = y.shape();
    let rows = shape[0];
    let columns = shape[1..].iter().product();
    let [g, y] = [g, y].map(|operand| operand.reshape([rows, columns]));
    let (g, sums) = map_with_column_sums(&formula, [&g, &y]);
    (
        tape.constant(g.reshape(shape)),
        Some(tape.constant(sums.reshape(&shape[1..]))),
    )
}
