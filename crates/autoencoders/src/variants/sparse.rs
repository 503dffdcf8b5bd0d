//! The sparse autoencoder: a code that may be wider than the rows, with few active units per row.

mod active_units;
mod activity;
mod dictionary;
mod network;
mod penalty;
mod revive;

pub use penalty::{ParsePenaltyError, Penalty};

use crate::finding::FindingKind;
use crate::network::{debug_as_config, of_network};
use crate::reconstruction::{LOSS, check_loss, default_loss};
use crate::registry::{
    CodeKind, Facts, Family, Remedy, Variant, VariantOption, at_least_one, option, set, settings_of, switch,
    variant,
};
use crate::{Autoencoder, ModelConfig, NetworkConfig};
use activity::{Activity, note_chosen, note_dense};
use latents_autograd::{Reduction, Var};
use latents_error::{ConfigError, Within};
use latents_nn::{self as nn, Activation, LayerRow, Module, parts};
use latents_tensor::random::Key;
use latents_tensor::{Real, Shape};
use latents_train::{Batch, EpochStart, Parts, Progress, Statistics, Trainable, TrainerConfig};
use network::SparseNetwork;
use serde::{Deserialize, Serialize};

/// Configuration of a [`Sparse`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SparseConfig {
    /// What makes the code sparse.
    pub penalty: Penalty,
    /// Reconstruction loss, summed over the values of a row and averaged over rows.
    #[serde(default = "default_loss")]
    pub loss: nn::Loss,
    /// With [`Penalty::TopK`]: the number of active units at the start of training. It decreases linearly and reaches k halfway
    /// through the training, so that more units find a direction and fewer die (Makhzani & Frey 2013).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k_from: Option<usize>,
    /// Whether to tie the dictionary to the weight of the code layer. Requires that the decoder starts with the size with which
    /// the encoder ends.
    #[serde(default)]
    pub tied: bool,
    /// Revives units that were active for no row of an epoch, every this number of epochs in the first half of the training
    /// (see [`Sparse::revive_dead`]). If `None`, never.
    ///
    /// In a wide code, most units can die in the first epochs, before they have found a direction: of 1000 units with 25 active
    /// ones on MNIST, four fifths. Reviving resets all moments of the optimiser: with the old ones, or with new ones for the
    /// revived units only, most die again. In the second half of the training no unit is revived, so that all can settle, as in
    /// Bricken et al. (2023).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revive_every: Option<usize>,
    /// Encoder and decoder. The code may be wider than the rows, because the penalty prevents copying.
    pub network: NetworkConfig,
}

latents_error::setters! {
    SparseConfig { penalty: Penalty, loss: nn::Loss, tied: bool }
    into { k_from: Option<usize>, revive_every: Option<usize>, network: NetworkConfig }
}

impl SparseConfig {
    /// A network without hidden layers, with an eighth of the units active: [`Penalty::TopK`].
    ///
    /// ```
    /// # use latents_autoencoders::{Penalty, SparseConfig};
    /// let config = SparseConfig::new(64, 128);
    /// assert_eq!(config.penalty, Penalty::TopK { k: 16, alpha: 1.0 });
    /// assert!(config.validate().is_ok());
    /// ```
    pub fn new(input: usize, latent: usize) -> Self {
        NetworkConfig::new(input, latent).into()
    }

    /// Sigmoid with [`Penalty::Kl`], which requires it.
    fn default_latent_activation(&self) -> Activation {
        match self.penalty {
            Penalty::Kl { .. } => Activation::Sigmoid,
            Penalty::L1 { .. } | Penalty::TopK { .. } => self.network.default_latent_activation(),
        }
    }

    fn latent_activation(&self) -> Activation {
        let chosen = self.network.latent_activation;
        chosen.unwrap_or_else(|| self.default_latent_activation())
    }

