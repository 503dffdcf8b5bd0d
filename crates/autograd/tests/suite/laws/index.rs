//! Selection and addition by index: indices repeat, and may be none.

use super::{Law, case, law};
use latents_autograd::testing::{Strided, axis, indices, shapes, strided};
use latents_tensor::{Indices, Shape};
use proptest::collection::vec;
use proptest::prelude::*;
use std::ops::Range;

const WIDE: [Range<f64>; 1] = [-2.0..2.0];

/// A shape with at least one axis, an axis of it that is not empty, by sign and by place, and a number of indices.
fn places() -> impl Strategy<Value = (Shape, isize, usize, usize)> {
    let any = shapes(1..=4, 0..=4).prop_flat_map(|shape| (Just(shape), axis(shape.rank()), 0..4usize));
    any.prop_filter_map("nothing to index", |(shape, axis, count)| {
        let place = axis.rem_euclid(shape.rank() as isize) as usize;
        (shape[place] > 0).then_some((shape, axis, place, count))
    })
}

/// A tensor, and indices of slices along an axis.
fn slices() -> impl Strategy<Value = (Strided, Strided, isize, Vec<usize>)> {
    places().prop_flat_map(|(shape, axis, place, count)| {
        let source = strided(shape.with_axis(place, count), &WIDE);
        (
            strided(shape, &WIDE),
            source,
            Just(axis),
            vec(0..shape[place], count),
        )
    })
}

/// A tensor, and an index of each element of another one along an axis.
fn elements() -> impl Strategy<Value = (Strided, Strided, isize, Indices)> {
    places().prop_flat_map(|(shape, axis, place, count)| {
        let other = shape.with_axis(place, count);
        (
            strided(shape, &WIDE),
            strided(other, &WIDE),
            Just(axis),
            indices(other, shape[place]),
        )
    })
}

/// A tensor, one of its axes and a number of its elements.
fn counts() -> impl Strategy<Value = (Strided, isize, usize)> {
    places().prop_flat_map(|(shape, axis, place, _)| (strided(shape, &WIDE), Just(axis), 0..=shape[place]))
}

pub(crate) fn laws() -> Vec<Law> {
    vec![
        law(
            "IndexSelect",
            slices().prop_map(|(x, _, axis, at)| case!([x], [axis, at], |x| x[0].index_select(axis, &at))),
        ),
        law(
            "IndexAdd",
            slices().prop_map(|(x, source, axis, at)| {
                case!([x, source], [axis, at], |x| x[0].index_add(axis, &at, x[1]))
            }),
        ),
        law(
            "Gather",
            elements().prop_map(|(x, _, axis, at)| case!([x], [axis, at], |x| x[0].gather(axis, &at))),
        ),
        law(
            "ScatterAdd",
            elements().prop_map(|(x, source, axis, at)| {
                case!([x, source], [axis, at], |x| x[0].scatter_add(axis, &at, x[1]))
            }),
        ),
        law(
            "Gather",
            counts().prop_map(|(x, axis, k)| case!([x], [axis, k], |x| x[0].topk(k, axis).0)),
        ),
        law(
            "Gather",
            counts().prop_map(|(x, axis, k)| case!([x], [axis, k], |x| x[0].sort(axis, k % 2 == 0).0 * x[0])),
        ),
        law(
            "Gather",
            counts().prop_map(|(x, axis, _)| {
                case!([x], [axis], |x| {
                    let (most, least) = (x[0].argmax(axis), x[0].argmin(axis));
                    let mut shape = x[0].shape();
                    shape = shape.with_axis(axis.rem_euclid(shape.rank() as isize) as usize, 1);
                    x[0].gather(axis, &most.reshape(shape))
                        * x[0].gather(axis, &least.reshape(shape)).square()
                })
            }),
        ),
        law(
            "ScatterAdd",
            counts().prop_filter_map("the last axis", |(x, axis, k)| {
                let shape = x.tensor::<f64>().shape();
                let last = axis == -1 || axis as usize == shape.rank() - 1;
                last.then(|| case!([x], [k], |x| x[0].keep_top_k(k) * x[0]))
            }),
        ),
    ]
}
