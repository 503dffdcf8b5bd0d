//! `Stepper`: one step, with its objectives and shards.
//!
//! A step is a sum over shards: the loss of each shard is weighted by its fraction of the rows, and losses, gradients and
//! statistics are added in a binary tree whose shape depends only on the number of shards. The default is one shard.

use crate::batch::BatchBuffer;
use crate::finite::{check_gradients, check_weights};
use crate::mean_loss::finite_loss;
use crate::{Culprit, Optimizers, Parts, Progress, Trainable, TrainerConfig};
use latents_autograd::{Gradients, Tape};
use latents_error::ConfigError;
use latents_nn::{Module, clip_by_global_norm};
use latents_tensor::Real;
use latents_tensor::random::Key;

/// Everything that a step needs.
pub(super) struct Stepper<T: Real> {
    pub(super) tape: Tape<T>,
    pub(super) optimizers: Optimizers<T>,
    /// The learning rate of each objective, before any schedule.
    rates: Vec<f64>,
    /// The keys of the parameters that are frozen for each objective.
    frozen: Vec<Vec<u64>>,
    parts: Parts<T>,
    shards: Shards<T>,
    clip_norm: Option<f64>,
}

/// Sums of shards that wait for their sibling in the tree, each with its number of shards.
struct Shards<T: Real> {
    count: usize,
    waiting: Vec<Sum<T>>,
    free: Vec<Parts<T>>,
}

impl<T: Real> Stepper<T> {
    pub(super) fn new(config: &TrainerConfig, model: &dyn Trainable<T>) -> Result<Self, ConfigError> {
        let objectives = model.objectives();
        for objective in objectives {
            let mut owns = false;
            model.visit(&mut |parameter| owns |= objective.owns(parameter.name()));
            if !owns {
                let requirement = "no parameter of the model belongs to it";
                return Err(ConfigError::new("objective", objective.name(), requirement));
            }
        }
        let optimizers = objectives
            .iter()
            .map(|objective| objective.optimizer_or(config.optimizer));
        let rates = optimizers
            .clone()
            .map(|optimizer| optimizer.learning_rate())
            .collect();
        let all = optimizers.map(|optimizer| Ok(optimizer.build()?));
        Ok(Self {
            tape: Tape::new(),
            optimizers: Optimizers {
                all: all.collect::<Result<_, ConfigError>>()?,
            },
            rates,
            frozen: objectives
                .iter()
                .map(|objective| objective.frozen(&*model))
                .collect(),
            parts: Parts::new(),
            shards: Shards {
                count: config.shards,
                waiting: Vec::new(),
                free: Vec::new(),
            },
            clip_norm: config.clip_norm,
        })
    }

    /// The parts of the loss of the last step.
    pub(super) fn parts(&self) -> &Parts<T> {
        &self.parts
    }

    /// Sets the learning rates for a step at this progress.
    pub(super) fn set_learning_rate(&mut self, config: &TrainerConfig, progress: Progress) {
        let Some(schedule) = config.schedule else { return };
        let multiplier = schedule.multiplier(progress.step, progress.steps);
        for (optimizer, rate) in self.optimizers.all.iter_mut().zip(&self.rates) {
            optimizer.set_learning_rate(rate * multiplier);
        }
    }

    /// Runs one step on a batch and returns the loss of its first objective, or the non-finite value.
    pub(super) fn step(
        &mut self,
        model: &mut dyn Trainable<T>,
        batch: &BatchBuffer<T>,
        key: Key,
    ) -> Result<f64, Culprit> {
        self.parts.clear();
        let mut first = 0.0;
        for objective in 0..self.optimizers.all.len() {
            // The first objective uses the key of the step, like a model with a single objective.
            let key = if objective == 0 {
                key
            } else {
                key.index(objective as u64)
            };
            let loss = self.step_objective(model, objective, batch, key)?;
            if objective == 0 {
                first = loss;
            }
        }
        model.end_step(self.parts.statistics(), key.purpose("end"));
        Ok(first)
    }

    fn step_objective(
        &mut self,
        model: &mut dyn Trainable<T>,
        objective: usize,
        batch: &BatchBuffer<T>,
        key: Key,
    ) -> Result<f64, Culprit> {
        self.tape.set_frozen(&self.frozen[objective]);
        let rows = batch.rows();
        let shards = self.shards.count.min(rows).max(1);
        let (loss, mut gradients) = if shards == 1 {
            self.tape.set_key(key);
            let loss = model.loss(objective, &batch.on(&self.tape), &mut self.parts);
            let value = finite_loss(loss.item(), &self.tape)?;
            (value, loss.backward())
        } else {
            self.sum_of_shards(model, objective, batch, key, shards)?
        };
        self.tape.reset();
        if let Some(norm) = self.clip_norm {
            clip_by_global_norm(&mut gradients, norm);
        }
        if !self.optimizers.all[objective].step(&mut *model, &gradients) {
            let model: &dyn Module<T> = &*model;
            check_gradients(model, &gradients)?;
            check_weights(model)?;
        }
        Ok(loss)
    }

    /// The loss and the gradients summed over all shards.
    fn sum_of_shards(
        &mut self,
        model: &dyn Trainable<T>,
        objective: usize,
        batch: &BatchBuffer<T>,
        key: Key,
        shards: usize,
    ) -> Result<(f64, Gradients<T>), Culprit> {
        let rows = batch.rows();
        let sums = &mut self.shards;
        sums.waiting.clear();
        for shard in 0..shards {
            let range = shard * rows / shards..(shard + 1) * rows / shards;
            let fraction = range.len() as f64 / rows as f64;
            self.tape.set_key(key.index(shard as u64));
            let mut parts = sums.free.pop().unwrap_or_default();
            let loss = model.loss(objective, &batch.range_on(&self.tape, range), &mut parts);
            let value = finite_loss(loss.item(), &self.tape)? * fraction;
            let gradients = (loss * loss.lit(fraction)).backward();
            self.tape.reset();
            parts.scale(fraction);
            let mut sum = (1, gradients, parts, value);
            // Like a binary counter: two sums of equally many shards are merged.
            while let Some(before) = sums.waiting.pop_if(|before| before.0 == sum.0) {
                sum = sums.joined(before, sum);
            }
            sums.waiting.push(sum);
        }
        let Some(mut total) = sums.waiting.pop() else {
            unreachable!("a batch has at least one shard");
        };
        while let Some(before) = sums.waiting.pop() {
            total = sums.joined(before, total);
        }
        let (_, gradients, mut parts, loss) = total;
        self.parts.append(&mut parts);
        sums.free.push(parts);
        Ok((loss, gradients))
    }
}

type Sum<T> = (usize, Gradients<T>, Parts<T>, f64);

impl<T: Real> Shards<T> {
    fn joined(&mut self, left: Sum<T>, right: Sum<T>) -> Sum<T> {
        let (count, mut gradients, mut parts, loss) = left;
        let (more, other, mut other_parts, other_loss) = right;
        gradients.add_assign(&other);
        parts.add_shard(&mut other_parts);
        self.free.push(other_parts);
        (count + more, gradients, parts, loss + other_loss)
    }
}
