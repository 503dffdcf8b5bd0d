//! A training whose learning rate follows a schedule, and one whose time is short.

use crate::common;

use common::{Dropping, loss_of};
use latents_autograd::Tape;
use latents_nn::{Adam, AdamConfig, Module, Optimizer, Schedule, parameters_sha256};
use latents_tensor::random::Key;
use latents_tensor::{Rows, Tensor};
use latents_testing::sheet;
use latents_train::{Control, Event, History, Trainer, TrainerConfig};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const BATCH: usize = 48;
const RATE: f64 = 1e-2;

/// A hundred rows of [`sheet`] make two whole batches and a short one.
fn config(epochs: usize) -> TrainerConfig {
    TrainerConfig::default()
        .epochs(epochs)
        .batch_size(BATCH)
        .optimizer(AdamConfig::default().learning_rate(RATE))
        .seed(4)
}

fn model() -> Dropping {
    Dropping::new([8, 16, 2], 0.3)
}

fn fit(config: TrainerConfig, train: &dyn Rows, validation: Option<&dyn Rows>) -> (Dropping, History) {
    fit_until(config, train, validation, |_| Control::Continue)
}

fn fit_until(
    config: TrainerConfig,
    train: &dyn Rows,
    validation: Option<&dyn Rows>,
    callback: impl FnMut(&Event) -> Control,
) -> (Dropping, History) {
    let mut model = model();
    let mut trainer = Trainer::new(config).on_event(callback);
    if let Some(rows) = validation {
        trainer = trainer.validation(rows);
    }
    let history = trainer.fit(&mut model, train);
    (model, history.unwrap())
}

fn weights(model: &dyn Module) -> String {
    parameters_sha256(model)
}

#[test]
fn every_step_has_the_learning_rate_of_the_schedule() {
    let (data, epochs) = (sheet(100), 3);
    for text in ["warmup:2+step:3:0.25", "one-cycle:5"] {
        let schedule: Schedule = text.parse().unwrap();
        let options = config(epochs).schedule(schedule);
        let (ours, _) = fit(options, &data, None);

        let (mut theirs, mut adam, mut tape) = (model(), Adam::new(RATE), Tape::new());
        let (key, mut step) = (Key::new(4), 0);
        for epoch in 1..=epochs as u64 {
            let order = key.purpose("shuffle").step(epoch).permutation(100);
            for rows in order.chunks(BATCH) {
                adam.set_learning_rate(RATE * schedule.multiplier(step, 9));
                step += 1;
                tape.set_key(key.purpose("step").step(step));
                let mut batch = Tensor::zeros([rows.len(), 8]);
                data.gather_into(rows, &mut batch);
                let gradients = loss_of(&theirs, tape.input(&batch)).0.backward();
                tape.reset();
                adam.step(&mut theirs, &gradients);
            }
        }
        assert_eq!(weights(&ours), weights(&theirs), "{text}");
        assert_ne!(weights(&ours), weights(&fit(config(epochs), &data, None).0));
    }
}

#[test]
fn a_constant_schedule_and_enough_time_change_nothing() {
    let data = sheet(100);
    let options = config(3).schedule(Schedule::default()).max_seconds(f64::MAX);
    let (patient, history) = fit(options, &data, Some(&data));
    assert_eq!((history.epochs.len(), history.restored_epoch), (3, None));
    assert_eq!(weights(&patient), weights(&fit(config(3), &data, None).0));
}

const SECONDS: f64 = 2.0;

/// Rows whose n-th batch takes all the time that there is.
struct Slow {
    rows: Tensor,
    last: usize,
    gathers: AtomicUsize,
}

impl Slow {
    fn at(last: usize) -> Self {
        let gathers = AtomicUsize::new(0);
        Self {
            rows: sheet(100),
            last,
            gathers,
        }
    }
}

impl Rows for Slow {
    fn rows(&self) -> usize {
        self.rows.rows()
    }
    fn features(&self) -> usize {
        self.rows.features()
    }
    fn gather_into(&self, indices: &[usize], out: &mut Tensor) {
        self.rows.gather_into(indices, out);
        if self.gathers.fetch_add(1, Ordering::Relaxed) + 1 == self.last {
            std::thread::sleep(Duration::from_secs_f64(SECONDS));
        }
    }
}

