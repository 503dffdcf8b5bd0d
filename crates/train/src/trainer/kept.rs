//! `Kept`: the weights that a training restores at its end.

use crate::{EpochRecord, History};
use latents_nn::{Module, Snapshot, StateError, TensorFile};
use latents_tensor::Real;
use serde::{Deserialize, Serialize};

/// The weights of the best epoch with early stopping, otherwise of the last good epoch; before the first epoch, the initial
/// weights.
pub(super) struct Kept<T: Real> {
    weights: Snapshot<T>,
    /// The epoch of the weights; 0 before the first.
    epoch: usize,
    loss: f64,
    patience: Option<usize>,
}

/// Everything that is not a tensor.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct KeptState {
    epoch: usize,
    /// `None` before the first epoch.
    loss: Option<f64>,
}

impl<T: Real> Kept<T> {
    pub(super) fn new(model: &dyn Module<T>, patience: Option<usize>) -> Self {
        Self {
            weights: Snapshot::of(model),
            epoch: 0,
            loss: f64::INFINITY,
            patience,
        }
    }

    /// Stores the weights of an epoch without non-finite values, if they are to be kept. If the epoch was cut short by the time
    /// limit, only if its validation loss is not higher than before.
    pub(super) fn note(&mut self, model: &dyn Module<T>, record: &EpochRecord, cut: bool) {
        let loss = record.validation_loss.unwrap_or(record.train_loss);
        let worse = cut && record.validation_loss.is_some() && loss > self.loss;
        if (self.patience.is_none() && !worse) || loss < self.loss {
            self.weights.retake(model);
            (self.epoch, self.loss) = (record.epoch, loss);
        }
    }

    /// Whether the best epoch is too long ago.
    pub(super) fn lost_patience(&self, epoch: usize) -> bool {
        self.patience
            .is_some_and(|patience| epoch - self.epoch >= patience)
    }

    /// Restores these weights, and records it in the history.
    pub(super) fn restore(&self, model: &mut dyn Module<T>, history: &mut History) {
        self.weights.restore(model);
        let last = history.epochs.last().map_or(0, |record| record.epoch);
        history.restored_epoch = (self.epoch != last).then_some(self.epoch);
    }

    /// Adds the weights to a file, and returns everything that is not a tensor.
    pub(super) fn save(&self, file: &mut TensorFile) -> KeptState {
        file.insert_section("kept", &self.weights.to_file());
        KeptState {
            epoch: self.epoch,
            loss: self.loss.is_finite().then_some(self.loss),
        }
    }

    /// Reads the weights from a file.
    pub(super) fn restore_from(&mut self, state: KeptState, file: &TensorFile) -> Result<(), StateError> {
        self.weights.set_from_file(&file.section("kept"))?;
        (self.epoch, self.loss) = (state.epoch, state.loss.unwrap_or(f64::INFINITY));
        Ok(())
    }
}
