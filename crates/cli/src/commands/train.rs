//! `latents train`: from data to a run folder.

use crate::args::TrainArgs;
use crate::console::{Console, advice};
use crate::failure::{Failure, Outcome, flagged};
use crate::progress::Progress;
use crate::{interrupt, settings, tables};
use latents_autoencoders::Registry;
use latents_error::Within;
use latents_run::{Job, RunFolder, Text, Trained, layer_rows};
use latents_text::number::{self, counted, figure};
use latents_train::{Control, Event};

mod outcome;
use outcome::Answer;

pub(crate) fn run(args: TrainArgs, registry: &Registry, console: &Console) -> Outcome {
    let settings = settings::of(&args, registry)?;
    // Flags are checked where they are read: what is wrong later comes from the configuration file, if there is one.
    let blame = |failure: Failure| match &args.config {
        Some(path) => failure.within(&path.display().to_string()),
        None => failure,
    };
    let training = settings.trainer_config().map_err(blame)?;
    let data = settings.data.read(training.seed)?;
    let columns = data.split.train.columns();
    let model = settings.model_config(columns, data.config.image).map_err(blame)?;
    let validated = model.validate().within("model");
    validated.map_err(|error| blame(error.into()))?;
    let job = Job::new(data, model, training)?.command(call());
    interrupt::listen()?;
    let folder = claim(&args, &job)?;
    introduce(&job, console);
    console.release();
    let trained = train(job, folder, console)?;
    let report = trained.report()?;
    let answer = Answer::new(&trained, &report);
    console.finish(&answer, answer.text(&trained.run.config, &report));
    let place = trained.run.path().display();
    let arrived = console.check();
    arrived.map_err(|error| {
        error.hint(format!(
            "free space where the output goes; the run is saved in {place}"
        ))
    })
}

/// Trains, and tells how it goes; Ctrl-C ends it.
fn train(job: Job<'_>, folder: RunFolder, console: &Console) -> Outcome<Trained> {
    let (mut first, mut stopped) = (true, false);
    let (epochs, rows) = (job.config().training.epochs, job.split().train.rows());
    let mut progress = Progress::new(epochs, rows, console.shows_progress());
    let job = job.on_event(|event| {
        if std::mem::take(&mut first) {
            console.time("the end of the first training step");
        }
        progress.on(event);
        if let Event::Note {
            layer,
            epoch,
            name,
            value,
        } = event
        {
            progress.pause(|| console.say(noted(*layer, epoch - 1, name, *value)));
        }
        stopped |= interrupt::asked();
        if stopped { Control::Stop } else { Control::Continue }
    });
    let trained = job.train(folder);
    progress.finish();
    let trained = trained?;
    interrupt::model_is_saved(&trained.run.path().display().to_string(), stopped);
    Ok(trained)
}

/// What would repeat the call.
fn call() -> String {
    let typed: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let words = repeatable(&typed).map(quoted);
    let words = std::iter::once("latents".to_owned()).chain(words);
    words.collect::<Vec<_>>().join(" ")
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

fn claim(args: &TrainArgs, job: &Job) -> Outcome<RunFolder> {
    let config = job.config();
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

fn introduce(job: &Job, console: &Console) {
    let config = job.config();
    job.split().describe().iter().for_each(|line| console.say(line));
    console.say(config.model.title());
    console.say(tables::layers(&layer_rows(job.model())));
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
        console.note(format!("warning: {}", flagged(&Text::quoted(&warning))));
    }
    for finding in job.findings() {
        console.note(format!("warning: {}", advice(&finding)));
    }
}

/// What the model did between two epochs.
fn noted(layer: Option<usize>, epoch: usize, name: &str, value: f64) -> String {
    let number = match value.fract() == 0.0 {
        true => number::count(value as usize),
        false => figure(value),
    };
    let layer = layer
        .map(|layer| format!(" of layer {layer}"))
        .unwrap_or_default();
    format!("after epoch {epoch}{layer}: {number} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_name_the_epoch_and_the_layer() {
        assert_eq!(
            noted(None, 3, "revived units", 5.0),
            "after epoch 3: 5 revived units"
        );
        assert_eq!(
            noted(Some(2), 3, "revived units", 5.0),
            "after epoch 3 of layer 2: 5 revived units"
        );
    }

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