    /// Checks the configuration.
    ///
    /// # Errors
    /// Those of [`NetworkConfig::validate`]; if a number of the penalty is out of range, for example k above the number of
    /// units; if penalty and activation of the code, or loss and output, do not match.
    ///
    /// ```
    /// # use latents_autoencoders::{Penalty, SparseConfig};
    /// assert!(SparseConfig::new(16, 8).penalty(Penalty::TopK { k: 9, alpha: 1.0 }).validate().is_err());
    /// ```
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.network.validate().within("network")?;
        self.penalty.validate(self.network.latent)?;
        check_loss(self.loss, &self.network)?;
        self.network.refuse_convolution("sparse").within("network")?;
        self.validate_k_from()?;
        self.validate_tied()?;
        if self.revive_every == Some(0) {
            return Err(ConfigError::new("revive_every", 0, "must be at least 1 epoch"));
        }
        let activation = self.latent_activation();
        let refused = |requirement| {
            Err(ConfigError::new(
                "network.latent_activation",
                activation,
                requirement,
            ))
        };
        match (self.penalty, activation) {
            (Penalty::Kl { .. }, Activation::Sigmoid) => Ok(()),
            (Penalty::Kl { .. }, _) => {
                refused("the penalty kl compares mean activations with a probability and requires sigmoid")
            }
            (Penalty::TopK { .. }, Activation::Softmax) => {
                refused("topk requires an element-wise activation; use identity or relu")
            }
            _ => Ok(()),
        }
    }

    fn remedy_for_dead_units(&self) -> &'static str {
        match (self.penalty, self.revive_every) {
            (Penalty::TopK { .. }, Some(_)) => {
                "The units were revived and died again: lower `latent` or `learning_rate`, use a larger k in `penalty`, or \
                 let k fall from `k_from`."
            }
            (_, Some(_)) => {
                "The units were revived and died again: lower `latent` or `learning_rate`, or weaken `penalty`."
            }
            (_, None) => {
                "Revive dead units after every epoch with `revive_every` 1, weaken `penalty`, or lower `latent`."
            }
        }
    }

    fn validate_k_from(&self) -> Result<(), ConfigError> {
        let Some(from) = self.k_from else {
            return Ok(());
        };
        let refused = |requirement: String| Err(ConfigError::new("k_from", from, requirement));
        match self.penalty {
            Penalty::TopK { k, .. } if from < k => refused(format!(
                "the number of active units decreases to k, so it must be at least {k}"
            )),
            Penalty::TopK { .. } if from > self.network.latent => refused(format!(
                "must be at most the {} units of the code",
                self.network.latent
            )),
            Penalty::TopK { .. } => Ok(()),
            penalty => refused(format!("it applies only to topk, but the penalty is {penalty}")),
        }
    }

    fn validate_tied(&self) -> Result<(), ConfigError> {
        let (encoder, decoder) = (self.network.encoder_sizes(), self.network.decoder_sizes());
        let (before, behind) = (encoder[encoder.len() - 2], decoder[1]);
        if !self.tied || before == behind {
            return Ok(());
        }
        let requirement = format!(
            "the layer before the code has {before} units and the one after it {behind}; a shared weight requires equal sizes"
        );
        Err(ConfigError::new("tied", true, requirement))
    }

    /// The number of active units per row at this fraction of the training, with [`Penalty::TopK`].
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
            revive_every: None,
            network,
        }
    }
}

/// min E ‖x − g(z)‖² for codes z = f(x) kept sparse by a [`Penalty`]: summed over the values of a row and averaged over rows,
/// plus the penalty.
///
/// With [`Penalty::TopK`] the code is dense only in `encode`: training decodes, and propagates gradients, through the active
/// units only, for any layer sizes. The activation of the code is applied to the selected units; the others are 0.
///
/// The first layer of the decoder is called `dictionary` in files. Its weight is (latent, outputs): row j is the contribution
/// of unit j. A tied dictionary has only a bias.
pub struct Sparse<T: Real = f32> {
    config: SparseConfig,
    network: SparseNetwork<T>,
    activity: Activity<T>,
    /// The number of active units per row at this point of the training, with [`Penalty::TopK`].
    k: Option<usize>,
}

impl Sparse {
    /// Creates a model with Glorot-uniform weights drawn from `seed` and zero biases. ([`Family::build`] creates one of any
    /// element type.)
    ///
    /// # Errors
    /// Those of [`SparseConfig::validate`].
    ///
    /// ```
    /// # use latents_autoencoders::{Autoencoder, Sparse, SparseConfig};
    /// # use latents_tensor::Tensor;
    /// let config = SparseConfig::new(16, 32).penalty("topk:4".parse().unwrap());
    /// let model: Sparse = Sparse::new(config, 0)?;
    /// let code = model.encode_data(&Tensor::ones([1, 16]));
    /// assert!(code.to_vec().iter().filter(|&&activation| activation != 0.0).count() <= 4);
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    pub fn new(config: impl Into<SparseConfig>, seed: u64) -> Result<Self, ConfigError> {
        config.into().build(seed)
    }
}

