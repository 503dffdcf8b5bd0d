//! Units that no longer do anything.

use super::sample::{Sample, places};
use super::{Finding, FindingKind, Patient, Severity, remedy};
use latents_autoencoders::evaluated;
use latents_autoencoders::registry::{CodeKind, Facts};
use latents_autoencoders::{Autoencoder, ModelConfig, NetworkConfig};
use latents_autograd::{Tape, Var};
use latents_nn::{Activation, Module, Sequential};
use latents_tensor::Tensor;
use latents_text::number::counted;

/// The part of a hidden layer that may be dead or saturated before it is named. Every number of a code counts.
const TOLERATED: f64 = 0.1;
/// How near to an end of its range a unit is at the end, as a part of the range.
const AT_END: f32 = 0.01;
/// The part of the rows that makes it nearly always.
const NEARLY_ALWAYS: f64 = 0.99;

/// Dead and saturated units in the encoder's hidden layers and in the code.
pub(super) fn look(
    patient: &Patient,
    config: Option<&ModelConfig>,
    facts: Option<&Facts>,
    sample: &Sample,
) -> Vec<Finding> {
    let model = patient.model;
    let mut findings = Vec::new();
    for layer in layers(model, config, facts) {
        // One row tells nothing about what changes.
        if sample.rows.size(0) < 2 {
            continue;
        }
        let outputs = evaluated(&sample.rows, |x| layer.run(model, x));
        let units = Units::of(&outputs, layer.places(&sample.rows), layer.ends());
        findings.extend(units.dead(&layer, sample, facts));
        findings.extend(units.saturated(&layer, sample));
    }
    findings
}

/// A layer that is looked at.
struct Layer<'a> {
    /// `the code`, `hidden layer 1`.
    name: String,
    is_code: bool,
    activation: Option<Activation>,
    /// The encoder's layers up to and with it; nothing for the code.
    hidden: Option<(&'a Sequential, usize)>,
    /// Height, width and channels of a code that is an image: its units are the channels.
    image: Option<[usize; 3]>,
    /// Penalties on activations want units that are mostly off.
    is_sparse: bool,
}

/// The layers of an encoder that have weights, each with the activation behind it. The code is what `encode` gives.
fn layers<'a>(
    model: &'a dyn Autoencoder,
    config: Option<&ModelConfig>,
    facts: Option<&Facts>,
) -> Vec<Layer<'a>> {
    let network = config.and_then(ModelConfig::network);
    let code = facts.map_or(CodeKind::Dense, |facts| facts.code);
    let encoder = model.encoder();
    let mut ends = encoder.map(ends_of_layers).unwrap_or_default();
    let last = ends.pop();
    let hidden = ends.into_iter().enumerate().map(|(index, end)| Layer {
        name: format!("hidden layer {}", index + 1),
        is_code: false,
        activation: network.map(|network| network.hidden_activation),
        hidden: encoder.map(|encoder| (encoder, end)),
        image: None,
        is_sparse: false,
    });
    let mut layers: Vec<Layer> = hidden.collect();
    // The posterior's means have findings of their own.
    if code != CodeKind::Distribution && (last.is_some() || encoder.is_none()) {
        layers.push(Layer {
            name: "the code".to_owned(),
            is_code: true,
            activation: network.and_then(|network| network.latent_activation),
            hidden: None,
            image: network.and_then(NetworkConfig::code_image),
            is_sparse: matches!(code, CodeKind::Sparse { .. }),
        });
    }
    layers
}

/// For every layer with parameters, how many of the modules come before the next one.
fn ends_of_layers(encoder: &Sequential) -> Vec<usize> {
    let has_weights = |index: &usize| {
        encoder
            .get(*index)
            .is_some_and(|layer| layer.parameter_count() > 0)
    };
    let starts: Vec<usize> = (0..encoder.len()).filter(has_weights).collect();
    let next = starts.iter().skip(1).copied().chain([encoder.len()]);
    next.collect()
}

