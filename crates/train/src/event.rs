//! `Event`: what happens during training, and `Control`: the callback's response.

use crate::EpochRecord;
use std::borrow::Cow;

/// An event of a training, passed to callbacks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A step was completed.
    Batch {
        /// Epoch number, from 1.
        epoch: usize,
        /// Batch number, from 1.
        batch: usize,
        /// Number of batches per epoch.
        batches: usize,
        /// Loss of this batch.
        loss: f64,
    },
    /// An epoch and its validation were completed.
    Epoch(EpochRecord),
    /// A step of a layer that is trained before the whole model.
    LayerBatch {
        /// Layer number, from 1.
        layer: usize,
        /// Number of layers that are trained separately.
        layers: usize,
        /// The layer's loss of this batch.
        loss: f64,
    },
    /// An epoch of a layer that is trained before the whole model.
    LayerEpoch {
        /// Layer number, from 1.
        layer: usize,
        /// Number of layers that are trained separately.
        layers: usize,
        /// Number of epochs for this layer.
        epochs: usize,
        /// The record of the epoch, with the layer's own loss.
        record: EpochRecord,
    },
    /// Something that the model did at the start of an epoch: `revived units`, and how many.
    Note {
        /// The layer that is trained before the whole model, from 1, if the note is about one.
        layer: Option<usize>,
        /// From 1, the layer's own if there is one.
        epoch: usize,
        /// The name of the action.
        name: Cow<'static, str>,
        /// The associated number.
        value: f64,
    },
}

/// An action of a model at the start of an epoch, with a number, such as `revived units` and how many.
pub type Note = (Cow<'static, str>, f64);

/// The return value of a callback. A callback that returns nothing continues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Control {
    /// Continue training.
    #[default]
    Continue,
    /// End the training now, as if its epochs were completed.
    Stop,
}

impl From<()> for Control {
    fn from((): ()) -> Self {
        Self::Continue
    }
}
