//! Dead and saturated units.

use super::sample::{Sample, places};
use super::{Finding, FindingKind, Patient, Severity, remedy};
use latents_autoencoders::evaluated;
use latents_autoencoders::registry::{CodeKind, Facts};
use latents_autoencoders::{Autoencoder, ModelConfig, NetworkConfig};
use latents_autograd::{Tape, Var};
use latents_nn::{Activation, Module, Sequential};
use latents_tensor::Tensor;
use latents_text::number::counted;

/// The fraction of a hidden layer that may be dead or saturated without a finding. In a code, every unit is reported.
const TOLERATED: f64 = 0.1;
/// A unit counts as saturated if it is this close to an end of its range, as a fraction of the range.
const AT_END: f32 = 0.01;
/// The fraction of rows in which a unit must be saturated.
const NEARLY_ALWAYS: f64 = 0.99;

/// Finds dead and saturated units in the hidden layers of the encoder and in the code.
pub(super) fn look(
    patient: &Patient,
    config: Option<&ModelConfig>,
    facts: Option<&Facts>,
    sample: &Sample,
) -> Vec<Finding> {
    let model = patient.model;
    let mut findings = Vec::new();
    for layer in layers(model, config, facts) {
        // One row does not show what varies.
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

/// A layer to check.
struct Layer<'a> {
    /// `the code`, `hidden layer 1`.
    name: String,
    is_code: bool,
    activation: Option<Activation>,
    /// The encoder's layers up to and including this one; `None` for the code.
    hidden: Option<(&'a Sequential, usize)>,
    /// Height, width and channels of a convolutional code: its units are the channels.
    image: Option<[usize; 3]>,
    /// Penalties on activations switch most units off on purpose.
    is_sparse: bool,
}

/// The layers of the encoder that have weights, each with its activation, and the code as returned by `encode`.
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
    // Posterior means have their own finding.
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

/// For every layer with parameters, the number of modules before the next one.
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
    /// Output of shape (batch, units · positions).
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

    /// Outputs of one unit per row: the pixels of a convolution's channel, otherwise 1.
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

    /// The range of the activation, if it is bounded on both sides.
    fn ends(&self) -> Option<(f32, f32)> {
        // Most units of a softmax are near 0.
        let bounded = self
            .activation
            .filter(|activation| *activation != Activation::Softmax);
        let (low, high) = bounded?.range();
        (low.is_finite() && high.is_finite()).then_some((low as f32, high as f32))
    }

    /// The severity of `ill` units out of `all`; `None` if they are too few to report.
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

const OF_CODE: &str = "Set `latent_activation` to identity, because a ReLU can switch latent dimensions off for good, or lower \
                       `learning_rate`. Otherwise a smaller `latent` gives the same results.";
const OF_HIDDEN: &str = "Lower `learning_rate`, set `hidden_activation` to leaky_relu(0.01) or elu(1), scale the data, or make the \
                         layer smaller with `hidden`.";

/// Dead and saturated units of a layer.
struct Units {
    all: usize,
    dead: Vec<usize>,
    saturated: Vec<usize>,
}

impl Units {
    /// Classifies units from outputs (rows, units · positions) and the range of the activation, if bounded.
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
                "{} of {} in {} ({} {}) gave the same output for all {}: dead units carry no information.",
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
        // A unit of a sparse code is meant to be off for most rows.
        if layer.is_sparse {
            return None;
        }
        Some(Finding {
            kind: FindingKind::SaturatedUnits,
            severity: layer.severity(self.saturated.len(), self.all)?,
            what: format!(
                "{} of {} in {} ({} {}) were at an end of the activation's range for at least {:.0} % of the {}: the \
                 gradients there are close to 0.",
                self.saturated.len(),
                counted(self.all, "unit"),
                layer.name,
                numbers(&self.saturated),
                places(&self.saturated),
                100.0 * NEARLY_ALWAYS,
                sample.text()
            ),
            remedy: "Scale the data (`scale` standard or min-max-columns), lower `learning_rate`, or set `hidden_activation` to \
                     relu (for the code, `latent_activation` to identity)."
                .to_owned(),
        })
    }
}

/// The noun before the positions of units.
fn numbers(units: &[usize]) -> &'static str {
    match units {
        [_] => "unit",
        _ => "units",
    }
}
