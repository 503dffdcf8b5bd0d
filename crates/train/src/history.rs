//! The record of a training.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The record of one epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Epoch number, from 1.
    pub epoch: usize,
    /// The mean training loss over the rows of the epoch, each computed when its batch was trained on.
    pub train_loss: f64,
    /// The mean validation loss after the epoch.
    pub validation_loss: Option<f64>,
    /// Training time in seconds, without validation.
    pub seconds: f64,
    /// Means of the named parts of `train_loss`.
    #[serde(default)]
    pub train_parts: Vec<PartMean>,
    /// Means of the named parts of `validation_loss`.
    #[serde(default)]
    pub validation_parts: Vec<PartMean>,
}

/// The mean of a named part of a loss over rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartMean {
    /// The name, as in [`Parts::add`](crate::Parts::add).
    pub name: Cow<'static, str>,
    /// Its mean, before it is weighted in the total.
    pub mean: f64,
}

/// The epochs of a training, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// The epochs, in order.
    pub epochs: Vec<EpochRecord>,
    /// The epoch whose weights the model has, if it is not the last one.
    pub restored_epoch: Option<usize>,
    /// Seconds of layer-wise pretraining before these epochs; 0 if there was none.
    #[serde(default)]
    pub pretraining_seconds: f64,
}

impl History {
    /// The record of the epoch whose weights the model has.
    ///
    /// ```
    /// # use latents_train::{EpochRecord, History};
    /// let epochs = (1..=3).map(|epoch| EpochRecord { epoch, seconds: 2.0, ..EpochRecord::default() }).collect();
    /// let history = History { epochs, restored_epoch: Some(2), ..History::default() };
    /// assert_eq!(history.final_epoch().unwrap().epoch, 2);
    /// assert_eq!((history.seconds(), history.median_seconds()), (6.0, Some(2.0)));
    /// ```
    pub fn final_epoch(&self) -> Option<&EpochRecord> {
        match self.restored_epoch {
            Some(epoch) => self.epochs.iter().find(|record| record.epoch == epoch),
            None => self.epochs.last(),
        }
    }

    /// Total training time in seconds, including layer-wise pretraining and without validation.
    ///
    /// ```
    /// # use latents_train::{EpochRecord, History};
    /// let epochs = vec![EpochRecord { seconds: 2.0, ..EpochRecord::default() }];
    /// assert_eq!(History { epochs, pretraining_seconds: 5.0, ..History::default() }.seconds(), 7.0);
    /// ```
    pub fn seconds(&self) -> f64 {
        let epochs: f64 = self.epochs.iter().map(|record| record.seconds).sum();
        self.pretraining_seconds + epochs
    }

    /// The median training time per epoch, in seconds.
    ///
    /// ```
    /// assert_eq!(latents_train::History::default().median_seconds(), None);
    /// ```
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
