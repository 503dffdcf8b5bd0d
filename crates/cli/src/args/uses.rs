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

With --noise the data are taken as clean: noise is added after scaling, as in training, and the reconstructions are
compared with the clean rows. The noisy rows themselves, a 3×3 median filter (images only) and PCA with as many
components as latent dimensions are measured in the same way. PSNR is computed from the mean squared error, with the
range of the clean data as its peak; SSIM is the mean over images.

The name of --out selects the output: .npy and .csv hold rows in the units of the data; .png is the cleaned image if the
data are a single image, else a sheet of rows, each above its cleaned version; a name without an extension is a new
folder of PNG files, named as the images are if the data are a folder of images, else numbered in the order of the
rows.")]
pub(crate) struct DenoiseArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Where to write: .npy, .csv, .png, or a new folder of images; optional with --noise
    #[arg(long, value_name = "FILE|DIR", required_unless_present = "noise")]
    pub(crate) out: Option<PathBuf>,
    /// Only the first N rows [default: all; 20 in a sheet]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) rows: Option<usize>,
    /// Add noise to clean data and measure: gaussian:SIGMA, masking:FRACTION or salt_and_pepper:FRACTION
    #[arg(long, value_name = "KIND:LEVEL", value_parser = noise)]
    pub(crate) noise: Option<Corruption>,
    /// Seed of the noise
    #[arg(long, value_name = "N", value_parser = seed, default_value_t = 0)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) own: OwnDataArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// Where a run's own data are: baselines are fitted on its training rows.
#[derive(Args)]
pub(crate) struct OwnDataArgs {
    /// Path or name of the run's own training data, if they have moved
    #[arg(long, value_name = "NAME|PATH")]
    pub(crate) run_data: Option<String>,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  latents detect runs/undercomplete-sensors-1 --data new.csv --out scores.csv
  latents detect runs/undercomplete-cardio-1 --data cardio.npz --contamination 0.1 --json
  latents detect runs/undercomplete-digits-1 --data digits --anomalies 8,9

For images, a row's score is its mean squared error (`error`). For other data it is the sum of
the squared Mahalanobis distances of its reconstruction and residual from those of the training rows (`shape`). The
scores of the run's held-out rows turn a score into a p-value, the probability that an ordinary row scores as high, so
the number of anomalies need not be known. The run's own data are read for this. Scoring is deterministic.

The CSV file has a line for each row: row (counted from 1), file (for a folder of images), score, p_value, anomaly (0 or
1), and the features with the largest shares of the score. If rows have labels, AUROC, average precision and precision
at n (n: the number of anomalies) are printed, compared with PCA and an isolation forest. Labels 0 and 1, false and
true, normal and anomaly are recognised; for others use --anomalies.")]
pub(crate) struct DetectArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// The .csv file to write
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// What scores are: shape or error [default: error for images, else shape]
    #[arg(long, value_name = "KIND", value_parser = score_kinds())]
    pub(crate) score: Option<ScoreKind>,
    /// Alarms at p-values up to this: the accepted false positive rate
    #[arg(long, value_name = "P", value_parser = part, default_value_t = 0.01)]
    pub(crate) level: f64,
    /// Alarms above this quantile of the held-out scores
    #[arg(long, value_name = "Q", value_parser = part, conflicts_with_all = ["level", "contamination"])]
    pub(crate) quantile: Option<f64>,
    /// Fraction of anomalies among the rows, if it is known
    #[arg(long, value_name = "C", value_parser = part_up_to_half, conflicts_with = "level")]
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
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value_t = 3)]
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

Fits logistic regression and k nearest neighbours on the codes of some rows and measures the error on others; the same
on the raw values and on as many principal components as latent dimensions. Rows to fit and to test: without --data, the
run's own training and held-out rows; with --data, the data's own training and validation rows (train-… and t10k-…), else
a stratified split drawn from --seed. Each of the three representations is divided by one number, so that its columns
have variance 1 on average and the regression's penalty means the same for all.

--fine-tune trains with the optimiser, batch size and schedule of the run, and for comparison trains the same network
from random weights. The run is not changed.")]
pub(crate) struct ProbeArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Fraction of the rows to test on, if the data have no validation rows of their own
    #[arg(long, value_name = "FRACTION", value_parser = fraction, default_value_t = 0.3)]
    pub(crate) test: f64,
    /// Seed of the split and of --fine-tune
    #[arg(long, value_name = "N", value_parser = seed, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Also fine-tune the encoder with a softmax layer on the labels for this many epochs, from the run's weights
    #[arg(long, value_name = "EPOCHS", value_parser = at_least_one)]
    pub(crate) fine_tune: Option<usize>,
    /// Number of nearest neighbours
    #[arg(long, value_name = "K", value_parser = at_least_one, default_value_t = 5)]
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

A variational model draws codes from its prior. For models without a prior, a density is fitted to the codes of the
training rows, and draws are clamped to the range of these codes. The distance of samples to their nearest training row
is printed with that of held-out rows: samples that are much nearer are copies. For images, a second file
(grid-neighbours.png for grid.png) shows each sample above its nearest training row; --neighbours writes only that.")]
pub(crate) struct SampleArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    /// Number of samples
    #[arg(short = 'n', long, value_name = "N", value_parser = at_least_one, default_value_t = 64)]
    pub(crate) count: usize,
    /// The file to write: .png (a sheet), .npy or .csv (rows in the units of the data)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Density to draw codes from: prior, gaussian or mixture:K [default: prior if the model has one, else mixture:10]
    #[arg(long, value_name = "KIND")]
    pub(crate) density: Option<Density>,
    /// Show each sample above its nearest training row
    #[arg(long)]
    pub(crate) neighbours: bool,
    /// Seed of the draws
    #[arg(long, value_name = "N", value_parser = seed, default_value_t = 0)]
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

Decodes codes on the straight line between the codes of two rows. Rows are counted from 1, as in the report; without
--data, in the run's own data.")]
pub(crate) struct InterpolateArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// The row to start from, counted from 1
    #[arg(long, value_name = "ROW", value_parser = at_least_one)]
    pub(crate) from: usize,
    /// The row to end at
    #[arg(long, value_name = "ROW", value_parser = at_least_one)]
    pub(crate) to: usize,
    /// Number of codes on the line, including both ends
    #[arg(long, value_name = "N", value_parser = at_least_two, default_value_t = 11)]
    pub(crate) steps: usize,
    /// The file to write: .png (an image), .npy or .csv (rows in the units of the data)
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
    #[arg(long, value_name = "ROW", value_parser = at_least_one)]
    pub(crate) row: Option<usize>,
    /// Latent dimensions to traverse, counted from 1 [default: the ten that change rows most]
    #[arg(long, value_name = "A,B,…", value_parser = latents)]
    pub(crate) latents: Option<Sizes>,
    /// Range to each side of the mean, in standard deviations
    #[arg(long, value_name = "F", value_parser = positive, default_value_t = 2.0)]
    pub(crate) range: f64,
    /// Number of steps for each dimension
    #[arg(long, value_name = "N", value_parser = at_least_two, default_value_t = 11)]
    pub(crate) steps: usize,
    /// The file to write: .png (an image), .npy or .csv (rows in the units of the data)
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

Without --data each run is measured on its own held-out rows, with a note if these differ. With --data all runs are
measured on the same rows, each with its own scaling. Losses are comparable only between runs of one kind, errors only
between runs with the same scaling, explained variance between all.")]
pub(crate) struct CompareArgs {
    /// Run folders
    #[arg(required = true, num_args = 1.., value_name = "RUN")]
    pub(crate) runs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}
