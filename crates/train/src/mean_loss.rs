//! `mean_loss`: the loss of a model over a table.

use crate::batch::BatchBuffers;
use crate::means::Means;
use crate::{Culprit, Examples, Parts, Trainable};
use latents_autograd::Tape;
use latents_tensor::Real;
use latents_tensor::random::Key;
use thiserror::Error;

/// A loss that is not finite.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("batch {batch}: {operation} is not finite")]
pub struct BadLoss {
    /// From 1.
    pub batch: usize,
    /// What was not finite.
    pub operation: Culprit,
}

/// A loss that is finite, or what on the tape was not.
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

/// Passes over a table, with all that they need made once: batches in order, and room for their losses.
pub(crate) struct LossPass<T: Real> {
    indices: Vec<usize>,
    buffers: BatchBuffers<T>,
    parts: Parts<T>,
    means: Means,
}

impl<T: Real> LossPass<T> {
    /// Over tables like these, in batches of at most `batch_size` rows.
    pub(crate) fn new(examples: &Examples<'_, T>, batch_size: usize) -> Self {
        let buffers = BatchBuffers::new(examples, batch_size);
        Self {
            indices: Vec::with_capacity(buffers.size()),
            buffers,
            parts: Parts::new(),
            means: Means::default(),
        }
    }

    /// The model's mean loss (of its first objective) and its parts over the rows, in evaluation mode.
    ///
    /// Noise that a model draws even then has a key of its own for each batch: it depends on no training.
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

/// The model's mean loss over the rows of a table, in evaluation mode, `batch_size` rows at a time.
///
/// # Errors
/// At the first batch whose loss is not finite.
pub fn mean_loss<T: Real>(
    model: &dyn Trainable<T>,
    examples: &Examples<'_, T>,
    batch_size: usize,
) -> Result<Means, BadLoss> {
    LossPass::new(examples, batch_size)
        .mean(examples, model, &mut Tape::new())
        .cloned()
}
