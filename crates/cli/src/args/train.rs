//! The flags of `latents train`.

use super::values::{
    Sizes, activation, at_least_one, fraction, layers, not_negative, optimizers, positive, scaling_rule,
    schedule, seed, sizes,
};
use super::{CommonArgs, ImageArgs, VariantFlags};
use clap::{ArgAction, Args, ValueEnum};
use latents_data::{DIGITS, ScalingRule, formats_help, formats_summary};
use latents_nn::{Activation, Schedule};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  latents train
  latents train undercomplete --data mnist/ --latent 32 --epochs 50
  latents train --data table.csv --label class --scale min-max-columns --hidden 64,32 --latent 4
  latents train vq --data mnist/ --channels 32,64 --latent-channels 16 --shared-codebook
  latents train --data x.npz:features --scale standard --output linear --patience 10
  latents train --data photos/ --image-size 32x32 --color grey --max-seconds 60 --schedule warmup:100+cosine
  latents train --config runs/undercomplete-digits-1/config.toml --seed 7";

const SCHEDULES: &str = "\
Schedules multiply the learning rate, step by step (a step is one batch): constant, step:EVERY:FACTOR,
exponential:FACTOR, cosine or cosine:FINAL, one-cycle:PEAK, and any of them after warmup:STEPS+.";

/// What follows the flags in `--help`.
fn after_help() -> String {
    format!(
        "{EXAMPLES}\n\nData:\n{}Files but .npz may be gzipped (.gz). Bytes of images are divided by 255; see --scale.\n\n{SCHEDULES}",
        formats_help()
    )
}

/// What `--data` names.
fn data_help() -> String {
    format!("Data to learn: {} [default: {DIGITS}]", formats_summary())
}

#[derive(Args)]
#[command(after_help = after_help())]
pub(crate) struct TrainArgs {
    /// Kind of autoencoder, by any of its names
    pub(crate) model: Option<String>,
    #[arg(long, value_name = "NAME|PATH", help = data_help())]
    pub(crate) data: Option<String>,
    /// Column of a CSV file, or array of an .npz file, with the labels: never learnt, shown in the report
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    pub(crate) label: Option<String>,
    /// Scale values: auto, none, min-max, min-max-columns, standard, or a number to divide by [default: auto]
    #[arg(long, value_name = "RULE", value_parser = scaling_rule)]
    pub(crate) scale: Option<ScalingRule>,
    #[command(flatten)]
    pub(crate) images: ImageArgs,
    /// Fraction of the training rows to hold out for validation, 0 for none [default: the data's own validation rows, else 0.1]
    #[arg(long, value_name = "FRACTION", value_parser = fraction)]
    pub(crate) validation: Option<f64>,
    /// Latent dimensions (size of the code) [default: half the columns, at most 32; 8 for digits; some kinds choose their own]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) latent: Option<usize>,
    /// Sizes of the encoder's hidden layers, mirrored in the decoder, `none` for none [default: none; 128 for digits; some kinds choose their own]
    #[arg(long, value_name = "A,B,…", value_parser = sizes)]
    pub(crate) hidden: Option<Sizes>,
    /// Sizes of the decoder's hidden layers from the code on [default: the encoder's in reverse]
    #[arg(long, value_name = "A,B,…", value_parser = sizes)]
    pub(crate) decoder_hidden: Option<Sizes>,
    /// Output channels of convolutions (3×3, stride 2) before the hidden layers, for images [default: none]
    #[arg(long, value_name = "A,B,…", value_parser = sizes)]
    pub(crate) channels: Option<Sizes>,
    /// Keep the code an image of N channels: height × width × N latent dimensions after --channels, without hidden layers
    #[arg(long, value_name = "N", value_parser = at_least_one, conflicts_with = "layers")]
    pub(crate) latent_channels: Option<usize>,
    /// Hidden layers and code in one: 1000,500,250,30 is --hidden 1000,500,250 --latent 30
    #[arg(long, value_name = "A,B,…", value_parser = layers, conflicts_with_all = ["hidden", "latent"])]
    pub(crate) layers: Option<Sizes>,
    /// Activation of the hidden layers [default: relu]
    #[arg(long, value_name = "NAME", value_parser = activation)]
    pub(crate) activation: Option<Activation>,
    /// Activation of the code [default: relu; identity with hidden layers or channels; some kinds and options choose their own]
    #[arg(long, value_name = "NAME", value_parser = activation)]
    pub(crate) latent_activation: Option<Activation>,
    /// Activation of the output: sigmoid for data in [0, 1], linear for any [default: sigmoid]
    #[arg(long, value_name = "KIND")]
    pub(crate) output: Option<OutputKind>,
    /// The options of variants: clap knows them from the registry.
    #[arg(skip)]
    pub(crate) variant: VariantFlags,
    /// Passes through the training rows [default: 50]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) epochs: Option<usize>,
    /// Rows in a training step [default: 256; 32 for digits]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) batch_size: Option<usize>,
    /// Optimizer [default: adam]
    #[arg(long, value_name = "NAME", value_parser = optimizers())]
    pub(crate) optimizer: Option<String>,
    /// Learning rate [default: 0.001; 0.01 for sgd and rmsprop]
    #[arg(long, value_name = "F", value_parser = positive)]
    pub(crate) learning_rate: Option<f64>,
    /// How the learning rate changes over the training: cosine, warmup:500+cosine, step:1000:0.5, … [default: constant]
    #[arg(long, value_name = "SCHEDULE", value_parser = schedule)]
    pub(crate) schedule: Option<Schedule>,
    /// Decoupled weight decay (switches Adam to AdamW) [default: 0]
    #[arg(long, value_name = "F", value_parser = not_negative)]
    pub(crate) weight_decay: Option<f64>,
    /// Clip gradients to this global norm [default: no clipping]
    #[arg(long, value_name = "NORM", value_parser = positive)]
    pub(crate) clip: Option<f64>,
    /// Stop after this many seconds, also in the middle of an epoch, and keep the model [default: no limit]
    #[arg(long, value_name = "F", value_parser = positive)]
    pub(crate) max_seconds: Option<f64>,
    /// Stop after N epochs without a lower validation loss, and keep the best weights [default: no early stopping]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) patience: Option<usize>,
    /// Seed of every random draw: the same seed gives the same bits [default: 0]
    #[arg(long, value_name = "N", value_parser = seed)]
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

/// What the decoder ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputKind {
    /// Values in (0, 1)
    Sigmoid,
    /// Any values
    Linear,
}
