//! `Row`: a pointwise operation as one line of a table: formula, rule, and where to test it.
//!
//! The text of a row is generic over [`Algebra`], and serves four times: on vector lanes (the forward loop, and
//! the rule as one fused loop), on [`Var`] (the rule is recorded, so higher orders need nothing else), on plain
//! numbers (the oracle of the tests) and on a printer (the table of rules, `docs/rules.md`).

use super::Recorded;
use crate::{Rule, Var};
use latents_tensor::{Algebra, Pointwise, Real, Shape, Tensor, pointwise};
use std::marker::PhantomData;

/// A pointwise operation of `N` operands.
pub(crate) trait Row<const N: usize>: Pointwise<N> + Copy + 'static {
    const NAME: &'static str;

    /// The gradient of operand `which`, from the gradient `g` of the result `y`.
    fn vjp<A: Algebra>(which: usize, g: A, operands: [A; N], y: A) -> A;
}

/// Runs a row on variables that broadcast, and records it.
#[track_caller]
pub(crate) fn apply<'t, T: Real, R, const N: usize>(row: R, operands: [Var<'t, T>; N]) -> Var<'t, T>
where
    R: Row<N> + Into<Recorded<T>>,
{
    let tape = operands[0].tape();
    let values = operands.map(Var::value);
    if let Err(error) = Shape::broadcast(R::NAME, &values.each_ref().map(Tensor::shape)) {
        tape.raise(error, &operands);
    }
    let value = pointwise(R::NAME, &row, values.each_ref());
    tape.record(row, &operands, value)
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

/// Whether the rule for an operand is `g` itself, so that nothing needs to run.
fn passes_through<R: Row<N>, const N: usize>(which: usize) -> bool {
    R::vjp(which, Trace::Gradient, [Trace::Other; N], Trace::Other) == Trace::Gradient
}

/// The rule of an operation whose gradient can be told from the result alone (a fused activation).
pub(crate) struct FromOutput<R>(pub(crate) PhantomData<fn() -> R>);

impl<R: Row<1>> Pointwise<2> for FromOutput<R> {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [g, y]: [A; 2]) -> A {
        R::vjp(0, g, [y], y)
    }
}

/// The algebra that only knows whether a value is the incoming gradient, untouched.
#[derive(Clone, Copy, PartialEq)]
enum Trace {
    Gradient,
    Other,
}

macro_rules! other {
    ($($method:ident($($argument:ident),*)),+) => {
        $(fn $method(self $(, $argument: Self)*) -> Self {
            $(let _ = $argument;)*
            Trace::Other
        })+
    };
}

impl std::ops::Neg for Trace {
    type Output = Self;
    other!(neg());
}
impl std::ops::Add for Trace {
    type Output = Self;
    other!(add(other));
}
impl std::ops::Sub for Trace {
    type Output = Self;
    other!(sub(other));
}
impl std::ops::Mul for Trace {
    type Output = Self;
    other!(mul(other));
}
impl std::ops::Div for Trace {
    type Output = Self;
    other!(div(other));
}

impl Algebra for Trace {
    fn lit(self, _: f64) -> Self {
        Trace::Other
    }
    other!(
        sqrt(),
        abs(),
        floor(),
        maximum(other),
        minimum(other),
        less(other),
        less_equal(other),
        equal(other),
        choose(if_true, if_false),
        exp(),
        expm1(),
        ln(),
        log1p(),
        tanh(),
        sigmoid(),
        softplus(),
        erf(),
        pow(exponent)
    );
}
