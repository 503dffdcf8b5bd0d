//! The robust autoencoder: a custom variant.

use crate::{Gain, log_cosh};
use latents_autoencoders::registry::{Facts, Variant, VariantOption, option, positive, set, variant};
use latents_autoencoders::{
    Autoencoder, Family, Finding, FindingKind, ModelConfig, Network, NetworkConfig, Section, Severity,
};
use latents_autograd::Var;
use latents_error::{ConfigError, Within};
use latents_nn::{LayerRow, Module, Sequential, join, parts};
use latents_tensor::{Real, Shape, Tensor};
use latents_train::{Batch, Parts, Trainable};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Configuration of a [`Robust`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RobustConfig {
    /// δ, the error above which the loss grows linearly.
    pub delta: f64,
    /// Encoder and decoder.
    pub network: NetworkConfig,
}

/// min Σ δ² ln cosh((x − g(f(s · x))) / δ), averaged over rows, with a learned gain s for each feature. Outliers have less
/// influence than with squared errors.
pub struct Robust<T: Real = f32> {
    config: RobustConfig,
    gain: Gain<T>,
    network: Network<T>,
}

/// A gain below this value effectively removes the feature.
const IGNORED: f64 = 0.01;

/// The entry in the registry.
pub static ROBUST: Variant = variant::<RobustConfig>("robust")
    .summary("Robust to outliers, with a loss that grows linearly")
    .paper("this example")
    .options(&[DELTA]);

const DELTA: VariantOption = option(
    "--delta",
    "F",
    "Error above which the loss grows linearly [default: 0.1]",
    |value, settings| set(settings, "delta", positive(value)?),
)
.examples(&["0.1", "1"]);

impl From<NetworkConfig> for RobustConfig {
    fn from(network: NetworkConfig) -> Self {
        Self { delta: 0.1, network }
    }
}

impl Family for RobustConfig {
    type Model<T: Real> = Robust<T>;

    fn variant() -> &'static Variant {
        &ROBUST
    }

    fn network(&self) -> Option<&NetworkConfig> {
        Some(&self.network)
    }

    fn validate(&self) -> Result<(), ConfigError> {
        self.network.validate().within("network")?;
        if self.delta > 0.0 && self.delta.is_finite() {
            return Ok(());
        }
        Err(ConfigError::new(
            "delta",
            self.delta,
            "must be positive and finite",
        ))
    }

    fn build<T: Real>(&self, seed: u64) -> Result<Robust<T>, ConfigError> {
        self.validate()?;
        let mut model = Robust {
            config: self.clone(),
            gain: Gain::new(self.network.input),
            network: Network::new(&self.network, seed),
        };
        model.name_parameters("");
        Ok(model)
    }

    fn facts(&self) -> Facts {
        Facts::of_network(&self.network, "Log-cosh loss per row")
    }
}

impl<T: Real> Module<T> for Robust<T> {
    fn forward<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        self.reconstruct(x)
    }

    parts! { T: gain, ..network }

    fn summarize(&self, name: &str, input: Shape, rows: &mut Vec<LayerRow>) -> Shape {
        self.gain.summarize(&join(name, "gain"), input, rows);
        self.network.summarize(name, input, rows)
    }
}

impl<T: Real> Trainable<T> for Robust<T> {
    fn input_dim(&self) -> usize {
        self.config.network.input
    }

    fn loss<'t>(&self, _: usize, batch: &Batch<'t, T>, parts: &mut Parts<T>) -> Var<'t, T> {
        let (x, delta) = (batch.x, self.config.delta);
        let errors = (x - self.reconstruct(x)) * x.lit(1.0 / delta);
        let scale = delta * delta / batch.rows().max(1) as f64;
        let loss = log_cosh(errors).sum_all() * x.lit(scale);
        parts.add("reconstruction", loss);
        loss
    }
}

impl<T: Real> Autoencoder<T> for Robust<T> {
    fn config(&self) -> Option<ModelConfig> {
        Some(self.config.clone().into())
    }

    fn latent_dim(&self) -> usize {
        self.config.network.latent
    }

    fn encoder(&self) -> Option<&Sequential<T>> {
        // The gain comes first, so the inputs of these layers are not the rows that the doctor would pass.
        None
    }

    fn encode<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        self.network.encoder.forward(self.gain.forward(x))
    }

    fn decode<'t>(&self, z: Var<'t, T>) -> Var<'t, T> {
        self.network.decoder.forward(z)
    }

    /// Reports features that the gain removes.
    fn findings(&self, _: &Tensor<T>) -> Vec<Finding> {
        let ignored = self
            .gain
            .factors()
            .filter(|factor| factor.abs() < IGNORED)
            .count();
        if ignored == 0 {
            return Vec::new();
        }
        vec![Finding {
            kind: FindingKind::OfModel,
            severity: Severity::Note,
            what: format!(
                "The gain of {ignored} of {} features is almost 0.",
                self.input_dim()
            ),
            remedy: "Remove these features, or scale them if they matter.".to_owned(),
        }]
    }

    /// The report of a run lists the range of the gains.
    fn sections(&self, _: &Tensor<T>) -> Vec<Section> {
        let smallest = self.gain.factors().fold(f64::INFINITY, f64::min);
        let largest = self.gain.factors().fold(f64::NEG_INFINITY, f64::max);
        vec![Section {
            title: "Gains".to_owned(),
            about: "The factors of the features before encoding.".to_owned(),
            columns: vec!["smallest".to_owned(), "largest".to_owned()],
            rows: vec![("gain".to_owned(), vec![Some(smallest), Some(largest)])],
        }]
    }
}

impl<T: Real> fmt::Debug for Robust<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.config.fmt(f)
    }
}
