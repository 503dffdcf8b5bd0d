//! `Fit`: one training under way.

use super::kept::Kept;
use super::{Control, Event, TrainerConfig};
use crate::finite::{check_gradients, check_weights};
use crate::mean_loss::{BadLoss, finite_loss, mean_loss};
use crate::means::{Means, Measured};
use crate::{EpochRecord, History, Progress, TrainError, Trainable};
use latents_autograd::Tape;
use latents_error::ConfigError;
use latents_nn::{Optimizer, clip_by_global_norm};
use latents_tensor::random::Key;
use latents_tensor::{Batches, Rows, Tensor};
use std::ops::Range;
use std::time::Instant;

/// Records that are made room for at the start; longer trainings ask for more.
const RECORDS: usize = 1024;

/// One training under way. Everything that a step needs is kept, so that after the first epoch a step allocates nothing
/// while its tensors fit the pool.
pub(super) struct Fit<'a> {
    config: &'a TrainerConfig,
    model: &'a mut dyn Trainable,
    train: &'a dyn Rows,
    validation: Option<(&'a dyn Rows, Batches)>,
    tape: Tape,
    optimizer: Box<dyn Optimizer>,
    started: Instant,
    order: Vec<usize>,
    batch: Tensor,
    /// The last batch of an epoch, where it is smaller.
    rest: Tensor,
    key: Key,
    history: History,
    kept: Kept,
}

/// A number that is not finite.
struct Bad {
    part: &'static str,
    batch: usize,
    operation: String,
}

impl Bad {
    fn training(batch: usize) -> impl Fn(String) -> Self {
        move |operation| Self {
            part: "training",
            batch,
            operation,
        }
    }
}

impl From<BadLoss> for Bad {
    fn from(BadLoss { batch, operation }: BadLoss) -> Self {
        Self {
            part: "validation",
            batch,
            operation,
        }
    }
}

/// What a pass over the data came to.
struct Pass {
    /// The means over the rows.
    loss: Measured,
    batches: usize,
    ended: Ended,
}

/// How a pass ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// With the last batch.
    Whole,
    /// By the callback.
    Stopped,
    /// By the time, before the last batch.
    OutOfTime,
}

impl<'a> Fit<'a> {
    /// A training that goes on from a history without epochs of the whole model.
    pub(super) fn new(
        config: &'a TrainerConfig,
        model: &'a mut dyn Trainable,
        train: &'a dyn Rows,
        validation: Option<&'a dyn Rows>,
        started: Instant,
        before: History,
    ) -> Result<Self, ConfigError> {
        let (rows, features) = (train.rows(), train.features());
        let batch_size = config.batch_size.min(rows);
        Ok(Self {
            config,
            train,
            validation: validation.map(|data| (data, Batches::new(data, config.batch_size))),
            tape: Tape::new(),
            optimizer: config.optimizer.build()?,
            started,
            order: (0..rows).collect(),
            batch: Tensor::zeros([batch_size, features]),
            rest: Tensor::zeros([rows % batch_size, features]),
            key: Key::new(config.seed),
            history: History {
                epochs: Vec::with_capacity(config.epochs.min(RECORDS)),
                ..before
            },
            kept: Kept::new(model, config.patience),
            model,
        })
    }

    pub(super) fn run(mut self, callback: &mut dyn FnMut(Event) -> Control) -> Result<History, TrainError> {
        let mut bad = None;
        for epoch in 1..=self.config.epochs {
            match self.epoch(epoch, callback) {
                Ok(Control::Continue) => {}
                Ok(Control::Stop) => break,
                Err(found) => {
                    bad = Some((epoch, found));
                    break;
                }
            }
        }
        self.kept.restore(self.model, &mut self.history);
        match bad {
            None => Ok(self.history),
            Some((epoch, bad)) => Err(TrainError::NotFinite {
                layer: None,
                epoch,
                part: bad.part,
                batch: bad.batch,
                operation: bad.operation,
                history: self.history,
            }),
        }
    }

    /// One pass over the data, its checks, its validation and its record.
    fn epoch(&mut self, epoch: usize, callback: &mut dyn FnMut(Event) -> Control) -> Result<Control, Bad> {
        let started = Instant::now();
        let pass = self.pass(epoch, callback)?;
        self.check_last_step().map_err(Bad::training(pass.batches))?;
        let seconds = started.elapsed().as_secs_f64();
        let validation = self.validate()?;
        let record = EpochRecord {
            epoch,
            train_loss: pass.loss.total,
            validation_loss: validation.map(|loss| loss.total),
            seconds,
            train_parts: pass.loss.parts(),
            validation_parts: validation.map(Measured::parts).unwrap_or_default(),
        };
        self.history.epochs.push(record.clone());
        self.kept
            .note(self.model, &record, pass.ended == Ended::OutOfTime);
        let answer = callback(Event::Epoch(record));
        let over = pass.ended != Ended::Whole || self.kept.lost_patience(epoch) || self.time_is_up();
        Ok(match over {
            true => Control::Stop,
            false => answer,
        })
    }

