//! The training loop that every model shares.

mod kept;
mod state;
mod step;
mod training;

pub use state::TrainingState;
pub use training::Training;

use crate::{Control, Event, Examples, History, TrainError, Trainable, TrainerConfig};
use latents_error::ConfigError;
use latents_tensor::{Real, Rows, parallel};
use std::time::Instant;

/// Trains any [`Trainable`], so any autoencoder: epochs over shuffled batches, validation, early stopping.
///
/// For a given seed, data and numerics version the weights are the same bits whatever the number of threads.
#[derive(Clone, Debug, Default)]
pub struct Trainer {
    config: TrainerConfig,
}

impl Trainer {
    /// A trainer with these options.
    pub fn new(config: TrainerConfig) -> Self {
        Self { config }
    }

    /// Trains `model` on `train`. `callback` hears of every step and epoch and may stop the training.
    ///
    /// # Errors
    /// If the options or the data do not fit: the model is then unchanged. If a loss, a gradient or a weight stops
    /// being finite: the model then holds the weights of the last epoch in which all were (of the best one, where
    /// `patience` is set), or those from before the first epoch, and the error holds the history.
    pub fn fit<T: Real>(
        &self,
        model: &mut dyn Trainable<T>,
        train: &dyn Rows<T>,
        validation: Option<&dyn Rows<T>>,
        callback: &mut dyn FnMut(Event) -> Control,
    ) -> Result<History, TrainError> {
        self.fit_examples(model, train.into(), validation.map(Examples::from), callback)
    }

    /// As [`Trainer::fit`], on rows with targets, masks, conditions or weights.
    ///
    /// # Errors
    /// As [`Trainer::fit`], and if the model does not read one of the tables.
    pub fn fit_examples<T: Real>(
        &self,
        model: &mut dyn Trainable<T>,
        train: Examples<'_, T>,
        validation: Option<Examples<'_, T>>,
        callback: &mut dyn FnMut(Event) -> Control,
    ) -> Result<History, TrainError> {
        self.check(model, &train, validation.as_ref())?;
        let started = Instant::now();
        parallel::team(|| {
            let (answer, before) = prepare(model, train.x, &self.config, callback)?;
            match answer {
                Control::Continue => {
                    let config = self.config.clone();
                    Training::new(config, model, train, validation, started, before)?.run(callback)
                }
                Control::Stop => Ok(before),
            }
        })
    }

    /// Begins a training that is driven from outside, an event at a time. What [`Trainable::prepare`] does is done first.
    ///
    /// # Errors
    /// As [`Trainer::fit`].
    pub fn start<'a, T: Real>(
        &self,
        model: &'a mut dyn Trainable<T>,
        train: Examples<'a, T>,
        validation: Option<Examples<'a, T>>,
    ) -> Result<Training<'a, T>, TrainError> {
        self.check(model, &train, validation.as_ref())?;
        let started = Instant::now();
        let (_, before) = prepare(model, train.x, &self.config, &mut |_| Control::Continue)?;
        Ok(Training::new(
            self.config.clone(),
            model,
            train,
            validation,
            started,
            before,
        )?)
    }

    /// Goes on with a training from its state, with the same configuration and data: the model takes over the state's
    /// parameters and buffers.
    ///
    /// # Errors
    /// As [`Trainer::fit`], and if the state is that of another model.
    pub fn resume<'a, T: Real>(
        &self,
        state: &TrainingState,
        model: &'a mut dyn Trainable<T>,
        train: Examples<'a, T>,
        validation: Option<Examples<'a, T>>,
    ) -> Result<Training<'a, T>, TrainError> {
        self.check(model, &train, validation.as_ref())?;
        if let Some(seconds) = self.config.max_seconds {
            let requirement = "a training whose seconds are limited depends on the clock and cannot be resumed; leave it out";
            return Err(ConfigError::new("max_seconds", seconds, requirement).into());
        }
        let config = self.config.clone();
        let mut training = Training::new(
            config,
            model,
            train,
            validation,
            Instant::now(),
            History::default(),
        )?;
        training.restore(state)?;
        Ok(training)
    }

    fn check<T: Real>(
        &self,
        model: &dyn Trainable<T>,
        train: &Examples<'_, T>,
        validation: Option<&Examples<'_, T>>,
    ) -> Result<(), TrainError> {
        self.config.validate()?;
        if self.config.shards > 1 && model.couples_rows() {
            let requirement = "the loss of this model couples the rows of a batch; use 1 shard";
            return Err(ConfigError::new("shards", self.config.shards, requirement).into());
        }
        let validation = validation.map(|examples| ("validation", examples));
        for (part, examples) in std::iter::once(("training", train)).chain(validation) {
            check_data(part, examples.x, model.input_dim())?;
            examples.check(model.reads())?;
        }
        Ok(())
    }
}

/// Trains layers one by one, where the model does that, and counts the seconds. An error in a layer has those of the
/// layers before it, as it has the epochs of its own.
fn prepare<T: Real>(
    model: &mut dyn Trainable<T>,
    train: &dyn Rows<T>,
    config: &TrainerConfig,
    callback: &mut dyn FnMut(Event) -> Control,
) -> Result<(Control, History), TrainError> {
    let mut epochs = Vec::new();
    let answer = model.prepare(train, config, &mut |event| {
        if let Event::LayerEpoch { layer, record, .. } = &event {
            epochs.push((*layer, record.seconds));
        }
        callback(event)
    });
    let seconds_without = |broken: Option<usize>| {
        let others = epochs.iter().filter(|(layer, _)| Some(*layer) != broken);
        others.fold(0.0, |sum, (_, seconds)| sum + seconds)
    };
    match answer {
        Ok(answer) => {
            let before = History {
                pretraining_seconds: seconds_without(None),
                ..History::default()
            };
            Ok((answer, before))
        }
        Err(mut error) => {
            if let TrainError::NotFinite { layer, history, .. } = &mut error {
                history.pretraining_seconds = seconds_without(*layer);
            }
            Err(error)
        }
    }
}

fn check_data<T: Real>(part: &'static str, data: &dyn Rows<T>, model: usize) -> Result<(), TrainError> {
    match data.features() {
        _ if data.rows() == 0 => Err(TrainError::NoRows(part)),
        features if features != model => Err(TrainError::Width {
            part,
            data: features,
            model,
        }),
        _ => Ok(()),
    }
}
