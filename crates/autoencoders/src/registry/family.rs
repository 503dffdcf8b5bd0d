//! `Family`: the configuration of a variant.

use super::{Facts, Variant};
use crate::{Autoencoder, NetworkConfig};
use latents_error::ConfigError;
use latents_tensor::Real;
use latents_train::TrainerConfig;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;

/// The configuration of a variant, which builds its model for any element type. `From<NetworkConfig>` gives its default
/// settings for the sizes of a network.
pub trait Family:
    From<NetworkConfig> + Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The model.
    type Model<T: Real>: Autoencoder<T> + 'static;

    /// The variant's entry in the registry.
    fn variant() -> &'static Variant;

    /// The encoder and decoder, if they are one common network.
    fn network(&self) -> Option<&NetworkConfig>;

    /// Number of columns of the data.
    fn input_dim(&self) -> usize {
        self.network().map_or(0, |network| network.input)
    }

    /// Number of latent dimensions.
    fn latent_dim(&self) -> usize {
        self.network().map_or(0, |network| network.latent)
    }

    /// The approximate number of parameters. Files with far fewer values are rejected before memory is allocated.
    fn parameters(&self) -> u128 {
        self.network().map_or(0, NetworkConfig::parameters)
    }

    /// A summary of the sizes: `784-32-784`.
    fn sizes_text(&self) -> String {
        match self.network() {
            Some(network) => network.sizes_text(),
            None => format!("{}-{}-{}", self.input_dim(), self.latent_dim(), self.input_dim()),
        }
    }

    /// The configuration with all choices made that were left to the variant. Models are built from it and saved with it.
    fn resolved(&self) -> Self {
        self.clone()
    }

    /// Checks the configuration.
    ///
    /// # Errors
    /// The first invalid setting.
    fn validate(&self) -> Result<(), ConfigError>;

    /// Builds a model with weights drawn from `seed`.
    ///
    /// # Errors
    /// Those of [`Family::validate`].
    fn build<T: Real>(&self, seed: u64) -> Result<Self::Model<T>, ConfigError>;

    /// Builds a model whose weights will be read from a file: steps that run once before a training count as done.
    ///
    /// # Errors
    /// Those of [`Family::validate`].
    fn build_for_weights<T: Real>(&self) -> Result<Self::Model<T>, ConfigError> {
        self.build(0)
    }

    /// Properties of the model that follow from its settings.
    fn facts(&self) -> Facts;

    /// What a training with this configuration will not do, though the settings ask for it, or does only slowly: a sentence or
    /// two each.
    fn warnings(&self, _training: &TrainerConfig) -> Vec<String> {
        Vec::new()
    }
}
