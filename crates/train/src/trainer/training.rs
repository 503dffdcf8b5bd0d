//! `Training`: a training in progress, one step at a time.
//!
//! A training is a sequence of events: steps and ends of epochs. [`Training::next_event`] works up to the next one. If parts of
//! the model are trained separately first, their events come before those of the whole model. At every event,
//! [`Training::state`] contains everything that the rest of the training depends on.

use super::clock::Clock;
use super::course::{Course, Work};
use super::staged::Staged;
use super::state::{CourseState, Origin, Record, TrainingState, refused};
use super::tables::Tables;
use crate::{Control, Event, History, OnEvent, TrainError, Trainable, TrainerConfig};
use latents_nn::{Snapshot, TensorFile, apply_state, complete_state_file};
use latents_tensor::Real;
use std::fmt;

/// A training in progress.
pub struct Training<'a, T: Real = f32> {
    config: TrainerConfig,
    model: &'a mut dyn Trainable<T>,
    tables: Tables<'a, T>,
    clock: Clock,
    phase: Phase<T>,
    /// Seconds of the epochs of the completed stages.
    pretraining_seconds: f64,
    /// Whether it was stopped in a stage, after which nothing follows.
    stopped: bool,
    pub(super) on_event: OnEvent<'a>,
}

/// What is being trained.
enum Phase<T: Real> {
    Stage(Box<Staged<T>>),
    Whole(Box<Course<T>>),
    /// Nothing: the training ended in a stage.
    Over,
}

impl<T: Real> fmt::Debug for Training<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Training")
            .field("config", &self.config)
            .field("model", &self.model)
            .field("history", &self.history())
            .finish_non_exhaustive()
    }
}

impl<'a, T: Real> Training<'a, T> {
    /// Starts a training. The configuration and the data must be valid.
    pub(super) fn new(
        config: TrainerConfig,
        model: &'a mut dyn Trainable<T>,
        tables: Tables<'a, T>,
    ) -> Result<Self, TrainError> {
        let mut training = Self::unbegun(config, model, tables, 0.0);
        training.begin(0)?;
        Ok(training)
    }

    fn unbegun(
        config: TrainerConfig,
        model: &'a mut dyn Trainable<T>,
        tables: Tables<'a, T>,
        seconds: f64,
    ) -> Self {
        Self {
            config,
            model,
            tables,
            clock: Clock::starting_at(seconds),
            phase: Phase::Over,
            pretraining_seconds: 0.0,
            stopped: false,
            on_event: OnEvent::default(),
        }
    }

    /// Begins a stage, or the training of the whole model after the last one.
    fn begin(&mut self, stage: usize) -> Result<(), TrainError> {
        self.phase = if stage < self.model.stages() {
            let train = self.tables.train;
            let mut staged = Staged::new(stage, &*self.model, train, &self.config, self.clock)?;
            staged.course.history.pretraining_seconds = self.pretraining_seconds;
            Phase::Stage(Box::new(staged))
        } else {
            self.model.prepare(self.tables.train.x, self.config.seed);
            let mut course = self.course()?;
            course.history.pretraining_seconds = self.pretraining_seconds;
            Phase::Whole(Box::new(course))
        };
        Ok(())
    }

    fn course(&self) -> Result<Course<T>, TrainError> {
        let config = self.config.clone();
        Ok(Course::new(config, &*self.model, self.tables, self.clock)?)
    }

    /// The model in its current state. While a part is trained separately, the model still has the part's old weights.
    pub fn model(&self) -> &dyn Trainable<T> {
        self.model
    }

