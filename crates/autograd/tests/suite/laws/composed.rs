//! What is composed of the listed operations. The operation named is one that it has to record.

use super::{Law, case, law};
use latents_autograd::testing::{Strided, axis, broadcastable, shape, shapes, strided};
use proptest::prelude::*;
use std::ops::Range;

const WIDE: [Range<f64>; 1] = [-2.0..2.0];

fn anything(domain: &'static [Range<f64>]) -> impl Strategy<Value = Strided> {
    shape().prop_flat_map(|shape| strided(shape, domain))
}

fn along() -> impl Strategy<Value = (Strided, isize)> {
    shapes(1..=4, 1..=4).prop_flat_map(|shape| (strided(shape, &WIDE), axis(shape.rank())))
}

macro_rules! unary {
    ($operation:literal, $domain:expr, [$($parameter:ident in $range:expr),*], |$x:ident| $body:expr) => {
        law($operation, (anything(const { &$domain }), $($range),*).prop_map(|(x, $($parameter),*)| {
            case!([x], [$($parameter),*], |x| { let $x = x[0]; $body })
        }))
    };
}

pub(crate) fn laws() -> Vec<Law> {
    let masked = broadcastable::<2>().prop_flat_map(|[a, b]| [strided(a, &WIDE), strided(b, &WIDE)]);
    vec![
        unary!("mul", [-2.0..2.0], [slope in 0.01..0.5], |x| x.leaky_relu(slope)),
        unary!("expm1", [-2.0..2.0], [alpha in 0.5..1.5], |x| x.elu(alpha)),
        unary!("normal_cdf", [-2.0..2.0], [], |x| x.gelu()),
        unary!("sigmoid", [-2.0..2.0], [], |x| x.silu()),
        unary!("choose", [-2.0..2.0], [high in 0.0..1.0], |x| x.clamp(-0.8, high) * x),
        unary!("pow", [0.3..2.0], [exponent in -2.0..3.0], |x| x.powf(exponent)),
        unary!("sqrt", [-2.0..-0.1, 0.2..2.0], [], |x| x.safe_sqrt() * x),
        unary!("ln", [-2.0..-0.1, 0.2..2.0], [], |x| x.safe_ln() * x),
        law(
            "div",
            broadcastable::<2>()
                .prop_flat_map(|[a, b]| [strided(a, &WIDE), strided(b, &[-2.0..-0.5, 0.0..0.0, 0.5..2.0])])
                .prop_map(|operands| case!(operands, [], |x| x[0].safe_div(x[1]) * x[0])),
        ),
        unary!("sub", [-2.0..2.0], [], |x| 2.0 - x + x.floor() * x),
        law(
            "Softmax",
            along().prop_map(|(x, axis)| case!([x], [axis], |x| x[0].softmax(axis))),
        ),
        law(
            "LogSoftmax",
            along().prop_map(|(x, axis)| case!([x], [axis], |x| x[0].log_softmax(axis))),
        ),
        law(
            "Norm",
            along()
                .prop_map(|(x, axis)| case!([x], [axis], |x| (x[0].norm(&[axis], true) + 1.0).ln() * x[0])),
        ),
        law(
            "choose",
            masked.prop_map(|operands| {
                case!(operands, [], |x| x[0].less(x[1]).choose(x[0] * x[0], x[1])
                    + x[0].maximum(x[1].lit(0.1)))
            }),
        ),
    ]
}
