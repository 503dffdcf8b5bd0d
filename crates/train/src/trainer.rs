//! The training loop of all models.

mod clock;
mod course;
mod kept;
mod staged;
mod state;
mod step;
mod tables;
mod training;

pub use state::TrainingState;
pub use training::Training;

use crate::{Control, Event, Examples, History, OnEvent, TrainError, Trainable, TrainerConfig};
use latents_tensor::{Real, parallel};
use std::fmt;
use tables::Tables;

/// Trains any [`Trainable`], and so any autoencoder: epochs over shuffled batches, validation, early stopping.
///
/// Only the model and the training data are required:
///
/// ```
/// use latents_autoencoders::{NetworkConfig, Undercomplete, evaluate};
/// use latents_tensor::random::Key;
/// use latents_train::{Event, Trainer, TrainerConfig};
///
/// let rows = Key::new(1).uniform([200, 8]); // (rows, features) in [0, 1)
/// let test = Key::new(2).uniform([50, 8]);
/// let mut model: Undercomplete = Undercomplete::new(NetworkConfig::new(8, 3), 0)?;
/// let mut losses = Vec::new();
/// let history = Trainer::new(TrainerConfig::default().epochs(5))
///     .validation(&test)
///     .on_event(|event| {
///         if let Event::Epoch(record) = event {
///             losses.push(record.train_loss);
///         }
///     })
///     .fit(&mut model, &rows)?;
/// assert_eq!(history.epochs.len(), 5);
/// assert!(losses[4] < losses[0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// For a given seed, data and numerics version the weights have the same bits regardless of the number of threads.
#[must_use = "a trainer does nothing until `fit` or `start` is called"]
pub struct Trainer<'a, T: Real = f32> {
    config: TrainerConfig,
    validation: Option<Examples<'a, T>>,
    state: Option<&'a TrainingState>,
    on_event: OnEvent<'a>,
}

