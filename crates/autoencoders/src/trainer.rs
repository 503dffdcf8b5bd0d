//! The training loop that every variant shares.

use crate::evaluate::mean_loss;
use crate::{Autoencoder, ConfigError, EpochRecord, History, TrainError};
use latents_autograd::{Gradients, Tape};
use latents_nn::{Adam, AdamConfig, Optimizer};
use latents_tensor::random::Key;
use latents_tensor::{Rows, Tensor, parallel};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// How to train.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainerConfig {
    /// How often to go through the data.
    pub epochs: usize,
    /// Rows in a step. The last batch of an epoch may be smaller.
    pub batch_size: usize,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// Adam's ε.
    pub epsilon: f64,
    /// The seed of the shuffling and of every noise.
    pub seed: u64,
    /// Stop after so many epochs without a better validation loss (training loss where there is no validation
    /// data), and take the best weights.
    pub patience: Option<usize>,
}

impl Default for TrainerConfig {
    fn default() -> Self {
        Self {
            epochs: 50,
            batch_size: 256,
            learning_rate: 1e-3,
            epsilon: 1e-7,
            seed: 0,
            patience: None,
        }
    }
}

impl TrainerConfig {
    /// # Errors
    /// The first option that makes no sense.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let positive = |option, value: f64| match value > 0.0 && value.is_finite() {
            true => Ok(()),
            false => Err(ConfigError::new(option, value, "must be a positive number")),
        };
        positive("batch size", self.batch_size as f64)?;
        positive("learning rate", self.learning_rate)?;
        positive("epsilon", self.epsilon)?;
        if self.patience == Some(0) {
            return Err(ConfigError::new("patience", 0, "must be at least 1 epoch"));
        }
        Ok(())
    }
}

/// What a callback is told.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// A step has been made.
    Batch {
        /// From 1.
        epoch: usize,
        /// From 1.
        batch: usize,
        /// Steps in an epoch.
        batches: usize,
        /// The loss of this batch.
        loss: f64,
    },
    /// An epoch and its validation are over.
    Epoch(EpochRecord),
}

/// What a callback answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// End the training here, as if its epochs were over.
    Stop,
}

/// Trains any [`Autoencoder`] with Adam: epochs over shuffled batches, validation, early stopping.
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
    /// If the options or the data do not fit, or a number stops being finite: the model then holds the weights
    /// before that step (or the best ones so far, where `patience` is set).
    pub fn fit<M: Autoencoder>(
        &self,
        model: &mut M,
        train: &dyn Rows,
        validation: Option<&dyn Rows>,
        callback: &mut dyn FnMut(Event) -> Control,
    ) -> Result<History, TrainError> {
        self.config.validate()?;
        check_data("training", train, model.input_dim())?;
        if let Some(validation) = validation {
            check_data("validation", validation, model.input_dim())?;
        }
        parallel::team(|| Fit::new(&self.config, model, train).run(validation, callback))
    }
}

fn check_data(part: &'static str, data: &dyn Rows, model: usize) -> Result<(), TrainError> {
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

/// One training under way. Everything that a step needs is kept, so that a step allocates nothing.
struct Fit<'a, M> {
    config: &'a TrainerConfig,
    model: &'a mut M,
    train: &'a dyn Rows,
    tape: Tape,
    adam: Adam,
    order: Vec<usize>,
    batch: Tensor<f32>,
    /// The last batch of an epoch, where it is smaller.
    rest: Tensor<f32>,
    key: Key,
    history: History,
    best: Option<Best>,
}

/// The best weights so far.
struct Best {
    loss: f64,
    epoch: usize,
    weights: Vec<Tensor<f32>>,
}

impl<'a, M: Autoencoder> Fit<'a, M> {
    fn new(config: &'a TrainerConfig, model: &'a mut M, train: &'a dyn Rows) -> Self {
        let (rows, features) = (train.rows(), train.features());
        let batch_size = config.batch_size.min(rows);
        let adam = AdamConfig {
            learning_rate: config.learning_rate,
            epsilon: config.epsilon,
            ..AdamConfig::default()
        };
        Self {
            config,
            model,
            train,
            tape: Tape::new(),
            adam: Adam::with(adam),
            order: (0..rows).collect(),
            batch: Tensor::zeros([batch_size, features]),
            rest: Tensor::zeros([rows % batch_size, features]),
            key: Key::new(config.seed),
            history: History::default(),
            best: None,
        }
    }

