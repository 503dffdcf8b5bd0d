//! `Facts`: properties of a model that follow from its settings.

use crate::finding::FindingKind;
use crate::{Corruption, NetworkConfig};
use latents_nn::{self as nn, Activation};
use std::borrow::Cow;

/// The kind of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeKind {
    /// All latent dimensions are used.
    Dense,
    /// The parameters of a distribution.
    Distribution,
    /// Only a few latent dimensions are non-zero per row.
    Sparse {
        /// Whether the others are exactly 0.
        exact_zeros: bool,
    },
    /// One or several codebook entries.
    Discrete,
}

/// The range of the reconstructions.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputRange {
    /// What limits the range: `a sigmoid output`.
    pub name: &'static str,
    /// The smallest value.
    pub low: f64,
    /// The largest value; may be infinite.
    pub high: f64,
}

/// Properties of a model that follow from its settings, for reports, findings and commands that would otherwise depend on the
/// kind of the model.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Facts {
    /// Name of the loss for people: `Mean squared error`.
    pub loss_name: Cow<'static, str>,
    /// Unit of the loss parts for people: `Nats per row`.
    pub parts_name: &'static str,
    /// The range of the reconstructions, if it is limited.
    pub output_range: Option<OutputRange>,
    /// The noise in training, if any.
    pub noise: Option<Corruption>,
    /// The fixed variance of the likelihood, if any, with the text form of the likelihood.
    pub fixed_variance: Option<(String, f64)>,
    /// The kind of code.
    pub code: CodeKind,
    /// Whether something other than a narrow layer prevents the code from copying rows: noise, a penalty, a prior.
    pub restrains_code: bool,
    /// Whether the loss itself changes during training, so that a rise is not necessarily a problem.
    pub loss_changes: bool,
    /// Sentences that extend or replace the remedy of a finding for this model.
    pub remedies: Vec<(FindingKind, Remedy)>,
}

/// The remedy of a variant for a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Appended to the general remedy.
    Also(String),
    /// Replaces the general remedy.
    Instead(String),
}

impl Facts {
    /// A model with dense codes whose reconstructions are the output of a network.
    ///
    /// ```
    /// # use latents_autoencoders::{NetworkConfig, registry::Facts};
    /// let facts = Facts::of_network(&NetworkConfig::new(4, 2), "Mean squared error");
    /// assert!(facts.yields_unit_range()); // a sigmoid output
    /// ```
    pub fn of_network(network: &NetworkConfig, loss_name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            output_range: output_range(network.output_activation),
            ..Self::new(loss_name)
        }
    }

    /// A model with dense codes and no further properties.
    ///
    /// ```
    /// # use latents_autoencoders::registry::Facts;
    /// assert!(!Facts::new("My loss").restrains_code);
    /// ```
    pub fn new(loss_name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            loss_name: loss_name.into(),
            parts_name: "Loss per row",
            output_range: None,
            noise: None,
            fixed_variance: None,
            code: CodeKind::Dense,
            restrains_code: false,
            loss_changes: false,
            remedies: Vec::new(),
        }
    }

    /// The remedy of this model for a finding, if it has one.
    pub fn remedy(&self, kind: FindingKind) -> Option<&Remedy> {
        self.remedies
            .iter()
            .find(|(known, _)| *known == kind)
            .map(|(_, remedy)| remedy)
    }

    /// Whether reconstructions are in [0, 1].
    pub fn yields_unit_range(&self) -> bool {
        let range = self.output_range.as_ref();
        range.is_some_and(|range| (range.low, range.high) == (0.0, 1.0))
    }
}

fn output_range(activation: Activation) -> Option<OutputRange> {
    let (low, high) = activation.range();
    let name = match activation {
        Activation::Sigmoid => "a sigmoid output",
        Activation::Softmax => "a softmax output",
        Activation::Tanh => "a tanh output",
        Activation::Relu => "a ReLU output",
        Activation::Softplus => "a softplus output",
        Activation::Elu { .. } => "an ELU output",
        Activation::Gelu => "a GELU output",
        Activation::Silu => "a SiLU output",
        _ => return None,
    };
    Some(OutputRange { name, low, high })
}

/// The name of the loss averaged over all elements, for people.
pub(crate) fn mean_loss_name(loss: nn::Loss) -> &'static str {
    match loss {
        nn::Loss::Mse => "Mean squared error",
        nn::Loss::Mae => "Mean absolute error",
        nn::Loss::Huber { .. } => "Huber loss",
        nn::Loss::Bce | nn::Loss::BceWithLogits => "Cross entropy per value",
    }
}