impl<T: Real> Sparse<T> {
    /// The number of units kept for rows on this variable's tape, with [`Penalty::TopK`].
    #[inline]
    fn active_units(&self, x: Var<'_, T>) -> Option<usize> {
        self.config.penalty.active_units(x.tape().is_training())
    }

    /// The activation above which a unit counts as active.
    fn threshold(&self) -> f64 {
        match self.config.penalty {
            // A sigmoid is never 0.
            Penalty::Kl { target, .. } => target,
            _ => 0.0,
        }
    }
}

/// The entry in the registry.
pub(crate) static SPARSE: Variant = variant::<SparseConfig>("sparse")
    .aliases(&["sae"])
    .summary("A wide code with few active units")
    .paper("Makhzani & Frey 2013; Ng 2011")
    // A dictionary: in a narrow code few units can be active, and most die.
    .preset(|columns| (Vec::new(), (2 * columns).clamp(1, 1024)))
    .options(&[PENALTY, LOSS, K_FROM, TIED, REVIVE_EVERY])
    .golden("bcb0bc9021bb28eb19d83d7c0066854b5d4839ea830abc6452f633f4e73951e1");

const PENALTY: VariantOption = option(
    "--penalty",
    "KIND:NUMBERS",
    "topk:UNITS, topk:UNITS:FACTOR, l1:WEIGHT or kl:TARGET:WEIGHT [default: topk, with an eighth of the units]",
    |value, settings| {
        if value == "topk" {
            // The default depends on the size of the code.
            settings.remove("penalty");
            return Ok(());
        }
        let penalty: Penalty = value
            .parse()
            .map_err(|error: ParsePenaltyError| error.to_string())?;
        if !matches!(penalty, Penalty::TopK { .. }) {
            // From a configuration file with another penalty.
            settings.remove("k_from");
        }
        set(settings, "penalty", String::from(penalty))
    },
)
.examples(&["topk:1", "topk:2:1.5", "l1:0.1", "kl:0.05:3"]);

const K_FROM: VariantOption = option(
    "--k-from",
    "N",
    "With topk: active units at the start of training, reduced to k by its middle [default: the k of --penalty]",
    |value, settings| set(settings, "k_from", at_least_one(value)?),
)
.examples(&["2", "4"]);

const TIED: VariantOption = switch(
    "--tied",
    "Tie the weights of the layers before and after the code",
    |_, settings| set(settings, "tied", true),
);

const REVIVE_EVERY: VariantOption = option(
    "--revive-every",
    "N",
    "Revive units that were active for no row of an epoch, every N epochs in the first half of training \
     [default: no reviving]",
    |value, settings| set(settings, "revive_every", at_least_one(value)?),
)
.examples(&["1", "2"]);

impl Family for SparseConfig {
    type Model<T: Real> = Sparse<T>;

    of_network! { SPARSE, SparseConfig::default_latent_activation }

    fn build<T: Real>(&self, seed: u64) -> Result<Sparse<T>, ConfigError> {
        let config = self.resolved();
        config.validate()?;
        Ok(Sparse {
            network: SparseNetwork::new(&config.network, self.tied, seed),
            activity: Activity::new(self.network.latent),
            k: self.k_at(1.0),
            config,
        })
    }

    fn facts(&self) -> Facts {
        let exact_zeros = !matches!(self.penalty, Penalty::Kl { .. });
        let mut remedies = vec![(
            FindingKind::DeadUnits,
            Remedy::Instead(self.remedy_for_dead_units().to_owned()),
        )];
        if let Penalty::L1 { .. } = self.penalty {
            let shrinks =
                "The penalty shrinks all activations: a lower weight in `penalty` shrinks them less.";
            remedies.push((FindingKind::WorseThanPca, Remedy::Also(shrinks.to_owned())));
        }
        Facts {
            code: CodeKind::Sparse { exact_zeros },
            restrains_code: match self.penalty {
                Penalty::Kl { weight, .. } | Penalty::L1 { weight } => weight > 0.0,
                // A code with as many active units as the row has columns can copy it.
                Penalty::TopK { k, .. } => k < self.network.input,
            },
            remedies,
            ..Facts::of_network(&self.network, "Loss per row, including the penalty")
        }
    }

