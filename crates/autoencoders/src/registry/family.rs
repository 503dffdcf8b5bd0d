//! `Family`: a configuration that knows its model.

use super::{Facts, Variant};
use crate::{Autoencoder, NetworkConfig};
use latents_error::ConfigError;
use latents_tensor::Real;
use latents_train::TrainerConfig;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;

/// The configuration of a variant: it knows the variant's model, for any element type. Its default settings for the sizes of a
/// network are those of `From<NetworkConfig>`.
pub trait Family:
    From<NetworkConfig> + Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The model.
    type Model<T: Real>: Autoencoder<T> + 'static;

    /// The variant's entry in the registry.
    fn variant() -> &'static Variant;

    /// Encoder and decoder, where these are one network of the common kind.
    fn network(&self) -> Option<&NetworkConfig>;

    /// Values of a row.
    fn input_dim(&self) -> usize {
        self.network().map_or(0, |network| network.input)
    }

    /// Numbers of a code.
    fn latent_dim(&self) -> usize {
        self.network().map_or(0, |network| network.latent)
    }

    /// The number of parameters, about: files of far fewer numbers are refused before memory is asked for.
    fn parameters(&self) -> u128 {
        self.network().map_or(0, NetworkConfig::parameters)
    }

    /// Sizes for people: `784-32-784`.
    fn sizes_text(&self) -> String {
        match self.network() {
            Some(network) => network.sizes_text(),
            None => format!("{}-{}-{}", self.input_dim(), self.latent_dim(), self.input_dim()),
        }
    }

    /// The configuration with every choice made that was left to the variant: what a model is built from and saved with.
    fn resolved(&self) -> Self {
        self.clone()
    }

    /// # Errors
    /// The first setting that no model can have.
    fn validate(&self) -> Result<(), ConfigError>;

    /// A model with weights drawn from `seed`.
    ///
    /// # Errors
    /// As [`Family::validate`].
    fn build<T: Real>(&self, seed: u64) -> Result<Self::Model<T>, ConfigError>;

    /// A model whose weights are about to be read from a file: what is done once, before a training, has been done.
    ///
    /// # Errors
    /// As [`Family::validate`].
    fn build_for_weights<T: Real>(&self) -> Result<Self::Model<T>, ConfigError> {
        self.build(0)
    }

    /// What is known of the model from its settings, for reports, findings and commands.
    fn facts(&self) -> Facts;

    /// What a training with this configuration will not do, though the settings ask for it, or does only slowly: a sentence or
    /// two each.
    fn warnings(&self, _training: &TrainerConfig) -> Vec<String> {
        Vec::new()
    }
}
