//! Losses: fused sums of a row, under every reduction that has a value.

use super::{Law, case, law};
use latents_autograd::Reduction;
use latents_autograd::testing::{Strided, shape, strided};
use latents_tensor::Shape;
use proptest::prelude::*;
use proptest::sample::select;
use std::ops::Range;

/// Prediction and target of one shape.
fn pairs(
    prediction: Vec<Range<f64>>,
    target: Range<f64>,
) -> impl Strategy<Value = ([Strided; 2], Reduction)> {
    shape().prop_flat_map(move |shape: Shape| {
        let pair = (
            strided(shape, &prediction),
            strided(shape, std::slice::from_ref(&target)),
        );
        // A mean of nothing is not a number.
        let reductions = match shape.count() {
            0 => vec![Reduction::Sum],
            _ => vec![Reduction::Sum, Reduction::Mean, Reduction::BatchMean],
        };
        (pair, select(reductions))
            .prop_map(|((prediction, target), reduction)| ([prediction, target], reduction))
    })
}

macro_rules! loss {
    ($operation:literal, $prediction:expr, $target:expr, $method:ident) => {
        law(
            $operation,
            pairs($prediction.into(), $target).prop_map(|(operands, reduction)| {
                case!(operands, [reduction], |x| x[0].$method(x[1], reduction))
            }),
        )
    };
}

pub(crate) fn laws() -> Vec<Law> {
    let around = [-3.0..-1.5, -0.3..0.3, 1.5..3.0];
    let huber = (pairs(around.into(), -0.4..0.4), 0.9..1.0);
    let classes = (1..4usize, 1..5usize).prop_flat_map(|(rows, classes)| {
        let reductions = vec![Reduction::Sum, Reduction::Mean];
        let truth = proptest::collection::vec(0..classes, rows);
        (
            strided([rows, classes], std::slice::from_ref(&(-2.0..2.0))),
            truth,
            select(reductions),
        )
    });
    vec![
        loss!("SumSquaredError", [-2.0..2.0], -2.0..2.0, mse),
        loss!("SumAbsoluteError", [-2.0..-0.4, 0.4..2.0], -0.3..0.3, mae),
        loss!("SumBinaryCrossEntropy", [0.1..0.9], 0.1..0.9, bce),
        loss!(
            "SumBinaryCrossEntropyWithLogits",
            [-3.0..3.0],
            0.0..1.0,
            bce_with_logits
        ),
        law(
            "SumHuberError",
            huber.prop_map(|((operands, reduction), delta)| {
                case!(operands, [delta, reduction], |x| x[0]
                    .huber(x[1], delta, reduction))
            }),
        ),
        law(
            "LogSoftmax",
            classes.prop_map(|(logits, truth, reduction)| {
                case!([logits], [truth, reduction], |x| x[0]
                    .cross_entropy(&truth, reduction))
            }),
        ),
    ]
}
