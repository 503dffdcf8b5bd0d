//! `Facts`: what is known of a model from its settings.

use crate::finding::FindingKind;
use crate::{Corruption, NetworkConfig};
use latents_nn::{self as nn, Activation};
use std::borrow::Cow;

/// What a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeKind {
    /// Latent dimensions, all of which count.
    Dense,
    /// The parameters of a distribution.
    Distribution,
    /// Latent dimensions of which few are not 0.
    Sparse {
        /// Whether the others are exactly 0.
        exact_zeros: bool,
    },
    /// An entry, or several, of a codebook.
    Discrete,
}

/// The range that reconstructions can have.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputRange {
    /// What limits them: `a sigmoid output`.
    pub name: &'static str,
    /// The smallest value.
    pub low: f64,
    /// The largest value; may be infinite.
    pub high: f64,
}

/// What is known of a model from its settings: the answers to what reports, findings and commands would otherwise ask a
/// model's kind for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Facts {
    /// The loss, for people: `Mean squared error`.
    pub loss_name: Cow<'static, str>,
    /// What the parts of the loss are measured in, for people: `Nats a row`.
    pub parts_name: &'static str,
    /// The range of reconstructions, where they do not reach everywhere.
    pub output_range: Option<OutputRange>,
    /// The noise that rows are corrupted with in training.
    pub noise: Option<Corruption>,
    /// The variance that the likelihood gives every value, where it is fixed, with the likelihood's text.
    pub fixed_variance: Option<(String, f64)>,
    /// What a code is.
    pub code: CodeKind,
    /// Whether something other than a narrow layer keeps the code from copying rows: noise, a penalty, a prior.
    pub restrains_code: bool,
    /// Whether the loss itself changes in the course of a training, so that it may rise without harm.
    pub loss_changes: bool,
    /// Sentences that a finding of this kind adds to its remedy for this model, or says in its place.
    pub remedies: Vec<(FindingKind, Remedy)>,
}

/// A variant's own words in the remedy of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Said after the general remedy.
    Also(String),
    /// Said in place of it.
    Instead(String),
}

impl Facts {
    /// A model with dense codes and nothing special, whose reconstructions come from a network's output.
    pub fn of_network(network: &NetworkConfig, loss_name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            output_range: output_range(network.output_activation),
            ..Self::new(loss_name)
        }
    }

    /// A model with dense codes and nothing special.
    pub fn new(loss_name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            loss_name: loss_name.into(),
            parts_name: "Loss a row",
            output_range: None,
            noise: None,
            fixed_variance: None,
            code: CodeKind::Dense,
            restrains_code: false,
            loss_changes: false,
            remedies: Vec::new(),
        }
    }

    /// The remedy that this model has for a finding.
    pub fn remedy(&self, kind: FindingKind) -> Option<&Remedy> {
        self.remedies
            .iter()
            .find(|(known, _)| *known == kind)
            .map(|(_, remedy)| remedy)
    }

    /// Whether reconstructions lie in [0, 1].
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

/// The mean of a loss over all elements, for people.
pub(crate) fn mean_loss_name(loss: nn::Loss) -> &'static str {
    match loss {
        nn::Loss::Mse => "Mean squared error",
        nn::Loss::Mae => "Mean absolute error",
        nn::Loss::Huber { .. } => "Huber's loss",
        nn::Loss::Bce | nn::Loss::BceWithLogits => "Cross entropy a value",
    }
}
