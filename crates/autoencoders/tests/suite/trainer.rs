//! The trainer beside a loop written by hand, its options, and what it does when numbers stop being finite.

use crate::common;

use common::{Dropping, loss_of};
use latents_autoencoders::{NetworkConfig, Undercomplete, evaluate, try_evaluate};
use latents_autograd::Tape;
use latents_nn::{
    Activation, Adam, AdamConfig, AdamWConfig, Module, Optimizer, OptimizerConfig, RmsPropConfig, SgdConfig,
    parameters_sha256,
};
use latents_tensor::random::Key;
use latents_tensor::{Rows, Tensor};
use latents_testing::sheet;
use latents_train::{Event, History, TrainError, Trainable, Trainer, TrainerConfig};
use std::sync::atomic::{AtomicUsize, Ordering};

const BATCH: usize = 48;

fn adam(learning_rate: f64) -> OptimizerConfig {
    OptimizerConfig::Adam(AdamConfig::default().learning_rate(learning_rate))
}

fn sgd(learning_rate: f64) -> OptimizerConfig {
    OptimizerConfig::Sgd(SgdConfig::default().learning_rate(learning_rate))
}

/// A hundred rows of [`sheet`] make two whole batches and a short one.
fn config(epochs: usize) -> TrainerConfig {
    TrainerConfig::default()
        .epochs(epochs)
        .batch_size(BATCH)
        .optimizer(adam(1e-2))
        .seed(4)
}

fn fit<M: Trainable>(
    config: TrainerConfig,
    model: &mut M,
    train: &dyn Rows,
    validation: Option<&dyn Rows>,
) -> Result<History, TrainError> {
    let mut trainer = Trainer::new(config);
    if let Some(rows) = validation {
        trainer = trainer.validation(rows);
    }
    trainer.fit(model, train)
}

fn linear() -> Undercomplete {
    let config = NetworkConfig::new(8, 2)
        .latent_activation(Activation::Identity)
        .output_activation(Activation::Identity);
    Undercomplete::new(config, 3).unwrap()
}

fn dropping() -> Dropping {
    Dropping::new([8, 16, 2], 0.3)
}

fn weights(model: &dyn Module) -> Vec<f32> {
    let mut all = Vec::new();
    model.visit(&mut |parameter| all.extend(parameter.value().to_vec()));
    all
}

// ---- the loop -------------------------------------------------------------------------------------------------

fn picked(data: &Tensor, rows: &[usize]) -> Tensor {
    let features = data.size(1);
    Tensor::from_fn([rows.len(), features], |i| {
        data.at(&[rows[i / features], i % features])
    })
}

/// What the trainer promises, in plain steps: the mean training loss of each epoch.
fn by_hand(model: &mut Dropping, data: &Tensor, epochs: usize) -> Vec<f64> {
    let (key, mut adam, mut step) = (Key::new(4), Adam::new(1e-2), 0);
    let mut losses = Vec::new();
    for epoch in 1..=epochs {
        let order = key
            .purpose("shuffle")
            .step(epoch as u64)
            .permutation(data.size(0));
        let mut sum = 0.0;
        for rows in order.chunks(BATCH) {
            step += 1;
            let mut tape = Tape::new();
            tape.set_key(key.purpose("step").step(step));
            let loss = loss_of(model, tape.input(&picked(data, rows))).0;
            sum += f64::from(loss.item()) * rows.len() as f64;
            let gradients = loss.backward();
            tape.reset();
            adam.step(model, &gradients);
        }
        losses.push(sum / data.size(0) as f64);
    }
    losses
}

#[test]
fn training_is_the_loop_that_one_would_write() {
    let data = sheet(100);
    let (mut ours, mut theirs) = (dropping(), dropping());
    let history = fit(config(3), &mut ours, &data, None).unwrap();
    let losses: Vec<f64> = history.epochs.iter().map(|record| record.train_loss).collect();
    assert_eq!(losses, by_hand(&mut theirs, &data, 3));
    assert_eq!(weights(&ours), weights(&theirs));
}

