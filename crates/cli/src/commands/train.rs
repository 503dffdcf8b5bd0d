//! `latents train`: from data to a run folder.

use crate::args::TrainArgs;
use crate::console::Console;
use crate::failure::{Failure, Outcome};
use crate::model::Model;
use crate::numbers::{counted, grouped, short};
use crate::page::{self, Page};
use crate::progress::Progress;
use crate::rows::{self, Split};
use crate::run_config::{DataConfig, RunConfig, RunFacts};
use crate::run_folder::{CONFIG, HISTORY, MODEL, REPORT, RunFolder};
use crate::settings::Settings;
use crate::{clock, interrupt, tables};
use latents_autoencoders::{Registry, evaluate};
use latents_report::EpochRow;
use latents_tensor::Rows;
use latents_train::{Control, Event, History, TrainError, Trainer};
use std::time::Instant;

mod outcome;
use outcome::Trained;

pub(crate) fn run(args: TrainArgs, registry: &Registry, console: &Console) -> Outcome {
    let settings = Settings::of(&args, registry)?;
    let blame = |failure| blame_configuration(&args, failure);
    let training = settings.training().map_err(blame)?;
    let (split, data) = read_data(&settings, training.seed)?;
    let config = RunConfig {
        run: facts(&split),
        model: settings.model(split.train.columns(), data.image).map_err(blame)?,
        training,
        data,
    };
    split.check_range(&config.model)?;
    let model = config.model.build(config.training.seed);
    let model = model.map_err(|error| blame(Failure::of_key("model", error)))?;
    interrupt::listen()?;
    let folder = claim(&args, &config)?;
    introduce(&config, &*model, &split, console);
    Job {
        config,
        split,
        folder,
        console,
    }
    .train(model)
}

/// Flags are checked where they are read: what is wrong later comes from the configuration file, if there is one.
fn blame_configuration(args: &TrainArgs, failure: Failure) -> Failure {
    match &args.config {
        Some(path) => failure.within(&path.display().to_string()),
        None => failure,
    }
}

/// Reads, splits and scales the rows; the scaling is fitted on the training rows alone.
fn read_data(settings: &Settings, seed: u64) -> Outcome<(Split, DataConfig)> {
    let (data, source) = (&settings.data, settings.source());
    let split = Split::read(source, &data.open_options(), data.validation, seed)?;
    let scale = data.scale.unwrap_or_default();
    let scaling = scale.fit(&split.train)?;
    let image = split
        .train
        .image_shape()
        .map(|image| [image.height, image.width, image.channels]);
    let (source, label, validation) = (rows::absolute(source), data.label.clone(), split.fraction);
    let split = split.scaled(&scaling)?;
    Ok((
        split,
        DataConfig {
            source,
            label,
            validation,
            scale,
            image_size: data.image_size,
            color: data.color,
            skip_bad: data.skip_bad.unwrap_or_default(),
            image,
            scaling,
        },
    ))
}

fn facts(split: &Split) -> RunFacts {
    let typed: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let words = repeatable(&typed).map(quoted);
    RunFacts {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        numerics_version: latents_tensor::NUMERICS_VERSION,
        command: std::iter::once("latents".to_owned())
            .chain(words)
            .collect::<Vec<_>>()
            .join(" "),
        created: clock::now(),
        threads: rayon::current_num_threads(),
        train_rows: Some(split.train.rows()),
        interrupted: false,
        out_of_time: false,
        pretraining_seconds: None,
        parameters_sha256: None,
    }
}

/// The words of a call without where the run was written: there is a run now.
fn repeatable(typed: &[String]) -> impl Iterator<Item = &str> {
    let is_place = |index: usize| index > 0 && typed[index - 1] == "--out";
    typed.iter().enumerate().filter_map(move |(index, word)| {
        let left_out = word == "--overwrite" || word == "--out" || word.starts_with("--out=");
        (!left_out && !is_place(index)).then_some(word.as_str())
    })
}

/// A word as a shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:,=+@%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

