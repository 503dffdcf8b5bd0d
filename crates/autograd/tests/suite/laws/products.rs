//! Matrix products, layers in one operation, and products with sparse codes.

use super::{Law, case, law};
use latents_autograd::FusedActivation;
use latents_autograd::testing::{Strided, indices, strided};
use latents_tensor::Indices;
use proptest::prelude::*;
use proptest::sample::select;
use std::ops::Range;

const WIDE: [Range<f64>; 1] = [-2.0..2.0];

fn length() -> impl Strategy<Value = usize> + Clone {
    prop_oneof![1 => Just(0usize), 6 => 1..4usize]
}

pub(crate) fn activation() -> impl Strategy<Value = FusedActivation> {
    select(vec![
        FusedActivation::Identity,
        FusedActivation::Relu,
        FusedActivation::Sigmoid,
        FusedActivation::Tanh,
    ])
}

/// Matrices that fit, each with outer axes that broadcast, or vectors in their place.
fn matrices() -> impl Strategy<Value = Vec<Strided>> {
    let outer = prop_oneof![
        4 => Just([vec![], vec![]]),
        1 => Just([vec![2], vec![2]]),
        1 => Just([vec![2, 1], vec![3]]),
        1 => Just([vec![1], vec![0]]),
        1 => Just([vec![], vec![2]]),
    ];
    (outer, [length(), length(), length()]).prop_flat_map(|([left, right], [m, k, n])| {
        let (left, right) = ([left, vec![m, k]].concat(), [right, vec![k, n]].concat());
        vec![strided(left.as_slice(), &WIDE), strided(right.as_slice(), &WIDE)]
    })
}

/// Vectors beside a matrix on either side.
fn vectors() -> impl Strategy<Value = Vec<Strided>> {
    [length(), length(), length()].prop_flat_map(|[m, k, n]| {
        let shapes = [vec![m, k], vec![k], vec![k, n], vec![k]];
        shapes.map(|shape| strided(shape.as_slice(), &WIDE)).to_vec()
    })
}

/// Input, weight and, where there is one, bias.
fn layers() -> impl Strategy<Value = Vec<Strided>> {
    let outer =
        prop_oneof![6 => length().prop_map(|rows| vec![rows]), 1 => Just(vec![]), 2 => Just(vec![2, 2])];
    (outer, 1..4usize, 1..4usize, any::<bool>()).prop_flat_map(|(outer, inputs, outputs, bias)| {
        let input = [outer, vec![inputs]].concat();
        let mut operands = vec![
            strided(input.as_slice(), &WIDE),
            strided([outputs, inputs], &WIDE),
        ];
        operands.extend(bias.then(|| strided([outputs], &WIDE)));
        operands
    })
}

/// Sizes of a sparse code: rows, active units of each, units and features.
fn codes() -> impl Strategy<Value = ([usize; 4], Indices, bool)> {
    let sizes = (length(), length(), 1..4usize, length())
        .prop_map(|(rows, active, units, features)| [rows, active, units, features]);
    (sizes, any::<bool>()).prop_flat_map(|(sizes, bias)| {
        let [rows, active, units, _] = sizes;
        (Just(sizes), indices([rows, active], units), Just(bias))
    })
}

/// Tensors of some shapes.
fn all<const N: usize>(shapes: [&[usize]; N], bias: Option<usize>) -> Vec<BoxedStrategy<Strided>> {
    let shapes = shapes
        .into_iter()
        .map(<[usize]>::to_vec)
        .chain(bias.map(|length| vec![length]));
    shapes
        .map(|shape| strided(shape.as_slice(), &WIDE).boxed())
        .collect()
}

pub(crate) fn laws() -> Vec<Law> {
    vec![
        law(
            "MatMul",
            matrices().prop_map(|operands| case!(operands, [], |x| x[0].matmul(x[1]))),
        ),
        law(
            "MatMul",
            vectors().prop_map(|operands| {
                case!(operands, [], |x| {
                    let (column, row) = (x[0].matmul(x[1]), x[3].matmul(x[2]));
                    column.sum_all() * row + x[1].matmul(x[3])
                })
            }),
        ),
        law(
            "Linear",
            (layers(), activation()).prop_map(|(operands, activation)| {
                case!(operands, [activation], |x| x[0].linear(
                    x[1],
                    x.get(2).copied(),
                    activation
                ))
            }),
        ),
        law(
            "SparseLinear",
            codes().prop_flat_map(|([rows, active, units, features], at, bias)| {
                let operands = all([&[rows, active], &[units, features]], bias.then_some(features));
                operands.prop_map(move |operands| {
                    case!(operands, [at], |x| x[0].sparse_linear(
                        &at,
                        x[1],
                        x.get(2).copied()
                    ))
                })
            }),
        ),
        law(
            "SampledLinear",
            codes().prop_flat_map(|([rows, _, units, features], at, bias)| {
                let operands = all([&[rows, features], &[units, features]], bias.then_some(units));
                operands.prop_map(move |operands| {
                    case!(operands, [at], |x| x[0].sampled_linear(
                        x[1],
                        x.get(2).copied(),
                        &at
                    ))
                })
            }),
        ),
        law(
            "SparseTransposeMatMul",
            codes().prop_flat_map(|([rows, active, units, features], at, _)| {
                let operands = all([&[rows, active], &[rows, features]], None);
                operands.prop_map(move |operands| {
                    case!(operands, [at, units], |x| x[0]
                        .sparse_transpose_matmul(&at, x[1], units))
                })
            }),
        ),
        law(
            "SampledLinear",
            codes().prop_flat_map(|([rows, k, units, features], _, bias)| {
                let operands = all([&[rows, features], &[units, features]], bias.then_some(units));
                let k = k.min(units);
                operands.prop_map(move |operands| {
                    case!(operands, [k, units], |x| {
                        let (values, at) = x[0].linear_top_k(x[1], x.get(2).copied(), k);
                        values.tanh().sparse_to_dense(&at, units)
                    })
                })
            }),
        ),
    ]
}
