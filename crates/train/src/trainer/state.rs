//! `TrainingState`: everything that the rest of a training depends on.

use super::kept::KeptState;
use super::tables::Tables;
use crate::means::Means;
use crate::{History, Note, TrainError, Trainable, TrainerConfig};
use latents_nn::TensorFile;
use latents_tensor::{NUMERICS_VERSION, Real};
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

    /// Whether epochs of this many batches have such a place.
    pub(super) fn is_within(&self, batches: usize) -> bool {
        self.epoch > 0 && self.batch <= batches
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

    pub(super) fn record(&self) -> Result<Record, TrainError> {
        Record::deserialize(self.file.metadata())
            .map_err(|error| refused(&self.file, format!("it is not the state of a training: {error}")))
    }
}

/// What is not a tensor in the state of a training.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) origin: Origin,
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

/// What a training shares with the one that resumes it.
#[derive(Serialize, Deserialize)]
pub(super) struct Origin {
    numerics_version: u32,
    /// The kind of the model, and its settings.
    kind: String,
    settings: serde_json::Value,
    config: TrainerConfig,
    /// Rows of the training data.
    rows: usize,
    /// Rows of the validation data, if there is any.
    validation_rows: Option<usize>,
}

impl Origin {
    pub(super) fn of<T: Real>(
        config: &TrainerConfig,
        model: &dyn Trainable<T>,
        tables: &Tables<'_, T>,
    ) -> Self {
        Self {
            numerics_version: NUMERICS_VERSION,
            kind: model.kind(),
            settings: model.settings(),
            config: config.clone(),
            rows: tables.train.x.rows(),
            validation_rows: tables.validation.map(|examples| examples.x.rows()),
        }
    }

    /// What keeps `other` from resuming a training that began like this one. The limit of seconds may differ: what it decides
    /// is decided by the clock anyway.
    pub(super) fn difference(&self, other: &Self) -> Option<String> {
        let config = TrainerConfig {
            max_seconds: self.config.max_seconds,
            ..other.config.clone()
        };
        let differs = |what: &str, [saved, now]: [String; 2]| {
            (saved != now).then(|| format!("it was saved with {what} {saved}, and this is {now}"))
        };
        let count = |rows: Option<usize>| rows.map_or("no".to_owned(), |rows| rows.to_string());
        let rows = |what: &str, [saved, now]: [Option<usize>; 2]| {
            (saved != now).then(|| {
                let (saved, now) = (count(saved), count(now));
                format!("it was saved with {saved} {what} rows, and this training has {now}")
            })
        };
        let versions = [self, other].map(|origin| origin.numerics_version.to_string());
        differs("numerics version", versions)
            .or_else(|| differs("a model of kind", [self, other].map(|origin| origin.kind.clone())))
            .or_else(|| {
                let same = self.settings == other.settings;
                (!same).then(|| "it was saved with a model of other settings".to_owned())
            })
            .or_else(|| {
                (self.config != config).then(|| "it was saved with another training configuration".to_owned())
            })
            .or_else(|| rows("training", [self, other].map(|origin| Some(origin.rows))))
            .or_else(|| rows("validation", [self, other].map(|origin| origin.validation_rows)))
    }
}

/// The error of a file from which this training cannot go on.
pub(super) fn refused(file: &TensorFile, reason: impl Into<String>) -> TrainError {
    TrainError::Resume {
        path: file.path().to_owned(),
        reason: reason.into(),
    }
}