impl<'a, T: Real> Trainer<'a, T> {
    /// Creates a trainer with these settings.
    ///
    /// ```
    /// # use latents_autoencoders::{NetworkConfig, Undercomplete};
    /// # use latents_tensor::{Tensor, random::Key};
    /// # use latents_train::{Trainer, TrainerConfig};
    /// let rows: Tensor = Key::new(1).uniform([40, 8]);
    /// let mut model: Undercomplete = Undercomplete::new(NetworkConfig::new(8, 3), 0)?;
    /// let history = Trainer::new(TrainerConfig::default().epochs(2)).fit(&mut model, &rows)?;
    /// assert_eq!(history.epochs.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(config: TrainerConfig) -> Self {
        Self {
            config,
            validation: None,
            state: None,
            on_event: OnEvent::default(),
        }
    }

    /// Evaluates the model on this data after every epoch: a table of rows, or [`Examples`] with targets, masks, conditions
    /// or weights.
    ///
    /// ```
    /// # use latents_autoencoders::{NetworkConfig, Undercomplete};
    /// # use latents_tensor::{Tensor, random::Key};
    /// # use latents_train::{Trainer, TrainerConfig};
    /// # let rows: Tensor = Key::new(1).uniform([40, 8]);
    /// # let mut model: Undercomplete = Undercomplete::new(NetworkConfig::new(8, 3), 0)?;
    /// let history = Trainer::new(TrainerConfig::default().epochs(1)).validation(&rows).fit(&mut model, &rows)?;
    /// assert!(history.epochs[0].validation_loss.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn validation(self, data: impl Into<Examples<'a, T>>) -> Self {
        Self {
            validation: Some(data.into()),
            ..self
        }
    }

    /// Calls `callback` after every step and epoch. It returns nothing, or a [`Control`] that can stop the training.
    ///
    /// ```
    /// # use latents_autoencoders::{NetworkConfig, Undercomplete};
    /// # use latents_tensor::{Tensor, random::Key};
    /// # use latents_train::{Trainer, TrainerConfig};
    /// # let rows: Tensor = Key::new(1).uniform([40, 8]);
    /// # let mut model: Undercomplete = Undercomplete::new(NetworkConfig::new(8, 3), 0)?;
    /// let mut events = 0;
    /// Trainer::new(TrainerConfig::default().epochs(1)).on_event(|_| events += 1).fit(&mut model, &rows)?;
    /// assert_eq!(events, 2); // one batch and the end of the epoch
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_event<C: Into<Control>>(self, callback: impl FnMut(&Event) -> C + 'a) -> Self {
        Self {
            on_event: OnEvent::new(callback),
            ..self
        }
    }

    /// Resumes a training from its state instead of starting a new one. Configuration and data must be the same, except for
    /// [`TrainerConfig::max_seconds`], which includes the time before. The model gets the parameters and buffers of the state.
    pub fn resume(self, state: &'a TrainingState) -> Self {
        Self {
            state: Some(state),
            ..self
        }
    }

    /// Trains `model` on `train`: a table of rows, or [`Examples`].
    ///
    /// # Errors
    /// If the settings or the data do not fit, or the state to resume is that of another training: the model is then
    /// unchanged. (A part that is trained on its own is checked when its turn comes: the parts before it are then trained.) If a loss, a gradient or a weight becomes infinite or NaN: the model then holds the weights of the last
    /// epoch in which all were finite (of the best one with `patience`), or those from before the first epoch, and the
    /// error contains the history.
    ///
    /// ```
    /// # use latents_autoencoders::{NetworkConfig, Undercomplete};
    /// # use latents_tensor::{Tensor, random::Key};
    /// # use latents_train::{Trainer, TrainerConfig};
    /// # let rows: Tensor = Key::new(1).uniform([40, 8]);
    /// # let mut model: Undercomplete = Undercomplete::new(NetworkConfig::new(8, 3), 0)?;
    /// let history = Trainer::new(TrainerConfig::default().epochs(3)).fit(&mut model, &rows)?;
    /// assert_eq!(history.final_epoch().unwrap().epoch, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fit(
        self,
        model: &'a mut dyn Trainable<T>,
        train: impl Into<Examples<'a, T>>,
    ) -> Result<History, TrainError> {
        let train = train.into();
        parallel::team(|| {
            let mut training = self.start(model, train)?;
            while training.next_event()?.is_some() {}
            Ok(training.finish())
        })
    }

    /// Starts a training that the caller drives, one event at a time.
    ///
    /// # Errors
    /// Those of [`Trainer::fit`].
    ///
    /// ```
    /// # use latents_autoencoders::{NetworkConfig, Undercomplete};
    /// # use latents_tensor::{Tensor, random::Key};
    /// # use latents_train::{Trainer, TrainerConfig};
    /// # let rows: Tensor = Key::new(1).uniform([40, 8]);
    /// # let mut model: Undercomplete = Undercomplete::new(NetworkConfig::new(8, 3), 0)?;
    /// let mut training = Trainer::new(TrainerConfig::default().epochs(1).batch_size(20)).start(&mut model, &rows)?;
    /// let mut events = 0;
    /// while training.next_event()?.is_some() {
    ///     events += 1;
    /// }
    /// assert_eq!(events, 3); // two batches and the end of the epoch
    /// assert_eq!(training.finish().epochs.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn start(
        self,
        model: &'a mut dyn Trainable<T>,
        train: impl Into<Examples<'a, T>>,
    ) -> Result<Training<'a, T>, TrainError> {
        let train = train.into();
        let tables = Tables {
            train,
            validation: self.validation,
        };
        tables.check(&self.config, model)?;
        let mut training = match self.state {
            None => Training::new(self.config, model, tables),
            Some(state) => Training::from_state(self.config, model, tables, state),
        }?;
        training.on_event = self.on_event;
        Ok(training)
    }
}

impl<T: Real> Default for Trainer<'_, T> {
    fn default() -> Self {
        Self::new(TrainerConfig::default())
    }
}

impl<T: Real> fmt::Debug for Trainer<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trainer")
            .field("config", &self.config)
            .field("validation", &self.validation.is_some())
            .field("resumes", &self.state.is_some())
            .finish_non_exhaustive()
    }
}
