//! The training loop that every variant shares.

mod config;
mod fit;
mod kept;

pub use config::TrainerConfig;

use crate::{EpochRecord, History, TrainError, Trainable};
use fit::Fit;
use latents_tensor::{Rows, parallel};
use std::time::Instant;

/// What a callback is told.
#[derive(Clone, Debug)]
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
    /// A step of a layer that is trained before the whole model.
    LayerBatch {
        /// From 1.
        layer: usize,
        /// Layers that are trained so.
        layers: usize,
        /// The layer's loss of this batch.
        loss: f64,
    },
    /// An epoch of a layer that is trained before the whole model.
    LayerEpoch {
        /// From 1.
        layer: usize,
        /// Layers that are trained so.
        layers: usize,
        /// Epochs that this layer is trained.
        epochs: usize,
        /// The layer's own loss.
        record: EpochRecord,
    },
}

/// What a callback answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// End the training here, as if its epochs were over.
    Stop,
}

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
    pub fn fit(
        &self,
        model: &mut dyn Trainable,
        train: &dyn Rows,
        validation: Option<&dyn Rows>,
        callback: &mut dyn FnMut(Event) -> Control,
    ) -> Result<History, TrainError> {
        self.config.validate()?;
        check_data("training", train, model.input_dim())?;
        if let Some(validation) = validation {
            check_data("validation", validation, model.input_dim())?;
        }
        let started = Instant::now();
        parallel::team(|| {
            let (answer, before) = prepare(model, train, &self.config, callback)?;
            match answer {
                Control::Continue => {
                    Fit::new(&self.config, model, train, validation, started, before)?.run(callback)
                }
                Control::Stop => Ok(before),
            }
        })
    }
}

/// Trains layers one by one, where the model does that, and counts the seconds. An error in a layer has those of the
/// layers before it, as it has the epochs of its own.
fn prepare(
    model: &mut dyn Trainable,
    train: &dyn Rows,
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
