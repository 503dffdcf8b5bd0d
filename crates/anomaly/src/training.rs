//! `CoreTraining`: training that puts aside what does not fit.

use super::concentrate::{core_size, smallest};
use super::config::check_core;
use super::views::Subset;
use latents_autoencoders::Autoencoder;
use latents_autograd::Var;
use latents_error::{ConfigError, Within};
use latents_nn::{Module, parts};
use latents_tensor::Rows;
use latents_tensor::random::Key;
use latents_train::{
    Batch, Control, EpochStart, Event, Examples, Fields, History, Objective, Parts, Progress, Stage,
    Statistics, TrainError, Trainable, Trainer, TrainerConfig,
};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// Training on the rows that a model reproduces best, which anomalies among the training rows are not: least trimmed
/// squares (Rousseeuw 1984), whose concentration steps are rounds of training.
///
/// The first round has all rows. Before each other one, the part `core` with the smallest reconstruction errors is
/// chosen anew. The learning rate falls from round to round in even steps; a schedule runs within each round, and so does
/// patience.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoreTraining {
    /// Epochs of all rounds together, and all else that a training needs.
    pub trainer: TrainerConfig,
    /// The part of the rows to learn from, above 0.5.
    pub core: f64,
    /// How often the rows are chosen, the first round with all of them included.
    pub rounds: usize,
}

impl CoreTraining {
    /// # Errors
    /// The first option that makes no sense.
    pub fn validate(&self) -> Result<(), ConfigError> {
        check_core(self.core)?;
        if self.rounds == 0 {
            return Err(ConfigError::new("rounds", 0, "must be at least 1"));
        }
        self.trainer.validate().within("trainer")
    }

    /// Trains `model` on the core of `train`. `callback` hears of all rounds' epochs, counted on.
    ///
    /// # Errors
    /// As [`Trainer::fit`].
    pub fn fit(
        &self,
        model: &mut dyn Autoencoder,
        train: &dyn Rows,
        callback: &mut dyn FnMut(&Event) -> Control,
    ) -> Result<History, TrainError> {
        self.validate()?;
        let started = Instant::now();
        let rounds = self.rounds.min(self.trainer.epochs.max(1));
        let mut history = History::default();
        let mut core: Vec<usize> = (0..train.rows()).collect();
        for round in 0..rounds {
            let Some(config) = self.of_round(round, rounds, started) else {
                break;
            };
            if round > 0 {
                let errors = model.reconstruction_errors(train);
                core = smallest(&errors, core_size(train.rows(), self.core));
            }
            let (before, mut stopped) = (self.epochs_before(round, rounds), false);
            let mut counted_on = |event: &Event| {
                let control = callback(&counted_from(event.clone(), before));
                stopped |= control == Control::Stop;
                control
            };
            let mut part = InRound {
                model: &mut *model,
                round: round as u64,
                rounds: rounds as u64,
                started,
                max_seconds: self.trainer.max_seconds,
            };
            let subset = Subset {
                table: train,
                rows: &core,
            };
            match Trainer::new(config)
                .on_event(&mut counted_on)
                .fit(&mut part, &subset)
            {
                Ok(done) => append(&mut history, done, before),
                Err(error) => return Err(with_rounds_before(error, history, before)),
            }
            if stopped {
                break;
            }
        }
        Ok(history)
    }

    fn epochs_before(&self, round: usize, rounds: usize) -> usize {
        self.trainer.epochs * round / rounds
    }

    /// How one round is trained; nothing where no time is left for it.
    fn of_round(&self, round: usize, rounds: usize, started: Instant) -> Option<TrainerConfig> {
        let optimizer = self.trainer.optimizer;
        let falling = (rounds - round) as f64 / rounds as f64;
        let left = self
            .trainer
            .max_seconds
            .map(|seconds| seconds - started.elapsed().as_secs_f64());
        if left.is_some_and(|seconds| seconds <= 0.0) {
            return None;
        }
        Some(
            self.trainer
                .clone()
                .epochs(self.epochs_before(round + 1, rounds) - self.epochs_before(round, rounds))
                .optimizer(optimizer.with_learning_rate(optimizer.learning_rate() * falling))
                .seed(self.trainer.seed.wrapping_add(round as u64))
                .max_seconds(left),
        )
    }
}

