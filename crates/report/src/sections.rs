//! Sections of the report: findings, galleries, alarms, and comparisons with other methods.

use crate::pictures::ImageShape;
pub use latents_error::Severity;
use latents_tensor::Tensor;

/// A problem that the doctor found, with its remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingText {
    /// Title, such as `Over-fitting`.
    pub title: String,
    /// Severity.
    pub severity: Severity,
    /// Description of the problem.
    pub what: String,
    /// Remedy.
    pub remedy: String,
}

/// A table of images, such as samples or traversals.
#[derive(Clone, Debug)]
pub struct Gallery {
    /// Heading, such as `Samples from the prior`.
    pub title: String,
    /// Description in one or two sentences.
    pub about: String,
    /// Column headings, such as `−2 σ`, `0`, `+2 σ`; may be empty.
    pub columns: Vec<String>,
    /// Lines of images, from top to bottom.
    pub lines: Vec<GalleryLine>,
    /// Shape of the images.
    pub image: ImageShape,
}

/// A line of images.
#[derive(Clone, Debug)]
pub struct GalleryLine {
    /// Name of the line, such as `latent 3`; may be empty.
    pub name: String,
    /// Images, `(images, pixels)`, from left to right.
    pub pictures: Tensor,
    /// Caption below each image; may be empty.
    pub captions: Vec<String>,
}

/// Denoising results on held-out rows.
#[derive(Clone, Debug)]
pub struct DenoisingSection {
    /// Clean, noisy and denoised rows; `None` if the rows are not images.
    pub pictures: Option<Gallery>,
    /// The model compared with the noisy rows and with simple filters.
    pub figures: Comparison,
}

/// The anomaly threshold as a line in a histogram.
#[derive(Clone, Debug, PartialEq)]
pub struct ThresholdLine {
    /// Threshold, in the unit of the errors.
    pub value: f64,
    /// Where the threshold comes from, such as `5% of held-out rows are above`.
    pub reason: String,
}

/// Rows that a detector flagged, strongest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alarms {
    /// Number of rows checked and flagged, in one or two sentences.
    pub about: String,
    /// Name of the score, such as `Score (mean squared error)`.
    pub score_name: String,
    /// The flagged rows.
    pub rows: Vec<Alarm>,
    /// Scores of all rows, for a histogram; may be empty.
    pub scores: Vec<f64>,
    /// Threshold: rows with a higher score are flagged.
    pub threshold: Option<ThresholdLine>,
}

/// A flagged row.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// Number of the row in the data, from 1.
    pub row: usize,
    /// File of the row, if each row is a file.
    pub file: Option<String>,
    /// Class of the row, if known.
    pub label: Option<String>,
    /// Anomaly score; higher means more anomalous.
    pub score: f64,
    /// Fraction of normal rows with a score at least as high.
    pub p_value: Option<f64>,
    /// Features with the largest share of the score (0 to 1), largest first.
    pub features: Vec<(String, f64)>,
}

/// A table that is specific to the model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Heading, such as `Codebooks`.
    pub title: String,
    /// What was measured, and on which rows, in one or two sentences.
    pub about: String,
    /// Column names, with units.
    pub columns: Vec<String>,
    /// Name and values of each row, one value per column.
    pub rows: Vec<(String, Vec<Option<f64>>)>,
}

/// A table that compares methods on the same rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Heading, such as `Quality of the codes`.
    pub title: String,
    /// What was measured, and on which rows, in one or two sentences.
    pub about: String,
    /// The metrics, one column each.
    pub metrics: Vec<Metric>,
    /// The methods, one row each.
    pub methods: Vec<Method>,
}

/// A metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Name, with its unit.
    pub name: String,
    /// Whether higher or lower values are better.
    pub better: Better,
}

/// Direction of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Higher values are better.
    Higher,
    /// Lower values are better.
    Lower,
    /// Neither; the value is only descriptive.
    Neither,
}

/// A method and its results.
#[derive(Clone, Debug, PartialEq)]
pub struct Method {
    /// Name, such as `PCA, 32 components`.
    pub name: String,
    /// Whether this is the model of the run.
    pub ours: bool,
    /// One value per metric; `None` if it was not measured.
    pub values: Vec<Option<f64>>,
}

/// A named part of the loss, by epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct LossPart {
    /// Name, such as `divergence`.
    pub name: String,
    /// Pairs of epoch (from 1) and value.
    pub points: Vec<(usize, f64)>,
}
