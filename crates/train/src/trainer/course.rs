//! `Course`: the epochs of one model, one event at a time.
//!
//! A course contains all state of a training except the model and its rows, which are passed to every call ([`Work`]): those of
//! a layer that is trained on its own, or those of the whole training. Everything that follows from the configuration and the
//! position (row order, random numbers, learning rates) is recomputed when a course is resumed from a state.

use super::clock::Clock;
use super::kept::Kept;
use super::state::{CourseState, Place, refused};
use super::step::Stepper;
use super::tables::Tables;
use crate::batch::BatchBuffers;
use crate::finite::check_weights;
use crate::mean_loss::{BadLoss, LossPass, finite_loss};
use crate::means::Means;
use crate::{
    Culprit, EpochRecord, EpochStart, Event, Examples, History, Note, Parts, Progress, TrainError, Trainable,
    TrainerConfig,
};
use latents_error::ConfigError;
use latents_nn::{StateError, TensorFile};
use latents_tensor::Real;
use latents_tensor::random::Key;
use std::time::Instant;

/// Records that are made room for at the start; longer trainings ask for more.
const RECORDS: usize = 1024;

/// The model and data that a course works on.
pub(super) struct Work<'a, T: Real> {
    pub(super) model: &'a mut dyn Trainable<T>,
    pub(super) tables: Tables<'a, T>,
}

/// The epochs of one model in progress. Everything that a step needs is kept, so that after the first epoch a step does not
/// allocate while its tensors fit in the pool.
pub(super) struct Course<T: Real> {
    pub(super) config: TrainerConfig,
    clock: Clock,
    stepper: Stepper<T>,
    validation: Option<LossPass<T>>,
    epoch_started: Instant,
    order: Vec<usize>,
    buffers: BatchBuffers<T>,
    key: Key,
    pub(super) history: History,
    kept: Kept<T>,
    place: Place,
    notes: Vec<Note>,
}

/// A non-finite value and its place.
struct Bad {
    part: &'static str,
    batch: usize,
    operation: Culprit,
}

