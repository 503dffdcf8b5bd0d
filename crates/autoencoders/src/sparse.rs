//! The sparse autoencoder: of a code that may be wider than the rows, few units are active for each.

mod activity;
mod dictionary;
mod network;
mod penalty;
mod revive;
mod reviving;

pub use penalty::{ParsePenaltyError, Penalty};
pub use reviving::Reviving;

use crate::network::module_of_network;
use crate::reconstruction::{check_loss, default_loss};
use crate::{Autoencoder, ModelConfig, NetworkConfig};
use activity::Activity;
use latents_autograd::{Reduction, Var};
use latents_error::ConfigError;
use latents_nn::{self as nn, Activation, Optimizer};
use latents_train::{Loss, Progress, Trainable};
use network::SparseNetwork;
use serde::{Deserialize, Serialize};

/// The layers, the penalty and the loss of a [`Sparse`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SparseConfig {
    /// What keeps the code sparse.
    pub penalty: Penalty,
    /// What the reconstruction is compared with the data by: the sum over a row's values, the mean over rows.
    #[serde(default = "default_loss")]
    pub loss: nn::Loss,
    /// With [`Penalty::TopK`]: the active units that a training begins with. They become fewer linearly, until in its
    /// middle they are k, so that more units are chosen while directions are still found and fewer die (Makhzani & Frey 2013).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k_from: Option<usize>,
    /// Whether a unit writes into the output what it looks for in the input: the dictionary's weight is that of the code's
    /// layer. For a decoder that begins with the size that the encoder ends with.
    #[serde(default)]
    pub tied: bool,
    /// Encoder and decoder. The code may be wider than the rows: the penalty keeps it from copying.
    pub network: NetworkConfig,
}

impl SparseConfig {
    /// One layer to the code and one back, of whose units the eighth part is active: [`Penalty::TopK`].
    pub fn new(input: usize, latent: usize) -> Self {
        NetworkConfig::new(input, latent).into()
    }

    /// The same with this penalty, and sigmoid units where it is [`Penalty::Kl`], which needs them.
    #[must_use]
    pub fn penalty(mut self, penalty: Penalty) -> Self {
        if let Penalty::Kl { .. } = penalty {
            self.network.latent_activation = Activation::Sigmoid;
        }
        Self { penalty, ..self }
    }

    /// # Errors
    /// As [`NetworkConfig::validate`]; if a number of the penalty lies outside its range, as k does above the number of
    /// units; if penalty and activation of the code, or loss and output, do not fit.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.network.validate()?;
        self.penalty.validate(self.network.latent)?;
        check_loss(self.loss, &self.network)?;
        self.network.refuse_convolution("sparse")?;
        self.validate_k_from()?;
        self.validate_tied()?;
        let activation = self.network.latent_activation;
        let refused = |requirement| Err(ConfigError::new("latent_activation", activation, requirement));
        match (self.penalty, activation) {
            (Penalty::Kl { .. }, Activation::Sigmoid) => Ok(()),
            (Penalty::Kl { .. }, _) => {
                refused("the penalty kl compares mean activations with a probability; it needs sigmoid")
            }
            (Penalty::TopK { .. }, Activation::Softmax) => {
                refused("topk chooses units one by one; take identity or relu")
            }
            _ => Ok(()),
        }
    }

    fn validate_k_from(&self) -> Result<(), ConfigError> {
        let Some(from) = self.k_from else {
            return Ok(());
        };
        let refused = |requirement: String| Err(ConfigError::new("k_from", from, requirement));
        match self.penalty {
            Penalty::TopK { k, .. } if from < k => refused(format!(
                "the number of active units falls to k, which is {k}; take more"
            )),
            Penalty::TopK { .. } if from > self.network.latent => refused(format!(
                "must be at most the {} units of the code",
                self.network.latent
            )),
            Penalty::TopK { .. } => Ok(()),
            penalty => refused(format!("only topk chooses units, and the penalty is {penalty}")),
        }
    }

    fn validate_tied(&self) -> Result<(), ConfigError> {
        let (encoder, decoder) = (self.network.encoder_sizes(), self.network.decoder_sizes());
        let (before, behind) = (encoder[encoder.len() - 2], decoder[1]);
        if !self.tied || before == behind {
            return Ok(());
        }
        let requirement = format!(
            "the layer before the code has {before} units and the one behind it {behind}; they can share a weight only where these are the same"
        );
        Err(ConfigError::new("tied", true, requirement))
    }

    /// Active units of a row in training after this part of it, where they are chosen.
    fn k_at(&self, fraction: f64) -> Option<usize> {
        let k = self.penalty.active_units(true)?;
        let from = self.k_from.unwrap_or(k) as f64;
        let over = (2.0 * fraction).clamp(0.0, 1.0);
        Some((from + (k as f64 - from) * over).round() as usize)
    }
}

