//! The denoising autoencoder: learns to undo a corruption, and with it what rows look like.

use crate::corruption::{Corrupt, Corruption};
use crate::network::{Network, module_of_network};
use crate::reconstruction::{check_loss, default_loss};
use crate::{Autoencoder, ModelConfig, NetworkConfig};
use latents_autograd::{Reduction, Var};
use latents_error::ConfigError;
use latents_nn::{self as nn, Module, Sequential};
use latents_train::{Loss, Trainable};
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

impl DenoisingConfig {
    /// One layer to the code and one back, with Gaussian noise of σ = 0.3.
    pub fn new(input: usize, latent: usize) -> Self {
        NetworkConfig::new(input, latent).into()
    }

    /// The same with this noise.
    #[must_use]
    pub fn noise(self, noise: Corruption) -> Self {
        Self { noise, ..self }
    }

    /// # Errors
    /// As [`NetworkConfig::validate`], if the noise lies outside its range, or the loss does not fit.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.network.validate()?;
        self.noise.validate()?;
        check_loss(self.loss, &self.network)?;
        let Some(Emphasis { corrupted, untouched }) = self.emphasis else {
            return Ok(());
        };
        let weight = |weight: f64| weight >= 0.0 && weight.is_finite();
        let text = format!("{corrupted}:{untouched}");
        if !weight(corrupted) || !weight(untouched) || corrupted + untouched == 0.0 {
            return Err(ConfigError::new(
                "emphasis",
                text,
                "weights must be 0 or more, and one of them above 0",
            ));
        }
        if matches!(self.noise, Corruption::Gaussian { sigma } if sigma > 0.0) && corrupted == 0.0 {
            let requirement =
                "Gaussian noise touches every value, and none would count; give corrupted ones a weight";
            return Err(ConfigError::new("emphasis", text, requirement));
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
pub struct Denoising {
    config: DenoisingConfig,
    corruption: Box<dyn Corrupt>,
    network: Network,
}

impl Denoising {
    /// A model with Glorot-uniform weights drawn from `seed`, and zero biases.
    ///
    /// # Errors
    /// As [`DenoisingConfig::validate`].
    pub fn new(config: impl Into<DenoisingConfig>, seed: u64) -> Result<Self, ConfigError> {
        let config = config.into();
        let noise = Box::new(config.noise);
        Self::with_corruption(config, noise, seed)
    }

    /// As [`Denoising::new`], with a corruption of your own in place of the configuration's.
    ///
    /// # Errors
    /// As [`DenoisingConfig::validate`] and [`Corrupt::validate`].
    pub fn with_corruption(
        config: impl Into<DenoisingConfig>,
        corruption: Box<dyn Corrupt>,
        seed: u64,
    ) -> Result<Self, ConfigError> {
        let config = config.into();
        config.validate()?;
        corruption.validate()?;
        let network = Network::new(&config.network, seed);
        Ok(Self {
            config,
            corruption,
            network,
        })
    }
}

module_of_network!(Denoising);

impl Trainable for Denoising {
    fn input_dim(&self) -> usize {
        self.config.network.input
    }

    fn loss<'t>(&self, x: Var<'t>) -> Loss<'t> {
        let tape = x.tape();
        let corrupted = self.corruption.corrupt(&x.value(), tape.next_key());
        let corrupted = tape.input(&corrupted);
        let prediction = self.reconstruct(corrupted);
        let loss = match self.config.emphasis {
            None => self.config.loss.of(prediction, x, Reduction::Mean),
            Some(emphasis) => emphasised(emphasis, prediction, x, corrupted),
        };
        Loss::single("reconstruction", loss)
    }
}

/// The mean of squared errors, weighed by whether the value was corrupted.
#[inline]
fn emphasised<'t>(emphasis: Emphasis, prediction: Var<'t>, x: Var<'t>, corrupted: Var<'t>) -> Var<'t> {
    let touched = corrupted.not_equal(x);
    let tape = x.tape();
    let weights = touched.choose(tape.scalar(emphasis.corrupted), tape.scalar(emphasis.untouched));
    ((prediction - x).square() * weights).mean_all()
}

impl Autoencoder for Denoising {
    fn config(&self) -> Option<ModelConfig> {
        Some(ModelConfig::Denoising(self.config.clone()))
    }

    fn latent_dim(&self) -> usize {
        self.config.network.latent
    }

    fn encoder(&self) -> Option<&Sequential> {
        Some(&self.network.encoder)
    }

    fn encode<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.network.encoder.forward(x)
    }

    fn decode<'t>(&self, z: Var<'t>) -> Var<'t> {
        self.network.decoder.forward(z)
    }
}
