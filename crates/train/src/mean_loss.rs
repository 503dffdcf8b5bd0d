//! `mean_loss`: the loss of a model over a table.

use crate::Trainable;
use crate::means::{Means, Measured};
use latents_autograd::Tape;
use latents_tensor::random::Key;
use latents_tensor::{Batches, Rows};
use thiserror::Error;

/// A loss that is not finite.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("batch {batch}: {operation} is not finite")]
pub struct BadLoss {
    /// From 1.
    pub batch: usize,
    /// The first operation whose result was not finite.
    pub operation: String,
}

/// A loss that is finite, or what on the tape was not.
pub(crate) fn finite_loss(loss: f32, tape: &Tape) -> Result<f64, String> {
    match loss.is_finite() {
        true => Ok(f64::from(loss)),
        false => Err(tape.first_not_finite().unwrap_or_else(|| "the loss".into())),
    }
}

/// The model's mean loss and its parts over the rows of `data`, in evaluation mode.
///
/// Noise that a model draws even then has a key of its own for each batch: it depends on no training.
pub fn mean_loss(
    model: &dyn Trainable,
    data: &dyn Rows,
    batches: &mut Batches,
    tape: &mut Tape,
) -> Result<Measured, BadLoss> {
    let was_training = tape.is_training();
    tape.set_training(false);
    let key = Key::new(0).purpose("evaluation");
    let (mut means, mut batch) = (Means::default(), 0);
    let outcome = batches.try_each(data, |rows| {
        batch += 1;
        tape.set_key(key.step(batch as u64));
        let loss = Measured::of(&model.loss(tape.input(rows)), tape);
        tape.reset();
        let loss = loss.map_err(|operation| BadLoss { batch, operation })?;
        means.add(loss, rows.size(0));
        Ok(())
    });
    tape.set_training(was_training);
    outcome.map(|()| means.mean())
}
