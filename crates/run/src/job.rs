//! `Job`: a training that may start, and `Trained`: the run that comes of it.

use crate::config::{RunConfig, RunFacts, check_training};
use crate::error::{Outcome, RunError};
use crate::folder::{MODEL, RunFolder};
use crate::page;
use crate::report::Report;
use crate::run::Run;
use crate::settings::Settings;
use crate::source::Prepared;
use crate::split::Split;
use crate::text::setting::{LEARNING_RATE, PRETRAINING, SCALE};
use latents_autoencoders::{Autoencoder, ModelConfig, evaluate};
use latents_doctor::Finding;
use latents_error::Within;
use latents_report::EpochRow;
use latents_text::number::exact;
use latents_train::{Control, Event, History, OnEvent, TrainError, Trainer, TrainerConfig};
use std::time::Instant;

/// A training that may start: data, model and trainer fit each other.
///
/// ```no_run
/// use latents_autoencoders::VariationalConfig;
/// use latents_run::{DataSettings, Job, RunFolder};
/// use latents_train::TrainerConfig;
/// let data = DataSettings::default().read(0)?;
/// let job = Job::new(data, VariationalConfig::new(64, 8), TrainerConfig::default())?;
/// let trained = job.train(RunFolder::claim("runs/mine", false)?)?;
/// println!("{} on held-out rows", trained.report()?.results.mse.unwrap());
/// # Ok::<(), latents_run::RunError>(())
/// ```
#[derive(Debug)]
pub struct Job<'a> {
    config: RunConfig,
    split: Split,
    model: Box<dyn Autoencoder>,
    on_event: OnEvent<'a>,
}

impl<'a> Job<'a> {
    /// A training of a new model.
    ///
    /// # Errors
    /// If the model or the trainer cannot have its settings, or the model cannot yield the rows.
    pub fn new(data: Prepared, model: impl Into<ModelConfig>, training: TrainerConfig) -> Outcome<Self> {
        let model_config = model.into();
        check_training(&training)?;
        data.split.check_range(&model_config)?;
        let model = model_config.build(training.seed).within("model")?;
        Ok(Self {
            config: RunConfig {
                run: RunFacts::now(String::new(), data.split.train.rows()),
                model: model_config,
                training,
                data: data.config,
            },
            split: data.split,
            model,
            on_event: OnEvent::default(),
        })
    }

    /// The training that settings describe: reads its data.
    ///
    /// # Errors
    /// As [`Job::new`], or if the data cannot be read.
    pub fn of(settings: &Settings) -> Outcome<Self> {
        let training = settings.trainer_config()?;
        let data = settings.data.read(training.seed)?;
        let model = settings.model_config(data.split.train.columns(), data.config.image)?;
        Self::new(data, model, training)
    }

    /// The same with the command that would repeat it, for the page.
    #[must_use]
    pub fn command(mut self, command: String) -> Self {
        self.config.run.command = command;
        self
    }

    /// Calls `callback` after every step and epoch. It returns nothing, or a [`Control`] that can stop the training.
    #[must_use]
    pub fn on_event<C: Into<Control>>(self, callback: impl FnMut(&Event) -> C + 'a) -> Self {
        Self {
            on_event: OnEvent::new(callback),
            ..self
        }
    }

    /// Everything that the run will say about its model.
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// The rows.
    pub fn split(&self) -> &Split {
        &self.split
    }

    /// The model, before the training.
    pub fn model(&self) -> &dyn Autoencoder {
        &*self.model
    }

    /// What is wrong before the first step: all that is more than a note.
    pub fn findings(&self) -> Vec<Finding> {
        page::before_training(&self.config, &self.split)
    }

    /// Trains, and writes model, configuration and history.
    ///
    /// # Errors
    /// If a number is not finite: weights that were good before are written. If the files cannot be written.
    pub fn train(mut self, folder: RunFolder) -> Outcome<Trained> {
        let mut epochs = Vec::new();
        let fitted = match self.fit(&mut epochs) {
            Ok(fitted) => fitted,
            Err(error) => return Err(self.broken_off(error, &folder, &epochs)),
        };
        self.config.run.interrupted = fitted.interrupted;
        self.config.run.out_of_time = fitted.out_of_time;
        self.config.run.pretraining_seconds = positive(fitted.history.pretraining_seconds);
        self.write(&folder, &epochs)?;
        let run = Run::new(folder.path().to_owned(), self.config, self.model);
        Ok(Trained {
            run,
            folder,
            split: self.split,
            history: fitted.history,
            epochs,
        })
    }

