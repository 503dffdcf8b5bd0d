//! What can be typed: the commands, their flags and their help.

mod uses;

pub(crate) use uses::{
    CompareArgs, DenoiseArgs, DensityKind, DetectArgs, InterpolateArgs, OwnDataArgs, ProbeArgs, SampleArgs,
    ScoreKind, TraverseArgs,
};

use crate::model::ModelKind;
use clap::builder::RangedU64ValueParser;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use latents_autoencoders::{BetaSchedule, Corruption, Emphasis, LayerTraining, Likelihood, Penalty};
use latents_data::{Color, ImageSize, ScalingRule};
use latents_nn::{Activation, Schedule};
use std::num::IntErrorKind;
use std::path::PathBuf;

/// Train autoencoders and use them.
#[derive(Parser)]
#[command(
    name = "latents",
    version,
    after_help = "\
Examples:
  latents train                              learn the embedded handwritten digits, in seconds
  latents summary runs/undercomplete-digits-1
  latents encode runs/undercomplete-digits-1 --data digits --out codes.npy
  latents help train                         every option of a command

Exit code: 0 done, 1 failed, 2 called wrongly. Errors say what to do.
Ctrl-C while training stops it and keeps what was learnt; a second one ends at once.

Environment: LATENTS_SIMD=portable (or avx2, avx512) forces the instruction set; results are the same with each."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Train a model and write a run folder: model, configuration, history, report
    Train(Box<TrainArgs>),
    /// Measure how well a trained model reconstructs data
    Eval(EvalArgs),
    /// Write the codes of data: .npy or .csv
    Encode(EncodeArgs),
    /// Turn codes back into data: .npy, .csv or a picture
    Decode(DecodeArgs),
    /// Write what a model makes of data: .npy, .csv or a picture of both
    Reconstruct(ReconstructArgs),
    /// Clean data, or add noise to clean ones and measure what is left of it
    Denoise(DenoiseArgs),
    /// Find rows that are unlike those that were learnt
    Detect(DetectArgs),
    /// Measure how well classes can be told from codes
    Probe(ProbeArgs),
    /// Draw new rows: a picture, .npy or .csv
    Sample(SampleArgs),
    /// Decode the way between two rows: a picture, .npy or .csv
    Interpolate(InterpolateArgs),
    /// Show what each number of a code does: a picture, .npy or .csv
    Traverse(TraverseArgs),
    /// Set runs side by side
    Compare(CompareArgs),
    /// Show the layers and settings of a run
    Summary(SummaryArgs),
    /// Train a model of the literature, and print its figure beside the published one
    Reproduce(ReproduceArgs),
    /// Write report.html and reconstructions.png of a run anew
    Report(ReportArgs),
}

impl Command {
    /// The flags that every command has.
    pub(crate) fn common(&self) -> CommonArgs {
        match self {
            Self::Train(args) => args.common,
            Self::Eval(args) => args.common,
            Self::Encode(args) => args.common,
            Self::Decode(args) => args.common,
            Self::Reconstruct(args) => args.common,
            Self::Denoise(args) => args.common,
            Self::Detect(args) => args.common,
            Self::Probe(args) => args.common,
            Self::Sample(args) => args.common,
            Self::Interpolate(args) => args.common,
            Self::Traverse(args) => args.common,
            Self::Compare(args) => args.common,
            Self::Summary(args) => args.common,
            Self::Reproduce(args) => args.common,
            Self::Report(args) => args.common,
        }
    }
}

