//! The undercomplete autoencoder: a code smaller than the row forces the model to learn its structure.

use crate::network::{Network, coded_by_network, module_of_network, of_network};
use crate::reconstruction::{LOSS, check_loss, default_loss};
use crate::registry::{Facts, Family, Variant, mean_loss_name, settings_of, variant};
use crate::{Autoencoder, NetworkConfig};
use latents_autograd::{Reduction, Var};
use latents_error::{ConfigError, Within};
use latents_nn as nn;
use latents_tensor::Real;
use latents_train::{Batch, Parts, Trainable};
use serde::{Deserialize, Serialize};

/// Configuration of an [`Undercomplete`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct UndercompleteConfig {
    /// Reconstruction loss, averaged over all elements.
    #[serde(default = "default_loss")]
    pub loss: nn::Loss,
    /// Encoder and decoder.
    pub network: NetworkConfig,
}

latents_error::setters! {
    UndercompleteConfig { loss: nn::Loss }
    into { network: NetworkConfig }
}

impl UndercompleteConfig {
    /// A network without hidden layers, with ReLU for the code and a sigmoid output.
    ///
    /// ```
    /// # use latents_autoencoders::UndercompleteConfig;
    /// assert!(UndercompleteConfig::new(784, 32).validate().is_ok());
    /// ```
    pub fn new(input: usize, latent: usize) -> Self {
        NetworkConfig::new(input, latent).into()
    }

    /// Checks the configuration.
    ///
    /// # Errors
    /// Those of [`NetworkConfig::validate`], and if the loss does not match the output activation.
    ///
    /// ```
    /// # use latents_autoencoders::UndercompleteConfig;
    /// assert!(UndercompleteConfig::new(0, 32).validate().is_err());
    /// ```
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.network.validate().within("network")?;
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

/// min Σ‖x − g(f(x))‖² with encoder f and decoder g (Rumelhart, Hinton & Williams 1986; deep: Hinton & Salakhutdinov 2006). The
/// loss is averaged over all elements; the default is squared errors.
pub struct Undercomplete<T: Real = f32> {
    config: UndercompleteConfig,
    network: Network<T>,
}

impl Undercomplete {
    /// Creates a model with Glorot-uniform weights drawn from `seed` and zero biases. ([`Family::build`] creates one of any
    /// element type.)
    ///
    /// # Errors
    /// Those of [`UndercompleteConfig::validate`].
    ///
    /// ```
    /// # use latents_autoencoders::{Autoencoder, Undercomplete, UndercompleteConfig};
    /// # use latents_tensor::Tensor;
    /// let model: Undercomplete = Undercomplete::new(UndercompleteConfig::new(16, 2), 0)?;
    /// assert_eq!(model.reconstruct_data(&Tensor::zeros([5, 16])).shape()[..], [5, 16]);
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    pub fn new(config: impl Into<UndercompleteConfig>, seed: u64) -> Result<Self, ConfigError> {
        config.into().build(seed)
    }
}

/// The entry in the registry.
pub(crate) static UNDERCOMPLETE: Variant = variant::<UndercompleteConfig>("undercomplete")
    .aliases(&["ae"])
    .summary("A code smaller than the row")
    .paper("Rumelhart, Hinton & Williams 1986")
    .options(&[LOSS])
    .golden("9e4704ee821dfc1e57b24499fdd316300ec5459d34f5f45476fd1dbeae332376");

impl Family for UndercompleteConfig {
    type Model<T: Real> = Undercomplete<T>;

    of_network! { UNDERCOMPLETE }

    fn build<T: Real>(&self, seed: u64) -> Result<Undercomplete<T>, ConfigError> {
        let config = self.resolved();
        config.validate()?;
        Ok(Undercomplete {
            network: Network::new(&config.network, seed),
            config,
        })
    }

    fn facts(&self) -> Facts {
        Facts::of_network(&self.network, mean_loss_name(self.loss))
    }
}

module_of_network!(Undercomplete);

impl<T: Real> Trainable<T> for Undercomplete<T> {
    fn input_dim(&self) -> usize {
        self.config.network.input
    }

    fn settings(&self) -> serde_json::Value {
        settings_of(self)
    }

    fn loss<'t>(&self, _: usize, batch: &Batch<'t, T>, parts: &mut Parts<T>) -> Var<'t, T> {
        let loss = self
            .config
            .loss
            .of(self.reconstruct(batch.x), batch.x, Reduction::Mean);
        parts.add("reconstruction", loss);
        loss
    }
}

impl<T: Real> Autoencoder<T> for Undercomplete<T> {
    coded_by_network! { T }
}