    fn time_is_up(&self) -> bool {
        let seconds = self.config.max_seconds;
        seconds.is_some_and(|seconds| self.started.elapsed().as_secs_f64() >= seconds)
    }

    /// One step on every batch.
    fn pass(&mut self, epoch: usize, callback: &mut dyn FnMut(Event) -> Control) -> Result<Pass, Bad> {
        self.key
            .purpose("shuffle")
            .step(epoch as u64)
            .permutation_into(&mut self.order);
        let size = self.batch.size(0);
        let batches = self.order.len().div_ceil(size);
        let (mut means, mut rows) = (Means::default(), 0);
        for batch in 1..=batches {
            let places = rows..(rows + size).min(self.order.len());
            let step = ((epoch - 1) * batches + batch) as u64;
            self.set_learning_rate(step - 1, batches);
            let progress = self.progress(step - 1, batches);
            self.model.begin_step(progress, &mut *self.optimizer);
            let loss = self.step(places.clone(), step).map_err(Bad::training(batch))?;
            means.add(loss, places.len());
            rows = places.end;
            let event = Event::Batch {
                epoch,
                batch,
                batches,
                loss: loss.total,
            };
            let ended = match callback(event) {
                Control::Stop => Ended::Stopped,
                Control::Continue if batch < batches && self.time_is_up() => Ended::OutOfTime,
                Control::Continue => continue,
            };
            return Ok(Pass {
                loss: means.mean(),
                batches: batch,
                ended,
            });
        }
        Ok(Pass {
            loss: means.mean(),
            batches,
            ended: Ended::Whole,
        })
    }

    /// How far the training is before a step, counted from 0.
    fn progress(&self, step: u64, batches: usize) -> Progress {
        Progress {
            step,
            steps: (self.config.epochs as u64).saturating_mul(batches as u64),
            elapsed: Progress::elapsed_of(self.started, self.config.max_seconds),
        }
    }

    /// The learning rate of a step, counted from 0.
    fn set_learning_rate(&mut self, step: u64, batches: usize) {
        if let Some(schedule) = self.config.schedule {
            let steps = (self.config.epochs as u64).saturating_mul(batches as u64);
            let multiplier = schedule.multiplier(step, steps);
            self.optimizer
                .set_learning_rate(self.config.optimizer.learning_rate() * multiplier);
        }
    }

    /// One step on the rows at these places of the order: its loss, or what was not finite.
    fn step(&mut self, places: Range<usize>, step: u64) -> Result<Measured, String> {
        let whole = places.len() == self.batch.size(0);
        let batch = if whole { &mut self.batch } else { &mut self.rest };
        self.train.gather_into(&self.order[places], batch);
        self.tape.set_key(self.key.purpose("step").step(step));
        let loss = self.model.loss(self.tape.input(batch));
        let measured = Measured::of(&loss, &self.tape)?;
        let mut gradients = loss.total.backward();
        self.tape.reset();
        if let Some(norm) = self.config.clip_norm {
            clip_by_global_norm(&mut gradients, norm);
        }
        if !self.optimizer.step(self.model, &gradients) {
            check_gradients(self.model, &gradients)?;
            check_weights(self.model)?;
        }
        Ok(measured)
    }

    /// A step shows in the next one's loss, and the last of an epoch has no next: its weights must be finite, and so
    /// must be the loss that they give, on the last whole batch.
    fn check_last_step(&mut self) -> Result<(), String> {
        check_weights(self.model)?;
        self.tape.set_training(false);
        self.tape.set_key(self.key.purpose("check"));
        let total = self.model.loss(self.tape.input(&self.batch)).total;
        finite_loss(total.item(), &self.tape)?;
        self.tape.reset();
        self.tape.set_training(true);
        Ok(())
    }

    fn validate(&mut self) -> Result<Option<Measured>, BadLoss> {
        let Some((data, batches)) = &mut self.validation else {
            return Ok(None);
        };
        mean_loss(self.model, *data, batches, &mut self.tape).map(Some)
    }
}
