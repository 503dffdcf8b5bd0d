//! States of trainings that do not fit.

use latents_autoencoders::{Denoising, NetworkConfig, Stacked, StackedConfig, Undercomplete};
use latents_nn::{SgdConfig, TensorFile, parameters_sha256};
use latents_tensor::Tensor;
use latents_tensor::random::Key;
use latents_train::{Trainable, Trainer, TrainerConfig, TrainingState};

fn rows() -> Tensor {
    Key::new(1).uniform([20, 6])
}

fn trainer() -> Trainer<'static> {
    Trainer::new(TrainerConfig::default().epochs(2).batch_size(8))
}

fn model(latent: usize) -> Undercomplete {
    Undercomplete::new(NetworkConfig::new(6, latent), 1).unwrap()
}

fn validation(count: usize) -> Tensor {
    Key::new(2).uniform([count, 6])
}

/// Of a training of `model(3)` on 20 rows, and on 5 of validation.
fn state() -> TrainingState {
    let (rows, validation, mut model) = (rows(), validation(5), model(3));
    let trainer = trainer().validation(&validation);
    let mut training = trainer.start(&mut model, &rows).unwrap();
    training.next_event().unwrap();
    training.state().unwrap()
}

/// Why a training does not go on from `state`.
fn refused_by(
    trainer: Trainer<'_>,
    validation_rows: Option<usize>,
    model: &mut dyn Trainable,
    rows: usize,
) -> Option<String> {
    let (state, validation) = (state(), validation_rows.map(validation));
    let rows: Tensor = Key::new(1).uniform([rows, 6]);
    let trainer = match &validation {
        Some(validation) => trainer.validation(validation),
        None => trainer,
    };
    let before = parameters_sha256(&*model);
    let error = trainer.resume(&state).start(&mut *model, &rows).err()?;
    assert_eq!(parameters_sha256(&*model), before);
    Some(error.to_string())
}

#[test]
fn the_state_of_another_training_is_refused() {
    let same = || refused_by(trainer(), Some(5), &mut model(3), 20);
    assert_eq!(same(), None);
    for (trainer, validation, mut model, rows, difference) in [
        (
            trainer(),
            Some(5),
            model(4),
            20,
            "it was saved with a model of other settings",
        ),
        (
            Trainer::new(TrainerConfig::default().optimizer(SgdConfig::default())),
            Some(5),
            model(3),
            20,
            "it was saved with another training configuration",
        ),
        (
            trainer(),
            Some(5),
            model(3),
            21,
            "it was saved with 20 training rows, and this training has 21",
        ),
        (
            trainer(),
            None,
            model(3),
            20,
            "it was saved with 5 validation rows, and this training has no",
        ),
    ] {
        let message = refused_by(trainer, validation, &mut model, rows);
        let expected = format!("cannot resume from this state: {difference}");
        assert_eq!(message, Some(expected));
    }
    let mut denoising = Denoising::new(NetworkConfig::new(6, 3), 1).unwrap();
    assert_eq!(
        refused_by(trainer(), Some(5), &mut denoising, 20).unwrap(),
        "cannot resume from this state: it was saved with a model of kind Undercomplete, and this is Denoising"
    );
}

#[test]
fn the_state_of_another_version_or_place_is_refused() {
    let changed = |change: fn(&mut serde_json::Value)| {
        let mut file = state().file().clone();
        let mut record = file.metadata().clone();
        change(&mut record);
        file.set_metadata(record);
        let (state, rows, validation) = (TrainingState::from_file(file), rows(), validation(5));
        let mut model = model(3);
        let trainer = trainer().validation(&validation).resume(&state);
        let message = trainer.start(&mut model, &rows).err().unwrap().to_string();
        message.replace("cannot resume from this state: ", "")
    };
    assert_eq!(
        changed(|record| record["origin"]["numerics_version"] = 1.into()),
        format!(
            "it was saved with numerics version 1, and this is {}",
            latents_tensor::NUMERICS_VERSION
        )
    );
    assert_eq!(
        changed(|record| record["course"]["place"]["batch"] = 99.into()),
        "its place is outside of the training"
    );
    assert_eq!(
        changed(|record| record["course"]["optimizers"] = serde_json::json!([])),
        "its model has another number of objectives"
    );
    assert_eq!(
        changed(|record| record["stage"] = 0.into()),
        "it was saved in a layer that this model does not train on its own"
    );
    let message = changed(|record| *record = serde_json::Value::Null);
    assert!(
        message.starts_with("it is not the state of a training: "),
        "{message}"
    );
}

/// Tensors of a state that are damaged are found only when they are read; the model then has what it had before.
#[test]
fn a_model_is_unchanged_when_a_state_is_refused() {
    let rows = rows();
    let config = StackedConfig::new(6, &[5, 3]);
    let trainer = || Trainer::new(TrainerConfig::default().epochs(1));
    let mut first = Stacked::new(config.clone(), 1).unwrap();
    let mut training = trainer().start(&mut first, &rows).unwrap();
    training.next_event().unwrap();
    let whole = training.state().unwrap();
    for section in ["model/", "stage/", "kept/", "optimizer0/"] {
        let mut file = TensorFile::new();
        file.set_metadata(whole.file().metadata().clone());
        let mut left_out = None;
        for name in whole.file().names() {
            if left_out.is_none() && name.starts_with(section) {
                left_out = Some(name.to_owned());
            } else {
                file.insert(name, &whole.file().tensor::<f32>(name).unwrap());
            }
        }
        let state = TrainingState::from_file(file);
        let mut second = Stacked::new(config.clone(), 2).unwrap();
        let before = parameters_sha256(&second);
        let message = trainer()
            .resume(&state)
            .start(&mut second, &rows)
            .err()
            .unwrap()
            .to_string();
        assert!(
            message.starts_with("the state does not match the model:\n  missing: "),
            "{message}"
        );
        assert_eq!(parameters_sha256(&second), before, "{left_out:?}");
    }
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
