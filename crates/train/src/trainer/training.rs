//! `Training`: one training under way, a step at a time.
//!
//! A training is a sequence of events: a step, a step, …, the end of an epoch, a step, … [`Training::next_event`] does the
//! work up to the next one. Everything that the rest of the training depends on is in [`Training::state`], at every event,
//! in the middle of an epoch too; what follows from the configuration and the place (the order of the rows, random numbers,
//! learning rates) is computed anew.

use super::kept::Kept;
use super::state::{Place, TrainingState};
use super::step::Stepper;
use crate::batch::BatchBuffers;
use crate::finite::check_weights;
use crate::mean_loss::{BadLoss, LossPass, finite_loss};
use crate::means::Means;
use crate::{
    Control, EpochRecord, EpochStart, Event, Examples, History, Parts, Progress, TrainError, Trainable,
    TrainerConfig,
};
use latents_error::ConfigError;
use latents_nn::StateError;
use latents_tensor::Real;
use latents_tensor::random::Key;
use std::time::Instant;

/// Records that are made room for at the start; longer trainings ask for more.
const RECORDS: usize = 1024;

/// One training under way. Everything that a step needs is kept, so that after the first epoch a step allocates nothing
/// while its tensors fit the pool.
pub struct Training<'a, T: Real = f32> {
    config: TrainerConfig,
    model: &'a mut dyn Trainable<T>,
    train: Examples<'a, T>,
    validation: Option<LossPass<'a, T>>,
    stepper: Stepper<T>,
    started: Instant,
    /// Seconds of the training before it was resumed.
    seconds_before: f64,
    epoch_started: Instant,
    order: Vec<usize>,
    buffers: BatchBuffers<T>,
    key: Key,
    history: History,
    kept: Kept<T>,
    place: Place,
    notes: Vec<(&'static str, f64)>,
}

