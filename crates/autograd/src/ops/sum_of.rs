//! The sum of a row over all elements in one pass: the fused form of every loss.

use super::row::Row;
use crate::{Op, Rule, Var};
use latents_tensor::{Algebra, Pointwise, Real, Shape, Tensor, formula, pointwise, sum_of};

/// `scale · Σ row(operands)`. Composed, the elements would be written once and read twice; fused, a loss takes one pass forward
/// and one backward (see the benches).
#[derive(Clone, Copy, Debug)]
pub(crate) struct SumOf<R> {
    row: R,
    scale: f64,
}

/// Row `R`'s rule for operand `I` under a sum: the gradient is one number, and the result is recomputed.
struct UnderSum<R, const I: usize> {
    row: R,
    scale: f64,
}

macro_rules! sum_of {
    ($n:literal, $all:literal, [$($x:ident),+], [$($index:literal),+], $record:ident) => {
        impl<R: Row<$n>, const I: usize> Pointwise<$all> for UnderSum<R, I> {
            #[inline(always)]
            fn eval<A: Algebra>(&self, [g, $($x),+]: [A; $all]) -> A {
                let y = self.row.eval([$($x),+]);
                R::vjp(I, g * g.lit(self.scale), [$($x),+], y)
            }
        }

        /// Records `scale · Σ row(operands)`. Operands broadcast.
        #[track_caller]
        pub(crate) fn $record<'t, T: Real, R: Row<$n>>(row: R, operands: [Var<'t, T>; $n], scale: f64) -> Var<'t, T>
        where
            super::Recorded<T>: From<SumOf<R>>,
        {
            let tape = operands[0].tape();
            let values = operands.map(Var::value);
            let shape = match Shape::broadcast(R::NAME, &values.each_ref().map(Tensor::shape)) {
                Ok(shape) => shape,
                Err(error) => tape.raise(error, &operands),
            };
            let values = values.map(|value| value.broadcast_to(shape).contiguous());
            let sum = sum_of(&row, values.each_ref()) * T::from_f64(scale);
            tape.record(SumOf { row, scale }, &operands, Tensor::scalar(sum))
        }
    };
}
sum_of!(2, 3, [a, b], [0, 1], record_sum_of_2);
sum_of!(3, 4, [a, b, c], [0, 1, 2], record_sum_of_3);

fn give<'t, T: Real, R: Row<N>, const I: usize, const N: usize, const ALL: usize>(
    op: &SumOf<R>,
    rule: &mut Rule<'t, '_, T>,
) where
    UnderSum<R, I>: Pointwise<ALL>,
{
    if !rule.wants(I) {
        return;
    }
    let g = rule.gradient();
    let operands: [Var<'t, T>; N] = std::array::from_fn(|index| rule.input(index));
    let part = if rule.is_recorded() {
        let y = op.row.eval(operands);
        R::vjp(I, g * g.lit(op.scale), operands, y)
    } else {
        let values: [Tensor<T>; ALL] = std::array::from_fn(|place| {
            if place == 0 {
                g.value()
            } else {
                operands[place - 1].value()
            }
        });
        let rule_under_sum = UnderSum::<R, I> {
            row: op.row,
            scale: op.scale,
        };
        rule.tape()
            .constant(pointwise(R::NAME, &rule_under_sum, values.each_ref()))
    };
    rule.give(I, part);
}

macro_rules! summed {
    ($($row:ident, $name:literal, $n:literal, $all:literal, [$($index:literal),+];)+) => {$(
        impl<T: Real> Op<T> for SumOf<formula::$row> {
            fn name(&self) -> &'static str {
                $name
            }

            fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
                $(give::<T, _, $index, $n, $all>(self, rule);)+
            }
        }
    )+};
}
summed! {
    SquaredError, "sum_squared_error", 2, 3, [0, 1];
    AbsoluteError, "sum_absolute_error", 2, 3, [0, 1];
    BinaryCrossEntropy, "sum_binary_cross_entropy", 2, 3, [0, 1];
    BinaryCrossEntropyWithLogits, "sum_binary_cross_entropy_with_logits", 2, 3, [0, 1];
    HuberError, "sum_huber_error", 3, 4, [0, 1];
}