impl Bad {
    fn training(batch: usize) -> impl Fn(Culprit) -> Self {
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

impl<T: Real> Course<T> {
    /// Starts before the first step. The configuration and the data must be valid.
    pub(super) fn new(
        config: TrainerConfig,
        model: &dyn Trainable<T>,
        tables: Tables<'_, T>,
        clock: Clock,
    ) -> Result<Self, ConfigError> {
        let Tables { train, validation } = tables;
        Ok(Self {
            stepper: Stepper::new(&config, model)?,
            clock,
            validation: validation.map(|data| LossPass::new(&data, config.batch_size)),
            epoch_started: Instant::now(),
            order: (0..train.x.rows()).collect(),
            buffers: BatchBuffers::new(&train, config.batch_size),
            key: Key::new(config.seed),
            history: History {
                epochs: Vec::with_capacity(config.epochs.min(RECORDS)),
                ..History::default()
            },
            kept: Kept::new(model, config.patience),
            place: Place::before(config.epochs),
            notes: Vec::new(),
            config,
        })
    }

    /// Works up to the next event; `None` when the course is completed.
    pub(super) fn next_event(&mut self, work: &mut Work<'_, T>) -> Result<Option<Event>, TrainError> {
        if !self.place.over && !self.place.begun {
            self.begin_epoch(work);
        }
        if let Some((name, value)) = self.notes.pop() {
            let epoch = self.place.epoch;
            return Ok(Some(Event::Note {
                layer: None,
                epoch,
                name,
                value,
            }));
        }
        if self.place.over {
            return Ok(None);
        }
        let outcome = if self.place.epoch_is_ending(self.batches()) {
            self.end_epoch(work).map(Event::Epoch)
        } else {
            self.step(work)
        };
        outcome.map(Some).map_err(|bad| self.failure(bad, work))
    }

    /// Ends the course now, as if its epochs were completed: a started epoch still gets its validation and its record.
    pub(super) fn stop(&mut self) {
        if self.place.batch == 0 {
            self.place.over = true;
        } else {
            self.place.stopped = true;
        }
    }

    /// Restores the weights to keep (the best ones with early stopping), and returns the record of the course.
    pub(super) fn finish(self, model: &mut dyn Trainable<T>) -> History {
        let mut history = self.history;
        self.kept.restore(model, &mut history);
        history
    }

    /// Number of batches per epoch.
    fn batches(&self) -> usize {
        self.order.len().div_ceil(self.buffers.size())
    }

    /// The number of the next step, from 0.
    fn next_step(&self) -> u64 {
        ((self.place.epoch - 1) * self.batches() + self.place.batch) as u64
    }

    fn begin_epoch(&mut self, work: &mut Work<'_, T>) {
        self.place.begun = true;
        self.epoch_started = Instant::now();
        self.place.means.clear();
        self.shuffle();
        let progress = self.progress(self.next_step());
        work.model.begin_epoch(EpochStart {
            epoch: self.place.epoch,
            progress,
            data: work.tables.train.x,
            seed: self.config.seed,
            optimizers: &mut self.stepper.optimizers,
            notes: &mut self.notes,
        });
        self.notes.reverse();
    }

    /// The row order of this epoch.
    fn shuffle(&mut self) {
        self.key
            .purpose("shuffle")
            .step(self.place.epoch as u64)
            .permutation_into(&mut self.order);
    }

    fn step(&mut self, work: &mut Work<'_, T>) -> Result<Event, Bad> {
        let (size, step, batches) = (self.buffers.size(), self.next_step(), self.batches());
        let progress = self.progress(step);
        self.stepper.set_learning_rate(&self.config, progress);
        work.model.begin_step(progress);
        let first = self.place.batch * size;
        let indices = &self.order[first..(first + size).min(self.order.len())];
        let (rows, batch) = (indices.len(), self.place.batch + 1);
        let buffer = self.buffers.gather(&work.tables.train, indices);
        let key = self.key.purpose("step").step(step + 1);
        let stepped = self.stepper.step(work.model, buffer, key);
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

    /// Ends an epoch: final checks, validation and record.
    fn end_epoch(&mut self, work: &mut Work<'_, T>) -> Result<EpochRecord, Bad> {
        let batches = self.place.batch;
        self.check_last_step(work.model).map_err(Bad::training(batches))?;
        let seconds = self.place.seconds + self.epoch_started.elapsed().as_secs_f64();
        let validation = self.validate(work)?;
        let record = EpochRecord {
            epoch: self.place.epoch,
            train_loss: self.place.means.total(),
            validation_loss: validation.as_ref().map(Means::total),
            seconds,
            train_parts: self.place.means.parts(),
            validation_parts: validation.map(|means| means.parts()).unwrap_or_default(),
        };
        self.history.epochs.push(record.clone());
        self.kept.note(work.model, &record, self.place.out_of_time);
        let cut = self.place.stopped || self.place.out_of_time;
        let over = cut || self.kept.lost_patience(record.epoch) || self.time_is_up();
        self.place.next_epoch(over || record.epoch >= self.config.epochs);
        Ok(record)
    }

    fn time_is_up(&self) -> bool {
        let limit = self.config.max_seconds;
        limit.is_some_and(|limit| self.clock.seconds() >= limit)
    }

    /// The progress before a step, counted from 0.
    fn progress(&self, step: u64) -> Progress {
        let limit = self.config.max_seconds;
        Progress {
            step,
            steps: (self.config.epochs as u64).saturating_mul(self.batches() as u64),
            elapsed: limit.map_or(0.0, |limit| (self.clock.seconds() / limit).min(1.0)),
        }
    }

    /// A bad step shows in the loss of the next one, but the last step of an epoch has no next: check that its weights are
    /// finite, and the loss that they give on the last full batch.
    fn check_last_step(&mut self, model: &dyn Trainable<T>) -> Result<(), Culprit> {
        check_weights(model)?;
        let tape = &mut self.stepper.tape;
        tape.set_training(false);
        tape.set_key(self.key.purpose("check"));
        let total = model.loss(0, &self.buffers.whole().on(tape), &mut Parts::new());
        finite_loss(total.item(), tape)?;
        tape.reset();
        tape.set_training(true);
        Ok(())
    }

    fn validate(&mut self, work: &Work<'_, T>) -> Result<Option<Means>, BadLoss> {
        let (Some(pass), Some(rows)) = (&mut self.validation, &work.tables.validation) else {
            return Ok(None);
        };
        let means = pass.mean(rows, &*work.model, &mut self.stepper.tape)?;
        Ok(Some(means.clone()))
    }

    /// Ends the course with an error, and restores the last good weights.
    fn failure(&mut self, bad: Bad, work: &mut Work<'_, T>) -> TrainError {
        self.place.over = true;
        let mut history = std::mem::take(&mut self.history);
        self.kept.restore(work.model, &mut history);
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

    /// Adds the state of the course to a file, and returns everything that is not a tensor.
    pub(super) fn save(
        &self,
        model: &dyn Trainable<T>,
        file: &mut TensorFile,
    ) -> Result<CourseState, StateError> {
        let mut place = self.place.clone();
        if place.begun {
            place.seconds += self.epoch_started.elapsed().as_secs_f64();
        }
        Ok(CourseState {
            history: self.history.clone(),
            notes: self.notes.clone(),
            place,
            kept: self.kept.save(file),
            optimizers: self.stepper.optimizers.save(model, file)?,
        })
    }

    /// Goes on from a state instead of from the start.
    pub(super) fn restore(
        &mut self,
        state: CourseState,
        file: &TensorFile,
        work: &mut Work<'_, T>,
    ) -> Result<(), TrainError> {
        if !state.place.is_within(self.batches()) {
            return Err(refused(file, "its place is outside of the training"));
        }
        if state.optimizers.len() != self.stepper.optimizers.all.len() {
            return Err(refused(file, "its model has another number of objectives"));
        }
        self.stepper
            .optimizers
            .restore(&state.optimizers, work.model, file)?;
        self.kept.restore_from(state.kept, file)?;
        (self.history, self.place, self.notes) = (state.history, state.place, state.notes);
        self.epoch_started = Instant::now();
        if self.place.begun {
            self.shuffle();
            self.gather_last_whole_batch(&work.tables.train);
        }
        Ok(())
    }

    /// Gathers the batch for the check at the end of an epoch: the last full batch.
    fn gather_last_whole_batch(&mut self, train: &Examples<'_, T>) {
        let size = self.buffers.size();
        let made = self.place.batch.min(self.order.len() / size);
        if made > 0 {
            let indices = &self.order[(made - 1) * size..made * size];
            self.buffers.gather(train, indices);
        }
    }
}
