//! `CoreTraining`: training that leaves out the rows with the largest errors.

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

/// Trains on the rows that the model reconstructs best, which excludes anomalies: least trimmed squares (Rousseeuw 1984) with
/// rounds of training as concentration steps.
///
/// The first round uses all rows. Each later round uses the fraction `core` with the smallest reconstruction errors. The
/// learning rate decreases linearly from round to round; schedules and early stopping apply within each round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoreTraining {
    /// Training configuration. `epochs` is the total over all rounds.
    pub trainer: TrainerConfig,
    /// Fraction of the rows to train on, above 0.5.
    pub core: f64,
    /// Number of rounds, including the first round with all rows.
    pub rounds: usize,
}

impl CoreTraining {
    /// Checks the configuration.
    ///
    /// # Errors
    /// The first invalid setting.
    ///
    /// ```
    /// # use latents_anomaly::Recipe;
    /// let mut training = Recipe::new(100, 4).training;
    /// assert!(training.validate().is_ok());
    /// training.rounds = 0;
    /// assert!(training.validate().is_err());
    /// ```
    pub fn validate(&self) -> Result<(), ConfigError> {
        check_core(self.core)?;
        if self.rounds == 0 {
            return Err(ConfigError::new("rounds", 0, "must be at least 1"));
        }
        self.trainer.validate().within("trainer")
    }

    /// Trains `model` on the core of `train`. `callback` receives the epochs of all rounds, numbered consecutively.
    ///
    /// # Errors
    /// Those of [`Trainer::fit`].
    ///
    /// ```
    /// # use latents_anomaly::Recipe;
    /// # use latents_tensor::{Tensor, random::Key};
    /// # use latents_train::Control;
    /// let rows: Tensor = Key::new(1).normal([100, 4]);
    /// let recipe = Recipe::new(100, 4);
    /// let mut model = recipe.model.build(0)?;
    /// let history = recipe.training.fit(&mut *model, &rows, &mut |_| Control::Continue)?;
    /// assert!(!history.epochs.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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

    /// The configuration of one round; `None` if the time limit is reached.
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

/// Appends the epochs of a round to those `before` it.
fn append(history: &mut History, round: History, before: usize) {
    history.epochs.extend(round.epochs.into_iter().map(|mut record| {
        record.epoch += before;
        record
    }));
    history.restored_epoch = round.restored_epoch.map(|epoch| epoch + before);
    history.pretraining_seconds += round.pretraining_seconds;
}

/// Renumbers the epochs of an error in a round.
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

/// A model in one of several rounds: initialisation runs only once, and progress continues from round to round.
struct InRound<'a> {
    model: &'a mut dyn Autoencoder,
    round: u64,
    rounds: u64,
    /// Start of the first round, and the time limit for all rounds.
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
    /// Progress over all rounds.
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
