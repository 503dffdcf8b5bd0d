//! The denoising autoencoder: learns to undo a corruption, and with it what rows look like.

use crate::corruption::{Corrupt, Corruption};
use crate::finding::FindingKind;
use crate::network::{Network, coded_by_network, module_of_network, of_network};
use crate::reconstruction::{LOSS, check_loss, default_loss};
use crate::registry::{
    Facts, Family, Remedy, Variant, VariantOption, mean_loss_name, not_negative, option, set, settings_of,
    text, variant,
};
use crate::{Autoencoder, NetworkConfig};
use latents_autograd::{Reduction, Var};
use latents_error::{ConfigError, Within};
use latents_nn as nn;
use latents_tensor::Real;
use latents_text::number::exact;
use latents_train::{Batch, Parts, Trainable};
use serde::{Deserialize, Serialize};

/// How much corrupted and untouched values count in the loss (Vincent et al. 2010, §3.4). Gaussian noise touches all.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emphasis {
    /// The weight of the squared errors of values that were corrupted: the paper's α.
    pub corrupted: f64,
    /// The weight of those of values that were not: the paper's β. 0 looks at corrupted values alone.
    pub untouched: f64,
}

/// The layers, the noise and the loss of a [`Denoising`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DenoisingConfig {
    /// What is done to rows before they are encoded, anew in every step.
    pub noise: Corruption,
    /// What the reconstruction is compared with the clean rows by: the mean over all elements.
    #[serde(default = "default_loss")]
    pub loss: nn::Loss,
    /// Weights of corrupted and untouched values; the same for all where there is nothing. For squared errors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emphasis: Option<Emphasis>,
    /// Encoder and decoder. The code may be wider than the rows: the noise keeps it from copying.
    pub network: NetworkConfig,
}

latents_error::setters! {
    DenoisingConfig { noise: Corruption, loss: nn::Loss }
    into { emphasis: Option<Emphasis>, network: NetworkConfig }
}

impl DenoisingConfig {
    /// One layer to the code and one back, with Gaussian noise of σ = 0.3.
    pub fn new(input: usize, latent: usize) -> Self {
        NetworkConfig::new(input, latent).into()
    }

    /// # Errors
    /// As [`NetworkConfig::validate`], if the noise lies outside its range, or the loss does not fit.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.network.validate().within("network")?;
        self.noise.validate()?;
        check_loss(self.loss, &self.network)?;
        let Some(Emphasis { corrupted, untouched }) = self.emphasis else {
            return Ok(());
        };
        for (name, weight) in [("corrupted", corrupted), ("untouched", untouched)] {
            if !(weight >= 0.0 && weight.is_finite()) {
                let error = ConfigError::new(name, weight, "must be finite and 0 or more");
                return Err(error.within("emphasis"));
            }
        }
        let text = format!("{}:{}", exact(corrupted), exact(untouched));
        if corrupted + untouched == 0.0 {
            return Err(ConfigError::new(
                "emphasis",
                text,
                "one of the weights must be above 0",
            ));
        }
        if matches!(self.noise, Corruption::Gaussian { sigma } if sigma > 0.0) && corrupted == 0.0 {
            let requirement =
                "Gaussian noise touches every value, and none would count; give corrupted ones a weight";
            return Err(ConfigError::new("emphasis.corrupted", 0, requirement));
        }
        match self.loss {
            nn::Loss::Mse => Ok(()),
            _ => Err(ConfigError::new(
                "emphasis",
                text,
                "it weighs squared errors; take the loss mse",
            )),
        }
    }
}

impl From<NetworkConfig> for DenoisingConfig {
    fn from(network: NetworkConfig) -> Self {
        Self {
            noise: Corruption::Gaussian { sigma: 0.3 },
            loss: default_loss(),
            emphasis: None,
            network,
        }
    }
}

/// min E ‖x − g(f(x̃))‖² over corruptions x̃ of x (Vincent et al. 2008, 2010). Noise is drawn anew in every step, addressed
/// by the seed and the step; the loss of an evaluation has fixed noise. `encode` and `reconstruct` add none: what they
/// are given is what is to be cleaned.
pub struct Denoising<T: Real = f32> {
    config: DenoisingConfig,
    corruption: Box<dyn Corrupt<T>>,
    network: Network<T>,
}

impl Denoising {
    /// A model of `f32` with Glorot-uniform weights drawn from `seed`, and zero biases. ([`Family::build`] makes one of any
    /// element type.)
    ///
    /// # Errors
    /// As [`DenoisingConfig::validate`].
    pub fn new(config: impl Into<DenoisingConfig>, seed: u64) -> Result<Self, ConfigError> {
        config.into().build(seed)
    }
    /// A model with a corruption of your own in place of the configuration's.
    ///
    /// # Errors
    /// As [`DenoisingConfig::validate`] and [`Corrupt::validate`].
    pub fn with_corruption(
        config: impl Into<DenoisingConfig>,
        corruption: Box<dyn Corrupt>,
        seed: u64,
    ) -> Result<Self, ConfigError> {
        corruption.validate()?;
        Self::made(config.into(), corruption, seed)
    }
}