/// Adds the epochs of a round to those `before` it.
fn append(history: &mut History, round: History, before: usize) {
    history.epochs.extend(round.epochs.into_iter().map(|mut record| {
        record.epoch += before;
        record
    }));
    history.restored_epoch = round.restored_epoch.map(|epoch| epoch + before);
    history.pretraining_seconds += round.pretraining_seconds;
}

/// An error in a round, told as one of the whole training.
fn with_rounds_before(error: TrainError, mut all: History, before: usize) -> TrainError {
    match error {
        TrainError::NotFinite {
            layer,
            epoch,
            part,
            batch,
            operation,
            history,
        } => {
            append(&mut all, history, before);
            TrainError::NotFinite {
                layer,
                epoch: epoch + before,
                part,
                batch,
                operation,
                history: all,
            }
        }
        other => other,
    }
}

fn counted_from(event: Event, before: usize) -> Event {
    match event {
        Event::Batch {
            epoch,
            batch,
            batches,
            loss,
        } => Event::Batch {
            epoch: epoch + before,
            batch,
            batches,
            loss,
        },
        Event::Epoch(mut record) => {
            record.epoch += before;
            Event::Epoch(record)
        }
        of_a_layer => of_a_layer,
    }
}

/// A model in one of several rounds: what it does before its training it does once, and what changes in the course of a
/// training goes on from round to round.
struct InRound<'a> {
    model: &'a mut dyn Autoencoder,
    round: u64,
    rounds: u64,
    /// When the first round began, and how long all may take.
    started: Instant,
    max_seconds: Option<f64>,
}

impl Module<f32> for InRound<'_> {
    fn forward<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.model.forward(x)
    }

    parts! { f32: ..model }
}

impl InRound<'_> {
    /// How far the training of all rounds is.
    fn of_all_rounds(&self, progress: Progress) -> Progress {
        let of_time = |seconds: f64| (self.started.elapsed().as_secs_f64() / seconds).min(1.0);
        Progress {
            step: self.round * progress.steps + progress.step,
            steps: self.rounds * progress.steps,
            elapsed: self.max_seconds.map_or(0.0, of_time),
        }
    }
}

impl Trainable for InRound<'_> {
    fn input_dim(&self) -> usize {
        self.model.input_dim()
    }

    fn reads(&self) -> Fields {
        self.model.reads()
    }

    fn objectives(&self) -> &[Objective] {
        self.model.objectives()
    }

    fn check(&self, data: &Examples<'_>) -> Result<(), ConfigError> {
        self.model.check(data)
    }

    fn couples_rows(&self) -> bool {
        self.model.couples_rows()
    }

    fn stops(&self) -> &'static [&'static str] {
        self.model.stops()
    }

    fn loss<'t>(&self, objective: usize, batch: &Batch<'t>, parts: &mut Parts) -> Var<'t> {
        self.model.loss(objective, batch, parts)
    }

    fn stages(&self) -> usize {
        if self.round == 0 { self.model.stages() } else { 0 }
    }

    fn begin_stage(
        &self,
        stage: usize,
        train: &Examples<'_>,
        config: &TrainerConfig,
    ) -> Result<Stage, ConfigError> {
        self.model.begin_stage(stage, train, config)
    }

    fn end_stage(&mut self, stage: usize, part: &dyn Trainable) {
        self.model.end_stage(stage, part);
    }

    fn prepare(&mut self, train: &dyn Rows, seed: u64) {
        if self.round == 0 {
            self.model.prepare(train, seed);
        } else {
            self.model.resumed();
        }
    }

    fn resumed(&mut self) {
        self.model.resumed();
    }

    fn begin_epoch(&mut self, start: EpochStart<'_>) {
        let progress = self.of_all_rounds(start.progress);
        self.model.begin_epoch(EpochStart { progress, ..start });
    }

    fn begin_step(&mut self, progress: Progress) {
        self.model.begin_step(self.of_all_rounds(progress));
    }

    fn end_step(&mut self, statistics: &Statistics, key: Key) {
        self.model.end_step(statistics, key);
    }
}