#[test]
fn validation_runs_in_evaluation_mode_and_leaves_the_training_alone() {
    let (data, held_out) = (sheet(100), sheet(70));
    let (mut ours, mut alone) = (dropping(), dropping());
    let history = fit(config(2), &mut ours, &data, Some(&held_out)).unwrap();
    fit(config(2), &mut alone, &data, None).unwrap();
    assert_eq!(weights(&ours), weights(&alone));

    let order: Vec<usize> = (0..70).collect();
    let losses = order.chunks(BATCH).map(|rows| {
        let tape = Tape::new();
        tape.set_training(false);
        let loss = loss_of(&ours, tape.input(&picked(&held_out, rows))).0.item();
        f64::from(loss) * rows.len() as f64
    });
    assert_eq!(
        history.epochs[1].validation_loss,
        Some(losses.sum::<f64>() / 70.0)
    );
}

#[test]
fn noise_in_evaluation_does_not_depend_on_the_training_before() {
    let data = sheet(100);
    let mut model = dropping().with_noise(0.2);
    let still = config(3).optimizer(sgd(0.0));
    let history = fit(still, &mut model, &data, Some(&data)).unwrap();
    let loss = evaluate(&model, &data, BATCH).loss;
    assert!(
        history
            .epochs
            .iter()
            .all(|record| record.validation_loss == Some(loss)),
        "{history:?}"
    );
    let clean = evaluate(&dropping(), &data, BATCH).loss;
    assert_ne!(loss, clean, "there is noise");
}

// ---- options --------------------------------------------------------------------------------------------------

#[test]
fn every_optimizer_learns() {
    let data = sheet(200);
    let optimizers = [
        OptimizerConfig::Sgd(
            SgdConfig::default()
                .learning_rate(0.1)
                .momentum(0.9)
                .nesterov(true),
        ),
        adam(1e-2),
        OptimizerConfig::AdamW(AdamWConfig::default().learning_rate(1e-2)),
        OptimizerConfig::RmsProp(RmsPropConfig::default()),
    ];
    for optimizer in optimizers {
        let history = fit(config(20).optimizer(optimizer), &mut linear(), &data, None);
        let epochs = history.unwrap().epochs;
        assert!(
            epochs[19].train_loss < 0.5 * epochs[0].train_loss,
            "{optimizer:?}"
        );
    }
}

#[test]
fn clipping_bounds_the_length_of_a_step() {
    let (data, mut model) = (sheet(40), linear());
    let before = weights(&model);
    let options = config(1).optimizer(sgd(1.0)).clip_norm(1e-3);
    fit(options, &mut model, &data, None).unwrap();
    let squares = weights(&model)
        .into_iter()
        .zip(before)
        .map(|(a, b)| f64::from((a - b) * (a - b)));
    let length = squares.sum::<f64>().sqrt();
    assert!((length / 1e-3 - 1.0).abs() < 1e-3, "{length}");
}

#[test]
fn options_that_make_no_sense_are_named() {
    let message = |config: TrainerConfig| config.validate().unwrap_err().to_string();
    let with = |optimizer| config(1).optimizer(optimizer);
    assert_eq!(
        message(with(adam(-1.0))),
        "optimizer.learning_rate is -1: adam needs a finite number, 0 or more"
    );
    assert!(message(with(sgd(f64::NAN))).starts_with("optimizer.learning_rate is NaN"));
    for norm in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let clipped = config(1).clip_norm(norm);
        assert_eq!(
            message(clipped),
            format!("clip_norm is {norm}: must be positive and finite")
        );
    }
}