/// Flags of every command.
#[derive(Args, Clone, Copy)]
pub(crate) struct CommonArgs {
    /// Threads to use, 1024 at most; results are the same for any number [default: one a core]
    #[arg(long, value_name = "N", value_parser = threads, allow_negative_numbers = true)]
    pub(crate) threads: Option<usize>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// How results are printed.
#[derive(Args, Clone, Copy)]
pub(crate) struct OutputArgs {
    /// Print exactly one JSON object on stdout; text for people goes to stderr
    #[arg(long)]
    pub(crate) json: bool,
    /// Print no tables, no progress, nothing that was not asked for
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  latents train
  latents train undercomplete --data mnist/ --latent 32 --epochs 50
  latents train --data table.csv --label class --scale min-max-columns --hidden 64,32 --latent 4
  latents train --data x.npz:features --scale standard --output linear --patience 10
  latents train --data photos/ --image-size 32x32 --color grey --max-seconds 60 --schedule warmup:100+cosine
  latents train --config runs/undercomplete-digits-1/config.toml --seed 7

Data: `digits` (embedded), a folder of IDX files (train-… and t10k-… become training and validation rows), one IDX
file, .npy, .npz (file.npz:key), .csv (comma, semicolon or tab; a header is detected; a first column `file` of texts
names the rows). All but .npz may be gzipped (.gz). A folder of .png and .jpg files is data too, with its sub-folders as
labels, and so is one such file. Bytes of images are divided by 255; see --scale.

Schedules multiply the learning rate, step by step (a step is one batch): constant, step:EVERY:FACTOR,
exponential:FACTOR, cosine or cosine:FINAL, one-cycle:PEAK, and any of them after warmup:STEPS+.")]
pub(crate) struct TrainArgs {
    /// Kind of autoencoder [default: undercomplete]
    pub(crate) model: Option<ModelKind>,
    /// What to learn: `digits`, a folder of IDX files or of images, or an IDX, .npy, .npz, .csv, .png or .jpg file [default: digits]
    #[arg(long, value_name = "NAME|PATH")]
    pub(crate) data: Option<String>,
    /// Column of a CSV file, or array of an .npz file, with the labels: never learnt, shown in the report
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    pub(crate) label: Option<String>,
    /// Scale values: auto, none, min-max, min-max-columns, standard, or a number to divide by [default: auto]
    #[arg(long, value_name = "RULE", value_parser = scaling_rule, allow_negative_numbers = true)]
    pub(crate) scale: Option<ScalingRule>,
    #[command(flatten)]
    pub(crate) images: ImageArgs,
    /// Part of the training rows held out for validation, 0 for none [default: the data's own validation rows, else 0.1]
    #[arg(long, value_name = "FRACTION", value_parser = fraction, allow_negative_numbers = true)]
    pub(crate) validation: Option<f64>,
    /// Numbers in a code [default: 32, at most half the columns; 8 for digits]
    #[arg(long, value_name = "N", value_parser = at_least_one, allow_negative_numbers = true)]
    pub(crate) latent: Option<usize>,
    /// Sizes of the encoder's hidden layers, mirrored in the decoder, `none` for none [default: none; 128 for digits]
    #[arg(long, value_name = "A,B,…", value_parser = sizes)]
    pub(crate) hidden: Option<Sizes>,
    /// Sizes of the decoder's hidden layers from the code on [default: the encoder's in reverse]
    #[arg(long, value_name = "A,B,…", value_parser = sizes)]
    pub(crate) decoder_hidden: Option<Sizes>,
    /// Output channels of convolutions (3×3, stride 2) before the hidden layers, for data that are pictures [default: none]
    #[arg(long, value_name = "A,B,…", value_parser = sizes)]
    pub(crate) channels: Option<Sizes>,
    /// Hidden layers and code in one: 1000,500,250,30 is --hidden 1000,500,250 --latent 30
    #[arg(long, value_name = "A,B,…", value_parser = layers, conflicts_with_all = ["hidden", "latent"])]
    pub(crate) layers: Option<Sizes>,
    /// Activation of the hidden layers [default: relu]
    #[arg(long, value_name = "NAME", value_parser = activation)]
    pub(crate) activation: Option<Activation>,
    /// Activation of the code [default: relu; identity with hidden layers or channels, and for variational; sigmoid for --penalty kl]
    #[arg(long, value_name = "NAME", value_parser = activation)]
    pub(crate) latent_activation: Option<Activation>,
    /// What the decoder ends in: sigmoid for data in [0, 1], linear for any [default: sigmoid]
    #[arg(long, value_name = "KIND")]
    pub(crate) output: Option<OutputKind>,
    #[command(flatten)]
    pub(crate) variant: VariantArgs,
    /// Times to go through the training rows [default: 50]
    #[arg(long, value_name = "N", value_parser = at_least_one, allow_negative_numbers = true)]
    pub(crate) epochs: Option<usize>,
    /// Rows in a training step [default: 256; 32 for digits]
    #[arg(long, value_name = "N", value_parser = at_least_one, allow_negative_numbers = true)]
    pub(crate) batch_size: Option<usize>,
    /// Step size of Adam [default: 0.001]
    #[arg(long, value_name = "F", value_parser = positive, allow_negative_numbers = true)]
    pub(crate) learning_rate: Option<f64>,
    /// How the learning rate changes over the training: cosine, warmup:500+cosine, step:1000:0.5, … [default: not]
    #[arg(long, value_name = "SCHEDULE", value_parser = schedule)]
    pub(crate) schedule: Option<Schedule>,
    /// Part of itself, times the learning rate, that every weight loses in a step; Adam becomes AdamW [default: 0]
    #[arg(long, value_name = "F", value_parser = not_negative, allow_negative_numbers = true)]
    pub(crate) weight_decay: Option<f64>,
    /// Longest gradient of a step; a longer one is scaled down to it [default: any]
    #[arg(long, value_name = "NORM", value_parser = positive, allow_negative_numbers = true)]
    pub(crate) clip: Option<f64>,
    /// Stop after so many seconds, also in the middle of an epoch, and keep what was learnt [default: never]
    #[arg(long, value_name = "F", value_parser = positive, allow_negative_numbers = true)]
    pub(crate) max_seconds: Option<f64>,
    /// Stop after N epochs without a lower validation loss, and keep the best weights [default: never]
    #[arg(long, value_name = "N", value_parser = at_least_one, allow_negative_numbers = true)]
    pub(crate) patience: Option<usize>,
    /// Seed of every random draw: the same seed gives the same bits [default: 0]
    #[arg(long, value_name = "N", value_parser = seed(), allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
    /// Run folder [default: runs/MODEL-DATA-NUMBER, the first that is free]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Replace the run in a run folder that exists
    #[arg(long, action = ArgAction::SetTrue)]
    pub(crate) overwrite: bool,
    /// Settings from a TOML file, such as the config.toml of a run; flags override them
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// Flags that only some kinds of model have.
#[derive(Args)]
#[command(next_help_heading = "Options of some models")]
pub(crate) struct VariantArgs {
    /// denoising: gaussian:SIGMA, masking:FRACTION or salt_and_pepper:FRACTION [default: gaussian:0.3]
    #[arg(long, value_name = "KIND:LEVEL", value_parser = noise)]
    pub(crate) noise: Option<Corruption>,
    /// undercomplete, stacked, denoising, sparse: what the reconstruction is compared by: mse, mae or bce [default: mse]
    #[arg(long, value_name = "NAME", value_parser = ["mse", "mae", "bce"])]
    pub(crate) loss: Option<String>,
    /// denoising: weights of the squared errors of values that the noise changed, and of those that it did not [default: the same]
    #[arg(long, value_name = "CHANGED:REST", value_parser = emphasis, allow_hyphen_values = true)]
    pub(crate) emphasis: Option<Emphasis>,
    /// stacked: epochs, learning rate and noise of each layer, the last for all further ones: 15:0.001:masking:0.25,10 [default: 10::masking:0.25]
    #[arg(long, value_name = "EPOCHS[:RATE[:NOISE]],…", value_parser = pretraining)]
    pub(crate) pretraining: Option<LayerTrainings>,
    /// sparse: topk:UNITS, topk:UNITS:FACTOR, l1:WEIGHT or kl:TARGET:WEIGHT [default: topk, an eighth of the code]
    #[arg(long, value_name = "KIND:NUMBERS", value_parser = penalty)]
    pub(crate) penalty: Option<Penalty>,
    /// sparse: give units that were active for no row of an epoch new directions, every N epochs [default: never]
    #[arg(long, value_name = "N", value_parser = at_least_one, allow_negative_numbers = true)]
    pub(crate) revive_every: Option<usize>,
    /// variational: bernoulli, gaussian, gaussian:VARIANCE, gaussian:learned, laplace or laplace:SCALE [default: bernoulli; gaussian:learned with --output linear]
    #[arg(long, value_name = "KIND", value_parser = likelihood)]
    pub(crate) likelihood: Option<Likelihood>,
    /// variational: weight of the divergence from the prior [default: 1]
    #[arg(long, value_name = "F", value_parser = not_negative, allow_negative_numbers = true)]
    pub(crate) beta: Option<f64>,
    /// variational: constant, warm-up:PART, cyclic:CYCLES or cyclic:CYCLES:RAMP [default: constant]
    #[arg(long, value_name = "KIND", value_parser = beta_schedule)]
    pub(crate) beta_schedule: Option<BetaSchedule>,
    /// variational: take values as probabilities and draw zeros and ones from them in every step
    #[arg(long)]
    pub(crate) binarize: bool,
    /// variational: nats of each latent's divergence that cost nothing [default: 0]
    #[arg(long, value_name = "F", value_parser = not_negative, allow_negative_numbers = true)]
    pub(crate) free_bits: Option<f64>,
}

/// How image files are read. Other data heed none of these.
#[derive(Args, Clone, Copy)]
pub(crate) struct ImageArgs {
    /// Resize image files to so many pixels [default: as in training; there, as they are]
    #[arg(long, value_name = "HEIGHTxWIDTH", value_parser = image_size)]
    pub(crate) image_size: Option<ImageSize>,
    /// Read image files as grey or rgb [default: as in training; there, rgb where one of them has colors]
    #[arg(long, value_name = "KIND", value_parser = color)]
    pub(crate) color: Option<Color>,
    /// Leave out image files that cannot be read, and name them
    #[arg(long)]
    pub(crate) skip_bad: bool,
}

/// Which rows a trained model is used on.
#[derive(Args)]
pub(crate) struct DataArgs {
    /// Data, as for `train`; scaled as in training [default: the run's own validation rows]
    #[arg(long, value_name = "NAME|PATH")]
    pub(crate) data: Option<String>,
    /// Column of a CSV file, or array of an .npz file, that holds labels [default: as in training]
    #[arg(
        long,
        visible_alias = "labels",
        value_name = "COLUMN",
        allow_hyphen_values = true
    )]
    pub(crate) label: Option<String>,
    /// Rows to use of data that keep their own validation rows [default: validation]
    #[arg(long, value_name = "PART", requires = "data")]
    pub(crate) part: Option<Part>,
    #[command(flatten)]
    pub(crate) images: ImageArgs,
}

/// A part of data that keep validation rows of their own (`t10k-…` beside `train-…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// The training rows
    Train,
    /// The validation rows
    Validation,
}

