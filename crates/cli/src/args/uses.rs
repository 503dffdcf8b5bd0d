//! The flags of the commands that use a trained model.

use super::values::{
    Sizes, at_least_one, at_least_two, fraction, latents, noise, part, part_up_to_half, positive,
    score_kinds, seed,
};
use super::{CommonArgs, DataArgs};
use clap::Args;
use latents_autoencoders::Corruption;
use latents_run::{Density, ScoreKind};
use std::path::PathBuf;

#[derive(Args)]
#[command(after_help = "\
Examples:
  latents denoise runs/denoising-digits-1 --data noisy.npy --out clean.npy
  latents denoise runs/denoising-faces-1 --data scans/ --out cleaned/
  latents denoise runs/denoising-digits-1 --noise gaussian:0.5 --out x.png

With --noise the data are taken as clean: noise is added in the units that the model sees (after scaling, as in
training), and what the model makes of it is measured against the clean rows, beside the noisy rows themselves, a
median filter of 3×3 pixels (pictures only) and the projection on as many principal components as the code has numbers.
PSNR is that of the mean squared error, its peak the range of the clean data; SSIM is the mean over pictures.

What --out is called says what is written: .npy and .csv hold rows in the units of the data; .png is the cleaned picture
where the data are one picture, else a sheet of rows, each above what became of it; a name without an extension is a
new folder of PNG files: with the names that they have where the data are a folder of images, else numbered in the order
of the rows.")]
pub(crate) struct DenoiseArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Where to write: .npy, .csv, .png, or a new folder of pictures; with --noise it may be left out
    #[arg(long, value_name = "FILE|DIR", required_unless_present = "noise")]
    pub(crate) out: Option<PathBuf>,
    /// Only the first N rows [default: all; 20 in a sheet]
    #[arg(long, value_name = "N", value_parser = at_least_one, allow_negative_numbers = true)]
    pub(crate) rows: Option<usize>,
    /// Add noise to clean data and measure: gaussian:SIGMA, masking:FRACTION or salt_and_pepper:FRACTION
    #[arg(long, value_name = "KIND:LEVEL", value_parser = noise)]
    pub(crate) noise: Option<Corruption>,
    /// Seed of the noise
    #[arg(long, value_name = "N", value_parser = seed(), default_value_t = 0, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) own: OwnDataArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// Where a run's own data are: baselines are fitted on its training rows.
#[derive(Args)]
pub(crate) struct OwnDataArgs {
    /// Where the data are now that the run was trained on, if they have moved
    #[arg(long, value_name = "NAME|PATH")]
    pub(crate) run_data: Option<String>,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  latents detect runs/undercomplete-sensors-1 --data new.csv --out scores.csv
  latents detect runs/undercomplete-cardio-1 --data cardio.npz --contamination 0.1 --json
  latents detect runs/undercomplete-digits-1 --data digits --anomalies 8,9

A row's score is its mean squared error where rows are pictures (`error`). Of other data it is how far the row lies from
where learnt rows do: both what the model makes of it and what is left over, measured by their covariances (`shape`).
Scores of rows that the run held out turn it into a p-value: how seldom an ordinary row scores as high. So nobody needs to know how many
anomalies there are. The run's own data are read for this; scores are the same at every call.

The CSV file has a line for each row: row (counted from 1), file (of a folder of images), score, p_value, anomaly (0 or 1), and the features with the
largest shares of the score. Where rows have labels, AUROC, average precision and the precision at as many of the highest
scores as there are anomalies are printed, beside the errors of PCA and an isolation forest. Labels 0 and 1, false and
true, normal and anomaly speak for themselves; for others see --anomalies.")]
pub(crate) struct DetectArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// The .csv file to write
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// What scores are: shape or error [default: error for pictures, else shape]
    #[arg(long, value_name = "KIND", value_parser = score_kinds())]
    pub(crate) score: Option<ScoreKind>,
    /// Alarms at p-values up to this: the part of ordinary rows that may be taken for anomalies
    #[arg(long, value_name = "P", value_parser = part, default_value_t = 0.01, allow_negative_numbers = true)]
    pub(crate) level: f64,
    /// Alarms above this quantile of the held-out scores
    #[arg(long, value_name = "Q", value_parser = part, conflicts_with_all = ["level", "contamination"], allow_negative_numbers = true)]
    pub(crate) quantile: Option<f64>,
    /// The part of anomalies among rows, where it is known
    #[arg(long, value_name = "C", value_parser = part_up_to_half, conflicts_with = "level", allow_negative_numbers = true)]
    pub(crate) contamination: Option<f64>,
    /// Labels that mark anomalies, to measure the ranking by
    #[arg(
        long,
        value_name = "LABEL,…",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    pub(crate) anomalies: Vec<String>,
    /// Features to name for each row
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value_t = 3, allow_negative_numbers = true)]
    pub(crate) features: usize,
    #[command(flatten)]
    pub(crate) own: OwnDataArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  latents probe runs/undercomplete-digits-1
  latents probe runs/stacked-digits-1 --fine-tune 20
  latents probe runs/sparse-table-1 --data table.csv --labels kind --json

Fits logistic regression and nearest neighbours on the codes of some rows, and counts how many of the others they get
wrong; the same on the values themselves and on as many principal components as a code has numbers. Rows to fit and to
test: the run's own training and held-out rows without --data; the parts that the data keep (train-… and t10k-…); else a
split that holds every class in the same proportion, drawn from --seed. All three are divided by one number each, so
that their columns have variance 1 on average: the penalty of the regression then means the same for all.

