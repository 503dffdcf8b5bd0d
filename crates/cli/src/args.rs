//! What can be typed: the commands, their flags and their help.

#[cfg(test)]
mod tests;
mod train;
mod uses;
mod values;
mod variants;

pub(crate) use train::{OutputKind, TrainArgs};
pub(crate) use uses::{
    CompareArgs, DenoiseArgs, DetectArgs, InterpolateArgs, ProbeArgs, SampleArgs, TraverseArgs,
};
pub(crate) use values::Sizes;
pub(crate) use variants::VariantFlags;

use clap::builder::ValueParser;
use clap::{Arg, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;
use latents_autoencoders::Registry;
use latents_data::{Color, ImageSize};
use latents_run::{DataChoice, Part};
use std::path::PathBuf;
use values::{at_least_one, color, image_size, parts, seed, threads};

/// Train and use autoencoders.
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

Exit code: 0 success, 1 failure, 2 wrong usage. Errors come with a hint.
Ctrl-C during training stops it and saves the model; a second one, or one while the report is written, exits at once.

Environment: LATENTS_SIMD=portable (or avx2, avx512) forces the instruction set; results are the same with all of them."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What clap knows: everything that is derived here, with the kinds and options of the registry.
pub(crate) fn command(registry: &Registry) -> clap::Command {
    Cli::command()
        .mut_subcommand("train", |train| variants::augment(train, registry))
        .mut_subcommands(|command| command.mut_args(with_negative_values))
}

/// The same option with a value that may begin with a minus, where its parser then says what is expected instead: `--seed -1`.
fn with_negative_values(arg: Arg) -> Arg {
    let texts = [ValueParser::string(), ValueParser::path_buf()].map(|parser| parser.type_id());
    let is_text = texts.contains(&arg.get_value_parser().type_id());
    let is_checked = !is_text || !arg.get_possible_values().is_empty();
    let is_option = !arg.is_positional() && arg.get_action().takes_values();
    if is_option && is_checked {
        arg.allow_hyphen_values(true)
    } else {
        arg
    }
}

/// The arguments of the process.
///
/// # Errors
/// If they are wrong, and also if they ask for help or the version: clap's error is that text.
pub(crate) fn parse(registry: &Registry) -> Result<Cli, clap::Error> {
    let matches = command(registry).try_get_matches()?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    if let (Command::Train(args), Some(train)) = (&mut cli.command, matches.subcommand_matches("train")) {
        args.variant = VariantFlags::of(train, registry);
    }
    Ok(cli)
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Train a model and write a run folder: model, configuration, history, report
    Train(Box<TrainArgs>),
    /// Measure how well a trained model reconstructs data
    Eval(EvalArgs),
    /// Write the codes of data: .npy or .csv
    Encode(EncodeArgs),
    /// Decode codes into rows: .npy, .csv or an image
    Decode(DecodeArgs),
    /// Write reconstructions of data: .npy, .csv or an image of rows and reconstructions
    Reconstruct(ReconstructArgs),
    /// Denoise data, or add noise to clean data and measure how well it is removed
    Denoise(DenoiseArgs),
    /// Find anomalies: rows that are unlike the training data
    Detect(DetectArgs),
    /// Measure classification accuracy from codes
    Probe(ProbeArgs),
    /// Generate new rows: an image, .npy or .csv
    Sample(SampleArgs),
    /// Interpolate between two rows in latent space: an image, .npy or .csv
    Interpolate(InterpolateArgs),
    /// Show what each latent dimension does, as an image, .npy or .csv
    Traverse(TraverseArgs),
    /// Compare runs in one table
    Compare(CompareArgs),
    /// Show the layers and settings of a run
    Summary(SummaryArgs),
    /// Train a model of the literature, and compare its result with the published one
    Reproduce(ReproduceArgs),
    /// Rewrite report.html and reconstructions.png of a run
    Report(ReportArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Write man pages of all commands
    Man(ManArgs),
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
            Self::Completions(_) | Self::Man(_) => CommonArgs::default(),
        }
    }
}

/// Flags of every command.
#[derive(Args, Clone, Copy, Default)]
pub(crate) struct CommonArgs {
    /// Threads to use, 1024 at most; results are the same for any number [default: one per core]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// How results are printed.
#[derive(Args, Clone, Copy, Default)]
pub(crate) struct OutputArgs {
    /// Print exactly one JSON object on stdout; text for people goes to stderr
    #[arg(long)]
    pub(crate) json: bool,
    /// Print only errors and the results that were asked for
    #[arg(long)]
    pub(crate) quiet: bool,
}

/// How image files are read; other data ignore these.
#[derive(Args, Clone, Copy)]
pub(crate) struct ImageArgs {
    /// Resize image files to HEIGHTxWIDTH pixels, or to a square of SIZE [default: as in training; for train, their own size]
    #[arg(long, value_name = "SIZE", value_parser = image_size)]
    pub(crate) image_size: Option<ImageSize>,
    /// Read image files as grey or rgb [default: as in training; for train, rgb if any image has colors]
    #[arg(long, value_name = "KIND", value_parser = color)]
    pub(crate) color: Option<Color>,
    /// Skip image files that cannot be read, and list them
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
    #[arg(long, value_name = "PART", value_parser = parts(), requires = "data")]
    pub(crate) part: Option<Part>,
    #[command(flatten)]
    pub(crate) images: ImageArgs,
}

impl DataArgs {
    /// The rows that the flags name.
    pub(crate) fn choice(&self) -> DataChoice {
        DataChoice {
            source: self.data.clone(),
            label: self.label.clone(),
            part: self.part,
            image_size: self.images.image_size,
            color: self.images.color,
            skip_bad: self.images.skip_bad,
        }
    }
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

If the data are a folder of images, the first column of the CSV file is `file`.")]
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
    /// The file of codes, (rows, latent): .npy, or .csv as `encode` writes it
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
    /// The file to write: .npy or .csv (rows in the units of the data) or .png (an image)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Only the first N rows [default: all; 64 in an image]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
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
    /// Path or name of the run's data, if they have moved
    #[arg(long, value_name = "NAME|PATH")]
    pub(crate) data: Option<String>,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  latents completions bash > ~/.local/share/bash-completion/completions/latents
  latents completions zsh > ~/.zfunc/_latents
  latents completions fish > ~/.config/fish/completions/latents.fish")]
pub(crate) struct CompletionsArgs {
    /// Shell
    pub(crate) shell: Shell,
}

#[derive(Args)]
#[command(after_help = "\
Example:
  latents man --out ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// Folder to write the pages to; created if it is missing
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  latents reproduce                              list everything, with training times
  latents reproduce vae --mnist data/mnist
  latents reproduce keras-784-32 --seeds 1 --json")]
pub(crate) struct ReproduceArgs {
    /// Which result to reproduce [default: list all]
    pub(crate) name: Option<String>,
    /// Trainings, each with a seed of its own: 0, 1, …
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value = "3")]
    pub(crate) seeds: usize,
    /// Seed of the first training: seeds can be trained on different days
    #[arg(long, value_name = "N", value_parser = seed, default_value = "0")]
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
