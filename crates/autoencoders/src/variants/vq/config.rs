//! `VqConfig`: the settings of a vector-quantised autoencoder.

use super::codebook::Sizes;
use crate::NetworkConfig;
use crate::reconstruction::{check_loss, default_loss};
use crate::registry::Family;
use latents_error::{ConfigError, Within};
use latents_nn::{self as nn, Activation};
use serde::{Deserialize, Serialize};

/// Thousands of vectors are compared with all entries at once: more would need gigabytes.
const MOST_ENTRIES: usize = 1 << 14;

/// The layers and the codebooks of a [`Vq`](super::Vq).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VqConfig {
    /// Entries of each codebook.
    pub entries: usize,
    /// Groups of numbers into which a code is cut: a row becomes as many entries. The positions of a code that stays an image
    /// ([`ConvolutionConfig::latent_channels`](crate::ConvolutionConfig::latent_channels)) are such groups.
    pub groups: usize,
    /// One codebook for all groups, not one each.
    #[serde(default)]
    pub shared: bool,
    /// β, the weight of the commitment loss, which keeps the encoder near the entries that it chooses.
    pub commitment: f64,
    /// γ, the fraction of a codebook's moving averages that stays in a step.
    pub decay: f64,
    /// What the reconstruction is compared with the data by: the sum over a row's values, the mean over rows.
    #[serde(default = "default_loss")]
    pub loss: nn::Loss,
    /// Encoder and decoder. The code has no activation, and as many numbers as groups divide.
    pub network: NetworkConfig,
}

latents_error::setters! {
    VqConfig { entries: usize, groups: usize, shared: bool, commitment: f64, decay: f64, loss: nn::Loss }
    into { network: NetworkConfig }
}

impl VqConfig {
    /// One hidden layer of 128, and as many groups of 64 entries as give each 4 numbers. (Of a code that is an image, each
    /// position is a group.)
    pub fn new(input: usize, latent: usize) -> Self {
        NetworkConfig::new(input, latent).hidden([128]).into()
    }

    /// Codebooks: one a group, or one.
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
                "a codebook needs at least 2 entries",
            ));
        }
        if self.groups == 0 || !latent.is_multiple_of(self.groups) {
            let requirement = format!("must divide the {latent} numbers of the code");
            return Err(ConfigError::new("groups", self.groups, requirement));
        }
        self.check_positions()?;
        if self.parameters() > 1 << 31 {
            let requirement = "codebooks of more than 2147483648 numbers; use fewer entries";
            return Err(ConfigError::new("entries", self.entries, requirement));
        }
        if !(self.commitment >= 0.0 && self.commitment.is_finite()) {
            return Err(ConfigError::new(
                "commitment",
                self.commitment,
                "must be finite and 0 or more",
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
                "entries may lie anywhere; use identity",
            )),
        }
    }
}

impl From<NetworkConfig> for VqConfig {
    fn from(network: NetworkConfig) -> Self {
        // Sizes may come from outside, and are checked later.
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