impl From<NetworkConfig> for SparseConfig {
    fn from(network: NetworkConfig) -> Self {
        Self {
            penalty: Penalty::TopK {
                k: (network.latent / 8).max(1),
                alpha: 1.0,
            },
            loss: default_loss(),
            k_from: None,
            tied: false,
            network,
        }
    }
}

/// min E ‖x − g(z)‖² for codes z = f(x) kept sparse by a [`Penalty`]: the sum over a row's values, the mean over rows, plus
/// the penalty.
///
/// With [`Penalty::TopK`] the code is dense in `encode` alone: training decodes, and passes gradients, through the
/// active units and nothing else, for any sizes of the layers. The activation of the code is applied to the units that
/// were chosen; the others are 0.
///
/// The decoder's first layer is called `dictionary` in files, and its weight is (latent, outputs): row j is what unit j
/// writes. A tied one has a bias alone.
pub struct Sparse {
    config: SparseConfig,
    network: SparseNetwork,
    activity: Activity,
    /// Active units of a row at this point of a training, where they are chosen.
    k: Option<usize>,
}

impl Sparse {
    /// A model with Glorot-uniform weights drawn from `seed`, and zero biases.
    ///
    /// # Errors
    /// As [`SparseConfig::validate`].
    pub fn new(config: impl Into<SparseConfig>, seed: u64) -> Result<Self, ConfigError> {
        let config = config.into();
        config.validate()?;
        let network = SparseNetwork::new(&config.network, config.tied, seed);
        let activity = Activity::new(config.network.latent);
        Ok(Self {
            k: config.k_at(1.0),
            config,
            network,
            activity,
        })
    }

    /// Units that stay active for rows on this variable's tape, where they are chosen.
    #[inline]
    fn active_units(&self, x: Var<'_>) -> Option<usize> {
        self.config.penalty.active_units(x.tape().is_training())
    }

    /// The activation above which a unit counts as active.
    fn threshold(&self) -> f32 {
        match self.config.penalty {
            // A sigmoid is never 0.
            Penalty::Kl { target, .. } => target as f32,
            _ => 0.0,
        }
    }
}

module_of_network!(Sparse);

impl Trainable for Sparse {
    fn input_dim(&self) -> usize {
        self.config.network.input
    }

    fn loss<'t>(&self, x: Var<'t>) -> Loss<'t> {
        let is_training = x.tape().is_training();
        let reconstruction = |y: Var<'t>| self.config.loss.of(y, x, Reduction::BatchMean);
        let k = if is_training { self.k } else { self.active_units(x) };
        if let Some(k) = k {
            let code = self.network.encode_active(x, k);
            if is_training {
                self.activity.note_active(&code);
            }
            return Loss::single(
                "reconstruction",
                reconstruction(self.network.decode_active(&code)),
            );
        }
        let code = self.network.encode(x);
        if is_training {
            self.activity.note(&code.value(), self.threshold());
        }
        let reconstruction = reconstruction(self.network.decode(code));
        let Some((name, penalty)) = self.config.penalty.of(code) else {
            return Loss::single("reconstruction", reconstruction);
        };
        Loss {
            total: reconstruction + penalty,
            parts: [
                Some(("reconstruction", reconstruction)),
                Some((name, penalty)),
                None,
                None,
            ],
        }
    }

    fn begin_step(&mut self, progress: Progress, _: &mut dyn Optimizer) {
        self.k = self.config.k_at(progress.fraction());
    }
}

impl Autoencoder for Sparse {
    fn config(&self) -> Option<ModelConfig> {
        Some(ModelConfig::Sparse(self.config.clone()))
    }

    fn latent_dim(&self) -> usize {
        self.config.network.latent
    }

    fn encode<'t>(&self, x: Var<'t>) -> Var<'t> {
        match self.active_units(x) {
            Some(k) => {
                let code = self.network.encode_active(x, k);
                code.values.sparse_to_dense(&code.units, self.latent_dim())
            }
            None => self.network.encode(x),
        }
    }

    fn decode<'t>(&self, z: Var<'t>) -> Var<'t> {
        self.network.decode(z)
    }

    fn reconstruct<'t>(&self, x: Var<'t>) -> Var<'t> {
        match self.active_units(x) {
            Some(k) => self.network.decode_active(&self.network.encode_active(x, k)),
            None => self.network.decode(self.network.encode(x)),
        }
    }
}
