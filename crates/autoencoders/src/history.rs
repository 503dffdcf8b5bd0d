//! What a training run leaves on record.

use serde::{Deserialize, Serialize};

/// One epoch of training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// From 1.
    pub epoch: usize,
    /// The mean loss over the rows of the epoch, each measured when its batch came up.
    pub train_loss: f64,
    /// The mean loss over the validation rows after the epoch.
    pub validation_loss: Option<f64>,
    /// Seconds of training, without validation.
    pub seconds: f64,
}

/// The epochs of a run, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// In order.
    pub epochs: Vec<EpochRecord>,
    /// The epoch whose weights the model holds, if that is not the last one.
    pub restored_epoch: Option<usize>,
}

impl History {
    /// The record that the model's weights belong to.
    pub fn final_epoch(&self) -> Option<&EpochRecord> {
        match self.restored_epoch {
            Some(epoch) => self.epochs.iter().find(|record| record.epoch == epoch),
            None => self.epochs.last(),
        }
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
