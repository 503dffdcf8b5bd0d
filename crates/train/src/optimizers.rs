//! `Optimizers`: the optimisers of a training.

use latents_nn::{Module, Optimizer, StateError, TensorFile};
use latents_tensor::Real;

/// The optimisers of a training, one per objective of the model.
#[derive(Debug)]
pub struct Optimizers<T: Real = f32> {
    pub(crate) all: Vec<Box<dyn Optimizer<T>>>,
}

impl<T: Real> Optimizers<T> {
    /// Clears all moments, as in new optimisers. For a model that has changed parameters itself.
    pub fn reset(&mut self) {
        self.all.iter_mut().for_each(|optimizer| optimizer.reset());
    }

    /// Adds the moments to a file, and returns what is not a tensor.
    pub(crate) fn save(
        &self,
        model: &dyn Module<T>,
        file: &mut TensorFile,
    ) -> Result<Vec<serde_json::Value>, StateError> {
        let states = self.all.iter().enumerate().map(|(index, optimizer)| {
            let state = optimizer.state(model)?;
            file.insert_section(&section(index), &state);
            Ok(state.metadata().clone())
        });
        states.collect()
    }

    /// Takes over the moments of a file, one state for each optimiser.
    pub(crate) fn restore(
        &mut self,
        states: &[serde_json::Value],
        model: &dyn Module<T>,
        file: &TensorFile,
    ) -> Result<(), StateError> {
        for (index, (optimizer, metadata)) in self.all.iter_mut().zip(states).enumerate() {
            let mut state = file.section(&section(index));
            state.set_metadata(metadata.clone());
            optimizer.set_state(model, &state)?;
        }
        Ok(())
    }
}

fn section(index: usize) -> String {
    format!("optimizer{index}")
}
