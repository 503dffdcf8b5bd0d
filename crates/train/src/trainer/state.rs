//! `TrainingState`: everything that the rest of a training depends on.

use super::kept::KeptState;
use crate::means::Means;
use crate::{History, Note, TrainerConfig};
use latents_nn::{StateError, TensorFile};
use serde::{Deserialize, Serialize};

/// Where in its epochs a training is.
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

    /// Says why epochs of so many batches have no such place.
    pub(super) fn check(&self, batches: usize) -> Result<(), String> {
        if self.epoch == 0 || self.batch > batches {
            Err("its place is outside of the training".to_owned())
        } else {
            Ok(())
        }
    }
}

/// The state of a training between two of its events: parameters, buffers, moments of the optimisers, weights to go back
/// to, history and place, and those of a layer that is trained on its own. Random numbers and the order of rows follow from
/// these and the seed.
///
/// A training that is resumed from it (see [`Trainer::resume`](crate::Trainer::resume)) with the same configuration and
/// data ends with the same bits as one that was not interrupted. A training with
/// [`max_seconds`](TrainerConfig::max_seconds) goes on with the seconds that are left, and ends where the clock says.
#[derive(Clone, Debug)]
pub struct TrainingState {
    pub(super) file: TensorFile,
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

    pub(super) fn record(&self) -> Result<Record, StateError> {
        Record::deserialize(self.file.metadata()).map_err(|error| damaged(&self.file, error.to_string()))
    }
}

/// What is not a tensor in the state of a training.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) config: TrainerConfig,
    /// Rows of the training data.
    pub(super) rows: usize,
    /// The stage under way, from 0; nothing once the whole model is trained.
    pub(super) stage: Option<usize>,
    /// Seconds of the epochs of the stages that are over.
    pub(super) pretraining_seconds: f64,
    /// Seconds since the start.
    pub(super) seconds: f64,
    /// Whether it was stopped before the whole model was trained.
    pub(super) stopped: bool,
    pub(super) course: CourseState,
}

/// What is not a tensor in the state of a course.
#[derive(Serialize, Deserialize)]
pub(super) struct CourseState {
    pub(super) history: History,
    pub(super) place: Place,
    pub(super) notes: Vec<Note>,
    pub(super) kept: KeptState,
    pub(super) optimizers: Vec<serde_json::Value>,
}

impl Record {
    /// Says why a training of this configuration on so many rows cannot go on from here. The limit of seconds may differ:
    /// what it decides is decided by the clock anyway.
    pub(super) fn check(&self, config: &TrainerConfig, rows: usize) -> Result<(), String> {
        let same = TrainerConfig {
            max_seconds: self.config.max_seconds,
            ..config.clone()
        };
        if self.config == same && self.rows == rows {
            Ok(())
        } else {
            Err("it is that of a training with another configuration or other data".to_owned())
        }
    }
}

/// The error of a file that is not the state of this training.
pub(crate) fn damaged(file: &TensorFile, reason: String) -> StateError {
    StateError::Format {
        path: file.path().to_owned(),
        reason,
    }
}