fn claim(args: &TrainArgs, config: &RunConfig) -> Outcome<RunFolder> {
    match &args.out {
        Some(path) => RunFolder::claim(path, args.overwrite),
        None => RunFolder::claim_numbered(&format!(
            "{}-{}",
            config.model.kind(),
            short_name(&config.data.source)
        )),
    }
}

/// `digits`, `mnist`, `table` of `digits`, `data/mnist/`, `data/table.npz:key`.
fn short_name(source: &str) -> String {
    let (path, _) = latents_data::split_key(source);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    let stem = name.split('.').find(|part| !part.is_empty()).unwrap_or("data");
    stem.chars()
        .map(|c| if c.is_alphanumeric() || c == '_' { c } else { '-' })
        .collect()
}

fn introduce(config: &RunConfig, model: &Model, split: &Split, console: &Console) {
    split.describe().iter().for_each(|line| console.say(line));
    console.say(config.model.title());
    console.say(tables::layers(&page::layer_rows(model)));
    let training = &config.training;
    let schedule = training.schedule.map(|schedule| format!(", {schedule}"));
    console.say(format!(
        "{}{}; {}, batches of {}; seed {}, {}",
        training.optimizer,
        schedule.unwrap_or_default(),
        counted(training.epochs, "epoch"),
        training.batch_size,
        training.seed,
        counted(config.run.threads, "thread")
    ));
    for warning in config.model.warnings(training) {
        console.note(format!("warning: {warning}"));
    }
    for finding in page::before_training(config, split) {
        console.note(format!("warning: {} {}", finding.what, finding.remedy));
    }
}

/// A training run that may start.
struct Job<'a> {
    config: RunConfig,
    split: Split,
    folder: RunFolder,
    console: &'a Console,
}

