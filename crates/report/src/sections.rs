//! What the page shows of a run's uses: findings, pictures that a model makes, alarms, and figures beside other methods.

use crate::pictures::ImageShape;
pub use latents_error::Severity;
use latents_tensor::Tensor;

/// Something that went wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingText {
    /// Such as `Over-fitting`.
    pub title: String,
    /// How much it matters.
    pub severity: Severity,
    /// What was found.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// Pictures in lines: what a model draws, or what becomes of a row when its code changes.
#[derive(Clone, Debug)]
pub struct Gallery {
    /// The heading, such as `Samples from the prior`.
    pub title: String,
    /// What is seen, in a sentence or two.
    pub about: String,
    /// What the columns are, such as `−2 σ`, `0`, `+2 σ`; none where empty.
    pub columns: Vec<String>,
    /// From top to bottom.
    pub lines: Vec<GalleryLine>,
    /// How to see a row as an image.
    pub image: ImageShape,
}

/// A line of pictures.
#[derive(Clone, Debug)]
pub struct GalleryLine {
    /// Such as `latent 3`; nothing where empty.
    pub name: String,
    /// (pictures, pixels), from left to right.
    pub pictures: Tensor,
    /// A few words below each picture; none where empty.
    pub captions: Vec<String>,
}

/// What is left of noise on rows that the model has not learnt.
#[derive(Clone, Debug)]
pub struct DenoisingSection {
    /// Rows clean, noisy and cleaned; nothing where rows are no pictures.
    pub pictures: Option<Gallery>,
    /// The model beside the noisy rows and simpler filters.
    pub figures: Comparison,
}

/// The error from which on a row counts as an anomaly.
#[derive(Clone, Debug, PartialEq)]
pub struct ThresholdLine {
    /// In the unit of the errors.
    pub value: f64,
    /// Where it comes from, such as `5% of held-out rows are above`.
    pub reason: String,
}

/// Rows that a detector gives alarm for, the strongest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alarms {
    /// What was looked at and how many alarms there are, in a sentence or two.
    pub about: String,
    /// What the score is, such as `Score (mean squared error)`.
    pub score_name: String,
    /// The alarms that are listed.
    pub rows: Vec<Alarm>,
    /// The scores of all rows, for a histogram; none where empty.
    pub scores: Vec<f64>,
    /// The score above which a row is an alarm.
    pub threshold: Option<ThresholdLine>,
}

/// One row that stands out.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// The number of the row in the data, from 1.
    pub row: usize,
    /// The file that it comes from, where rows are files.
    pub file: Option<String>,
    /// Its class, where it is known.
    pub label: Option<String>,
    /// The higher, the stranger.
    pub score: f64,
    /// The part of ordinary rows with a score at least as high.
    pub p_value: Option<f64>,
    /// The features that the score comes from, the largest share (0 to 1) first.
    pub features: Vec<(String, f64)>,
}

/// Figures that only this kind of model has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The heading, such as `Codebooks`.
    pub title: String,
    /// What was measured on what, in a sentence or two.
    pub about: String,
    /// The names of the columns, with their units.
    pub columns: Vec<String>,
    /// A name and a figure a column.
    pub rows: Vec<(String, Vec<Option<f64>>)>,
}

/// Figures of several methods on the same rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// The heading, such as `Quality of the codes`.
    pub title: String,
    /// What was measured on what, in a sentence or two.
    pub about: String,
    /// The columns.
    pub metrics: Vec<Metric>,
    /// The methods, one line each.
    pub methods: Vec<Method>,
}

/// A figure that methods are measured by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// With its unit.
    pub name: String,
    /// Which values are good.
    pub better: Better,
}

/// Which values of a metric are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Large ones.
    Higher,
    /// Small ones.
    Lower,
    /// It only describes.
    Neither,
}

/// A method and its figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Method {
    /// Such as `PCA, 32 components`.
    pub name: String,
    /// Whether it is the run's model.
    pub ours: bool,
    /// One for each metric, nothing where it was not measured.
    pub values: Vec<Option<f64>>,
}

/// A named part of the loss by epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct LossPart {
    /// Such as `divergence`.
    pub name: String,
    /// Epochs, from 1, and values.
    pub points: Vec<(usize, f64)>,
}