    fn run(
        mut self,
        validation: Option<&dyn Rows>,
        callback: &mut dyn FnMut(Event) -> Control,
    ) -> Result<History, TrainError> {
        for epoch in 1..=self.config.epochs {
            let started = Instant::now();
            let (train_loss, stopped) = match self.epoch(epoch, callback) {
                Ok(outcome) => outcome,
                Err(error) => {
                    self.restore_best();
                    return Err(error);
                }
            };
            let seconds = started.elapsed().as_secs_f64();
            let size = self.config.batch_size;
            let validation_loss = validation.map(|data| mean_loss(self.model, data, size, &mut self.tape));
            let record = EpochRecord {
                epoch,
                train_loss,
                validation_loss,
                seconds,
            };
            self.history.epochs.push(record);
            let stopped = callback(Event::Epoch(record)) == Control::Stop || stopped;
            if stopped || self.has_lost_patience(record) {
                break;
            }
        }
        self.restore_best();
        Ok(self.history)
    }

    /// One pass over the data: the mean loss, and whether the callback stopped it.
    fn epoch(
        &mut self,
        epoch: usize,
        callback: &mut dyn FnMut(Event) -> Control,
    ) -> Result<(f64, bool), TrainError> {
        self.key
            .purpose("shuffle")
            .step(epoch as u64)
            .permutation_into(&mut self.order);
        let size = self.batch.size(0);
        let batches = self.order.len().div_ceil(size);
        let (mut sum, mut rows) = (0.0, 0);
        for batch in 1..=batches {
            let start = (batch - 1) * size;
            let end = (start + size).min(self.order.len());
            let step = ((epoch - 1) * batches + batch) as u64;
            let loss = self
                .step(start..end, step)
                .map_err(|operation| TrainError::NotFinite {
                    epoch,
                    batch,
                    operation,
                })?;
            sum += loss * (end - start) as f64;
            rows += end - start;
            if callback(Event::Batch {
                epoch,
                batch,
                batches,
                loss,
            }) == Control::Stop
            {
                return Ok((sum / rows as f64, true));
            }
        }
        Ok((sum / rows as f64, false))
    }

    /// One step on the rows at these places of the order: its loss, or what was not finite.
    fn step(&mut self, places: std::ops::Range<usize>, step: u64) -> Result<f64, String> {
        let whole = places.len() == self.batch.size(0);
        let batch = if whole { &mut self.batch } else { &mut self.rest };
        self.train.gather_into(&self.order[places], batch);
        self.tape.set_key(self.key.purpose("step").step(step));
        let total = self.model.loss(self.tape.input(batch)).total;
        let loss = f64::from(total.item());
        if !loss.is_finite() {
            let operation = self.tape.first_not_finite();
            self.tape.reset();
            return Err(operation.unwrap_or_else(|| "the loss".into()));
        }
        let gradients = total.backward();
        self.tape.reset();
        check_gradients(self.model, &gradients)?;
        self.adam.step(self.model, &gradients);
        Ok(loss)
    }

    /// Notes the best weights; says whether they are too long ago.
    fn has_lost_patience(&mut self, record: EpochRecord) -> bool {
        let Some(patience) = self.config.patience else {
            return false;
        };
        let loss = record.validation_loss.unwrap_or(record.train_loss);
        if self.best.as_ref().is_none_or(|best| loss < best.loss) {
            let mut weights = Vec::new();
            self.model
                .visit(&mut |parameter| weights.push(parameter.value().clone()));
            self.best = Some(Best {
                loss,
                epoch: record.epoch,
                weights,
            });
        }
        self.best
            .as_ref()
            .is_some_and(|best| record.epoch - best.epoch >= patience)
    }

    fn restore_best(&mut self) {
        let Some(best) = self.best.take() else { return };
        if self
            .history
            .epochs
            .last()
            .is_some_and(|record| record.epoch == best.epoch)
        {
            return;
        }
        let mut weights = best.weights.into_iter();
        self.model.visit_mut(&mut |parameter| {
            if let Some(value) = weights.next() {
                parameter.set_value(value);
            }
        });
        self.history.restored_epoch = Some(best.epoch);
    }
}

/// A sum is finite only if every summand is: one cheap pass before the weights change.
fn check_gradients<M: Autoencoder>(model: &M, gradients: &Gradients) -> Result<(), String> {
    let mut bad = None;
    model.visit(&mut |parameter| {
        let finite = gradients
            .of_key(parameter.id())
            .is_none_or(|gradient| gradient.sum_all().is_finite());
        if !finite && bad.is_none() {
            bad = Some(format!("the gradient of {}", parameter.name()));
        }
    });
    bad.map_or(Ok(()), Err)
}
