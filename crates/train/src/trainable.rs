//! `Trainable`: what the trainer asks of a model.

use crate::objective::WHOLE;
use crate::{
    Batch, Examples, Fields, Note, Objective, Optimizers, OwnedExamples, Parts, Statistics, TrainerConfig,
};
use latents_autograd::Var;
use latents_error::ConfigError;
use latents_nn::Module;
use latents_tensor::random::Key;
use latents_tensor::{Real, Rows};
use std::fmt;

/// The progress of a training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Number of completed steps.
    pub step: u64,
    /// Number of steps of the whole training, if it is not stopped early.
    pub steps: u64,
    /// The elapsed fraction of [`TrainerConfig::max_seconds`]; 0 without a time limit.
    pub elapsed: f64,
}

impl Progress {
    /// The completed fraction, from 0 to 1: of the steps, or of the time limit if that is larger.
    ///
    /// ```
    /// # use latents_train::Progress;
    /// assert_eq!(Progress { step: 30, steps: 100, elapsed: 0.5 }.fraction(), 0.5);
    /// ```
    pub fn fraction(self) -> f64 {
        let steps = self.step as f64 / self.steps.max(1) as f64;
        steps.max(self.elapsed).min(1.0)
    }
}

/// The argument of [`Trainable::begin_epoch`].
#[derive(Debug)]
pub struct EpochStart<'a, T: Real = f32> {
    /// Epoch number, from 1.
    pub epoch: usize,
    /// The progress of the training.
    pub progress: Progress,
    /// The training inputs.
    pub data: &'a dyn Rows<T>,
    /// The seed of the training.
    pub seed: u64,
    /// The optimisers, one per objective. A model that changes parameters itself should reset their moments.
    pub optimizers: &'a mut Optimizers<T>,
    /// Actions of the model, for [`Event::Note`](crate::Event::Note): a name and a number.
    pub notes: &'a mut Vec<Note>,
}

/// A part of a model that is trained on its own before the whole model is, such as a layer of a stacked autoencoder. See
/// [`Trainable::begin_stage`].
#[derive(Debug)]
pub struct Stage<T: Real = f32> {
    /// The part, as a model of its own, with its weights in the whole model. It has no stages of its own.
    pub model: Box<dyn Trainable<T>>,
    /// The data to train it on: outputs of the parts before it, for instance. `None` for that of the whole training.
    pub examples: Option<OwnedExamples<T>>,
    /// How to train it. Its seconds count as seconds of the whole training.
    pub config: TrainerConfig,
}

/// A model with a loss: what a [`Trainer`](crate::Trainer) trains.
///
/// The trainer calls the methods that follow a training in this order:
///
/// 1. [`check`](Self::check), before anything changes.
/// 2. For each of the [`stages`](Self::stages), in order: [`begin_stage`](Self::begin_stage), the training of the stage's model
///    (steps 1 and 3 to 5 of this list, for that model), [`end_stage`](Self::end_stage).
/// 3. [`prepare`](Self::prepare), once; or [`resumed`](Self::resumed) in its place, after parameters and buffers were read from a
///    state of the training.
/// 4. For every epoch: [`begin_epoch`](Self::begin_epoch).
/// 5. For every step: [`begin_step`](Self::begin_step), [`loss`](Self::loss) for each objective and shard,
///    [`end_step`](Self::end_step).
pub trait Trainable<T: Real = f32>: Module<T> {
    /// Values of a row.
    fn input_dim(&self) -> usize;

    /// The fields of a batch that the loss reads besides `x`. Data with any other field are refused.
    fn reads(&self) -> Fields {
        Fields::NONE
    }

    /// The settings of the model, null if it has none. They go into the [state](crate::TrainingState) of a training, which a model
    /// with other settings cannot resume.
    fn settings(&self) -> serde_json::Value {
        serde_json::Value::Null
    }

    /// The losses of a step, in order; one with all parameters where nothing else is said.
    fn objectives(&self) -> &[Objective] {
        WHOLE
    }

    /// What this model requires of its data beyond the number of columns and the fields that it reads: classes in range.
    ///
    /// # Errors
    /// The first value that does not fit.
    fn check(&self, _data: &Examples<'_, T>) -> Result<(), ConfigError> {
        Ok(())
    }

    /// Whether the loss of a row depends on the other rows of its batch: a mean activation, batch statistics. The batch
    /// of such a model is never cut into shards.
    fn couples_rows(&self) -> bool {
        false
    }

    /// The names of the gradients that the losses stop on purpose ([`Var::stop`]): a gradient check holds these values, and
    /// finds any other.
    fn stops(&self) -> &'static [&'static str] {
        &[]
    }

    /// What training minimises: one number, for the objective of this index. Training or evaluation mode, and random
    /// numbers, come from the tape. Changes nothing: what a step leaves behind goes into the statistics of `parts`, and from
    /// there to [`Trainable::end_step`].
    fn loss<'t>(&self, objective: usize, batch: &Batch<'t, T>, parts: &mut Parts<T>) -> Var<'t, T>;

    /// How many parts are trained on their own, in order, before the whole model is: 0 once that has been done.
    fn stages(&self) -> usize {
        0
    }

    /// The part of this number, from 0, and how it is trained. It follows from the weights, the data and the
    /// configuration, so that a training can be resumed in the middle of a stage.
    ///
    /// # Errors
    /// If there is no such stage, or its configuration makes no sense.
    fn begin_stage(
        &self,
        stage: usize,
        _train: &Examples<'_, T>,
        _config: &TrainerConfig,
    ) -> Result<Stage<T>, ConfigError> {
        Err(ConfigError::new("stage", stage, "this model has no stages"))
    }

    /// Takes over what the part of this number has learned.
    fn end_stage(&mut self, _stage: usize, _part: &dyn Trainable<T>) {}

    /// Called once before the first step of the whole model, after all stages, with the rows that will be learned.
    fn prepare(&mut self, _train: &dyn Rows<T>, _seed: u64) {}

    /// Called in place of [`Trainable::prepare`] where a training of the whole model is resumed: the stages, and what
    /// `prepare` does, have been done.
    fn resumed(&mut self) {}

    /// Called before the first step of every epoch.
    fn begin_epoch(&mut self, _start: EpochStart<'_, T>) {}

    /// Called before every step, for what changes in the course of a training. What it sets follows from `progress` alone,
    /// so that a training that is resumed goes on as if it had not been interrupted. Allocates nothing.
    fn begin_step(&mut self, _progress: Progress) {}

    /// Called after every step with the statistics of all its rows, to change [buffers](latents_nn::Buffer). `key` is the
    /// step's own. Allocates nothing.
    fn end_step(&mut self, _statistics: &Statistics<T>, _key: Key) {}
}

impl<T: Real> fmt::Debug for dyn Trainable<T> + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind())
    }
}
