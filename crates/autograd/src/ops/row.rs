//! `Row`: a pointwise operation as a row of two tables: its formula, and its derivative rule with the ranges to test it on.
//!
//! The text of both is generic over [`Algebra`] and is used four times: on vector lanes (the forward loop, and the rule as one
//! fused loop), on [`Var`] (which records the rule, so that higher orders need nothing else), on plain numbers (the reference of
//! the tests) and on a printer (the table of rules, `docs/rules.md`).

use super::Recorded;
use crate::{Op, Rule, Var};
use latents_tensor::{
    Algebra, Compiled, Pointwise, Real, Shape, Tensor, algebra_methods, formula, pointwise,
};
use std::marker::PhantomData;

/// A formula with a derivative rule.
pub(crate) trait Row<const N: usize>: Compiled<N> + Copy + 'static {
    const NAME: &'static str;

    /// The gradient of operand `which`, from the gradient `g` of the result `y`.
    fn vjp<A: Algebra>(which: usize, g: A, operands: [A; N], y: A) -> A;
}

impl Row<1> for formula::Identity {
    const NAME: &'static str = "identity";

    #[inline(always)]
    fn vjp<A: Algebra>(_: usize, g: A, _: [A; 1], _: A) -> A {
        g
    }
}

/// Runs a row on variables that broadcast, and records it.
#[track_caller]
pub(crate) fn apply<'t, T: Real, R, const N: usize>(row: &'static R, operands: [Var<'t, T>; N]) -> Var<'t, T>
where
    R: Row<N> + Op<T>,
{
    let tape = operands[0].tape();
    let values = operands.map(Var::value);
    if let Err(error) = Shape::broadcast(R::NAME, &values.each_ref().map(Tensor::shape)) {
        tape.raise(error, &operands);
    }
    let value = row.apply(R::NAME, values.each_ref());
    tape.record(Recorded::Row(row), &operands, value)
}

/// Row `R`'s rule for operand `I` as one fused loop over the gradient, the operands and the result.
pub(super) struct Fused<R, const I: usize>(PhantomData<fn() -> R>);

macro_rules! fused {
    ($n:literal, $all:literal: $g:ident, [$($x:ident),+], $y:ident) => {
        impl<R: Row<$n>, const I: usize> Pointwise<$all> for Fused<R, I> {
            #[inline(always)]
            fn eval<A: Algebra>(&self, [$g, $($x,)+ $y]: [A; $all]) -> A {
                R::vjp(I, $g, [$($x),+], $y)
            }
        }
    };
}
fused!(1, 3: g, [a], y);
fused!(2, 4: g, [a, b], y);
fused!(3, 5: g, [a, b, c], y);

/// Gives operand `I` of the rule its gradient. `ALL` is `N + 2`.
pub(super) fn give<'t, T: Real, R: Row<N>, const I: usize, const N: usize, const ALL: usize>(
    rule: &mut Rule<'t, '_, T>,
) where
    Fused<R, I>: Pointwise<ALL>,
{
    if !rule.wants(I) {
        return;
    }
    let (g, y) = (rule.gradient(), rule.output());
    let operands: [Var<'t, T>; N] = std::array::from_fn(|index| rule.input(index));
    let part = if rule.is_recorded() || passes_through::<R, N>(I) {
        R::vjp(I, g, operands, y)
    } else {
        let values: [Tensor<T>; ALL] = std::array::from_fn(|place| match place {
            0 => g.value(),
            place if place <= N => operands[place - 1].value(),
            _ => y.value(),
        });
        let fused = Fused::<R, I>(PhantomData);
        rule.tape()
            .constant(pointwise(R::NAME, &fused, values.each_ref()))
    };
    rule.give(I, part);
}

/// Returns whether the rule for an operand is `g` itself, so that nothing needs to run.
fn passes_through<R: Row<N>, const N: usize>(which: usize) -> bool {
    R::vjp(which, Trace::Gradient, [Trace::Other; N], Trace::Other) == Trace::Gradient
}

/// The rule of an operation whose gradient depends on the result alone (a fused activation).
pub(crate) struct FromOutput<R>(pub(crate) PhantomData<fn() -> R>);

impl<R: Row<1>> Pointwise<2> for FromOutput<R> {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [g, y]: [A; 2]) -> A {
        R::vjp(0, g, [y], y)
    }
}

/// An algebra that tracks only whether a value is the unchanged incoming gradient.
#[derive(Clone, Copy, PartialEq)]
enum Trace {
    Gradient,
    Other,
}

macro_rules! others {
    ($($(#[$doc:meta])* $method:ident($x:ident $(, $operand:ident)*) => $on_lanes:expr;)+) => {
        impl latents_tensor::sealed::Algebra for Trace {}

        impl Algebra for Trace {
            fn lit(self, _: f64) -> Self {
                Trace::Other
            }
            $(fn $method(self $(, $operand: Self)*) -> Self {
                $(let _ = $operand;)*
                Trace::Other
            })+
        }
    };
}
algebra_methods!(others);

impl std::ops::Neg for Trace {
    type Output = Self;
    fn neg(self) -> Self {
        Trace::Other
    }
}

macro_rules! other_operators {
    ($($Trait:ident $method:ident),+) => {$(
        impl std::ops::$Trait for Trace {
            type Output = Self;
            fn $method(self, _: Self) -> Self {
                Trace::Other
            }
        }
    )+};
}
other_operators!(Add add, Sub sub, Mul mul, Div div);
