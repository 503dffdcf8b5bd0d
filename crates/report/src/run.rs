//! What a training run tells the page. Everything optional is left out of the page where it is missing.

use crate::pictures::ImageShape;
use crate::{Alarms, Comparison, DenoisingSection, FindingText, Gallery, LossPart, Table, ThresholdLine};
use latents_tensor::Tensor;

/// A training run, as the page shows it.
///
/// Fill in what there is and take the rest from `Run::default()`; the page leaves out empty parts.
///
/// ```
/// use latents_report::{EpochRow, Run};
/// let run = Run {
///     title: "A first run".into(),
///     epochs: vec![EpochRow { epoch: 1, train_loss: 0.5, validation_loss: Some(0.4), seconds: 0.1, ..EpochRow::default() }],
///     ..Run::default()
/// };
/// assert!(run.to_html().contains("A first run"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct RunPage {
    /// The headline of the page.
    pub title: String,
    /// The model's name and size, such as `undercomplete 784-32-784`.
    pub model: String,
    /// The command that repeats the run.
    pub command: String,
    /// When the run ended, as a person reads it.
    pub created: String,
    /// The version of the program.
    pub version: String,
    /// The version of the numerics: runs of the same version, seed and data give the same bits.
    pub numerics_version: String,
    /// The seed of every random draw.
    pub seed: u64,
    /// The number of threads.
    pub threads: usize,
    /// Where the data came from, how much there is, and what was done to it: one line each.
    pub data: Vec<String>,
    /// Further settings and their values: batch size, optimiser, learning rate, …
    pub settings: Vec<(String, String)>,
    /// The model, layer by layer.
    pub layers: Vec<LayerEntry>,
    /// The number of trained parameters.
    pub parameters: usize,
    /// What the loss is, such as `Mean squared error`; `Loss` where empty.
    pub loss_name: String,
    /// One row per epoch, in order.
    pub epochs: Vec<EpochRow>,
    /// How the run ended.
    pub results: Results,
    /// What simpler methods reach on the same rows, to compare [`Results::mse`] with.
    pub baselines: Vec<BaselineEntry>,
    /// Rows beside their reconstructions, in groups such as "first rows" and "largest errors".
    pub samples: Vec<Samples>,
    /// The reconstruction error (mean squared error) of each row, for the histogram.
    pub row_errors: Vec<f64>,
    /// The rows' codes in the plane.
    pub latent: Option<LatentMap>,
    /// The weights of the first layer, where its inputs are pixels.
    pub filters: Option<Filters>,
    /// What the doctor found, shown right after the results.
    pub findings: Vec<FindingText>,
    /// What the parts of the loss are measured in, such as `Nats a row`; `Loss` where empty.
    pub parts_name: String,
    /// What the loss is made of, by epoch.
    pub loss_parts: Vec<LossPart>,
    /// Noise, and what the model makes of it.
    pub denoising: Option<DenoisingSection>,
    /// Samples, traversals, interpolations.
    pub galleries: Vec<Gallery>,
    /// From which error on a row is an anomaly, for the histogram.
    pub threshold: Option<ThresholdLine>,
    /// The rows that stand out most.
    pub alarms: Option<Alarms>,
    /// Tables of this run and other methods.
    pub comparisons: Vec<Comparison>,
    /// Tables that only this kind of model has.
    pub tables: Vec<Table>,
    /// What the reader should know before trusting the figures: a stopped run, rows left out, …
    pub notes: Vec<String>,
}

/// One layer of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerEntry {
    /// Name and kind, such as `encoder.0 Linear`.
    pub name: String,
    /// The shape of its output, such as `(batch, 32)`.
    pub output_shape: String,
    /// The number of its trained parameters.
    pub parameters: usize,
}

/// One epoch of training.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EpochRow {
    /// Counted from 1.
    pub epoch: usize,
    /// The loss on the training rows, averaged over the epoch's batches.
    pub train_loss: f64,
    /// The loss on the validation rows after the epoch.
    pub validation_loss: Option<f64>,
    /// Wall-clock time of the epoch, in seconds.
    pub seconds: f64,
    /// The named parts of the training loss. Names have no commas.
    pub train_parts: Vec<(String, f64)>,
    /// The named parts of the validation loss.
    pub validation_parts: Vec<(String, f64)>,
}

/// How a run ended. All figures belong to the weights that were kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Results {
    /// The loss on the training rows.
    pub train_loss: Option<f64>,
    /// The loss on the validation rows.
    pub validation_loss: Option<f64>,
    /// The mean squared error of the reconstructions, on the validation rows where there are any.
    pub mse: Option<f64>,
    /// 1 − (sum of squared errors) / (sum of squared deviations from the column means), on the same rows.
    pub explained_variance: Option<f64>,
    /// Training rows a second.
    pub samples_per_second: Option<f64>,
    /// Median wall-clock time of an epoch.
    pub seconds_per_epoch: Option<f64>,
    /// Wall-clock time of the training.
    pub seconds: Option<f64>,
    /// The part of `seconds` in which layers were trained one by one, before the epochs; none where they were not.
    pub pretraining_seconds: Option<f64>,
    /// SHA-256 of the parameters, in hexadecimal digits.
    pub parameters_sha256: Option<String>,
}

/// A simpler method on the same rows.
#[derive(Clone, Debug, PartialEq)]
pub struct BaselineEntry {
    /// Such as `PCA, 32 components`.
    pub name: String,
    /// Its mean squared error on the rows of [`Results::mse`].
    pub validation_mse: f64,
}

/// Rows and what the model makes of them.
#[derive(Clone, Debug)]
pub struct Samples {
    /// Which rows these are, such as `First validation rows`.
    pub title: String,
    /// `(rows, columns)`.
    pub originals: Tensor,
    /// `(rows, columns)`.
    pub reconstructions: Tensor,
    /// The mean squared error of each row; computed from the two where empty.
    pub errors: Vec<f64>,
    /// The number of each row in the data, from 1; 1, 2, … where empty.
    pub rows: Vec<usize>,
    /// The class of each row; none where empty.
    pub labels: Vec<String>,
    /// How to see a row as an image; rows of a table are drawn as lines.
    pub image: Option<ImageShape>,
}

/// Codes in the plane.
#[derive(Clone, Debug)]
pub struct LatentMap {
    /// `(rows, 2)`.
    pub points: Tensor,
    /// A class per row, to colour by; none where empty.
    pub labels: Vec<String>,
    /// The number of each row in the data, from 1; 1, 2, … where empty.
    pub rows: Vec<usize>,
    /// How many rows these were evenly chosen from; 0 where they are all.
    pub chosen_from: usize,
    /// What the two axes are, such as `First principal component of the code`.
    pub axes: [String; 2],
}

/// Weights seen as images: one per unit of the first layer.
#[derive(Clone, Debug)]
pub struct Filters {
    /// `(units, inputs)`.
    pub weights: Tensor,
    /// The shape of one input.
    pub image: ImageShape,
}
