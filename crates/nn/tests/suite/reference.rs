//! Losses, activations, gradients and optimiser steps beside PyTorch's, tensor by tensor, in f64 and f32.

use crate::common;

use common::{Reference, network, parameters};
use latents_autograd::{Gradients, Tape, Var};
use latents_nn::{
    Activation, Adam, AdamConfig, AdamW, AdamWConfig, Loss, Module, Optimizer, Reduction, RmsProp,
    RmsPropConfig, Sgd, SgdConfig, clip_by_global_norm,
};
use latents_tensor::{Real, Tensor};

fn in_both_types(f64: impl Fn(), f32: impl Fn()) {
    f64();
    f32();
}

const REDUCTIONS: [(&str, Reduction); 3] = [
    ("sum", Reduction::Sum),
    ("mean", Reduction::Mean),
    ("batch_mean", Reduction::BatchMean),
];

fn check_loss<T: Real>(
    reference: &Reference,
    name: &str,
    prediction: &str,
    loss: impl for<'t> Fn(Var<'t, T>, Reduction) -> Var<'t, T>,
) {
    for (label, reduction) in REDUCTIONS {
        let tape = Tape::new();
        let x = tape.variable(&reference.get(prediction));
        let value = loss(x, reduction);
        reference.check(&format!("{name}.{label}.value"), &value.value());
        reference.check(
            &format!("{name}.{label}.gradient"),
            value.backward().get(x).unwrap(),
        );
    }
}

fn losses<T: Real>() {
    let reference = &Reference::of::<T>("losses");
    let elementwise = [
        ("mse", Loss::Mse, "wide", "target"),
        ("mae", Loss::Mae, "wide", "target"),
        ("huber_1", Loss::Huber { delta: 1.0 }, "wide", "target"),
        ("huber_0.3", Loss::Huber { delta: 0.3 }, "wide", "target"),
        ("bce", Loss::Bce, "probability", "share"),
        ("bce_with_logits", Loss::BceWithLogits, "logits", "share"),
    ];
    for (name, loss, prediction, target) in elementwise {
        let target = reference.get::<T>(target);
        check_loss::<T>(reference, name, prediction, |x, reduction| {
            loss.of(x, x.tape().input(&target), reduction)
        });
    }
    let classes = [3, 0, 5, 3];
    check_loss::<T>(reference, "cross_entropy", "logits", |x, reduction| {
        x.cross_entropy(&classes, reduction)
    });
}

#[test]
fn losses_and_their_gradients() {
    in_both_types(losses::<f64>, losses::<f32>);
}

fn activations<T: Real>() {
    let reference = &Reference::of::<T>("activations");
    let names: Vec<&str> = reference
        .names()
        .filter_map(|name| name.strip_suffix(".value"))
        .collect();
    assert_eq!(names.len(), 12);
    for name in names {
        let tape = Tape::new();
        let (x, seed) = (
            tape.variable(&reference.get::<T>("x")),
            tape.input(&reference.get("seed")),
        );
        let y = name.parse::<Activation>().unwrap().forward(x);
        reference.check(&format!("{name}.value"), &y.value());
        let gradients = (y * seed).sum_all().backward();
        reference.check(&format!("{name}.gradient"), gradients.get(x).unwrap());
    }
}

#[test]
fn activations_and_their_gradients() {
    in_both_types(activations::<f64>, activations::<f32>);
}

/// The loss on batch `step`, and its gradients.
fn run<T: Real>(
    reference: &Reference,
    model: &dyn Module<T>,
    tape: &mut Tape<T>,
    step: usize,
    reduction: Reduction,
) -> (T, Gradients<T>) {
    let batch = |name: &str| {
        let all = reference.get::<T>(name);
        let (rows, columns) = (all.size(1), all.size(2));
        all.narrow(0, step, step + 1).reshape([rows, columns])
    };
    let loss = model
        .forward(tape.input(&batch("x")))
        .mse(tape.input(&batch("target")), reduction);
    let result = (loss.item(), loss.backward());
    tape.reset();
    result
}

fn check_gradients<T: Real>(
    reference: &Reference,
    prefix: &str,
    model: &dyn Module<T>,
    gradients: &Gradients<T>,
) {
    model.visit(&mut |parameter| {
        reference.check(
            &format!("{prefix}.{}", parameter.name()),
            gradients.of_key(parameter.id()).unwrap(),
        );
    });
}

