//! `Staged`: the training of a part of a model, before the whole is trained.

use super::clock::Clock;
use super::course::{Course, Work};
use super::state::CourseState;
use super::tables::Tables;
use crate::{Event, Examples, History, OwnedExamples, Stage, TrainError, Trainable, TrainerConfig};
use latents_error::ConfigError;
use latents_nn::{TensorFile, apply_state};
use latents_tensor::Real;

/// A stage under way. It is trained without validation rows.
pub(super) struct Staged<T: Real> {
    /// From 0.
    pub(super) index: usize,
    pub(super) stages: usize,
    pub(super) model: Box<dyn Trainable<T>>,
    examples: Option<OwnedExamples<T>>,
    pub(super) course: Course<T>,
}

/// The data of a stage: its own, or that of the whole training.
fn tables<'a, T: Real>(own: Option<&'a OwnedExamples<T>>, whole: Examples<'a, T>) -> Tables<'a, T> {
    Tables {
        train: own.map_or(whole, OwnedExamples::examples),
        validation: None,
    }
}

/// The stage of this number, if it can be trained.
fn checked<T: Real>(
    index: usize,
    whole: &dyn Trainable<T>,
    train: Examples<'_, T>,
    config: &TrainerConfig,
) -> Result<Stage<T>, TrainError> {
    let stage = whole.begin_stage(index, &train, config)?;
    if stage.model.stages() > 0 {
        let requirement = "a part that is trained on its own cannot have such parts itself";
        return Err(ConfigError::new("stages", stage.model.stages(), requirement).into());
    }
    let data = tables(stage.examples.as_ref(), train);
    data.check(&stage.config, &*stage.model)?;
    Ok(stage)
}

impl<T: Real> Staged<T> {
    /// Before its first step.
    pub(super) fn new(
        index: usize,
        whole: &dyn Trainable<T>,
        train: Examples<'_, T>,
        config: &TrainerConfig,
        clock: Clock,
    ) -> Result<Self, TrainError> {
        let start = || {
            let mut stage = checked(index, whole, train, config)?;
            let rows = tables(stage.examples.as_ref(), train).train.x;
            stage.model.prepare(rows, stage.config.seed);
            Self::begin(index, whole.stages(), stage, train, clock)
        };
        start().map_err(|error| at_layer(error, index + 1))
    }

    /// As it was in a state, after the parameters of the whole model were read from it.
    pub(super) fn resumed(
        index: usize,
        whole: &dyn Trainable<T>,
        train: Examples<'_, T>,
        config: &TrainerConfig,
        clock: Clock,
        (state, file): (CourseState, &TensorFile),
    ) -> Result<Self, TrainError> {
        let mut stage = checked(index, whole, train, config).map_err(|error| at_layer(error, index + 1))?;
        apply_state(&mut *stage.model, &file.section("stage"))?;
        stage.model.resumed();
        let mut staged = Self::begin(index, whole.stages(), stage, train, clock)?;
        let (course, mut work) = staged.parts(train);
        course.restore(state, file, &mut work)?;
        Ok(staged)
    }

    fn begin(
        index: usize,
        stages: usize,
        stage: Stage<T>,
        train: Examples<'_, T>,
        clock: Clock,
    ) -> Result<Self, TrainError> {
        let Stage {
            model,
            examples,
            config,
        } = stage;
        Ok(Self {
            index,
            stages,
            course: Course::new(config, &*model, tables(examples.as_ref(), train), clock)?,
            model,
            examples,
        })
    }

    /// The course, and what it works on.
    fn parts<'a>(&'a mut self, train: Examples<'a, T>) -> (&'a mut Course<T>, Work<'a, T>) {
        let work = Work {
            model: &mut *self.model,
            tables: tables(self.examples.as_ref(), train),
        };
        (&mut self.course, work)
    }

    /// Does the work up to the next event, reported as one of the whole training; `None` when the stage is over.
    pub(super) fn next_event(&mut self, train: Examples<'_, T>) -> Result<Option<Event>, TrainError> {
        let (course, mut work) = self.parts(train);
        let event = course.next_event(&mut work);
        let (layer, layers, epochs) = (self.index + 1, self.stages, self.course.config.epochs);
        match event {
            Ok(event) => Ok(event.map(|event| of_layer(event, layer, layers, epochs))),
            Err(error) => Err(at_layer(error, layer)),
        }
    }

    /// Gives the whole model what the part has learned, and returns the record of its training.
    pub(super) fn finish(mut self, whole: &mut dyn Trainable<T>) -> History {
        let history = self.course.finish(&mut *self.model);
        whole.end_stage(self.index, &*self.model);
        history
    }
}

/// A stage's event, as the callback of the whole training receives it.
fn of_layer(event: Event, layer: usize, layers: usize, epochs: usize) -> Event {
    match event {
        Event::Batch { loss, .. } => Event::LayerBatch { layer, layers, loss },
        Event::Epoch(record) => Event::LayerEpoch {
            layer,
            layers,
            epochs,
            record,
        },
        Event::Note {
            epoch, name, value, ..
        } => Event::Note {
            layer: Some(layer),
            epoch,
            name,
            value,
        },
        Event::LayerBatch { .. } | Event::LayerEpoch { .. } => {
            unreachable!("a stage has no stages of its own")
        }
    }
}

/// A stage's error, reported as one of the whole training.
fn at_layer(error: TrainError, layer: usize) -> TrainError {
    match error {
        TrainError::NotFinite {
            epoch,
            part,
            batch,
            operation,
            history,
            ..
        } => TrainError::NotFinite {
            layer: Some(layer),
            epoch,
            part,
            batch,
            operation,
            history,
        },
        error => TrainError::Layer {
            layer,
            error: Box::new(error),
        },
    }
}