impl Job<'_> {
    fn train(mut self, mut model: Box<Model>) -> Outcome {
        let mut epochs = Vec::new();
        let fitted = self.fit(&mut *model, &mut epochs);
        interrupt::training_is_over();
        let model = &*model;
        let fitted = match fitted {
            Ok(fitted) => fitted,
            Err(error) => return Err(self.broken_off(error, model, &epochs)),
        };
        self.config.run.interrupted = fitted.interrupted;
        self.config.run.out_of_time = fitted.out_of_time;
        self.config.run.pretraining_seconds = positive(fitted.history.pretraining_seconds);
        self.write_weights(model, &epochs)?;
        let measured = self.split.measured();
        let evaluation = evaluate(model, measured, self.config.training.batch_size);
        let kept = fitted.history.final_epoch().map(|record| record.train_loss);
        let results = page::results(&self.config, model, &self.split, &evaluation, &epochs, kept);
        let pca = page::Baseline::of(&self.split, self.config.model.latent_dim());
        let findings = page::diagnosed(&self.config, model, &self.split, &epochs, results.mse, &pca);
        let trained = Trained::new(
            &self.config,
            model,
            &results,
            &fitted.history,
            &pca,
            findings,
            self.folder.path(),
        );
        Page {
            config: &self.config,
            model,
            split: &self.split,
            epochs: &epochs,
            results,
            pca: &pca,
            findings: trained.findings(),
        }
        .write(&self.folder)?;
        self.console.finish(
            &trained,
            trained.text(&self.config, &pca, &self.folder.path().join(REPORT)),
        );
        Ok(())
    }

    /// Trains, and notes every epoch.
    fn fit(&self, model: &mut Model, epochs: &mut Vec<EpochRow>) -> Result<Fitted, TrainError> {
        let training = &self.config.training;
        let trainer = Trainer::new(training.clone());
        let mut progress = Progress::new(
            training.epochs,
            self.split.train.rows(),
            self.console.shows_progress(),
        );
        let (mut first, mut interrupted, mut whole) = (true, false, true);
        let started = Instant::now();
        let validation = self.split.validation.as_ref().map(|rows| rows as &dyn Rows);
        let fitted = trainer.fit(model, &self.split.train, validation, &mut |event| {
            if std::mem::take(&mut first) {
                self.console.time("the end of the first training step");
            }
            if let Event::Batch { batch, batches, .. } = &event {
                whole = batch == batches;
            }
            if let Event::Epoch(record) = &event {
                epochs.push(page::epoch_row(record));
            }
            progress.on(&event);
            if let Event::Note { epoch, name, value } = &event {
                progress.pause(|| self.console.say(noted(epoch - 1, name, *value)));
            }
            if !interrupt::asked() {
                return Control::Continue;
            }
            interrupted |= !is_last(&event, training.epochs);
            Control::Stop
        });
        progress.finish();
        let stopped = interrupted;
        fitted.map(|history| Fitted {
            interrupted: stopped || !whole,
            out_of_time: !stopped
                && (!whole || history.epochs.len() < training.epochs)
                && training
                    .max_seconds
                    .is_some_and(|seconds| started.elapsed().as_secs_f64() >= seconds),
            history,
        })
    }

    /// Model, configuration and history. First of all: whatever goes wrong afterwards, the weights are there.
    fn write_weights(&mut self, model: &Model, epochs: &[EpochRow]) -> Outcome {
        self.config.run.parameters_sha256 = Some(latents_nn::parameters_sha256(model));
        let config = self.config.to_toml()?;
        self.folder.replace(|stage| {
            latents_autoencoders::save(model, stage.join(MODEL))?;
            latents_durable::write(stage.join(CONFIG), config.as_bytes())?;
            let history = latents_report::history_csv(epochs);
            Ok(latents_durable::write(stage.join(HISTORY), history.as_bytes())?)
        })
    }

    /// What to say where training broke off. Weights that were good before a number was not are written; untrained ones,
    /// and layers that were not yet trained together, only where they replace no run.
    fn broken_off(mut self, error: TrainError, model: &Model, epochs: &[EpochRow]) -> Failure {
        let TrainError::NotFinite { layer, history, .. } = &error else {
            return error.into();
        };
        let trained = layer.is_none() && history.final_epoch().is_some();
        self.config.run.pretraining_seconds = match layer {
            // All epochs were of layers.
            Some(_) => positive(history.seconds()),
            None => positive(history.pretraining_seconds),
        };
        let place = self.folder.path().join(MODEL).display().to_string();
        let kept = match (trained, self.folder.has_run()) {
            (true, _) => format!("the last good weights are in {place}"),
            (false, true) => format!("the run in {} is left as it was", self.folder.path().display()),
            (false, false) => match layer {
                Some(_) => format!("the layers as far as they were trained are in {place}"),
                None => format!("the weights from before the first epoch are in {place}"),
            },
        };
        if (trained || !self.folder.has_run())
            && let Err(failure) = self.write_weights(model, epochs)
        {
            return failure;
        }
        let rate = self.config.training.optimizer.learning_rate();
        let lower = match layer {
            Some(_) => "lower its learning rate, in --pretraining or with --learning-rate,".to_owned(),
            None => format!("lower --learning-rate (it was {rate:?})"),
        };
        Failure::from(error).hint(format!("{lower} or scale the data; {kept}"))
    }
}

/// What the model did between two epochs.
fn noted(epoch: usize, name: &str, value: f64) -> String {
    let number = match value.fract() == 0.0 {
        true => grouped(value as usize),
        false => short(value),
    };
    format!("after epoch {epoch}: {number} {name}")
}

/// Seconds, where something took them.
fn positive(seconds: f64) -> Option<f64> {
    Some(seconds).filter(|&seconds| seconds > 0.0)
}

/// How training ended, if it did not fail.
struct Fitted {
    history: History,
    /// Whether it ended in the middle of an epoch.
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
        Event::LayerBatch { .. } | Event::LayerEpoch { .. } | Event::Note { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_run_again() {
        let typed = [
            "train",
            "--out",
            "run",
            "--epochs",
            "2",
            "--overwrite",
            "--out=other",
        ]
        .map(str::to_owned);
        assert_eq!(repeatable(&typed).collect::<Vec<_>>(), ["train", "--epochs", "2"]);
    }
}