--fine-tune trains with the optimiser, the batches and the schedule of the run, and trains the same network from random
weights beside it. The run stays as it is.")]
pub(crate) struct ProbeArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Share of the rows to test on, where the data keep none
    #[arg(long, value_name = "FRACTION", value_parser = fraction, default_value_t = 0.3, allow_negative_numbers = true)]
    pub(crate) test: f64,
    /// Seed of the split, and of what --fine-tune draws
    #[arg(long, value_name = "N", value_parser = seed(), default_value_t = 0, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// Also fine-tune the encoder with a softmax layer on the labels for this many epochs, from the run's weights
    #[arg(long, value_name = "EPOCHS", value_parser = at_least_one, allow_negative_numbers = true)]
    pub(crate) fine_tune: Option<usize>,
    /// Neighbours that vote on a class
    #[arg(long, value_name = "K", value_parser = at_least_one, default_value_t = 5, allow_negative_numbers = true)]
    pub(crate) neighbours: usize,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  latents sample runs/variational-digits-1 -n 64 --out grid.png
  latents sample runs/variational-digits-1 -n 16 --out copies.png --neighbours
  latents sample runs/undercomplete-digits-1 -n 1000 --density mixture:10 --out x.npy

A variational model draws codes from its prior. Other models have none: a density is fitted to the codes of the training
rows, and draws from it are held within the range of these codes. How far samples are from the training row nearest
to each is printed beside how far held-out rows are: samples that are much nearer would be copies. Of pictures a second
one, grid-neighbours.png for grid.png, has each sample above that training row; --neighbours writes that alone.")]
pub(crate) struct SampleArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    /// How many to draw
    #[arg(short = 'n', long, value_name = "N", value_parser = at_least_one, default_value_t = 64, allow_negative_numbers = true)]
    pub(crate) count: usize,
    /// The file to write: .png (a sheet), .npy or .csv (rows in the units of the data)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Where codes come from: prior, gaussian or mixture:K [default: prior where the model has one, else mixture:10]
    #[arg(long, value_name = "KIND")]
    pub(crate) density: Option<Density>,
    /// Draw each sample above the training row nearest to it
    #[arg(long)]
    pub(crate) neighbours: bool,
    /// Seed of the draws
    #[arg(long, value_name = "N", value_parser = seed(), default_value_t = 0, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) own: OwnDataArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  latents interpolate runs/variational-digits-1 --from 1 --to 8 --out way.png
  latents interpolate runs/undercomplete-faces-1 --data faces/ --from 3 --to 90 --steps 24 --out way.npy

Decodes codes on the straight line between the codes of two rows. Rows are counted from 1, as in the report: without
--data in the data that the run was trained on.")]
pub(crate) struct InterpolateArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// The row to start from, counted from 1
    #[arg(long, value_name = "ROW", value_parser = at_least_one, allow_negative_numbers = true)]
    pub(crate) from: usize,
    /// The row to end at
    #[arg(long, value_name = "ROW", value_parser = at_least_one, allow_negative_numbers = true)]
    pub(crate) to: usize,
    /// Codes on the way, both ends among them
    #[arg(long, value_name = "N", value_parser = at_least_two, default_value_t = 11, allow_negative_numbers = true)]
    pub(crate) steps: usize,
    /// The file to write: .png (a picture), .npy or .csv (rows in the units of the data)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  latents traverse runs/variational-digits-1 --out latents.png
  latents traverse runs/variational-digits-1 --row 17 --latents 1,4 --range 3 --steps 15 --out latents.png

Moves one latent dimension at a time and decodes: a row of the image for each, over its mean ± --range standard
deviations on the data, with the others as they are in the code of --row, or at their means. Latent dimensions are
counted from 1, as in the header of `encode --out codes.csv`; rows from 1, as in the report.")]
pub(crate) struct TraverseArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Start from the code of this row, counted from 1 [default: the mean code]
    #[arg(long, value_name = "ROW", value_parser = at_least_one, allow_negative_numbers = true)]
    pub(crate) row: Option<usize>,
    /// Which numbers of the code to move, counted from 1 [default: the ten that change rows most]
    #[arg(long, value_name = "A,B,…", value_parser = latents)]
    pub(crate) latents: Option<Sizes>,
    /// Standard deviations to each side
    #[arg(long, value_name = "F", value_parser = positive, default_value_t = 2.0, allow_negative_numbers = true)]
    pub(crate) range: f64,
    /// Values of each
    #[arg(long, value_name = "N", value_parser = at_least_two, default_value_t = 11, allow_negative_numbers = true)]
    pub(crate) steps: usize,
    /// The file to write: .png (a picture), .npy or .csv (rows in the units of the data)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  latents compare runs/undercomplete-digits-1 runs/variational-digits-1
  latents compare runs/* --data digits --json

Without --data each run is measured on the rows that it held out itself; where these differ, it says so. With --data all
are measured on the same rows, each with its own scaling. The loss is each model's own and compares only between runs of
one kind; errors compare between runs of one scaling; explained variance compares between all.")]
pub(crate) struct CompareArgs {
    /// Run folders
    #[arg(required = true, num_args = 1.., value_name = "RUN")]
    pub(crate) runs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}