    /// The epochs of the whole model so far; `None` while a part is trained separately.
    ///
    /// ```
    /// # use latents_autoencoders::{NetworkConfig, Undercomplete};
    /// # use latents_tensor::{Tensor, random::Key};
    /// # use latents_train::{Trainer, TrainerConfig};
    /// # let rows: Tensor = Key::new(1).uniform([40, 8]);
    /// # let mut model: Undercomplete = Undercomplete::new(NetworkConfig::new(8, 3), 0)?;
    /// let mut training = Trainer::new(TrainerConfig::default().epochs(1)).start(&mut model, &rows)?;
    /// while training.next_event()?.is_some() {}
    /// assert_eq!(training.history().unwrap().epochs.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn history(&self) -> Option<&History> {
        match &self.phase {
            Phase::Whole(course) => Some(&course.history),
            Phase::Stage(_) | Phase::Over => None,
        }
    }

    /// Works up to the next event; `None` when the training is completed.
    ///
    /// # Errors
    /// If a loss, a gradient or a weight becomes infinite or NaN; the model then has its last good weights.
    ///
    /// ```
    /// # use latents_autoencoders::{NetworkConfig, Undercomplete};
    /// # use latents_tensor::{Tensor, random::Key};
    /// # use latents_train::{Trainer, TrainerConfig};
    /// # let rows: Tensor = Key::new(1).uniform([40, 8]);
    /// # let mut model: Undercomplete = Undercomplete::new(NetworkConfig::new(8, 3), 0)?;
    /// let mut training = Trainer::new(TrainerConfig::default().epochs(1)).start(&mut model, &rows)?;
    /// assert!(training.next_event()?.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn next_event(&mut self) -> Result<Option<Event>, TrainError> {
        let event = self.advance()?;
        if let Some(event) = &event
            && self.on_event.call(event) == Control::Stop
        {
            self.stop();
        }
        Ok(event)
    }

    fn advance(&mut self) -> Result<Option<Event>, TrainError> {
        loop {
            match &mut self.phase {
                Phase::Over => return Ok(None),
                Phase::Whole(course) => {
                    let mut work = Work {
                        model: &mut *self.model,
                        tables: self.tables,
                    };
                    return course.next_event(&mut work);
                }
                Phase::Stage(staged) => match staged.next_event(self.tables.train) {
                    Ok(Some(event)) => return Ok(Some(event)),
                    Ok(None) => self.end_stage()?,
                    Err(error) => {
                        self.leave_stage();
                        return Err(error);
                    }
                },
            }
        }
    }

    /// Ends the training now, as if its epochs were completed: a started epoch still gets its validation and its record. If a
    /// part was being trained separately, nothing follows.
    ///
    /// ```
    /// # use latents_autoencoders::{NetworkConfig, Undercomplete};
    /// # use latents_tensor::{Tensor, random::Key};
    /// # use latents_train::{Trainer, TrainerConfig};
    /// # let rows: Tensor = Key::new(1).uniform([40, 8]);
    /// # let mut model: Undercomplete = Undercomplete::new(NetworkConfig::new(8, 3), 0)?;
    /// let mut training = Trainer::new(TrainerConfig::default().epochs(9)).start(&mut model, &rows)?;
    /// training.next_event()?;
    /// training.stop();
    /// while training.next_event()?.is_some() {}
    /// assert_eq!(training.finish().epochs.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stop(&mut self) {
        match &mut self.phase {
            Phase::Whole(course) => course.stop(),
            Phase::Stage(staged) => {
                staged.course.stop();
                self.stopped = true;
            }
            Phase::Over => {}
        }
    }

    /// Restores the weights to keep (the best ones with early stopping), and returns the record of the training.
    ///
    /// ```
    /// # use latents_autoencoders::{NetworkConfig, Undercomplete};
    /// # use latents_tensor::{Tensor, random::Key};
    /// # use latents_train::{Trainer, TrainerConfig};
    /// # let rows: Tensor = Key::new(1).uniform([40, 8]);
    /// # let mut model: Undercomplete = Undercomplete::new(NetworkConfig::new(8, 3), 0)?;
    /// let training = Trainer::new(TrainerConfig::default()).start(&mut model, &rows)?;
    /// assert!(training.finish().epochs.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn finish(mut self) -> History {
        self.leave_stage();
        match self.phase {
            Phase::Whole(course) => course.finish(self.model),
            Phase::Stage(_) | Phase::Over => History {
                pretraining_seconds: self.pretraining_seconds,
                ..History::default()
            },
        }
    }

    /// Ends the current stage, if there is one: the whole model gets what the part has learned. Returns the index of the stage.
    fn leave_stage(&mut self) -> Option<usize> {
        match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Stage(staged) => {
                let index = staged.index;
                let history = staged.finish(self.model);
                let seconds = history.epochs.iter().map(|record| record.seconds);
                self.pretraining_seconds =
                    seconds.fold(self.pretraining_seconds, |sum, seconds| sum + seconds);
                Some(index)
            }
            phase => {
                self.phase = phase;
                None
            }
        }
    }

    /// Ends the current stage and begins what follows.
    fn end_stage(&mut self) -> Result<(), TrainError> {
        match self.leave_stage() {
            Some(stage) if !self.stopped => self.begin(stage + 1),
            _ => Ok(()),
        }
    }

    // ---- state ----------------------------------------------------------------------------------------------

    /// Everything that the rest of the training depends on, after any event.
    ///
    /// # Errors
    /// If two parameters have the same name, or if the training ended before the whole model was trained.
    ///
    /// ```
    /// # use latents_autoencoders::{NetworkConfig, Undercomplete};
    /// # use latents_tensor::{Tensor, random::Key};
    /// # use latents_train::{Trainer, TrainerConfig};
    /// # let rows: Tensor = Key::new(1).uniform([40, 8]);
    /// # let config = || TrainerConfig::default().epochs(2);
    /// # let mut model: Undercomplete = Undercomplete::new(NetworkConfig::new(8, 3), 0)?;
    /// let mut training = Trainer::new(config()).start(&mut model, &rows)?;
    /// training.next_event()?;
    /// let state = training.state()?;
    /// let mut other: Undercomplete = Undercomplete::new(NetworkConfig::new(8, 3), 1)?;
    /// let history = Trainer::new(config()).resume(&state).fit(&mut other, &rows)?;
    /// assert_eq!(history.epochs.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn state(&self) -> Result<TrainingState, TrainError> {
        let mut file = TensorFile::new();
        file.insert_section("model", &complete_state_file(&*self.model)?);
        let (stage, course) = match &self.phase {
            Phase::Whole(course) => (None, course.save(&*self.model, &mut file)?),
            Phase::Stage(staged) => {
                file.insert_section("stage", &complete_state_file(&*staged.model)?);
                let course = staged.course.save(&*staged.model, &mut file)?;
                (Some(staged.index), course)
            }
            Phase::Over => return Err(TrainError::Ended),
        };
        let record = Record {
            origin: Origin::of(&self.config, &*self.model, &self.tables),
            stage,
            pretraining_seconds: self.pretraining_seconds,
            seconds: self.clock.seconds(),
            stopped: self.stopped,
            course,
        };
        file.set_metadata(serde_json::to_value(record).expect("a record is JSON"));
        Ok(TrainingState { file })
    }

    /// Goes on from a state instead of from the start. On an error the model is unchanged.
    pub(super) fn from_state(
        config: TrainerConfig,
        model: &'a mut dyn Trainable<T>,
        tables: Tables<'a, T>,
        state: &TrainingState,
    ) -> Result<Self, TrainError> {
        let (file, record) = (&state.file, state.record()?);
        let origin = Origin::of(&config, model, &tables);
        if let Some(difference) = record.origin.difference(&origin) {
            return Err(refused(file, difference));
        }
        let mut training = Self::unbegun(config, model, tables, record.seconds);
        training.pretraining_seconds = record.pretraining_seconds;
        training.stopped = record.stopped;
        let before = Snapshot::of(&*training.model);
        let phase = match record.stage {
            None => training.resumed_course(record.course, file),
            Some(stage) => training.resumed_stage(stage, record.course, file),
        };
        if phase.is_err() {
            before.restore(&mut *training.model);
        }
        training.phase = phase?;
        Ok(training)
    }

    fn resumed_course(&mut self, state: CourseState, file: &TensorFile) -> Result<Phase<T>, TrainError> {
        let mut course = self.course()?;
        let mut work = Work {
            model: &mut *self.model,
            tables: self.tables,
        };
        course.restore(state, file, &mut work)?;
        apply_state(&mut *self.model, &file.section("model"))?;
        self.model.resumed();
        Ok(Phase::Whole(Box::new(course)))
    }

    fn resumed_stage(
        &mut self,
        stage: usize,
        state: CourseState,
        file: &TensorFile,
    ) -> Result<Phase<T>, TrainError> {
        if stage >= self.model.stages() {
            let reason = "it was saved in a layer that this model does not train on its own";
            return Err(refused(file, reason));
        }
        // The data of a stage follows from the weights of the whole model.
        apply_state(&mut *self.model, &file.section("model"))?;
        let (model, train) = (&*self.model, self.tables.train);
        let state = (state, file);
        let staged = Staged::resumed(stage, model, train, &self.config, self.clock, state)?;
        Ok(Phase::Stage(Box::new(staged)))
    }
}