fn in_a_hurry(patience: Option<usize>) -> TrainerConfig {
    config(50).max_seconds(SECONDS).patience(patience)
}

/// The training that is ended by its callback at this batch.
fn stopped_at(epoch: usize, batch: usize) -> Dropping {
    let stop = |event: &Event| match event {
        Event::Batch {
            epoch: e, batch: b, ..
        } if (*e, *b) == (epoch, batch) => Control::Stop,
        _ => Control::Continue,
    };
    fit_until(config(50), &sheet(100), None, stop).0
}

#[test]
fn the_time_ends_a_training_at_a_step_and_leaves_its_weights() {
    // Even in the first epoch.
    for (last, epoch, batch) in [(2, 1, 2), (5, 2, 2)] {
        let (model, history) = fit(in_a_hurry(None), &Slow::at(last), None);
        assert_eq!((history.epochs.len(), history.restored_epoch), (epoch, None));
        assert_eq!(weights(&model), weights(&stopped_at(epoch, batch)));
    }
    // The last step of an epoch.
    let (model, history) = fit(in_a_hurry(None), &Slow::at(6), None);
    assert_eq!(history.epochs.len(), 2);
    assert_eq!(weights(&model), weights(&fit(config(2), &sheet(100), None).0));
}

#[test]
fn a_cut_epoch_that_validates_worse_gives_way_to_the_last_whole_one() {
    // These held-out rows get worse as the others are learnt.
    let held_out = Tensor::full([20, 8], 1.0);
    for patience in [None, Some(9)] {
        let (model, history) = fit(in_a_hurry(patience), &Slow::at(11), Some(&held_out));
        let losses: Vec<f64> = history
            .epochs
            .iter()
            .filter_map(|record| record.validation_loss)
            .collect();
        assert!(losses.len() == 4 && losses[3] > losses[2], "{losses:?}");
        let kept = history.restored_epoch.unwrap();
        if patience.is_none() {
            assert_eq!(kept, 3);
        }
        assert_eq!(weights(&model), weights(&fit(config(kept), &sheet(100), None).0));
    }
    // These get better.
    let (model, history) = fit(in_a_hurry(None), &Slow::at(11), Some(&sheet(70)));
    let losses: Vec<f64> = history
        .epochs
        .iter()
        .filter_map(|record| record.validation_loss)
        .collect();
    assert!(losses.len() == 4 && losses[3] < losses[2], "{losses:?}");
    assert_eq!(history.restored_epoch, None);
    assert_eq!(weights(&model), weights(&stopped_at(4, 2)));
}

#[test]
fn schedules_and_times_that_make_no_sense_are_named() {
    let message = |config: TrainerConfig| config.validate().unwrap_err().to_string();
    for seconds in [0.0, -1.0, f64::NAN] {
        let options = config(1).max_seconds(seconds);
        let expected = format!("max_seconds is {seconds}: must be positive and finite");
        assert_eq!(message(options), expected);
    }
    let with = |decay| config(1).schedule(Schedule { warmup: 0, decay });
    assert_eq!(
        message(with(latents_nn::Decay::Cosine { end: 2.0 })),
        "schedule is cosine:2: FINAL must be from 0 to 1"
    );
    let huge =
        with(latents_nn::Decay::OneCycle { peak: 1e5 }).optimizer(AdamConfig::default().learning_rate(1e305));
    assert!(message(huge).starts_with("schedule is one-cycle:100000: its peak makes"));
}

#[test]
fn a_configuration_names_its_schedule_as_text() {
    let text = r#"{"schedule": "warmup:500+cosine", "max_seconds": 60}"#;
    let read: TrainerConfig = serde_json::from_str(text).unwrap();
    assert_eq!(read.schedule.unwrap().to_string(), "warmup:500+cosine");
    assert_eq!(read.max_seconds, Some(60.0));
    let again = serde_json::to_string(&read).unwrap();
    assert_eq!(serde_json::from_str::<TrainerConfig>(&again).unwrap(), read);
    assert!(serde_json::from_str::<TrainerConfig>(r#"{"schedule": "cosin"}"#).is_err());
}