    fn warnings(&self, training: &TrainerConfig) -> Vec<String> {
        let epochs = training.epochs;
        let late = self.revive_every.filter(|&every| every > epochs / 2);
        late.map(|every| {
            format!(
                "`revive_every` {every} does not revive any unit in {epochs} epochs, because units are revived only in \
                 the first half of the training. Use a smaller number."
            )
        })
        .into_iter()
        .collect()
    }
}

impl<T: Real> Module<T> for Sparse<T> {
    fn forward<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        self.reconstruct(x)
    }

    parts! { T: ..network, activity }

    fn summarize(&self, name: &str, input: Shape, rows: &mut Vec<LayerRow>) -> Shape {
        self.network.summarize(name, input, rows)
    }
}

debug_as_config!(Sparse);

impl<T: Real> Trainable<T> for Sparse<T> {
    fn input_dim(&self) -> usize {
        self.config.network.input
    }

    fn settings(&self) -> serde_json::Value {
        settings_of(self)
    }

    fn loss<'t>(&self, _: usize, batch: &Batch<'t, T>, parts: &mut Parts<T>) -> Var<'t, T> {
        let x = batch.x;
        let is_training = batch.tape().is_training();
        let k = if is_training { self.k } else { self.active_units(x) };
        let of_output = |y: Var<'t, T>| self.config.loss.of(y, x, Reduction::BatchMean);
        if let Some(k) = k {
            let code = self.network.encode_active(x, k);
            if is_training {
                note_chosen(&code, self.latent_dim(), parts);
            }
            let reconstruction = of_output(self.network.decode_active(&code));
            parts.add("reconstruction", reconstruction);
            return reconstruction;
        }
        let code = self.network.encode(x);
        if is_training {
            note_dense(&code.value(), self.threshold(), parts);
        }
        let reconstruction = of_output(self.network.decode(code));
        parts.add("reconstruction", reconstruction);
        match self.config.penalty.of(code) {
            None => reconstruction,
            Some((name, penalty)) => {
                parts.add(name, penalty);
                reconstruction + penalty
            }
        }
    }

    /// [`Penalty::Kl`] depends on the mean activations of a batch.
    fn couples_rows(&self) -> bool {
        matches!(self.config.penalty, Penalty::Kl { .. })
    }

    fn begin_epoch(&mut self, start: EpochStart<'_, T>) {
        let Some(every) = self.config.revive_every else {
            return;
        };
        let before = start.epoch - 1;
        if before == 0 || !before.is_multiple_of(every) || start.progress.fraction() > 0.5 {
            return;
        }
        let dead = self.dead_units(start.data.rows() as u64);
        let mut count = 0;
        if !dead.is_empty() {
            start.optimizers.reset();
            count = self.revive_dead(&dead, start.data, start.seed.wrapping_add(start.progress.step));
        }
        start.notes.push(("revived units".into(), count as f64));
    }

    fn begin_step(&mut self, progress: Progress) {
        self.k = self.config.k_at(progress.fraction());
    }

    fn end_step(&mut self, statistics: &Statistics<T>, _: Key) {
        self.activity.see(statistics);
    }
}

impl<T: Real> Autoencoder<T> for Sparse<T> {
    fn config(&self) -> Option<ModelConfig> {
        Some(self.config.clone().into())
    }

    fn latent_dim(&self) -> usize {
        self.config.network.latent
    }

    fn encode<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        match self.active_units(x) {
            Some(k) => {
                let code = self.network.encode_active(x, k);
                code.values.sparse_to_dense(&code.units, self.latent_dim())
            }
            None => self.network.encode(x),
        }
    }

    fn decode<'t>(&self, z: Var<'t, T>) -> Var<'t, T> {
        self.network.decode(z)
    }

    fn reconstruct<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        match self.active_units(x) {
            Some(k) => self.network.decode_active(&self.network.encode_active(x, k)),
            None => self.network.decode(self.network.encode(x)),
        }
    }
}
