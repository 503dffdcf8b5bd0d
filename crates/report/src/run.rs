//! The contents of a report. Missing parts are left out of the page.

use crate::pictures::ImageShape;
use crate::{Alarms, Comparison, DenoisingSection, FindingText, Gallery, LossPart, Table, ThresholdLine};
use latents_tensor::Tensor;

/// The contents of the report of a training run.
///
/// Set the fields that you have and take the rest from `RunPage::default()`; the page leaves out empty sections.
///
/// ```
/// use latents_report::{EpochRow, RunPage};
/// let run = RunPage {
///     title: "A first run".into(),
///     epochs: vec![EpochRow { epoch: 1, train_loss: 0.5, validation_loss: Some(0.4), seconds: 0.1, ..EpochRow::default() }],
///     ..RunPage::default()
/// };
/// assert!(run.to_html().contains("A first run"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct RunPage {
    /// Headline of the page.
    pub title: String,
    /// Name and size of the model, such as `undercomplete 784-32-784`.
    pub model: String,
    /// Command line that repeats the run.
    pub command: String,
    /// When the run ended, formatted for people.
    pub created: String,
    /// Version of latents.
    pub version: String,
    /// Version of the numerics. Runs with the same version, seed and data give identical bits.
    pub numerics_version: String,
    /// Seed of the random number generator.
    pub seed: u64,
    /// Number of threads.
    pub threads: usize,
    /// Source, size and preprocessing of the data, one line each.
    pub data: Vec<String>,
    /// Other settings and their values: batch size, optimiser, learning rate, …
    pub settings: Vec<(String, String)>,
    /// The layers of the model.
    pub layers: Vec<LayerEntry>,
    /// Number of trainable parameters.
    pub parameters: usize,
    /// Name of the loss, such as `Mean squared error`. If empty, `Loss`.
    pub loss_name: String,
    /// One row per epoch, in order.
    pub epochs: Vec<EpochRow>,
    /// Results of the run.
    pub results: Results,
    /// Baselines on the same rows, for comparison with [`Results::mse`].
    pub baselines: Vec<BaselineEntry>,
    /// Rows with their reconstructions, in groups such as "first rows" and "largest errors".
    pub samples: Vec<Samples>,
    /// Reconstruction error (mean squared error) of each row, for the histogram.
    pub row_errors: Vec<f64>,
    /// Two-dimensional map of the codes.
    pub latent: Option<LatentMap>,
    /// Weights of the first layer, if its inputs are pixels.
    pub filters: Option<Filters>,
    /// Findings of the doctor, shown directly after the results.
    pub findings: Vec<FindingText>,
    /// Unit of the loss parts, such as `Nats per row`. If empty, `Loss`.
    pub parts_name: String,
    /// Parts of the loss by epoch.
    pub loss_parts: Vec<LossPart>,
    /// Denoising results.
    pub denoising: Option<DenoisingSection>,
    /// Image galleries: samples, traversals, interpolations.
    pub galleries: Vec<Gallery>,
    /// Anomaly threshold, shown in the histogram of errors.
    pub threshold: Option<ThresholdLine>,
    /// Rows that the detector flagged.
    pub alarms: Option<Alarms>,
    /// Tables that compare this run with other methods.
    pub comparisons: Vec<Comparison>,
    /// Tables that are specific to the model.
    pub tables: Vec<Table>,
    /// Caveats, such as an interrupted run or rows that were left out.
    pub notes: Vec<String>,
}

/// One layer of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerEntry {
    /// Name and kind, such as `encoder.0 Linear`.
    pub name: String,
    /// Output shape, such as `(batch, 32)`.
    pub output_shape: String,
    /// Number of trainable parameters.
    pub parameters: usize,
}

/// One epoch of training.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EpochRow {
    /// Epoch number, counted from 1.
    pub epoch: usize,
    /// Training loss, averaged over the batches of the epoch.
    pub train_loss: f64,
    /// Validation loss after the epoch.
    pub validation_loss: Option<f64>,
    /// Wall-clock time of the epoch, in seconds.
    pub seconds: f64,
    /// Named parts of the training loss. Names must not contain commas.
    pub train_parts: Vec<(String, f64)>,
    /// Named parts of the validation loss.
    pub validation_parts: Vec<(String, f64)>,
}

/// Results of a run, computed with the weights that were kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Results {
    /// Training loss.
    pub train_loss: Option<f64>,
    /// Validation loss.
    pub validation_loss: Option<f64>,
    /// Mean squared error of the reconstructions, on the validation rows if there are any.
    pub mse: Option<f64>,
    /// 1 − (sum of squared errors) / (sum of squared deviations from the column means), on the same rows.
    pub explained_variance: Option<f64>,
    /// Training rows per second.
    pub samples_per_second: Option<f64>,
    /// Median wall-clock time per epoch.
    pub seconds_per_epoch: Option<f64>,
    /// Wall-clock time of the training, in seconds.
    pub seconds: Option<f64>,
    /// Seconds of layer-wise pretraining, included in `seconds`. `None` if there was no pretraining.
    pub pretraining_seconds: Option<f64>,
    /// SHA-256 of the parameters, in hexadecimal.
    pub parameters_sha256: Option<String>,
}

/// A baseline on the same rows.
#[derive(Clone, Debug, PartialEq)]
pub struct BaselineEntry {
    /// Name, such as `PCA, 32 components`.
    pub name: String,
    /// Mean squared error on the rows of [`Results::mse`].
    pub validation_mse: f64,
}

/// Rows and their reconstructions.
#[derive(Clone, Debug)]
pub struct Samples {
    /// Heading, such as `First validation rows`.
    pub title: String,
    /// Original rows, `(rows, columns)`.
    pub originals: Tensor,
    /// Reconstructions, `(rows, columns)`.
    pub reconstructions: Tensor,
    /// Mean squared error of each row. If empty, computed from the two tensors.
    pub errors: Vec<f64>,
    /// Number of each row in the data, from 1. If empty, 1, 2, …
    pub rows: Vec<usize>,
    /// Class of each row; may be empty.
    pub labels: Vec<String>,
    /// Image shape of a row. If `None`, rows are drawn as line charts.
    pub image: Option<ImageShape>,
}

/// A two-dimensional map of the codes.
#[derive(Clone, Debug)]
pub struct LatentMap {
    /// Coordinates, `(rows, 2)`.
    pub points: Tensor,
    /// Class of each row, used as colour; may be empty.
    pub labels: Vec<String>,
    /// Number of each row in the data, from 1. If empty, 1, 2, …
    pub rows: Vec<usize>,
    /// Number of rows that these were selected from (evenly spaced); 0 if these are all rows.
    pub chosen_from: usize,
    /// Axis labels, such as `First principal component of the code`.
    pub axes: [String; 2],
}

/// Weights of the first layer as images, one per unit.
#[derive(Clone, Debug)]
pub struct Filters {
    /// Weights, `(units, inputs)`.
    pub weights: Tensor,
    /// Image shape of the inputs.
    pub image: ImageShape,
}