    /// Trains, and notes every epoch.
    fn fit(&mut self, epochs: &mut Vec<EpochRow>) -> Result<Fitted, TrainError> {
        let training = &self.config.training;
        let (mut interrupted, mut whole) = (false, true);
        let started = Instant::now();
        let mut trainer = Trainer::new(training.clone()).on_event(|event| {
            match event {
                Event::Batch { batch, batches, .. } => whole = batch == batches,
                Event::Epoch(record) => epochs.push(page::epoch_row(record)),
                _ => {}
            }
            let answer = self.on_event.call(event);
            interrupted |= answer == Control::Stop && !is_last(event, training.epochs);
            answer
        });
        if let Some(rows) = &self.split.validation {
            trainer = trainer.validation(rows);
        }
        let fitted = trainer.fit(&mut *self.model, &self.split.train);
        let is_over = |seconds| started.elapsed().as_secs_f64() >= seconds;
        fitted.map(|history| Fitted {
            interrupted: interrupted || !whole,
            out_of_time: !interrupted
                && (!whole || history.epochs.len() < training.epochs)
                && training.max_seconds.is_some_and(is_over),
            history,
        })
    }

    /// First of all: whatever goes wrong afterwards, the weights are there.
    fn write(&mut self, folder: &RunFolder, epochs: &[EpochRow]) -> Outcome {
        self.config.run.parameters_sha256 = Some(latents_nn::parameters_sha256(&*self.model));
        Run::write(folder, &self.config, &*self.model, epochs)
    }

    /// What to say where training broke off. Weights that were good before a number was not are written; untrained ones,
    /// and layers that were not yet trained together, only where they replace no run.
    fn broken_off(&mut self, error: TrainError, folder: &RunFolder, epochs: &[EpochRow]) -> RunError {
        let TrainError::NotFinite { layer, history, .. } = &error else {
            return error.into();
        };
        let trained = layer.is_none() && history.final_epoch().is_some();
        self.config.run.pretraining_seconds = match layer {
            // All epochs were of layers.
            Some(_) => positive(history.seconds()),
            None => positive(history.pretraining_seconds),
        };
        let place = folder.path().join(MODEL).display().to_string();
        let kept = match (trained, folder.has_run()) {
            (true, _) => format!("the last good weights are in {place}"),
            (false, true) => format!("the run in {} is left as it was", folder.path().display()),
            (false, false) => match layer {
                Some(_) => format!("the layers as far as they were trained are in {place}"),
                None => format!("the weights from before the first epoch are in {place}"),
            },
        };
        if (trained || !folder.has_run())
            && let Err(error) = self.write(folder, epochs)
        {
            return error;
        }
        let rate = self.config.training.optimizer.learning_rate();
        let lower = match layer {
            Some(_) => format!("lower the layer's learning rate, in {PRETRAINING} or with {LEARNING_RATE},"),
            None => format!("lower {LEARNING_RATE} (it was {}),", exact(rate)),
        };
        RunError::from(error).hint(format!("{lower} or scale the data with {SCALE}; {kept}"))
    }
}

/// Seconds, where something took them.
fn positive(seconds: f64) -> Option<f64> {
    Some(seconds).filter(|&seconds| seconds > 0.0)
}

/// How training ended, if it did not fail.
struct Fitted {
    history: History,
    /// Whether it ended in the middle of an epoch, or somebody ended it.
    interrupted: bool,
    /// Whether its time ended it.
    out_of_time: bool,
}

/// Whether nothing comes after this event but the end of the last epoch.
fn is_last(event: &Event, epochs: usize) -> bool {
    match event {
        Event::Batch {
            epoch,
            batch,
            batches,
            ..
        } => (epoch, batch) == (&epochs, batches),
        Event::Epoch(record) => record.epoch == epochs,
        _ => false,
    }
}

/// A run whose model, configuration and history are written; its report is not yet.
#[derive(Debug)]
pub struct Trained {
    /// The run.
    pub run: Run,
    /// The rows of its training.
    pub split: Split,
    /// How the training went.
    pub history: History,
    epochs: Vec<EpochRow>,
    folder: RunFolder,
}

impl Trained {
    /// Measures and diagnoses the run, and writes its page and the image of reconstructions.
    ///
    /// # Errors
    /// If the files cannot be written. The model is saved all the same.
    pub fn report(&self) -> Outcome<Report> {
        let place = self.run.path().display();
        self.reported().map_err(|error| {
            error.hint(format!(
                "the model is saved in {place}; once the cause is removed, write its report with `latents report {place}`"
            ))
        })
    }

    fn reported(&self) -> Outcome<Report> {
        let (run, split) = (&self.run, &self.split);
        let evaluation = evaluate(&*run.model, split.measured(), run.config.training.batch_size);
        let kept_loss = self.history.final_epoch().map(|record| record.train_loss);
        Report::written(run, &self.folder, split, &self.epochs, &evaluation, kept_loss)
    }
}