/// What the decoder ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputKind {
    /// Values in (0, 1)
    Sigmoid,
    /// Any values
    Linear,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  latents eval runs/undercomplete-digits-1
  latents eval runs/undercomplete-mnist-1 --data mnist/ --part train --json")]
pub(crate) struct EvalArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  latents encode runs/undercomplete-digits-1 --data digits --out codes.npy
  latents encode runs/undercomplete-table-1 --data table.csv --out codes.csv

Where the data are a folder of images, the CSV file begins with a column `file`.")]
pub(crate) struct EncodeArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// The file to write: .npy ((rows, latent), 32-bit floats) or .csv (with a header z1,z2,…)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  latents decode runs/undercomplete-digits-1 --codes codes.npy --out x.npy
  latents decode runs/undercomplete-digits-1 --codes codes.npy --out x.png --rows 25")]
pub(crate) struct DecodeArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    /// The .npy file of codes: (rows, latent)
    #[arg(long, value_name = "FILE")]
    pub(crate) codes: PathBuf,
    #[command(flatten)]
    pub(crate) picture: PictureArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// Where rows are written.
#[derive(Args)]
pub(crate) struct PictureArgs {
    /// The file to write: .npy or .csv (rows in the units of the data) or .png (a picture)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Only the first N rows [default: all; 64 for a picture]
    #[arg(long, value_name = "N", value_parser = at_least_one, allow_negative_numbers = true)]
    pub(crate) rows: Option<usize>,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  latents reconstruct runs/undercomplete-digits-1 --data digits --out x.npy
  latents reconstruct runs/undercomplete-digits-1 --data digits --out x.png --rows 20")]
pub(crate) struct ReconstructArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) picture: PictureArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Args)]
#[command(after_help = "\
Example:
  latents summary runs/undercomplete-digits-1")]
