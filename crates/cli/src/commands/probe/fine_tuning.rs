//! A classifier that starts from the run's encoder, beside one that starts from random weights.

use crate::console::Console;
use crate::failure::{Failure, Outcome};
use crate::model::Model;
use crate::numbers::{counted, percent};
use crate::probing::Classes;
use crate::progress::Progress;
use crate::run_folder::Run;
use latents_autoencoders::{Classifier, Labelled};
use latents_data::Dataset;
use latents_train::{Control, Trainer, TrainerConfig};
use serde::Serialize;

/// Shares of the test rows whose class is told wrongly.
#[derive(Clone, Copy, Serialize)]
pub(super) struct FineTuned {
    epochs: usize,
    error: f64,
    /// Of the same network, trained alike from random weights.
    from_random_error: f64,
}

/// What is trained, and on which rows.
pub(super) struct Tuning<'a> {
    pub(super) epochs: usize,
    pub(super) seed: u64,
    pub(super) classes: &'a Classes,
    pub(super) fitted: &'a Dataset,
    pub(super) tested: &'a Dataset,
}

impl Tuning<'_> {
    /// Trains two classifiers: the run's model becomes one of them.
    pub(super) fn of(&self, run: Run, console: &Console) -> Outcome<FineTuned> {
        let training = TrainerConfig {
            epochs: self.epochs,
            seed: self.seed,
            patience: None,
            max_seconds: None,
            ..run.config.training.clone()
        };
        let trainer = Trainer::new(training);
        let random = run.config.model.build(self.seed)?;
        Ok(FineTuned {
            epochs: self.epochs,
            error: self.trained(run.model, &trainer, console)?,
            from_random_error: self.trained(random, &trainer, console)?,
        })
    }

    fn trained(&self, body: Box<Model>, trainer: &Trainer, console: &Console) -> Outcome<f64> {
        let mut classifier = Classifier::new(body, self.classes.count, self.seed)?;
        let rows = Labelled::new(self.fitted, &self.classes.fitted)?;
        let mut progress = Progress::new(self.epochs, self.fitted.rows(), console.shows_progress());
        let fitted = classifier.fit(trainer, &rows, None, &mut |event| {
            progress.on(&event);
            Control::Continue
        });
        progress.finish();
        fitted.map_err(|error| {
            Failure::from(error).hint("train the run with a lower --learning-rate, or leave out --fine-tune")
        })?;
        Ok(classifier.error(self.tested, &self.classes.tested))
    }
}

impl FineTuned {
    /// As lines of the table: a name, numbers of a code, and errors.
    pub(super) fn lines(&self) -> [Vec<String>; 2] {
        let line = |name: String, error: f64| {
            let none = || "–".to_owned();
            vec![name, none(), percent(error, 2), none()]
        };
        let epochs = counted(self.epochs, "epoch");
        [
            line(
                format!("encoder and softmax layer, tuned for {epochs}"),
                self.error,
            ),
            line("the same from random weights".to_owned(), self.from_random_error),
        ]
    }
}