/// A number that is not finite.
pub(super) struct Bad {
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

impl<'a, T: Real> Training<'a, T> {
    /// A training that goes on from a history without epochs of the whole model. Takes a checked configuration and data
    /// that fit.
    pub(super) fn new(
        config: TrainerConfig,
        model: &'a mut dyn Trainable<T>,
        train: Examples<'a, T>,
        validation: Option<Examples<'a, T>>,
        started: Instant,
        before: History,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            stepper: Stepper::new(&config, model)?,
            validation: validation.map(|data| LossPass::new(data, config.batch_size)),
            started,
            seconds_before: 0.0,
            epoch_started: started,
            order: (0..train.x.rows()).collect(),
            buffers: BatchBuffers::new(&train, config.batch_size),
            train,
            key: Key::new(config.seed),
            history: History {
                epochs: Vec::with_capacity(config.epochs.min(RECORDS)),
                ..before
            },
            kept: Kept::new(model, config.patience),
            place: Place::before(config.epochs),
            notes: Vec::new(),
            config,
            model,
        })
    }

    /// The model as it is now.
    pub fn model(&self) -> &dyn Trainable<T> {
        self.model
    }

    /// The epochs so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Does the work up to the next event; `None` when the training is over.
    ///
    /// # Errors
    /// If a loss, a gradient or a weight stops being finite: the model then holds its last good weights.
    pub fn next_event(&mut self) -> Result<Option<Event>, TrainError> {
        if let Some(note) = self.notes.pop() {
            return Ok(Some(self.note(note)));
        }
        if self.place.over {
            return Ok(None);
        }
        if !self.place.begun {
            self.begin_epoch();
            if let Some(note) = self.notes.pop() {
                return Ok(Some(self.note(note)));
            }
        }
        let outcome = if self.place.epoch_is_ending(self.batches()) {
            self.end_epoch().map(Event::Epoch)
        } else {
            self.step()
        };
        outcome.map(Some).map_err(|bad| self.failure(bad))
    }

    /// Ends the training here, as if its epochs were over: an epoch that has begun still gets its validation and its record.
    pub fn stop(&mut self) {
        if self.place.batch == 0 {
            self.place.over = true;
        } else {
            self.place.stopped = true;
        }
    }

    /// Gives the model the weights to keep (the best ones where patience is set), and returns the record of the training.
    pub fn finish(mut self) -> History {
        self.kept.restore(self.model, &mut self.history);
        self.history
    }

    /// Goes through all events; `callback` may stop it.
    pub(super) fn run(mut self, callback: &mut dyn FnMut(Event) -> Control) -> Result<History, TrainError> {
        while let Some(event) = self.next_event()? {
            if callback(event) == Control::Stop {
                self.stop();
            }
        }
        Ok(self.finish())
    }

    /// Steps in an epoch.
    fn batches(&self) -> usize {
        self.order.len().div_ceil(self.buffers.size())
    }

    /// The number of the next step, from 0.
    fn next_step(&self) -> u64 {
        ((self.place.epoch - 1) * self.batches() + self.place.batch) as u64
    }

    fn note(&self, (name, value): (&'static str, f64)) -> Event {
        Event::Note {
            epoch: self.place.epoch,
            name,
            value,
        }
    }

    fn begin_epoch(&mut self) {
        self.place.begun = true;
        self.epoch_started = Instant::now();
        self.place.means.clear();
        self.shuffle();
        let progress = self.progress(self.next_step());
        self.model.begin_epoch(EpochStart {
            epoch: self.place.epoch,
            progress,
            data: self.train.x,
            seed: self.config.seed,
            optimizers: &mut self.stepper.optimizers,
            notes: &mut self.notes,
        });
        self.notes.reverse();
    }

    /// The order of the rows in this epoch.
    fn shuffle(&mut self) {
        self.key
            .purpose("shuffle")
            .step(self.place.epoch as u64)
            .permutation_into(&mut self.order);
    }

    fn step(&mut self) -> Result<Event, Bad> {
        let (size, step, batches) = (self.buffers.size(), self.next_step(), self.batches());
        let progress = self.progress(step);
        self.stepper.set_learning_rate(&self.config, progress);
        self.model.begin_step(progress);
        let first = self.place.batch * size;
        let indices = &self.order[first..(first + size).min(self.order.len())];
        let (rows, batch) = (indices.len(), self.place.batch + 1);
        let buffer = self.buffers.gather(&self.train, indices);
        let key = self.key.purpose("step").step(step + 1);
        let stepped = self.stepper.step(self.model, buffer, key);
        let loss = stepped.map_err(Bad::training(batch))?;
        self.place.means.add(loss, self.stepper.parts(), rows);
        self.place.batch = batch;
        self.place.out_of_time = batch < batches && self.time_is_up();
        Ok(Event::Batch {
            epoch: self.place.epoch,
            batch,
            batches,
            loss,
        })
    }

    /// The checks of an epoch, its validation and its record.
    fn end_epoch(&mut self) -> Result<EpochRecord, Bad> {
        let batches = self.place.batch;
        self.check_last_step().map_err(Bad::training(batches))?;
        let seconds = self.place.seconds + self.epoch_started.elapsed().as_secs_f64();
        let validation = self.validate()?;
        let record = EpochRecord {
            epoch: self.place.epoch,
            train_loss: self.place.means.total(),
            validation_loss: validation.as_ref().map(Means::total),
            seconds,
            train_parts: self.place.means.parts(),
            validation_parts: validation.map(|means| means.parts()).unwrap_or_default(),
        };
        self.history.epochs.push(record.clone());
        self.kept.note(self.model, &record, self.place.out_of_time);
        let cut = self.place.stopped || self.place.out_of_time;
        let over = cut || self.kept.lost_patience(record.epoch) || self.time_is_up();
        self.place.next_epoch(over || record.epoch >= self.config.epochs);
        Ok(record)
    }

    fn time_is_up(&self) -> bool {
        let seconds = self.config.max_seconds;
        seconds.is_some_and(|seconds| self.seconds() >= seconds)
    }

    /// Seconds since the start, those before a resumption included.
    fn seconds(&self) -> f64 {
        self.seconds_before + self.started.elapsed().as_secs_f64()
    }

    /// How far the training is before a step, counted from 0.
    fn progress(&self, step: u64) -> Progress {
        let limit = self.config.max_seconds;
        Progress {
            step,
            steps: (self.config.epochs as u64).saturating_mul(self.batches() as u64),
            elapsed: limit.map_or(0.0, |seconds| (self.seconds() / seconds).min(1.0)),
        }
    }

    /// A step shows in the next one's loss, and the last of an epoch has no next: its weights must be finite, and so
    /// must be the loss that they give, on the last whole batch.
    fn check_last_step(&mut self) -> Result<(), String> {
        check_weights(self.model)?;
        let tape = &mut self.stepper.tape;
        tape.set_training(false);
        tape.set_key(self.key.purpose("check"));
        let total = self
            .model
            .loss(0, &self.buffers.whole().on(tape), &mut Parts::new());
        finite_loss(total.item(), tape)?;
        tape.reset();
        tape.set_training(true);
        Ok(())
    }

    fn validate(&mut self) -> Result<Option<Means>, BadLoss> {
        let Some(pass) = &mut self.validation else {
            return Ok(None);
        };
        let means = pass.mean(self.model, &mut self.stepper.tape)?;
        Ok(Some(means.clone()))
    }

    /// Ends the training with an error, and gives the model its last good weights.
    fn failure(&mut self, bad: Bad) -> TrainError {
        self.place.over = true;
        let mut history = std::mem::take(&mut self.history);
        self.kept.restore(self.model, &mut history);
        TrainError::NotFinite {
            layer: None,
            epoch: self.place.epoch,
            part: bad.part,
            batch: bad.batch,
            operation: bad.operation,
            history,
        }
    }

    // ---- state ----------------------------------------------------------------------------------------------

    /// Everything that the rest of the training depends on, after any event.
    ///
    /// # Errors
    /// If two parameters have one name.
    pub fn state(&self) -> Result<TrainingState, StateError> {
        let mut place = self.place.clone();
        if place.begun {
            place.seconds += self.epoch_started.elapsed().as_secs_f64();
        }
        TrainingState::of(
            (&self.config, self.order.len()),
            self.model,
            &self.stepper,
            &self.kept,
            &self.history,
            place,
            self.seconds(),
        )
    }

    /// The batch that the check at the end of an epoch takes: the one that was gathered last.
    fn gather_last_whole_batch(&mut self) {
        let size = self.buffers.size();
        let made = self.place.batch.min(self.order.len() / size);
        if made > 0 {
            let indices = &self.order[(made - 1) * size..made * size];
            self.buffers.gather(&self.train, indices);
        }
    }

    /// Goes on from a state instead of from the start.
    pub(super) fn restore(&mut self, state: &TrainingState) -> Result<(), StateError> {
        let record = state.restore(
            (&self.config, self.order.len()),
            self.model,
            &mut self.stepper,
            &mut self.kept,
        )?;
        self.model.resumed();
        self.history = record.history;
        self.place = record.place;
        self.seconds_before = record.seconds;
        (self.started, self.epoch_started) = (Instant::now(), Instant::now());
        if self.place.begun {
            self.shuffle();
            self.gather_last_whole_batch();
        }
        Ok(())
    }
}
