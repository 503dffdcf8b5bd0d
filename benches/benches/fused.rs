//! The gain from fusion: a linear layer with bias and activation, and a loss, each as one operation and composed of several,
//! forward and backward, at the sizes of 784-32-784 with batches of 256. Both give the same bits.

use criterion::{Criterion, criterion_group, criterion_main};
use latents::autograd::FusedActivation;
use latents::nn::Reduction;
use latents::prelude::*;
use latents_tensor::parallel;
use std::time::Duration;

/// One step: the loss of one batch and the gradients of all variables.
type Step = for<'t> fn(&'t Tape, &[Tensor; 4]) -> Var<'t>;

fn fused_layer<'t>(tape: &'t Tape, [x, weight, bias, target]: &[Tensor; 4]) -> Var<'t> {
    let [x, weight, bias] = [x, weight, bias].map(|operand| tape.variable(operand));
    let y = x.linear(weight, Some(bias), FusedActivation::Sigmoid);
    y.mse(tape.input(target), Reduction::Mean)
}

fn composed_layer<'t>(tape: &'t Tape, [x, weight, bias, target]: &[Tensor; 4]) -> Var<'t> {
    let [x, weight, bias] = [x, weight, bias].map(|operand| tape.variable(operand));
    let y = (x.matmul(weight.transpose()) + bias).sigmoid();
    y.mse(tape.input(target), Reduction::Mean)
}

fn fused_loss<'t>(tape: &'t Tape, [_, _, _, target]: &[Tensor; 4]) -> Var<'t> {
    let prediction = tape.variable(target);
    prediction.mse(tape.input(target), Reduction::Mean)
}

fn composed_loss<'t>(tape: &'t Tape, [_, _, _, target]: &[Tensor; 4]) -> Var<'t> {
    let prediction = tape.variable(target);
    let difference = prediction - tape.input(target);
    (difference * difference).mean_all()
}

fn fused_bce<'t>(tape: &'t Tape, [_, _, _, target]: &[Tensor; 4]) -> Var<'t> {
    let logits = tape.variable(target);
    logits.bce_with_logits(tape.input(target), Reduction::BatchMean)
}

fn composed_bce<'t>(tape: &'t Tape, [_, _, _, target]: &[Tensor; 4]) -> Var<'t> {
    let (logits, target) = (tape.variable(target), tape.input(target));
    (logits.softplus() - target * logits).sum_all() / logits.lit(256.0)
}

fn fused(criterion: &mut Criterion) {
    let key = Key::new(1);
    let operands: [Tensor; 4] = [
        key.uniform([256, 32]),
        key.normal([784, 32]),
        key.normal([784]),
        key.uniform([256, 784]),
    ];
    let steps: [(&str, Step); 6] = [
        ("linear + bias + sigmoid, then mse/fused", fused_layer),
        ("linear + bias + sigmoid, then mse/composed", composed_layer),
        ("mse/fused", fused_loss),
        ("mse/composed", composed_loss),
        ("bce with logits/fused", fused_bce),
        ("bce with logits/composed", composed_bce),
    ];
    let mut group = criterion.benchmark_group("fused");
    group
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .sample_size(30);
    for (name, step) in steps {
        let mut tape = Tape::new();
        group.bench_function(name, |bencher| {
            parallel::team(|| {
                bencher.iter(|| {
                    let gradients = step(&tape, &operands).backward();
                    tape.reset();
                    gradients
                });
            });
        });
    }
    group.finish();
}

criterion_group!(benches, fused);
criterion_main!(benches);
