//! `Stage`: a part of a model that is trained on its own first.

use crate::{Trainable, TrainerConfig};
use latents_tensor::{Real, Tensor};

/// A part of a model that is trained on its own before the whole is: a layer of a stacked autoencoder. See
/// [`Trainable::begin_stage`].
#[derive(Debug)]
pub struct Stage<T: Real = f32> {
    /// The part, as a model of its own, with the weights that it has in the whole.
    pub model: Box<dyn Trainable<T>>,
    /// What it is trained on (rows, features): outputs of the parts before it, say. Those of the training where `None`.
    pub rows: Option<Tensor<T>>,
    /// How it is trained. Its seconds are counted with those of the whole training.
    pub config: TrainerConfig,
}
