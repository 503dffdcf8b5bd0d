//! Reductions over any axes, also of length 0 where a reduction has a value there.

use super::{Law, case, law};
use latents_autograd::testing::{axes, axis, broadcastable, shape, shapes, strided};
use latents_tensor::Shape;
use proptest::prelude::*;
use std::ops::Range;

const WIDE: [Range<f64>; 1] = [-2.0..2.0];

/// A shape and some of its axes; where `something` is asked for, there is an element to choose in each reduction.
fn reductions(something: bool) -> impl Strategy<Value = (Shape, Vec<isize>, bool)> {
    let any = shape().prop_flat_map(|shape| (Just(shape), axes(shape.rank()), any::<bool>()));
    any.prop_filter("an axis to reduce is empty", move |(shape, axes, _)| {
        let empty = |axis: &isize| shape[axis.rem_euclid(shape.rank() as isize) as usize] == 0;
        !(something && axes.iter().any(empty))
    })
}

macro_rules! reduction {
    ($operation:literal, $something:literal, |$x:ident, $axes:ident, $keep:ident| $body:expr) => {
        law(
            $operation,
            reductions($something).prop_flat_map(|(shape, axes, keep)| {
                strided(shape, &WIDE).prop_map(move |x| {
                    let ($axes, $keep) = (axes.clone(), keep);
                    case!([x], [$axes, $keep], |x| {
                        let $x = x[0];
                        $body
                    })
                })
            }),
        )
    };
}

pub(crate) fn laws() -> Vec<Law> {
    let sum_to = broadcastable::<2>().prop_filter_map("no common shape", |[target, other]| {
        Some((Shape::broadcast("sum_to", &[target, other]).ok()?, target))
    });
    let along = shapes(1..=4, 0..=4).prop_flat_map(|shape| (strided(shape, &WIDE), axis(shape.rank())));
    let whole = shapes(0..=3, 1..=3).prop_flat_map(|shape| strided(shape, &WIDE));
    vec![
        reduction!("Sum", false, |x, axes, keep| x.sum(&axes, keep)),
        reduction!("Extreme", true, |x, axes, keep| x.max(&axes, keep)),
        reduction!("Extreme", true, |x, axes, keep| x.min(&axes, keep)),
        reduction!("LogSumExp", true, |x, axes, keep| x.logsumexp(&axes, keep)),
        reduction!("Norm", false, |x, axes, keep| x.norm(&axes, keep)),
        reduction!("Norm", true, |x, axes, keep| x.standard_deviation(&axes, keep, 0)),
        reduction!("Sum", true, |x, axes, keep| x.mean(&axes, keep)),
        reduction!("Sum", true, |x, axes, keep| x.variance(&axes, keep, 0)),
        law(
            "Sum",
            shape()
                .prop_flat_map(|shape| strided(shape, &WIDE))
                .prop_map(|x| case!([x], [], |x| x[0].sum_all())),
        ),
        law(
            "Extreme",
            whole
                .clone()
                .prop_map(|x| case!([x], [], |x| x[0].max_all() * x[0].norm_all() - x[0].min_all())),
        ),
        law(
            "SumTo",
            sum_to.prop_flat_map(|(whole, target)| {
                strided(whole, &WIDE).prop_map(move |x| case!([x], [target], |x| x[0].sum_to(target)))
            }),
        ),
        law(
            "CumulativeSum",
            along.prop_map(|(x, axis)| case!([x], [axis], |x| x[0].cumsum(axis))),
        ),
    ]
}
