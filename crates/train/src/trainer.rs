//! The training loop that every model shares.

mod clock;
mod course;
mod kept;
mod staged;
mod state;
mod step;
mod training;

pub use state::TrainingState;
pub(crate) use state::damaged;
pub use training::Training;

use crate::{Control, Event, Examples, History, TrainError, Trainable, TrainerConfig};
use course::Tables;
use latents_error::ConfigError;
use latents_tensor::{Real, Rows, parallel};

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
        parallel::team(|| {
            let mut training = self.start(model, train, validation)?;
            while let Some(event) = training.next_event()? {
                if callback(event) == Control::Stop {
                    training.stop();
                }
            }
            Ok(training.finish())
        })
    }

    /// Begins a training that is driven from outside, an event at a time.
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
        Training::new(self.config.clone(), model, Tables { train, validation })
    }

    /// Goes on with a training from its state, with the same configuration and data: the model takes over the state's
    /// parameters and buffers. The seconds of [`TrainerConfig::max_seconds`] may be others; those before count.
    ///
    /// # Errors
    /// As [`Trainer::fit`], and if the state is that of another training.
    pub fn resume<'a, T: Real>(
        &self,
        state: &TrainingState,
        model: &'a mut dyn Trainable<T>,
        train: Examples<'a, T>,
        validation: Option<Examples<'a, T>>,
    ) -> Result<Training<'a, T>, TrainError> {
        self.check(model, &train, validation.as_ref())?;
        let tables = Tables { train, validation };
        Training::from_state(self.config.clone(), model, tables, state)
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
