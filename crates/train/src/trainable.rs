//! `Trainable`: what the trainer asks of a model.

use crate::{Control, Event, Loss, TrainError, TrainerConfig};
use latents_autograd::Var;
use latents_nn::{Module, Optimizer};
use latents_tensor::Rows;
use std::time::Instant;

/// How far a training is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Steps made.
    pub step: u64,
    /// Steps of the whole training, if nothing ends it early.
    pub steps: u64,
    /// The part of [`TrainerConfig::max_seconds`] that is over; 0 where there is no such limit.
    pub elapsed: f64,
}

impl Progress {
    /// The part of `max_seconds` that is over.
    pub fn elapsed_of(started: Instant, max_seconds: Option<f64>) -> f64 {
        max_seconds.map_or(0.0, |seconds| {
            (started.elapsed().as_secs_f64() / seconds).min(1.0)
        })
    }

    /// The part that is over, from 0 to 1: of the steps, or of the time where less is left of that.
    pub fn fraction(self) -> f64 {
        let steps = self.step as f64 / self.steps.max(1) as f64;
        steps.max(self.elapsed).min(1.0)
    }
}

/// A model with a loss: what a [`Trainer`](crate::Trainer) trains.
pub trait Trainable: Module<f32> {
    /// Values of a row.
    fn input_dim(&self) -> usize;

    /// What training makes small, for rows (batch, input). Training or evaluation mode, and random numbers, come from
    /// the tape of `x`.
    fn loss<'t>(&self, x: Var<'t>) -> Loss<'t>;

    /// Called before the first step, with the rows that will be learnt: layers may be trained one by one here.
    ///
    /// # Errors
    /// As [`Trainer::fit`](crate::Trainer::fit).
    fn prepare(
        &mut self,
        _train: &dyn Rows,
        _config: &TrainerConfig,
        _callback: &mut dyn FnMut(Event) -> Control,
    ) -> Result<Control, TrainError> {
        Ok(Control::Continue)
    }

    /// Called before every step, for what changes in the course of a training. Allocates nothing, but where it does
    /// something that is due once in whole epochs, as [`Reviving`](crate::Reviving) does. The optimiser is there for what
    /// changes parameters beside it, and must not be led by their old moments.
    fn begin_step(&mut self, _progress: Progress, _optimizer: &mut dyn Optimizer) {}
}

/// `Module` of a wrapper that trains another model: every call goes to its field `model`.
#[macro_export]
macro_rules! module_of_inner {
    ($wrapper:ident) => {
        impl latents_nn::Module<f32> for $wrapper<'_> {
            fn forward<'t>(&self, x: latents_autograd::Var<'t>) -> latents_autograd::Var<'t> {
                latents_nn::Module::forward(&*self.model, x)
            }

            fn visit(&self, f: &mut dyn FnMut(&latents_nn::Parameter)) {
                latents_nn::Module::visit(&*self.model, f);
            }

            fn visit_mut(&mut self, f: &mut dyn FnMut(&mut latents_nn::Parameter)) {
                latents_nn::Module::visit_mut(&mut *self.model, f);
            }

            fn name_parameters(&mut self, prefix: &str) {
                latents_nn::Module::name_parameters(&mut *self.model, prefix);
            }
        }
    };
}
