//! Rearrangements, joins, and what is made of them.

use super::{Law, case, law};
use latents_autograd::testing::{Strided, axis, broadcastable, shape, shapes, strided};
use latents_tensor::Shape;
use proptest::collection::vec;
use proptest::prelude::*;
use std::ops::Range;

const WIDE: [Range<f64>; 1] = [-2.0..2.0];

/// A tensor with at least one axis, one of its axes, and a range within that axis.
fn ranges() -> impl Strategy<Value = (Strided, isize, usize, usize)> {
    let place = shapes(1..=4, 0..=4).prop_flat_map(|shape| (Just(shape), axis(shape.rank())));
    place.prop_flat_map(|(shape, axis)| {
        let length = shape[axis.rem_euclid(shape.rank() as isize) as usize];
        let range = (0..=length, 0..=length).prop_map(|(a, b)| (a.min(b), a.max(b)));
        (strided(shape, &WIDE), range).prop_map(move |(x, (start, end))| (x, axis, start, end))
    })
}

/// Other shapes with as many elements.
fn reshapes() -> impl Strategy<Value = (Strided, Shape)> {
    let targets = |shape: Shape| {
        let flat = vec![shape.count()];
        let reversed: Vec<usize> = shape.iter().rev().copied().collect();
        let longer: Vec<usize> = [1].into_iter().chain(shape.iter().copied()).collect();
        let merged = match &shape[..] {
            [first, second, rest @ ..] => [&[first * second], rest].concat(),
            _ => vec![1, 1, shape.count()],
        };
        let others = [flat, reversed, longer, merged].map(|axes| Shape::from(axes.as_slice()));
        others
            .into_iter()
            .filter(|other| *other != shape)
            .collect::<Vec<_>>()
    };
    shape().prop_flat_map(move |shape| (strided(shape, &WIDE), proptest::sample::select(targets(shape))))
}

/// Parts that differ along one axis only.
fn parts() -> impl Strategy<Value = (Vec<Strided>, isize)> {
    let place =
        shapes(1..=3, 0..=3).prop_flat_map(|shape| (Just(shape), axis(shape.rank()), vec(0..3usize, 1..=3)));
    place.prop_flat_map(|(shape, axis, lengths)| {
        let place = axis.rem_euclid(shape.rank() as isize) as usize;
        let parts: Vec<_> = lengths
            .iter()
            .map(|&length| strided(shape.with_axis(place, length), &WIDE))
            .collect();
        (parts, Just(axis))
    })
}

fn orders() -> impl Strategy<Value = (Strided, Vec<usize>)> {
    shape().prop_flat_map(|shape| {
        let order: Vec<usize> = (0..shape.rank()).collect();
        (strided(shape, &WIDE), Just(order).prop_shuffle())
    })
}

pub(crate) fn laws() -> Vec<Law> {
    let repeats = broadcastable::<2>().prop_filter_map("nothing to repeat", |[from, other]| {
        let whole = Shape::broadcast("broadcast_to", &[from, other]).ok()?;
        (whole != from).then_some((from, whole))
    });
    let margins = shape().prop_flat_map(|shape| {
        (
            strided(shape, &WIDE),
            vec((0..3usize, 0..3usize), shape.rank()),
            -1.0..1.0,
        )
    });
    let along = || shapes(1..=4, 0..=4).prop_flat_map(|shape| (strided(shape, &WIDE), axis(shape.rank())));
    let alike = shapes(0..=3, 0..=3)
        .prop_flat_map(|shape| (vec(strided(shape, &WIDE), 1..=3), axis(shape.rank() + 1)));
    let matrices = shapes(2..=4, 0..=3).prop_flat_map(|shape| strided(shape, &WIDE));
    let backwards = prop_oneof![-3..0isize, 1..4isize];
    vec![
        law(
            "Reshape",
            reshapes().prop_map(|(x, to)| case!([x], [to], |x| x[0].reshape(to))),
        ),
        law(
            "Permute",
            orders().prop_map(|(x, order)| case!([x], [order], |x| x[0].permute(&order))),
        ),
        law(
            "Permute",
            matrices.prop_map(|x| case!([x], [], |x| x[0].transpose())),
        ),
        law(
            "BroadcastTo",
            repeats.prop_flat_map(|(from, to)| {
                strided(from, &WIDE).prop_map(move |x| case!([x], [to], |x| x[0].broadcast_to(to)))
            }),
        ),
        law(
            "Narrow",
            ranges().prop_map(|(x, axis, start, end)| {
                case!([x], [axis, start, end], |x| x[0].narrow(axis, start, end))
            }),
        ),
        law(
            "Narrow",
            ranges().prop_map(|(x, axis, start, end)| {
                case!([x], [axis, start, end], |x| {
                    let parts = x[0].split(&[start, end - start], axis);
                    parts[0].sum_all() * parts[1] + parts[1].square()
                })
            }),
        ),
        law(
            "Narrow",
            ranges()
                .prop_filter("nothing to select", |(_, _, start, end)| start < end)
                .prop_map(|(x, axis, index, _)| case!([x], [axis, index], |x| x[0].select(axis, index))),
        ),
        law(
            "Narrow",
            (ranges(), backwards).prop_map(|((x, axis, start, end), step)| {
                case!([x], [axis, start, end, step], |x| x[0].slice(
                    axis,
                    start..end,
                    step
                ))
            }),
        ),
        law(
            "Flip",
            along().prop_map(|(x, axis)| case!([x], [axis], |x| x[0].flip(axis))),
        ),
        law(
            "Pad",
            margins.prop_map(|(x, around, value)| case!([x], [around, value], |x| x[0].pad(&around, value))),
        ),
        law(
            "Concat",
            parts().prop_map(|(parts, axis)| case!(parts, [axis], |x| x[0].tape().concat(x, axis))),
        ),
        law(
            "Concat",
            alike.prop_map(|(parts, axis)| case!(parts, [axis], |x| x[0].tape().stack(x, axis))),
        ),
    ]
}
