//! States of trainings that do not fit.

use latents_autoencoders::{NetworkConfig, Undercomplete};
use latents_nn::{SgdConfig, TensorFile};
use latents_tensor::Tensor;
use latents_tensor::random::Key;
use latents_train::{Trainer, TrainerConfig, TrainingState};

fn rows() -> Tensor {
    Key::new(1).uniform([20, 6])
}

fn trainer() -> Trainer<'static> {
    Trainer::new(TrainerConfig::default().epochs(2).batch_size(8))
}

fn model(latent: usize) -> Undercomplete {
    Undercomplete::new(NetworkConfig::new(6, latent), 1).unwrap()
}

fn state() -> TrainingState {
    let (rows, mut model) = (rows(), model(3));
    let mut training = trainer().start(&mut model, &rows).unwrap();
    training.next_event().unwrap();
    training.state().unwrap()
}

fn refused(state: &TrainingState, latent: usize, trainer: Trainer<'_>) -> String {
    let (rows, mut model) = (rows(), model(latent));
    let resumed = trainer.resume(state).start(&mut model, &rows);
    resumed.err().unwrap().to_string()
}

#[test]
fn the_state_of_another_training_is_refused() {
    let message = refused(&state(), 4, trainer());
    assert!(message.contains("encoder.0.weight"), "{message}");
    let sgd = Trainer::new(TrainerConfig::default().optimizer(SgdConfig::default()));
    let message = refused(&state(), 3, sgd);
    assert!(message.contains("another configuration"), "{message}");
    let (other_rows, mut same) = (Key::new(1).uniform([21, 6]), model(3));
    let state = state();
    let other_data = trainer().resume(&state).start(&mut same, &other_rows);
    let message = other_data.err().unwrap().to_string();
    assert!(message.contains("other data"), "{message}");
    let message = refused(&TrainingState::from_file(TensorFile::new()), 3, trainer());
    assert!(
        message.contains("history") || message.contains("invalid type"),
        "{message}"
    );
}

#[test]
fn a_training_that_is_over_has_no_more_events() {
    let (rows, mut model) = (rows(), model(3));
    let mut training = trainer().start(&mut model, &rows).unwrap();
    let mut events = 0;
    while training.next_event().unwrap().is_some() {
        events += 1;
    }
    assert_eq!(events, 2 * (3 + 1));
    assert!(training.next_event().unwrap().is_none());
    let history = training.finish();
    assert_eq!(history.epochs.len(), 2);
}

#[test]
fn stopping_ends_the_epoch_under_way() {
    let (rows, mut model) = (rows(), model(3));
    let mut training = trainer().start(&mut model, &rows).unwrap();
    training.next_event().unwrap();
    training.stop();
    assert!(
        training.next_event().unwrap().is_some(),
        "the record of the epoch"
    );
    assert!(training.next_event().unwrap().is_none());
    assert_eq!(training.finish().epochs.len(), 1);
}

/// The seconds before a training is resumed count, and so does another limit.
#[test]
fn a_resumed_training_has_the_seconds_that_are_left() {
    let (rows, mut model) = (rows(), model(3));
    let limited = |seconds| Trainer::new(TrainerConfig::default().max_seconds(seconds).epochs(1_000_000));
    let mut training = limited(1e9).start(&mut model, &rows).unwrap();
    training.next_event().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(30));
    let state = training.state().unwrap();
    drop(training);
    let epochs = |seconds: f64, model: &mut Undercomplete| {
        let resumed = limited(seconds).resume(&state).start(model, &rows);
        let mut training = resumed.unwrap();
        while training.next_event().unwrap().is_some() {}
        training.finish().epochs.len()
    };
    assert_eq!(
        epochs(0.01, &mut model),
        1,
        "no time is left for more than the epoch under way"
    );
    assert!(epochs(0.2, &mut model) > 1);
}
