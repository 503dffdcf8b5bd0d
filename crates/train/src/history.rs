//! What a training run leaves on record.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One epoch of training.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// From 1.
    pub epoch: usize,
    /// The mean loss over the rows of the epoch, each measured when its batch came up.
    pub train_loss: f64,
    /// The mean loss over the validation rows after the epoch.
    pub validation_loss: Option<f64>,
    /// Seconds of training, without validation.
    pub seconds: f64,
    /// The means of the named parts of `train_loss`.
    #[serde(default)]
    pub train_parts: Vec<PartMean>,
    /// The means of the named parts of `validation_loss`.
    #[serde(default)]
    pub validation_parts: Vec<PartMean>,
}

/// The mean of a named part of a loss over rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartMean {
    /// As in [`Parts::add`](crate::Parts::add).
    pub name: Cow<'static, str>,
    /// Its mean, before any weight that the total gives it.
    pub mean: f64,
}

/// The epochs of a run, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// In order.
    pub epochs: Vec<EpochRecord>,
    /// The epoch whose weights the model holds, if that is not the last one.
    pub restored_epoch: Option<usize>,
    /// Seconds of the epochs in which layers were trained one by one, before all of these; 0 where none were.
    #[serde(default)]
    pub pretraining_seconds: f64,
}

impl History {
    /// The record that the model's weights belong to.
    pub fn final_epoch(&self) -> Option<&EpochRecord> {
        match self.restored_epoch {
            Some(epoch) => self.epochs.iter().find(|record| record.epoch == epoch),
            None => self.epochs.last(),
        }
    }

    /// Seconds of training, without validation: those of the layers one by one, and those of all epochs.
    pub fn seconds(&self) -> f64 {
        let epochs: f64 = self.epochs.iter().map(|record| record.seconds).sum();
        self.pretraining_seconds + epochs
    }

    /// The median seconds of an epoch's training.
    pub fn median_seconds(&self) -> Option<f64> {
        let mut seconds: Vec<f64> = self.epochs.iter().map(|record| record.seconds).collect();
        seconds.sort_by(f64::total_cmp);
        let middle = seconds.len() / 2;
        match seconds.len() {
            0 => None,
            length if length % 2 == 1 => Some(seconds[middle]),
            _ => Some((seconds[middle - 1] + seconds[middle]) / 2.0),
        }
    }
}
