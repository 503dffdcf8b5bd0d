//! `Kept`: the weights that a training goes back to.

use crate::{EpochRecord, History};
use latents_nn::{Module, Snapshot};
use latents_tensor::Real;

/// The weights of the best epoch where patience is set, of the last good epoch where it is not, and before there is
/// one, the initial weights.
pub(super) struct Kept<T: Real> {
    pub(super) weights: Snapshot<T>,
    /// Whose weights these are; 0 before the first.
    pub(super) epoch: usize,
    pub(super) loss: f64,
    patience: Option<usize>,
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

    /// Takes the weights of an epoch in which everything was finite, if they are the ones to keep. Those of an epoch
    /// that was cut short by the time must not have a higher validation loss than those before.
    pub(super) fn note(&mut self, model: &dyn Module<T>, record: &EpochRecord, cut: bool) {
        let loss = record.validation_loss.unwrap_or(record.train_loss);
        let worse = cut && record.validation_loss.is_some() && loss > self.loss;
        if (self.patience.is_none() && !worse) || loss < self.loss {
            self.weights.retake(model);
            (self.epoch, self.loss) = (record.epoch, loss);
        }
    }

    /// Whether the best weights are too long ago.
    pub(super) fn lost_patience(&self, epoch: usize) -> bool {
        self.patience
            .is_some_and(|patience| epoch - self.epoch >= patience)
    }

    /// Gives the model these weights, and says so in the history.
    pub(super) fn restore(&self, model: &mut dyn Module<T>, history: &mut History) {
        self.weights.restore(model);
        let last = history.epochs.last().map_or(0, |record| record.epoch);
        history.restored_epoch = (self.epoch != last).then_some(self.epoch);
    }
}
