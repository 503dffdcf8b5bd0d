//! `VqConfig`: the configuration of a vector-quantised autoencoder.

use super::codebook::Sizes;
use crate::NetworkConfig;
use crate::reconstruction::{check_loss, default_loss};
use crate::registry::Family;
use latents_error::{ConfigError, Within};
use latents_nn::{self as nn, Activation};
use serde::{Deserialize, Serialize};

/// Thousands of vectors are compared with all entries at once; more would need gigabytes.
const MOST_ENTRIES: usize = 1 << 14;

/// Configuration of a [`Vq`](super::Vq).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VqConfig {
    /// Entries per codebook.
    pub entries: usize,
    /// Groups of latent dimensions: each row is represented by this number of entries. In an image code
    /// ([`ConvolutionConfig::latent_channels`](crate::ConvolutionConfig::latent_channels)), the positions are such groups.
    pub groups: usize,
    /// Whether all groups share one codebook.
    #[serde(default)]
    pub shared: bool,
    /// β, the weight of the commitment loss, which keeps the encoder close to the entries that it chooses.
    pub commitment: f64,
    /// γ, the fraction of a codebook's moving averages kept in a step.
    pub decay: f64,
    /// Reconstruction loss, summed over the values of a row and averaged over rows.
    #[serde(default = "default_loss")]
    pub loss: nn::Loss,
    /// Encoder and decoder. The code has no activation, and its size must be divisible by the number of groups.
    pub network: NetworkConfig,
}

latents_error::setters! {
    VqConfig { entries: usize, groups: usize, shared: bool, commitment: f64, decay: f64, loss: nn::Loss }
    into { network: NetworkConfig }
}

impl VqConfig {
    /// One hidden layer of 128, and groups of 4 latent dimensions with 64 entries each. (In an image code, each position is a
    /// group.)
    ///
    /// ```
    /// # use latents_autoencoders::VqConfig;
    /// let config = VqConfig::new(64, 16);
    /// assert_eq!((config.groups, config.entries), (4, 64));
    /// ```
    pub fn new(input: usize, latent: usize) -> Self {
        NetworkConfig::new(input, latent).hidden([128]).into()
    }

    /// Number of codebooks: one per group, or one.
    fn books(&self) -> usize {
        if self.shared { 1 } else { self.groups }
    }

    pub(super) fn sizes(&self) -> Sizes {
        Sizes {
            groups: self.groups,
            books: self.books(),
            entries: self.entries,
            width: self.network.latent / self.groups,
        }
    }

    /// Groups of an image code are whole positions, or equal parts of one.
    fn check_positions(&self) -> Result<(), ConfigError> {
        let Some([height, width, channels]) = self.network.code_image() else {
            return Ok(());
        };
        let group = self.network.latent / self.groups;
        if group.is_multiple_of(channels) || channels.is_multiple_of(group) {
            return Ok(());
        }
        let requirement = format!(
            "groups of {group} numbers cut the positions of a code of {height} × {width} × {channels}; use {}, one for each \
             position",
            height * width
        );
        Err(ConfigError::new("groups", self.groups, requirement))
    }

    /// # Errors
    /// As [`NetworkConfig::validate`], if a number lies outside its range, or the groups do not divide the code or cut the
    /// positions of one that is an image.
    ///
    /// ```
    /// # use latents_autoencoders::VqConfig;
    /// assert!(VqConfig::new(64, 16).groups(5).validate().is_err());
    /// ```
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.network.validate().within("network")?;
        check_loss(self.loss, &self.network)?;
        let latent = self.network.latent;
        if self.entries > MOST_ENTRIES {
            let requirement = format!("a codebook may have at most {MOST_ENTRIES} entries");
            return Err(ConfigError::new("entries", self.entries, requirement));
        }
        if self.entries < 2 {
            return Err(ConfigError::new(
                "entries",
                self.entries,
                "a codebook must have at least 2 entries",
            ));
        }
        if self.groups == 0 || !latent.is_multiple_of(self.groups) {
            let requirement = format!("must divide the {latent} latent dimensions");
            return Err(ConfigError::new("groups", self.groups, requirement));
        }
        self.check_positions()?;
        if self.parameters() > 1 << 31 {
            let requirement = "codebooks of more than 2147483648 values; use fewer entries";
            return Err(ConfigError::new("entries", self.entries, requirement));
        }
        if !(self.commitment >= 0.0 && self.commitment.is_finite()) {
            return Err(ConfigError::new(
                "commitment",
                self.commitment,
                "must be finite and at least 0",
            ));
        }
        if !(0.0..1.0).contains(&self.decay) {
            return Err(ConfigError::new(
                "decay",
                self.decay,
                "must be at least 0 and below 1",
            ));
        }
        match self.network.latent_activation {
            None | Some(Activation::Identity) => Ok(()),
            Some(activation) => Err(ConfigError::new(
                "network.latent_activation",
                activation,
                "entries are unbounded; use identity",
            )),
        }
    }
}

impl From<NetworkConfig> for VqConfig {
    fn from(network: NetworkConfig) -> Self {
        // Sizes may be untrusted, and are checked later.
        let groups = (1..=network.latent.div_ceil(4)).rev().take(1 << 16);
        let mut of_four = groups.filter(|groups| network.latent.is_multiple_of(*groups));
        let positions = network
            .code_image()
            .map(|[height, width, _]| height.saturating_mul(width));
        Self {
            entries: 64,
            groups: positions.or_else(|| of_four.next()).unwrap_or(1),
            shared: false,
            commitment: 0.25,
            decay: 0.99,
            loss: default_loss(),
            network,
        }
    }
}
