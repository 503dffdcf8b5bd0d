//! `Staged`: the training of a part of a model, before the whole is trained.

use super::clock::Clock;
use super::course::{Course, Tables, Work};
use crate::{Event, Examples, History, Stage, TrainError, Trainable, TrainerConfig};
use latents_error::ConfigError;
use latents_tensor::{Real, Tensor};

/// A stage under way. It is trained without validation rows.
pub(super) struct Staged<T: Real> {
    /// From 0.
    pub(super) index: usize,
    pub(super) stages: usize,
    pub(super) model: Box<dyn Trainable<T>>,
    rows: Option<Tensor<T>>,
    pub(super) course: Course<T>,
}

/// The rows of a stage: its own, or those of the whole training.
fn tables<'a, T: Real>(rows: Option<&'a Tensor<T>>, whole: Examples<'a, T>) -> Tables<'a, T> {
    Tables {
        train: rows.map_or(whole, Examples::from),
        validation: None,
    }
}

impl<T: Real> Staged<T> {
    pub(super) fn new(
        index: usize,
        whole: &dyn Trainable<T>,
        train: Examples<'_, T>,
        config: &TrainerConfig,
        clock: Clock,
    ) -> Result<Self, ConfigError> {
        let Stage { model, rows, config } = whole.begin_stage(index, train.x, config)?;
        config.validate()?;
        let tables = tables(rows.as_ref(), train);
        Ok(Self {
            index,
            stages: whole.stages(),
            course: Course::new(config, &*model, tables, clock)?,
            model,
            rows,
        })
    }

    /// The course, and what it works on.
    pub(super) fn parts<'a>(&'a mut self, train: Examples<'a, T>) -> (&'a mut Course<T>, Work<'a, T>) {
        let work = Work {
            model: &mut *self.model,
            tables: tables(self.rows.as_ref(), train),
        };
        (&mut self.course, work)
    }

    /// Does the work up to the next event, told as one of the whole training; `None` when the stage is over.
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

/// A stage's event, as the callback of the whole training hears of it.
fn of_layer(event: Event, layer: usize, layers: usize, epochs: usize) -> Event {
    match event {
        Event::Batch { loss, .. } => Event::LayerBatch { layer, layers, loss },
        Event::Epoch(record) => Event::LayerEpoch {
            layer,
            layers,
            epochs,
            record,
        },
        other => other,
    }
}

/// A stage's error, told as one of the whole training.
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
        error => error,
    }
}