#[test]
fn a_configuration_comes_back_from_text_and_may_be_partial() {
    let whole = config(3).optimizer(sgd(0.5)).clip_norm(2.0);
    let text = serde_json::to_string(&whole).unwrap();
    assert_eq!(serde_json::from_str::<TrainerConfig>(&text).unwrap(), whole);
    let partial = r#"{"epochs": 3, "optimizer": {"name": "rmsprop", "alpha": 0.9}}"#;
    let read: TrainerConfig = serde_json::from_str(partial).unwrap();
    assert_eq!(read.batch_size, TrainerConfig::default().batch_size);
    assert!(matches!(read.optimizer, OptimizerConfig::RmsProp(config) if config.alpha == 0.9));
    assert!(serde_json::from_str::<TrainerConfig>(r#"{"epocs": 3}"#).is_err());
}

// ---- numbers that stop being finite ---------------------------------------------------------------------------

/// Rows whose first number is NaN from the n-th gather on.
struct Spoiled {
    rows: Tensor,
    good: usize,
    gathers: AtomicUsize,
}

impl Spoiled {
    fn after(good: usize, rows: &Tensor) -> Self {
        Self {
            rows: rows.clone(),
            good,
            gathers: AtomicUsize::new(0),
        }
    }
}

impl Rows for Spoiled {
    fn rows(&self) -> usize {
        self.rows.rows()
    }
    fn features(&self) -> usize {
        self.rows.features()
    }
    fn gather_into(&self, indices: &[usize], out: &mut Tensor) {
        self.rows.gather_into(indices, out);
        if self.gathers.fetch_add(1, Ordering::Relaxed) >= self.good {
            out.make_mut()[0] = f32::NAN;
        }
    }
}

/// Where a training failed, and what is left of it.
struct Failed {
    epoch: usize,
    part: &'static str,
    batch: usize,
    operation: String,
    history: History,
    message: String,
}

fn failed(outcome: Result<History, TrainError>) -> Failed {
    let error = outcome.unwrap_err();
    let message = error.to_string();
    let TrainError::NotFinite {
        epoch,
        part,
        batch,
        operation,
        history,
        ..
    } = error
    else {
        panic!("{message}")
    };
    Failed {
        epoch,
        part,
        batch,
        operation: operation.to_string(),
        history,
        message,
    }
}

/// What the same model is after so many good epochs.
fn trained(config: TrainerConfig) -> Dropping {
    let mut model = dropping();
    fit(config, &mut model, &sheet(100), None).unwrap();
    model
}

#[test]
fn a_bad_batch_leaves_the_weights_of_the_last_good_epoch() {
    for patience in [None, Some(5)] {
        let mut model = dropping();
        // Three batches an epoch: the second of the third epoch is bad, and every epoch is better than the last.
        let data = Spoiled::after(7, &sheet(100));
        let options = config(9).patience(patience);
        let failed = failed(fit(options, &mut model, &data, None));
        assert_eq!((failed.epoch, failed.part, failed.batch), (3, "training", 2));
        assert!(failed.operation.starts_with("input"), "{}", failed.operation);
        assert_eq!(
            (failed.history.epochs.len(), failed.history.restored_epoch),
            (2, None)
        );
        assert!(failed.history.epochs[1].train_loss < failed.history.epochs[0].train_loss);
        assert_eq!(parameters_sha256(&model), parameters_sha256(&trained(config(2))));
        assert!(
            failed
                .message
                .starts_with("epoch 3, batch 2: input (%0, shape [48, 8], recorded at batch.rs:")
                && failed
                    .message
                    .ends_with("is not finite; the model holds the weights of epoch 2"),
            "{}",
            failed.message
        );
    }
}

#[test]
fn a_bad_batch_after_worse_epochs_leaves_the_best_weights() {
    // The held-out rows get worse as the others are learnt, so the first epoch stays the best.
    let (mut model, held_out) = (dropping(), Tensor::full([20, 8], 1.0));
    let data = Spoiled::after(10, &sheet(100));
    let options = config(9).patience(9);
    let failed = failed(fit(options, &mut model, &data, Some(&held_out)));
    let losses: Vec<f64> = failed
        .history
        .epochs
        .iter()
        .filter_map(|record| record.validation_loss)
        .collect();
    assert_eq!((failed.epoch, losses.len()), (4, 3));
    let best = failed.history.final_epoch().unwrap();
    assert!(
        best.epoch < 3 && losses.iter().all(|&loss| loss >= best.validation_loss.unwrap()),
        "{losses:?}"
    );
    assert_eq!(
        parameters_sha256(&model),
        parameters_sha256(&trained(config(best.epoch)))
    );
}

#[test]
fn a_bad_first_epoch_leaves_the_initial_weights() {
    let mut model = dropping();
    let failed = failed(fit(config(2), &mut model, &Spoiled::after(1, &sheet(100)), None));
    assert_eq!(
        (failed.epoch, failed.batch, failed.history.epochs.len()),
        (1, 2, 0)
    );
    assert_eq!(weights(&model), weights(&dropping()));
    assert!(
        failed
            .message
            .ends_with("the model holds the weights from before the first epoch")
    );
}

#[test]
fn a_validation_loss_that_is_not_finite_is_noticed_and_traced() {
    let mut model = dropping();
    // Two batches a validation: the second one of the second epoch is bad.
    let held_out = Spoiled::after(3, &sheet(70));
    let failed = failed(fit(config(5), &mut model, &sheet(100), Some(&held_out)));
    assert_eq!((failed.epoch, failed.part, failed.batch), (2, "validation", 2));
    assert!(failed.operation.starts_with("input"), "{}", failed.operation);
    assert_eq!(failed.history.epochs.len(), 1);
    assert!(failed.message.starts_with("epoch 2, validation batch 2: "));
    assert_eq!(parameters_sha256(&model), parameters_sha256(&trained(config(1))));
}

#[test]
fn an_evaluation_says_which_batch_has_no_loss() {
    let (model, mut data) = (linear(), sheet(70));
    assert_eq!(
        try_evaluate(&model, &data, BATCH),
        Ok(evaluate(&model, &data, BATCH))
    );
    data.make_mut()[50 * 8] = 1e30;
    let error = try_evaluate(&model, &data, BATCH).unwrap_err();
    assert_eq!(error.batch, 2);
    assert!(error.to_string().starts_with("batch 2: "), "{error}");
    assert!(evaluate(&model, &data, BATCH).loss.is_nan());
}

#[test]
fn weights_that_the_last_step_blew_up_are_not_kept() {
    let data = sheet(40);
    let before = evaluate(&linear(), &data, BATCH).loss;
    // One step an epoch. The first makes weights that are finite, but no longer any loss; the second, infinite ones.
    for (learning_rate, operation) in [(1e30, "linear"), (1e39, "the parameter encoder.0.weight")] {
        for optimizer in [sgd(learning_rate), adam(learning_rate)] {
            for epochs in [1, 3] {
                let mut model = linear();
                let options = config(epochs).optimizer(optimizer);
                let failed = failed(fit(options, &mut model, &data, None));
                assert_eq!((failed.epoch, failed.batch), (1, 1));
                assert!(failed.operation.starts_with(operation), "{}", failed.operation);
                assert_eq!(evaluate(&model, &data, BATCH).loss, before);
            }
        }
    }
}

#[test]
fn the_loss_on_the_failing_batch_is_that_of_the_last_good_epoch() {
    // Steps of this length double the error until f32 cannot hold it.
    let (mut model, data) = (linear(), sheet(40));
    let options = config(500).optimizer(sgd(30.0));
    let failed = failed(fit(options.clone(), &mut model, &data, None));
    let good = failed.history.epochs.len();
    assert!(good > 0, "{}", failed.message);
    let mut again = linear();
    let history = fit(options.epochs(good), &mut again, &data, None);
    assert_eq!(history.unwrap().epochs.len(), good);
    assert_eq!(weights(&model), weights(&again));
    assert!(evaluate(&model, &data, BATCH).loss.is_finite());
}

#[test]
fn the_callback_hears_of_good_epochs_only() {
    let mut epochs = Vec::new();
    let outcome = Trainer::new(config(9))
        .on_event(|event| {
            if let Event::Epoch(record) = event {
                epochs.push(record.clone());
            }
        })
        .fit(&mut dropping(), &Spoiled::after(7, &sheet(100)));
    assert_eq!(failed(outcome).history.epochs, epochs);
}
