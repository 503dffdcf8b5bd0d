//! Dead units that are revived in the course of a training.

use latents_autoencoders::{Loss, Progress, Sparse, Trainable, TrainerConfig};
use latents_autograd::Var;
use latents_nn::{Module, Parameter};
use latents_tensor::Rows;
use std::sync::Mutex;

/// A sparse model whose dead units are revived between epochs.
pub(super) struct Reviving<'a> {
    model: &'a mut Sparse,
    train: &'a dyn Rows,
    seed: u64,
    /// Steps from one time to the next.
    every: u64,
    revived: &'a Mutex<Option<usize>>,
}

impl<'a> Reviving<'a> {
    /// Units that were active for none of the rows of an epoch are given new directions every so many `epochs`. How many
    /// they were is left in `revived`.
    pub(super) fn new(
        model: &'a mut Sparse,
        train: &'a dyn Rows,
        config: &TrainerConfig,
        epochs: usize,
        revived: &'a Mutex<Option<usize>>,
    ) -> Self {
        let steps = train.rows().div_ceil(config.batch_size) as u64;
        Self {
            model,
            train,
            seed: config.seed,
            every: steps.saturating_mul(epochs as u64),
            revived,
        }
    }

    fn revive(&mut self, step: u64) {
        let dead = self.model.dead_units(self.train.rows() as u64);
        let seed = self.seed.wrapping_add(step);
        let count = match dead.is_empty() {
            true => 0,
            false => self.model.revive_dead(&dead, self.train, seed),
        };
        if let Ok(mut revived) = self.revived.lock() {
            *revived = Some(count);
        }
    }
}

impl Module<f32> for Reviving<'_> {
    fn forward<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.model.forward(x)
    }

    fn visit(&self, f: &mut dyn FnMut(&Parameter)) {
        self.model.visit(f);
    }

    fn visit_mut(&mut self, f: &mut dyn FnMut(&mut Parameter)) {
        self.model.visit_mut(f);
    }

    fn name_parameters(&mut self, prefix: &str) {
        self.model.name_parameters(prefix);
    }
}

impl Trainable for Reviving<'_> {
    fn input_dim(&self) -> usize {
        self.model.input_dim()
    }

    fn loss<'t>(&self, x: Var<'t>) -> Loss<'t> {
        self.model.loss(x)
    }

    fn begin_step(&mut self, progress: Progress) {
        if progress.step > 0 && progress.step.is_multiple_of(self.every) {
            self.revive(progress.step);
        }
        self.model.begin_step(progress);
    }
}
