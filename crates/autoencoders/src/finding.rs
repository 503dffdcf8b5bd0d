//! `Finding`: a problem that was detected in a model or its training.

pub use latents_error::Severity;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The kind of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// Latent dimensions of a variational model whose posterior equals the prior for every row.
    PosteriorCollapse,
    /// Units with the same output for every row.
    DeadUnits,
    /// Sigmoid or tanh units that are almost always at an end of their range.
    SaturatedUnits,
    /// A code that can copy the row, without a penalty, a prior or noise.
    IdentityCopying,
    /// A code that is wider than a preceding hidden layer.
    WideCode,
    /// The validation loss rises, or stays far above, while the training loss falls.
    OverFitting,
    /// Data outside the range of the model's output or likelihood.
    DataRange,
    /// Noise with values outside the range of the data.
    NoiseRange,
    /// The training loss rises.
    DivergingLoss,
    /// Constant features.
    ConstantFeatures,
    /// Features that are copies of another feature.
    DuplicateFeatures,
    /// An error above that of PCA with codes of the same size.
    WorseThanPca,
    /// A finding that is specific to the model; see [`Autoencoder::findings`](crate::Autoencoder::findings).
    OfModel,
}

impl FindingKind {
    /// The title: `Posterior collapse`.
    ///
    /// ```
    /// assert_eq!(latents_autoencoders::FindingKind::DeadUnits.title(), "Dead units");
    /// ```
    pub fn title(self) -> &'static str {
        match self {
            Self::PosteriorCollapse => "Posterior collapse",
            Self::DeadUnits => "Dead units",
            Self::SaturatedUnits => "Saturated units",
            Self::IdentityCopying => "Identity copying",
            Self::WideCode => "Code wider than a preceding layer",
            Self::OverFitting => "Over-fitting",
            Self::DataRange => "Data do not fit the output",
            Self::NoiseRange => "Noise does not fit the data",
            Self::DivergingLoss => "Diverging loss",
            Self::ConstantFeatures => "Constant features",
            Self::DuplicateFeatures => "Duplicate features",
            Self::WorseThanPca => "Worse than PCA",
            Self::OfModel => "Specific to this model",
        }
    }
}

/// A problem and its remedy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The kind of the finding.
    pub kind: FindingKind,
    /// The severity.
    pub severity: Severity,
    /// A description with numbers.
    pub what: String,
    /// The remedy. Names of settings are in backticks.
    pub remedy: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.kind.title(), self.what, self.remedy)
    }
}
