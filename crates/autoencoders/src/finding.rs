//! `Finding`: one thing that went wrong.

pub use latents_error::Severity;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// Latents of a variational model whose posterior is the prior whatever the row.
    PosteriorCollapse,
    /// Units that give the same for every row.
    DeadUnits,
    /// Sigmoid or tanh units that are nearly always at an end of their range.
    SaturatedUnits,
    /// A code that leaves nothing out, without a penalty, a prior or noise.
    IdentityCopying,
    /// A code that is wider than a hidden layer that it is made from.
    WideCode,
    /// The validation loss rises, or stands far above, while the training loss falls.
    OverFitting,
    /// Data that the model's output or likelihood does not fit.
    DataRange,
    /// Noise whose values say nothing where the data lie.
    NoiseRange,
    /// The training loss rises.
    DivergingLoss,
    /// Features that never change.
    ConstantFeatures,
    /// Features that say the same.
    DuplicateFeatures,
    /// A larger error than PCA's with codes of the same size.
    WorseThanPca,
    /// What only this kind of model can tell: see [`Autoencoder::findings`](crate::Autoencoder::findings).
    OfModel,
}

impl FindingKind {
    /// A heading: `Posterior collapse`.
    pub fn title(self) -> &'static str {
        match self {
            Self::PosteriorCollapse => "Posterior collapse",
            Self::DeadUnits => "Dead units",
            Self::SaturatedUnits => "Saturated units",
            Self::IdentityCopying => "Identity copying",
            Self::WideCode => "Code wider than a layer before it",
            Self::OverFitting => "Over-fitting",
            Self::DataRange => "Data do not fit the output",
            Self::NoiseRange => "Noise does not fit the data",
            Self::DivergingLoss => "Diverging loss",
            Self::ConstantFeatures => "Constant features",
            Self::DuplicateFeatures => "Duplicate features",
            Self::WorseThanPca => "Worse than PCA",
            Self::OfModel => "In this model",
        }
    }
}

/// One thing that went wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which of the known things it is.
    pub kind: FindingKind,
    /// How much it matters.
    pub severity: Severity,
    /// What was found: a sentence with the numbers.
    pub what: String,
    /// What to do, with the names of flags and settings.
    pub remedy: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.kind.title(), self.what, self.remedy)
    }
}
