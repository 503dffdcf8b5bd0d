//! `Event`: what a training tells, and `Control`: what it is answered.

use crate::EpochRecord;
use std::borrow::Cow;

/// What happened in a training: what a callback is called with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A step has been made.
    Batch {
        /// From 1.
        epoch: usize,
        /// From 1.
        batch: usize,
        /// Steps in an epoch.
        batches: usize,
        /// The loss of this batch.
        loss: f64,
    },
    /// An epoch and its validation are over.
    Epoch(EpochRecord),
    /// A step of a layer that is trained before the whole model.
    LayerBatch {
        /// From 1.
        layer: usize,
        /// Layers that are trained so.
        layers: usize,
        /// The layer's loss of this batch.
        loss: f64,
    },
    /// An epoch of a layer that is trained before the whole model.
    LayerEpoch {
        /// From 1.
        layer: usize,
        /// Layers that are trained so.
        layers: usize,
        /// Epochs that this layer is trained.
        epochs: usize,
        /// The layer's own loss.
        record: EpochRecord,
    },
    /// Something that the model did at the start of an epoch: `revived units`, and how many.
    Note {
        /// The layer that is trained before the whole model, from 1, if the note is about one.
        layer: Option<usize>,
        /// From 1, the layer's own if there is one.
        epoch: usize,
        /// What was done.
        name: Cow<'static, str>,
        /// The number that belongs to it.
        value: f64,
    },
}

/// What a model did at the start of an epoch, and the number that belongs to it: `revived units`, and how many.
pub type Note = (Cow<'static, str>, f64);

/// What a callback returns. A callback that returns nothing continues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    #[default]
    Continue,
    /// End the training here, as if its epochs were over.
    Stop,
}

impl From<()> for Control {
    fn from((): ()) -> Self {
        Self::Continue
    }
}
