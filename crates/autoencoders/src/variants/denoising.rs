//! The denoising autoencoder: learns to remove noise.

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

/// Weights of corrupted and unchanged values in the loss (Vincent et al. 2010, §3.4). Gaussian noise corrupts all values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emphasis {
    /// Weight of the squared errors of corrupted values: α in the paper.
    pub corrupted: f64,
    /// Weight of the squared errors of unchanged values: β in the paper. With 0, only corrupted values count.
    pub untouched: f64,
}

/// Configuration of a [`Denoising`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DenoisingConfig {
    /// Noise added to rows before encoding, drawn anew in every step.
    pub noise: Corruption,
    /// Reconstruction loss compared with the clean rows, averaged over all elements.
    #[serde(default = "default_loss")]
    pub loss: nn::Loss,
    /// Weights of corrupted and unchanged values; equal if `None`. Requires squared errors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emphasis: Option<Emphasis>,
    /// Encoder and decoder. The code may be wider than the rows, because the noise prevents copying.
    pub network: NetworkConfig,
}

latents_error::setters! {
    DenoisingConfig { noise: Corruption, loss: nn::Loss }
    into { emphasis: Option<Emphasis>, network: NetworkConfig }
}

impl DenoisingConfig {
    /// A network without hidden layers, with Gaussian noise of σ = 0.3.
    ///
    /// ```
    /// # use latents_autoencoders::DenoisingConfig;
    /// assert!(DenoisingConfig::new(64, 32).validate().is_ok());
    /// ```
    pub fn new(input: usize, latent: usize) -> Self {
        NetworkConfig::new(input, latent).into()
    }

    /// Checks the configuration.
    ///
    /// # Errors
    /// Those of [`NetworkConfig::validate`], and if the noise is out of range or the loss does not match.
    ///
    /// ```
    /// # use latents_autoencoders::{Corruption, DenoisingConfig};
    /// assert!(DenoisingConfig::new(16, 8).noise(Corruption::Masking { fraction: 2.0 }).validate().is_err());
    /// ```
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.network.validate().within("network")?;
        self.noise.validate()?;
        check_loss(self.loss, &self.network)?;
        let Some(Emphasis { corrupted, untouched }) = self.emphasis else {
            return Ok(());
        };
        for (name, weight) in [("corrupted", corrupted), ("untouched", untouched)] {
            if !(weight >= 0.0 && weight.is_finite()) {
                let error = ConfigError::new(name, weight, "must be finite and at least 0");
                return Err(error.within("emphasis"));
            }
        }
        let text = format!("{}:{}", exact(corrupted), exact(untouched));
        if corrupted + untouched == 0.0 {
            return Err(ConfigError::new(
                "emphasis",
                text,
                "at least one weight must be above 0",
            ));
        }
        if matches!(self.noise, Corruption::Gaussian { sigma } if sigma > 0.0) && corrupted == 0.0 {
            let requirement =
                "Gaussian noise corrupts every value, so the weight of corrupted values must be above 0";
            return Err(ConfigError::new("emphasis.corrupted", 0, requirement));
        }
        match self.loss {
            nn::Loss::Mse => Ok(()),
            _ => Err(ConfigError::new(
                "emphasis",
                text,
                "emphasis requires the loss mse",
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

/// min E ‖x − g(f(x̃))‖² over corruptions x̃ of x (Vincent et al. 2008, 2010). Noise is drawn anew in every step from the seed
/// and the step number; evaluation uses fixed noise. `encode` and `reconstruct` add no noise: their inputs are the rows to
/// denoise.
pub struct Denoising<T: Real = f32> {
    config: DenoisingConfig,
    corruption: Box<dyn Corrupt<T>>,
    network: Network<T>,
}

impl Denoising {
    /// Creates a model with Glorot-uniform weights drawn from `seed` and zero biases. ([`Family::build`] creates one of any
    /// element type.)
    ///
    /// # Errors
    /// Those of [`DenoisingConfig::validate`].
    ///
    /// ```
    /// # use latents_autoencoders::{Autoencoder, Denoising, DenoisingConfig};
    /// let config = DenoisingConfig::new(16, 8).noise("masking:0.25".parse().unwrap());
    /// let model: Denoising = Denoising::new(config, 0)?;
    /// assert_eq!(model.latent_dim(), 8);
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    pub fn new(config: impl Into<DenoisingConfig>, seed: u64) -> Result<Self, ConfigError> {
        config.into().build(seed)
    }
    /// Creates a model with a custom corruption instead of that of the configuration.
    ///
    /// # Errors
    /// Those of [`DenoisingConfig::validate`] and [`Corrupt::validate`].
    ///
    /// ```
    /// # use latents_autoencoders::{Corruption, Denoising, DenoisingConfig};
    /// let noise = Box::new(Corruption::Masking { fraction: 0.5 });
    /// assert!(Denoising::with_corruption(DenoisingConfig::new(16, 8), noise, 0).is_ok());
    /// ```
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
    .summary("Reconstructs clean rows from noisy ones")
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
    "Weights of the squared errors of corrupted and of unchanged values [default: the same weight]",
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
        (0.0, 0.0) => Err("at least one weight must be above 0".to_owned()),
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
                Remedy::Also("Weaker `noise` preserves more of the row.".to_owned()),
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

/// The mean of squared errors, weighted by whether the value was corrupted.
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