impl<T: Real> Denoising<T> {
    fn made(
        config: DenoisingConfig,
        corruption: Box<dyn Corrupt<T>>,
        seed: u64,
    ) -> Result<Self, ConfigError> {
        let config = config.resolved();
        config.validate()?;
        let network = Network::new(&config.network, seed);
        Ok(Self {
            config,
            corruption,
            network,
        })
    }
}

/// The entry in the registry.
pub(crate) static DENOISING: Variant = variant::<DenoisingConfig>("denoising")
    .aliases(&["dae"])
    .summary("Clean rows from corrupted ones")
    .paper("Vincent et al. 2008")
    .options(&[NOISE, LOSS, EMPHASIS])
    .golden("3ef2a0f54e6237b8dbeaf671d5f997ed0f27067c846d07e530707b23abaaf341");

const NOISE: VariantOption = option(
    "--noise",
    "KIND:LEVEL",
    "gaussian:SIGMA, masking:FRACTION or salt_and_pepper:FRACTION [default: gaussian:0.3]",
    |value, settings| set(settings, "noise", text::<Corruption>(value)?),
)
.examples(&["gaussian:0.3", "masking:0.25", "salt_and_pepper:0.1"]);

const EMPHASIS: VariantOption = option(
    "--emphasis",
    "CHANGED:REST",
    "Weights of the squared errors of values that the noise changed, and of the others [default: the same]",
    |value, settings| {
        let (corrupted, untouched) = emphasis(value)?;
        let weights = serde_json::json!({ "corrupted": corrupted, "untouched": untouched });
        set(settings, "emphasis", weights)
    },
)
.examples(&["1:0.5", "2:1"]);

fn emphasis(text: &str) -> Result<(f64, f64), String> {
    let (corrupted, untouched) = text
        .split_once(':')
        .ok_or("expected two weights, such as 1:0.5")?;
    let weight =
        |text: &str| not_negative(text).map_err(|error| format!("`{text}` is not a weight: {error}"));
    match (weight(corrupted)?, weight(untouched)?) {
        (0.0, 0.0) => Err("one of the weights must be above 0".to_owned()),
        weights => Ok(weights),
    }
}

impl Family for DenoisingConfig {
    type Model<T: Real> = Denoising<T>;

    of_network! { DENOISING }

    fn build<T: Real>(&self, seed: u64) -> Result<Denoising<T>, ConfigError> {
        Denoising::made(self.clone(), Box::new(self.noise), seed)
    }

    fn facts(&self) -> Facts {
        Facts {
            noise: Some(self.noise),
            restrains_code: self.noise.level() > 0.0,
            remedies: vec![(
                FindingKind::WorseThanPca,
                Remedy::Also("Less --noise leaves more to reproduce.".to_owned()),
            )],
            ..Facts::of_network(&self.network, mean_loss_name(self.loss))
        }
    }
}

module_of_network!(Denoising);

impl<T: Real> Trainable<T> for Denoising<T> {
    fn input_dim(&self) -> usize {
        self.config.network.input
    }

    fn settings(&self) -> serde_json::Value {
        settings_of(self)
    }

    fn loss<'t>(&self, _: usize, batch: &Batch<'t, T>, parts: &mut Parts<T>) -> Var<'t, T> {
        let (x, tape) = (batch.x, batch.tape());
        let corrupted = self.corruption.corrupt(&x.value(), tape.next_key());
        let corrupted = tape.input(&corrupted);
        let prediction = self.reconstruct(corrupted);
        let loss = match self.config.emphasis {
            None => self.config.loss.of(prediction, x, Reduction::Mean),
            Some(emphasis) => emphasised(emphasis, prediction, x, corrupted),
        };
        parts.add("reconstruction", loss);
        loss
    }
}

/// The mean of squared errors, weighed by whether the value was corrupted.
#[inline]
fn emphasised<'t, T: Real>(
    emphasis: Emphasis,
    prediction: Var<'t, T>,
    x: Var<'t, T>,
    corrupted: Var<'t, T>,
) -> Var<'t, T> {
    let touched = corrupted.not_equal(x);
    let tape = x.tape();
    let weights = touched.choose(tape.scalar(emphasis.corrupted), tape.scalar(emphasis.untouched));
    ((prediction - x).square() * weights).mean_all()
}

impl<T: Real> Autoencoder<T> for Denoising<T> {
    coded_by_network! { T }
}