pub(crate) struct SummaryArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  latents report runs/undercomplete-digits-1
  latents report runs/undercomplete-mnist-1 --data /new/place/of/mnist")]
pub(crate) struct ReportArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    /// Where the run's data are now, if they have moved
    #[arg(long, value_name = "NAME|PATH")]
    pub(crate) data: Option<String>,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// How each layer is trained before the whole model is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LayerTrainings(pub(crate) Vec<LayerTraining>);

#[derive(Args)]
#[command(after_help = "\
Examples:
  latents reproduce                              the list, with what each takes
  latents reproduce vae --mnist data/mnist
  latents reproduce keras-784-32 --seeds 1 --json")]
pub(crate) struct ReproduceArgs {
    /// What to reproduce; nothing shows the list
    pub(crate) name: Option<String>,
    /// Trainings, each with a seed of its own: 0, 1, …
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value = "3", allow_negative_numbers = true)]
    pub(crate) seeds: usize,
    /// Seed of the first training: seeds can be trained on different days
    #[arg(long, value_name = "N", value_parser = seed(), default_value = "0", allow_negative_numbers = true)]
    pub(crate) first_seed: u64,
    /// Folder of MNIST's four IDX files
    #[arg(long, value_name = "DIR", default_value = "mnist")]
    pub(crate) mnist: String,
    /// Folder of ADBench's .npz files
    #[arg(long, value_name = "DIR", default_value = "adbench")]
    pub(crate) adbench: PathBuf,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// Layer sizes. A type of its own, since clap takes a plain `Vec` for a flag that may be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sizes(pub(crate) Vec<usize>);

