//! `Optimizers`: those of a training.

use latents_nn::Optimizer;
use latents_tensor::Real;

/// The optimisers of a training, one for each objective of the model.
pub struct Optimizers<T: Real = f32> {
    pub(crate) all: Vec<Box<dyn Optimizer<T>>>,
}

impl<T: Real> Optimizers<T> {
    /// Forgets all moments: the next step is the first one of new optimisers. For a model that has changed parameters
    /// itself.
    pub fn reset(&mut self) {
        self.all.iter_mut().for_each(|optimizer| optimizer.reset());
    }
}
