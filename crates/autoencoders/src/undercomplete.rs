//! The undercomplete autoencoder: a code smaller than the data leaves no other way than to learn its structure.

use crate::network::{Network, module_of_network};
use crate::reconstruction::{check_loss, default_loss};
use crate::{Autoencoder, ModelConfig, NetworkConfig};
use latents_autograd::{Reduction, Var};
use latents_error::ConfigError;
use latents_nn::{self as nn, Module, Sequential};
use latents_train::{Loss, Trainable};
use serde::{Deserialize, Serialize};

/// The layers and the loss of an [`Undercomplete`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UndercompleteConfig {
    /// What the reconstruction is compared with the data by: the mean over all elements.
    #[serde(default = "default_loss")]
    pub loss: nn::Loss,
    /// Encoder and decoder.
    pub network: NetworkConfig,
}

impl UndercompleteConfig {
    /// One layer to the code and one back, ReLU then sigmoid: the program that everyone learns first.
    pub fn new(input: usize, latent: usize) -> Self {
        NetworkConfig::new(input, latent).into()
    }

    /// # Errors
    /// As [`NetworkConfig::validate`], or if the loss does not fit the output's activation.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.network.validate()?;
        check_loss(self.loss, &self.network)
    }
}

impl From<NetworkConfig> for UndercompleteConfig {
    fn from(network: NetworkConfig) -> Self {
        Self {
            loss: default_loss(),
            network,
        }
    }
}

/// min Σ‖x − g(f(x))‖² with encoder f and decoder g (Rumelhart, Hinton & Williams 1986; deep: Hinton & Salakhutdinov
/// 2006). The loss is the mean over all elements, of squared errors if nothing else is chosen.
pub struct Undercomplete {
    config: UndercompleteConfig,
    network: Network,
}

impl Undercomplete {
    /// A model with Glorot-uniform weights drawn from `seed`, and zero biases.
    ///
    /// # Errors
    /// As [`UndercompleteConfig::validate`].
    pub fn new(config: impl Into<UndercompleteConfig>, seed: u64) -> Result<Self, ConfigError> {
        let config = config.into();
        config.validate()?;
        let network = Network::new(&config.network, seed);
        Ok(Self { config, network })
    }
}

module_of_network!(Undercomplete);

impl Trainable for Undercomplete {
    fn input_dim(&self) -> usize {
        self.config.network.input
    }

    fn loss<'t>(&self, x: Var<'t>) -> Loss<'t> {
        let loss = self.config.loss.of(self.reconstruct(x), x, Reduction::Mean);
        Loss::single("reconstruction", loss)
    }
}

impl Autoencoder for Undercomplete {
    fn config(&self) -> Option<ModelConfig> {
        Some(ModelConfig::Undercomplete(self.config.clone()))
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