/// The largest count: what a TOML file can hold.
const MOST: usize = i64::MAX as usize;

fn whole(text: &str) -> Result<usize, String> {
    match text.trim().parse::<usize>() {
        Ok(number) if number <= MOST => Ok(number),
        Err(error) if *error.kind() != IntErrorKind::PosOverflow => Err("not a whole number".to_owned()),
        _ => Err(format!("must be at most {MOST}")),
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match whole(text)? {
        0 => Err("must be at least 1".to_owned()),
        number => Ok(number),
    }
}

/// Beyond this a number is a slip of the finger, and starting so many threads hangs the machine.
const MOST_THREADS: usize = 1024;

fn threads(text: &str) -> Result<usize, String> {
    match at_least_one(text)? {
        number if number > MOST_THREADS => Err(format!("must be at most {MOST_THREADS}")),
        number => Ok(number),
    }
}

/// The parser of seeds: what a TOML file can hold.
fn seed() -> RangedU64ValueParser {
    clap::value_parser!(u64).range(..=i64::MAX as u64)
}

fn sizes(text: &str) -> Result<Sizes, String> {
    match text.trim() {
        "none" | "" => Ok(Sizes(Vec::new())),
        list => list
            .split(',')
            .map(at_least_one)
            .collect::<Result<_, _>>()
            .map(Sizes),
    }
}

fn layers(text: &str) -> Result<Sizes, String> {
    match sizes(text)? {
        Sizes(sizes) if sizes.is_empty() => Err("needs at least the size of the code".to_owned()),
        sizes => Ok(sizes),
    }
}

fn noise(text: &str) -> Result<Corruption, String> {
    text.parse::<Corruption>().map_err(|error| error.to_string())
}

fn emphasis(text: &str) -> Result<Emphasis, String> {
    let usage = "write two weights, such as 1:0.5";
    let (corrupted, untouched) = text.split_once(':').ok_or(usage)?;
    let weight = |text: &str| not_negative(text).map_err(|error| format!("`{text}` is no weight: {error}"));
    match (weight(corrupted)?, weight(untouched)?) {
        (0.0, 0.0) => Err("one of the weights must be above 0".to_owned()),
        (corrupted, untouched) => Ok(Emphasis { corrupted, untouched }),
    }
}

fn pretraining(text: &str) -> Result<LayerTrainings, String> {
    text.split(',')
        .map(layer_training)
        .collect::<Result<_, _>>()
        .map(LayerTrainings)
}

/// `15`, `15:0.001`, `15:0.001:masking:0.25`, `15::masking:0.25`.
fn layer_training(text: &str) -> Result<LayerTraining, String> {
    let mut parts = text.splitn(3, ':');
    let epochs = parts.next().unwrap_or_default().trim();
    let epochs = whole(epochs).map_err(|error| format!("`{epochs}` is no number of epochs: {error}"))?;
    let learning_rate = match parts.next().map(str::trim) {
        None | Some("") => None,
        Some(rate) => Some(positive(rate).map_err(|error| format!("the rate `{rate}` {error}"))?),
    };
    let noise = parts.next().map(noise).transpose()?;
    Ok(LayerTraining {
        epochs,
        learning_rate,
        noise,
    })
}

fn penalty(text: &str) -> Result<Penalty, String> {
    text.parse::<Penalty>().map_err(|error| error.to_string())
}

fn likelihood(text: &str) -> Result<Likelihood, String> {
    text.parse::<Likelihood>().map_err(|error| error.to_string())
}

fn beta_schedule(text: &str) -> Result<BetaSchedule, String> {
    text.parse::<BetaSchedule>().map_err(|error| error.to_string())
}

fn not_negative(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
        Ok(_) => Err("must be a finite number, 0 or more".to_owned()),
        Err(_) => Err("not a number".to_owned()),
    }
}