impl Layer<'_> {
    /// (batch, units · places).
    fn run<'t>(&self, model: &dyn Autoencoder, x: Var<'t>) -> Var<'t> {
        let output = match (self.hidden, self.image) {
            (Some((encoder, end)), _) => (0..end)
                .filter_map(|index| encoder.get(index))
                .fold(x, |x, layer: &dyn Module| layer.forward(x)),
            (None, None) => model.encode(x),
            (None, Some([height, width, channels])) => model
                .encode(x)
                .reshape([x.shape()[0], height * width, channels])
                .permute(&[0, 2, 1]),
        };
        let shape = output.shape();
        output.reshape([shape[0], shape[1..].iter().product()])
    }

    /// Outputs of one unit for a row: the pixels of a convolution's channel, else 1.
    fn places(&self, rows: &Tensor) -> usize {
        let Some((encoder, end)) = self.hidden else {
            return self.image.map_or(1, |[height, width, _]| height * width);
        };
        let tape = Tape::new();
        tape.set_training(false);
        let mut x = tape.input(&rows.narrow(0, 0, 1));
        let mut places = 1;
        for layer in (0..end).filter_map(|index| encoder.get(index)) {
            x = layer.forward(x);
            if layer.parameter_count() > 0 {
                places = x.shape()[1..].iter().skip(1).product();
            }
        }
        places
    }

    /// The ends of the activation's range, where it has two.
    fn ends(&self) -> Option<(f32, f32)> {
        // Most units of a softmax are near 0.
        let bounded = self
            .activation
            .filter(|activation| *activation != Activation::Softmax);
        let (low, high) = bounded?.range();
        (low.is_finite() && high.is_finite()).then_some((low as f32, high as f32))
    }

    /// How bad it is that so many of the units do nothing, if at all.
    fn severity(&self, ill: usize, all: usize) -> Option<Severity> {
        let part = ill as f64 / all.max(1) as f64;
        match part {
            _ if ill == 0 || (!self.is_code && part <= TOLERATED) => None,
            _ if ill == all => Some(Severity::Serious),
            _ if part >= 0.5 || (self.is_code && part > TOLERATED) => Some(Severity::Warning),
            _ => Some(Severity::Note),
        }
    }
}

const OF_CODE: &str = "Take --latent-activation identity: a ReLU on the code switches numbers off for good. A lower \
                       --learning-rate helps too; else a smaller --latent does as well.";
const OF_HIDDEN: &str = "Lower --learning-rate, take --activation leaky_relu(0.01) or elu(1), scale the data, or make the \
                         layer smaller with --hidden.";

/// The units of a layer that do nothing.
struct Units {
    all: usize,
    dead: Vec<usize>,
    saturated: Vec<usize>,
}

impl Units {
    /// From outputs (rows, units · places), where the activation's range has ends or has none.
    fn of(outputs: &Tensor, places: usize, ends: Option<(f32, f32)>) -> Self {
        let (rows, width) = (outputs.size(0), outputs.size(1));
        let all = width / places.max(1);
        let mut low = vec![f32::INFINITY; all];
        let mut high = vec![f32::NEG_INFINITY; all];
        let mut at_end = vec![0usize; all];
        let margin = ends.map(|(from, to)| {
            let width = AT_END * (to - from);
            (from + width, to - width)
        });
        for row in outputs.to_vec().chunks_exact(width.max(1)) {
            for (unit, values) in row.chunks_exact(places.max(1)).enumerate() {
                for &x in values {
                    low[unit] = low[unit].min(x);
                    high[unit] = high[unit].max(x);
                    at_end[unit] += usize::from(margin.is_some_and(|(from, to)| x < from || x > to));
                }
            }
        }
        let nearly_all = NEARLY_ALWAYS * (rows * places) as f64;
        let saturated: Vec<usize> = (0..all)
            .filter(|&unit| at_end[unit] as f64 >= nearly_all)
            .collect();
        let dead = |unit: &usize| low[*unit] == high[*unit] && !saturated.contains(unit);
        Self {
            all,
            dead: (0..all).filter(dead).collect(),
            saturated,
        }
    }

    fn dead(&self, layer: &Layer, sample: &Sample, facts: Option<&Facts>) -> Option<Finding> {
        Some(Finding {
            kind: FindingKind::DeadUnits,
            severity: layer.severity(self.dead.len(), self.all)?,
            what: format!(
                "{} of {} in {} ({} {}) never change in the {}: they are dead and carry no information about a row.",
                self.dead.len(),
                counted(self.all, "unit"),
                layer.name,
                numbers(&self.dead),
                places(&self.dead),
                sample.text()
            ),
            remedy: if layer.is_code {
                remedy(facts, FindingKind::DeadUnits, OF_CODE)
            } else {
                OF_HIDDEN.to_owned()
            },
        })
    }

    fn saturated(&self, layer: &Layer, sample: &Sample) -> Option<Finding> {
        // A unit of a sparse code is meant to be off nearly always.
        if layer.is_sparse {
            return None;
        }
        Some(Finding {
            kind: FindingKind::SaturatedUnits,
            severity: layer.severity(self.saturated.len(), self.all)?,
            what: format!(
                "{} of {} in {} ({} {}) are at an end of their range in {:.0} % or more of the {}: almost no \
                 gradient passes them.",
                self.saturated.len(),
                counted(self.all, "unit"),
                layer.name,
                numbers(&self.saturated),
                places(&self.saturated),
                100.0 * NEARLY_ALWAYS,
                sample.text()
            ),
            remedy: "Scale the data with --scale standard or min-max-columns, lower --learning-rate, or take --activation \
                     relu (--latent-activation identity for the code)."
                .to_owned(),
        })
    }
}

/// What stands before the places of units.
fn numbers(units: &[usize]) -> &'static str {
    match units {
        [_] => "number",
        _ => "numbers",
    }
}
