//! `TrainingState`: everything that the rest of a training depends on.

use super::kept::Kept;
use super::step::Stepper;
use crate::means::Means;
use crate::{History, Trainable, TrainerConfig};
use latents_nn::{Optimizer, StateError, TensorFile, apply_state, complete_state_file};
use latents_tensor::Real;
use serde::{Deserialize, Serialize};

/// Where in its course a training is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The epoch under way or next to come, from 1.
    pub(super) epoch: usize,
    /// Steps made in it.
    pub(super) batch: usize,
    /// Whether it has begun.
    pub(super) begun: bool,
    /// Whether the training was stopped within it.
    pub(super) stopped: bool,
    /// Whether it is cut short by the time.
    pub(super) out_of_time: bool,
    /// Whether nothing more is to come.
    pub(super) over: bool,
    /// Its losses so far.
    pub(super) means: Means,
    /// Its seconds before the training was resumed.
    pub(super) seconds: f64,
}

impl Place {
    /// Before the first step of a training of this many epochs.
    pub(super) fn before(epochs: usize) -> Self {
        Self {
            epoch: 1,
            batch: 0,
            begun: false,
            stopped: false,
            out_of_time: false,
            over: epochs == 0,
            means: Means::default(),
            seconds: 0.0,
        }
    }

    pub(super) fn epoch_is_ending(&self, batches: usize) -> bool {
        self.batch > 0 && (self.batch == batches || self.stopped || self.out_of_time)
    }

    pub(super) fn next_epoch(&mut self, over: bool) {
        self.epoch += 1;
        (self.batch, self.begun, self.out_of_time) = (0, false, false);
        (self.over, self.seconds) = (over, 0.0);
    }
}

/// The state of a training between two of its events: parameters, buffers, moments of the optimisers, weights to go back
/// to, history and place. Random numbers and the order of rows follow from these and the seed.
///
/// A training that is resumed from it (see [`Trainer::resume`](crate::Trainer::resume)) with the same configuration and
/// data ends with the same bits as one that was not interrupted. A training whose seconds are limited is refused: what it does
/// depends on the clock.
#[derive(Clone, Debug)]
pub struct TrainingState {
    file: TensorFile,
}

/// What is not a tensor.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    config: TrainerConfig,
    rows: usize,
    pub(super) history: History,
    pub(super) place: Place,
    pub(super) seconds: f64,
    kept_epoch: usize,
    /// Nothing before the first epoch.
    kept_loss: Option<f64>,
    optimizers: Vec<serde_json::Value>,
}

impl TrainingState {
    /// The tensors and the record of a file that [`TrainingState::file`] gave.
    pub fn from_file(file: TensorFile) -> Self {
        Self { file }
    }

    /// All of it as named tensors with a JSON value: what a checkpoint holds.
    pub fn file(&self) -> &TensorFile {
        &self.file
    }

    pub(super) fn of<T: Real>(
        (config, rows): (&TrainerConfig, usize),
        model: &dyn Trainable<T>,
        stepper: &Stepper<T>,
        kept: &Kept<T>,
        history: &History,
        place: Place,
        seconds: f64,
    ) -> Result<Self, StateError> {
        let mut file = TensorFile::new();
        file.insert_section("model", &complete_state_file(model)?);
        file.insert_section("kept", &kept.weights.to_file());
        let mut optimizers = Vec::new();
        for (index, optimizer) in stepper.optimizers.all.iter().enumerate() {
            let state = optimizer.state(model)?;
            file.insert_section(&format!("optimizer{index}"), &state);
            optimizers.push(state.metadata().clone());
        }
        let record = Record {
            config: config.clone(),
            rows,
            history: history.clone(),
            place,
            seconds,
            kept_epoch: kept.epoch,
            kept_loss: kept.loss.is_finite().then_some(kept.loss),
            optimizers,
        };
        let record = serde_json::to_value(record).map_err(|error| StateError::Format {
            path: file.path().to_owned(),
            reason: error.to_string(),
        })?;
        file.set_metadata(record);
        Ok(Self { file })
    }

    pub(super) fn restore<T: Real>(
        &self,
        (config, rows): (&TrainerConfig, usize),
        model: &mut dyn Trainable<T>,
        stepper: &mut Stepper<T>,
        kept: &mut Kept<T>,
    ) -> Result<Record, StateError> {
        let damaged = |reason: String| StateError::Format {
            path: self.file.path().to_owned(),
            reason,
        };
        let record = Record::deserialize(self.file.metadata()).map_err(|error| damaged(error.to_string()))?;
        let batches = rows.div_ceil(config.batch_size.min(rows).max(1));
        if record.config != *config || record.rows != rows {
            return Err(damaged(
                "it is that of a training with another configuration or other data".to_owned(),
            ));
        }
        if record.place.epoch == 0 || record.place.batch > batches {
            return Err(damaged("its place is outside of the training".to_owned()));
        }
        let optimizers: &mut Vec<Box<dyn Optimizer<T>>> = &mut stepper.optimizers.all;
        if record.optimizers.len() != optimizers.len() {
            return Err(damaged(format!(
                "it holds {} optimisers, and the model has {} objectives",
                record.optimizers.len(),
                optimizers.len()
            )));
        }
        let (weights, model_file) = (self.file.section("kept"), self.file.section("model"));
        for (index, (optimizer, metadata)) in optimizers.iter_mut().zip(&record.optimizers).enumerate() {
            let mut state = self.file.section(&format!("optimizer{index}"));
            state.set_metadata(metadata.clone());
            optimizer.set_state(&*model, &state)?;
        }
        kept.weights.set_from_file(&weights)?;
        apply_state(model, &model_file)?;
        (kept.epoch, kept.loss) = (record.kept_epoch, record.kept_loss.unwrap_or(f64::INFINITY));
        Ok(record)
    }
}
