//! `Reviving`: dead units that are revived in the course of a training.

use super::Sparse;
use latents_autograd::Var;
use latents_nn::Optimizer;
use latents_tensor::Rows;
use latents_train::module_of_inner;
use latents_train::{Loss, Progress, Trainable, TrainerConfig};

/// A sparse model in training, whose dead units are revived between epochs of the first half.
///
/// Of a wide code most units can die in the first epochs, before they have found anything to stand for: of 1000 units with 25
/// active ones on MNIST, four fifths. Where units are revived the optimiser begins with new moments: with the old ones, or with
/// new ones for the revived alone, most die again. The second half of a training leaves every unit the time to settle, as
/// Bricken et al. (2023) do.
///
/// ```
/// use crate::{Control, Reviving, Sparse, SparseConfig, Trainer, TrainerConfig};
/// use latents_tensor::Tensor;
/// use latents_tensor::random::Key;
///
/// let rows: Tensor = Key::new(1).uniform([500, 8]);
/// let mut model = Sparse::new(SparseConfig::new(8, 32), 0)?;
/// let config = TrainerConfig { epochs: 4, ..TrainerConfig::default() };
/// let mut reviving = Reviving::new(&mut model, &rows, &config, 1);
/// Trainer::new(config).fit(&mut reviving, &rows, None, &mut |_| Control::Continue)?;
/// assert!(model.dead_units(500).is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Reviving<'a> {
    model: &'a mut Sparse,
    train: &'a dyn Rows,
    seed: u64,
    /// Steps from one time to the next.
    every: u64,
    told: &'a (dyn Fn(usize) + Sync),
}

impl<'a> Reviving<'a> {
    /// Units that were active for none of the rows of an epoch are given new directions (see [`Sparse::revive_dead`]) every
    /// so many `epochs` of the first half of a training on `train` with this configuration; before the first step none are.
    ///
    /// # Panics
    /// If `epochs` is 0.
    #[track_caller]
    pub fn new(model: &'a mut Sparse, train: &'a dyn Rows, config: &TrainerConfig, epochs: usize) -> Self {
        assert!(epochs > 0, "Reviving: every 0 epochs; give 1 or more");
        let steps = train.rows().div_ceil(config.batch_size.max(1)) as u64;
        Self {
            model,
            train,
            seed: config.seed,
            every: steps.saturating_mul(epochs as u64),
            told: &|_| {},
        }
    }

    /// The same, with `told` called each time with the number of revived units.
    #[must_use]
    pub fn told(self, told: &'a (dyn Fn(usize) + Sync)) -> Self {
        Self { told, ..self }
    }

    /// Every so many steps, up to the middle.
    fn is_due(&self, progress: Progress) -> bool {
        progress.step > 0 && progress.step.is_multiple_of(self.every) && progress.fraction() <= 0.5
    }

    fn revive(&mut self, step: u64, optimizer: &mut dyn Optimizer) {
        let dead = self.model.dead_units(self.train.rows() as u64);
        let seed = self.seed.wrapping_add(step);
        let count = match dead.is_empty() {
            true => 0,
            false => {
                optimizer.reset();
                self.model.revive_dead(&dead, self.train, seed)
            }
        };
        (self.told)(count);
    }
}

module_of_inner!(Reviving);

impl Trainable for Reviving<'_> {
    fn input_dim(&self) -> usize {
        self.model.input_dim()
    }

    fn loss<'t>(&self, x: Var<'t>) -> Loss<'t> {
        self.model.loss(x)
    }

    fn begin_step(&mut self, progress: Progress, optimizer: &mut dyn Optimizer) {
        if self.is_due(progress) {
            self.revive(progress.step, optimizer);
        }
        self.model.begin_step(progress, optimizer);
    }
}
