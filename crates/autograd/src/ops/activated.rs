//! Activations fused into the product of a layer, and how their gradients are propagated.

use super::row::{FromOutput, Row};
use crate::{Rule, Var};
use latents_tensor::{Pointwise, Real, formula, map_with_column_sums, pointwise};
use std::marker::PhantomData;

/// A function of the row of an activation.
pub(super) trait WithRow {
    type Output;
    fn with<R: Row<1>>(self, row: R) -> Self::Output;
}

/// Lines `Name Formula "suffix"`. In listings, the suffix marks a layer with this activation.
macro_rules! activations {
    ($($(#[$doc:meta])* $Name:ident $Formula:ident $suffix:literal;)+) => {
        /// The activation applied after the product and the bias. Only functions whose derivative is a function of their result.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
        pub enum FusedActivation {
            $($(#[$doc])* $Name,)+
        }

        impl FusedActivation {
            /// Calls `with` with the row of this activation.
            pub(super) fn visit<W: WithRow>(self, with: W) -> W::Output {
                match self {
                    $(Self::$Name => with.with(formula::$Formula),)+
                }
            }
        }

        /// The names of each layer, by activation.
        pub(super) const LINEAR: &[&str] = &[$(concat!("linear", $suffix)),+];
        pub(super) const CONV2D: &[&str] = &[$(concat!("conv2d", $suffix)),+];
        pub(super) const CONV_TRANSPOSE2D: &[&str] = &[$(concat!("conv_transpose2d", $suffix)),+];
    };
}
activations! {
    /// The identity.
    #[default]
    Identity Identity "";
    /// max(x, 0).
    Relu Relu "_relu";
    /// 1 / (1 + e⁻ˣ).
    Sigmoid Sigmoid "_sigmoid";
    /// Hyperbolic tangent.
    Tanh Tanh "_tanh";
}

/// Returns the gradient before the activation and, if the bias (operand 2) needs them, its sums over the first axis.
pub(super) fn before_activation<'t, T: Real>(
    activation: FusedActivation,
    rule: &Rule<'t, '_, T>,
) -> (Var<'t, T>, Option<Var<'t, T>>) {
    activation.visit(Before(rule))
}

struct Before<'a, 't, 'r, T: Real>(&'a Rule<'t, 'r, T>);

impl<'t, T: Real> WithRow for Before<'_, 't, '_, T> {
    type Output = (Var<'t, T>, Option<Var<'t, T>>);

    fn with<R: Row<1>>(self, _: R) -> Self::Output {
        match R::IDENTITY {
            true => with_sums(self.0, self.0.gradient()),
            false => through::<T, R>(self.0),
        }
    }
}

/// Returns whether the layer has a bias whose gradient is wanted.
fn wants_bias<T: Real>(rule: &Rule<'_, '_, T>) -> bool {
    rule.arity() == 3 && rule.wants(2)
}

/// Returns a gradient, and its sums over the first axis if the bias needs them.
fn with_sums<'t, T: Real>(rule: &Rule<'t, '_, T>, g: Var<'t, T>) -> (Var<'t, T>, Option<Var<'t, T>>) {
    (g, wants_bias(rule).then(|| g.sum(&[0], false)))
}

/// Returns the gradient before activation `R`: recorded, or computed in one pass over gradient and result.
fn through<'t, T: Real, R: Row<1>>(rule: &Rule<'t, '_, T>) -> (Var<'t, T>, Option<Var<'t, T>>) {
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
