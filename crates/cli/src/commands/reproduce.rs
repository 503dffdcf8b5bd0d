//! `latents reproduce`: a model of the literature, trained here, and its result compared with the published one.

mod anomaly;
mod classify;
mod data;
mod reconstruct;
mod variational;

use crate::args::ReproduceArgs;
use crate::console::{Console, complain};
use crate::failure::{Failure, Outcome};
use crate::tables;
use data::Data;
use latents_text::number::{duration, figure};
use latents_train::{Control, Event, Examples, Trainable, Trainer, TrainerConfig};
use serde::Serialize;
use std::time::Instant;

/// What a figure has to be.
#[derive(Clone, Copy)]
enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Goal {
    fn is_reached(self, value: f64) -> bool {
        match self {
            Self::AtMost(bound) => value <= bound,
            Self::AtLeast(bound) => value >= bound,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtMost(bound) => format!("≤ {}", figure(bound)),
            Self::AtLeast(bound) => format!("≥ {}", figure(bound)),
        }
    }
}

/// A row of the table of figures.
struct Row {
    name: &'static str,
    /// Model and training.
    program: &'static str,
    /// What is measured.
    figure: &'static str,
    /// Where the figure to compare with comes from, and what it is.
    published: &'static str,
    goal: Goal,
    /// About how long a seed takes on two cores.
    minutes: f64,
    run: fn(&Job<'_>) -> Outcome<Measured>,
}

/// Everything that can be reproduced.
const ROWS: &[Row] = &[
    reconstruct::KERAS,
    reconstruct::LINEAR_PCA,
    reconstruct::HINTON_DEEP,
    classify::SDAE_3,
    reconstruct::DENOISE,
    variational::VAE,
    variational::IWAE,
    classify::K_SPARSE,
    anomaly::ADBENCH,
];

/// What a training came to.
struct Measured {
    value: f64,
    /// Other figures of the same models, for the reader.
    beside: Vec<(String, f64)>,
}

impl From<f64> for Measured {
    fn from(value: f64) -> Self {
        Self {
            value,
            beside: Vec::new(),
        }
    }
}

/// One training of a row.
struct Job<'a> {
    seed: u64,
    data: &'a Data,
    console: &'a Console,
}

impl Job<'_> {
    /// Trains a model, and prints the progress.
    fn fit<'a>(
        &self,
        what: &str,
        model: &mut dyn Trainable,
        config: TrainerConfig,
        train: impl Into<Examples<'a>>,
    ) -> Outcome {
        let epochs = config.epochs;
        let (config, train) = (config.seed(self.seed), train.into());
        Trainer::new(config)
            .on_event(|event| self.on(what, epochs, event))
            .fit(model, train)?;
        Ok(())
    }

    /// Prints the progress.
    fn on(&self, what: &str, epochs: usize, event: &Event) -> Control {
        let seed = self.seed;
        let tell = |text: String| {
            if self.console.shows_progress() {
                complain(&format!("{what}, seed {seed}: {text}"));
            }
        };
        let validation =
            |loss: Option<f64>| loss.map_or(String::new(), |loss| format!(", validation {}", figure(loss)));
        match event {
            Event::Epoch(record) => tell(format!(
                "epoch {}/{epochs}, loss {}{}",
                record.epoch,
                figure(record.train_loss),
                validation(record.validation_loss)
            )),
            Event::LayerEpoch {
                layer,
                layers,
                epochs,
                record,
            } => tell(format!(
                "layer {layer}/{layers}, epoch {}/{epochs}, loss {}",
                record.epoch,
                figure(record.train_loss)
            )),
            _ => {}
        }
        Control::Continue
    }
}

/// A seed's result, as `--json` prints it.
#[derive(Serialize)]
struct Trained {
    seed: u64,
    value: f64,
    seconds: f64,
    beside: Vec<(String, f64)>,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Reproduced {
    name: &'static str,
    program: &'static str,
    figure: &'static str,
    published: &'static str,
    goal: String,
    mean: f64,
    reached: bool,
    seeds: Vec<Trained>,
}

pub(crate) fn run(args: &ReproduceArgs, console: &Console) -> Outcome {
    let Some(name) = &args.name else {
        console.answer(&ROWS.iter().map(|row| row.name).collect::<Vec<_>>(), list());
        return Ok(());
    };
    let row = ROWS.iter().find(|row| row.name == name).ok_or_else(|| {
        let names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
        Failure::misuse(format!("{name}: nothing of this name can be reproduced"))
            .hint(format!("take one of {}", names.join(", ")))
    })?;
    let data = Data::new(args);
    console.say(format!("{}: {}", row.name, row.program));
    let mut seeds = Vec::new();
    for seed in (args.first_seed..).take(args.seeds) {
        let started = Instant::now();
        let job = Job {
            seed,
            data: &data,
            console,
        };
        let Measured { value, beside } = (row.run)(&job)?;
        let seconds = started.elapsed().as_secs_f64();
        console.say(line(row, seed, value, seconds, &beside));
        seeds.push(Trained {
            seed,
            value,
            seconds,
            beside,
        });
    }
    let mean = seeds.iter().map(|trained| trained.value).sum::<f64>() / seeds.len() as f64;
    let reached = row.goal.is_reached(mean);
    let found = Reproduced {
        name: row.name,
        program: row.program,
        figure: row.figure,
        published: row.published,
        goal: row.goal.text(),
        mean,
        reached,
        seeds,
    };
    console.answer(&found, verdict(row, mean, reached));
    Ok(())
}

fn line(row: &Row, seed: u64, value: f64, seconds: f64, beside: &[(String, f64)]) -> String {
    let beside: Vec<String> = beside
        .iter()
        .map(|(name, value)| format!("{name} {}", figure(*value)))
        .collect();
    let beside = match beside.is_empty() {
        true => String::new(),
        false => format!(" ({})", beside.join(", ")),
    };
    format!(
        "seed {seed}: {} {}{beside}, {}",
        row.figure,
        figure(value),
        duration(seconds)
    )
}

fn verdict(row: &Row, mean: f64, reached: bool) -> String {
    tables::pairs(
        [row.name, row.figure],
        &[
            ("Ours, mean of the seeds".to_owned(), figure(mean)),
            ("To reach".to_owned(), row.goal.text()),
            ("Published".to_owned(), row.published.to_owned()),
            (
                "Reached".to_owned(),
                if reached { "yes" } else { "no" }.to_owned(),
            ),
        ],
    )
}

/// The table of everything, and below it what each is.
fn list() -> String {
    let rows: Vec<Vec<String>> = ROWS
        .iter()
        .map(|row| {
            let minutes = format!("{} min", row.minutes);
            vec![
                row.name.to_owned(),
                row.figure.to_owned(),
                row.goal.text(),
                minutes,
            ]
        })
        .collect();
    let mut text = tables::rows(&["Name", "Figure", "To reach", "A seed takes"], 2, &rows);
    for row in ROWS {
        text += &format!("\n{}: {}\n  published: {}", row.name, row.program, row.published);
    }
    text
}
