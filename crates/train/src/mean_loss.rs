//! `mean_loss`: the loss of a model over a table.

use crate::batch::BatchBuffers;
use crate::means::Means;
use crate::{Culprit, Examples, Parts, Trainable};
use latents_autograd::Tape;
use latents_tensor::Real;
use latents_tensor::random::Key;
use thiserror::Error;

/// Error: a loss is not finite.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("batch {batch}: {operation} is not finite")]
pub struct BadLoss {
    /// Batch number, from 1.
    pub batch: usize,
    /// The non-finite value.
    pub operation: Culprit,
}

/// The loss if it is finite, otherwise the cause on the tape.
pub(crate) fn finite_loss<T: Real>(loss: T, tape: &Tape<T>) -> Result<f64, Culprit> {
    let loss = loss.to_f64();
    if loss.is_finite() {
        Ok(loss)
    } else {
        Err(tape
            .first_not_finite()
            .map_or(Culprit::Loss, |operation| Culprit::Operation(operation.into())))
    }
}

/// State for repeated passes over a table: batches in order, and buffers for their losses.
pub(crate) struct LossPass<T: Real> {
    indices: Vec<usize>,
    buffers: BatchBuffers<T>,
    parts: Parts<T>,
    means: Means,
}

impl<T: Real> LossPass<T> {
    /// For these tables, with at most `batch_size` rows per batch.
    pub(crate) fn new(examples: &Examples<'_, T>, batch_size: usize) -> Self {
        let buffers = BatchBuffers::new(examples, batch_size);
        Self {
            indices: Vec::with_capacity(buffers.size()),
            buffers,
            parts: Parts::new(),
            means: Means::default(),
        }
    }

    /// The mean loss of the model (first objective) and its parts over the rows, in evaluation mode.
    ///
    /// A model that draws noise in evaluation gets a fixed key for each batch, independent of the training.
    pub(crate) fn mean(
        &mut self,
        examples: &Examples<'_, T>,
        model: &dyn Trainable<T>,
        tape: &mut Tape<T>,
    ) -> Result<&Means, BadLoss> {
        let was_training = tape.is_training();
        tape.set_training(false);
        let outcome = self.sum(examples, model, tape);
        tape.set_training(was_training);
        outcome.map(|()| &self.means)
    }

    fn sum(
        &mut self,
        examples: &Examples<'_, T>,
        model: &dyn Trainable<T>,
        tape: &mut Tape<T>,
    ) -> Result<(), BadLoss> {
        let key = Key::new(0).purpose("evaluation");
        self.means.clear();
        let (rows, size) = (examples.x.rows(), self.buffers.size());
        for (batch, start) in (1..).zip((0..rows).step_by(size)) {
            self.indices.clear();
            self.indices.extend(start..(start + size).min(rows));
            let buffer = self.buffers.gather(examples, &self.indices);
            tape.set_key(key.step(batch as u64));
            self.parts.clear();
            let total = finite_loss(model.loss(0, &buffer.on(tape), &mut self.parts).item(), tape);
            tape.reset();
            let total = total.map_err(|operation| BadLoss { batch, operation })?;
            self.means.add(total, &self.parts, self.indices.len());
        }
        Ok(())
    }
}

/// The mean loss of the model over the rows of a table, in evaluation mode, with `batch_size` rows at a time.
///
/// # Errors
/// The first batch with a non-finite loss.
///
/// ```
/// # use latents_autoencoders::{NetworkConfig, Undercomplete};
/// # use latents_tensor::{Tensor, random::Key};
/// # use latents_train::{Examples, mean_loss};
/// let rows: Tensor = Key::new(1).uniform([40, 8]);
/// let model: Undercomplete = Undercomplete::new(NetworkConfig::new(8, 3), 0)?;
/// let loss = mean_loss(&model, &Examples::from(&rows), 16)?;
/// assert!(loss.total() > 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn mean_loss<T: Real>(
    model: &dyn Trainable<T>,
    examples: &Examples<'_, T>,
    batch_size: usize,
) -> Result<Means, BadLoss> {
    LossPass::new(examples, batch_size)
        .mean(examples, model, &mut Tape::new())
        .cloned()
}