fn gradients<T: Real>() {
    let reference = &Reference::of::<T>("optimizers");
    let (model, mut tape) = (network::<T>(reference, "start"), Tape::new());
    let (_, gradients) = run(reference, &model, &mut tape, 0, Reduction::Mean);
    check_gradients(reference, "gradient", &model, &gradients);

    let (_, mut gradients) = run(reference, &model, &mut tape, 0, Reduction::Sum);
    let norm = clip_by_global_norm(&mut gradients, 0.7);
    reference.check("clip.norm", &Tensor::scalar(T::from_f64(norm)));
    check_gradients(reference, "clip", &model, &gradients);
}

#[test]
fn gradients_of_a_network_and_their_clipping() {
    in_both_types(gradients::<f64>, gradients::<f32>);
}

/// The optimisers of `make.py`.
fn optimizers<T: Real>() -> Vec<(&'static str, Box<dyn Optimizer<T>>)> {
    let sgd = SgdConfig::default().learning_rate(0.1);
    let adam = AdamConfig::default().learning_rate(0.02);
    let adamw = AdamWConfig::default().learning_rate(0.02).weight_decay(0.1);
    let rmsprop = RmsPropConfig::default().learning_rate(0.005).alpha(0.9);
    vec![
        ("sgd", Box::new(Sgd::new(0.3))),
        (
            "sgd_decay",
            Box::new(Sgd::with(sgd.learning_rate(0.3).weight_decay(0.05))),
        ),
        ("sgd_momentum", Box::new(Sgd::with(sgd.momentum(0.9)))),
        (
            "sgd_dampening",
            Box::new(Sgd::with(sgd.momentum(0.8).dampening(0.3).weight_decay(0.01))),
        ),
        (
            "sgd_nesterov",
            Box::new(Sgd::with(sgd.momentum(0.9).nesterov(true).weight_decay(0.01))),
        ),
        ("adam", Box::new(Adam::with(adam))),
        (
            "adam_betas",
            Box::new(Adam::with(
                adam.beta1(0.8).beta2(0.95).epsilon(1e-3).weight_decay(0.05),
            )),
        ),
        ("adamw", Box::new(AdamW::with(adamw))),
        ("rmsprop", Box::new(RmsProp::new(0.01))),
        (
            "rmsprop_centered",
            Box::new(RmsProp::with(
                RmsPropConfig::default()
                    .learning_rate(0.01)
                    .centered(true)
                    .weight_decay(0.02),
            )),
        ),
        ("rmsprop_momentum", Box::new(RmsProp::with(rmsprop.momentum(0.9)))),
        (
            "rmsprop_both",
            Box::new(RmsProp::with(rmsprop.momentum(0.5).centered(true).epsilon(1e-4))),
        ),
    ]
}

fn steps<T: Real>() {
    let reference = &Reference::of::<T>("optimizers");
    for (case, mut optimizer) in optimizers::<T>() {
        let (mut model, mut tape) = (network::<T>(reference, "start"), Tape::new());
        let mut losses = Vec::new();
        for step in 0..20 {
            let (loss, gradients) = run(reference, &model, &mut tape, step, Reduction::Mean);
            optimizer.step(&mut model, &gradients);
            losses.push(loss);
            if [1, 2, 10, 20].contains(&(step + 1)) {
                for (name, value) in parameters(&model) {
                    reference.check(&format!("{case}.{}.{name}", step + 1), &value);
                }
            }
        }
        reference.check(&format!("{case}.losses"), &Tensor::from_vec(losses, [20]));
        check_moments(reference, case, &*optimizer, &model);
    }
}

/// The optimiser's file holds PyTorch's moments under PyTorch's names, and no others.
fn check_moments<T: Real>(
    reference: &Reference,
    case: &str,
    optimizer: &dyn Optimizer<T>,
    model: &dyn Module<T>,
) {
    let state = optimizer.state(model).unwrap();
    let prefix = format!("{case}.state.");
    let expected: Vec<&str> = reference
        .names()
        .filter_map(|name| name.strip_prefix(&prefix))
        .collect();
    assert_eq!(state.names().collect::<Vec<_>>(), expected, "{case}");
    for name in expected {
        reference.check(&format!("{prefix}{name}"), &state.tensor::<T>(name).unwrap());
    }
}

#[test]
fn twenty_steps_of_every_optimizer() {
    in_both_types(steps::<f64>, steps::<f32>);
}