fn positive(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        Ok(_) => Err("must be a finite number above 0".to_owned()),
        Err(_) => Err("not a number".to_owned()),
    }
}

fn schedule(text: &str) -> Result<Schedule, String> {
    text.parse::<Schedule>().map_err(|error| error.to_string())
}

fn image_size(text: &str) -> Result<ImageSize, String> {
    text.parse::<ImageSize>()
        .map_err(|error| error.requirement.to_owned())
}

fn color(text: &str) -> Result<Color, String> {
    text.parse::<Color>()
        .map_err(|error| error.requirement.to_owned())
}

fn fraction(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(number) if (0.0..1.0).contains(&number) => Ok(number),
        Ok(_) => Err("must be at least 0 and below 1".to_owned()),
        Err(_) => Err("not a number".to_owned()),
    }
}

fn scaling_rule(text: &str) -> Result<ScalingRule, String> {
    text.parse::<ScalingRule>().map_err(|error| error.problem())
}

fn activation(text: &str) -> Result<Activation, String> {
    text.parse::<Activation>().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn values_are_checked() {
        assert_eq!(sizes("128, 64"), Ok(Sizes(vec![128, 64])));
        assert_eq!(sizes("none"), Ok(Sizes(Vec::new())));
        assert_eq!(sizes("128,0"), Err("must be at least 1".to_owned()));
        assert_eq!(at_least_one("-3"), Err("not a whole number".to_owned()));
        assert_eq!(at_least_one(&MOST.to_string()), Ok(MOST));
        for larger in ["9223372036854775808", "99999999999999999999999"] {
            let error = Err(format!("must be at most {MOST}"));
            assert_eq!(at_least_one(larger), error);
            assert!(layer_training(larger).is_err());
        }
        assert_eq!(layer_training("0").map(|layer| layer.epochs), Ok(0));
        assert!(positive("nan").is_err() && positive("0").is_err() && positive("1e-3").is_ok());
        assert!(fraction("1").is_err() && fraction("0").is_ok() && fraction("nan").is_err());
    }
}
