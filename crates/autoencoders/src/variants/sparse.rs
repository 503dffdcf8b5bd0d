//! The sparse autoencoder: of a code that may be wider than the rows, few units are active for each.

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

/// The layers, the penalty and the loss of a [`Sparse`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
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
    /// Revive the units that were active for none of the rows of an epoch every so many epochs of the first half of a
    /// training (see [`Sparse::revive_dead`]); never where there is nothing.
    ///
    /// Of a wide code most units can die in the first epochs, before they have found anything to stand for: of 1000 units
    /// with 25 active ones on MNIST, four fifths. Where units are revived the optimiser begins with new moments: with the
    /// old ones, or with new ones for the revived alone, most die again. The second half of a training leaves every unit
    /// the time to settle, as Bricken et al. (2023) do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revive_every: Option<usize>,
    /// Encoder and decoder. The code may be wider than the rows: the penalty keeps it from copying.
    pub network: NetworkConfig,
}

latents_error::setters! {
    SparseConfig { penalty: Penalty, loss: nn::Loss, tied: bool }
    into { k_from: Option<usize>, revive_every: Option<usize>, network: NetworkConfig }
}

impl SparseConfig {
    /// One layer to the code and one back, of whose units the eighth part is active: [`Penalty::TopK`].
    pub fn new(input: usize, latent: usize) -> Self {
        NetworkConfig::new(input, latent).into()
    }

    /// Sigmoid with [`Penalty::Kl`], which needs it.
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

    /// # Errors
    /// As [`NetworkConfig::validate`]; if a number of the penalty lies outside its range, as k does above the number of
    /// units; if penalty and activation of the code, or loss and output, do not fit.
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
                refused("the penalty kl compares mean activations with a probability; it needs sigmoid")
            }
            (Penalty::TopK { .. }, Activation::Softmax) => {
                refused("topk chooses units one by one; take identity or relu")
            }
            _ => Ok(()),
        }
    }

    fn remedy_for_dead_units(&self) -> &'static str {
        match (self.penalty, self.revive_every) {
            (Penalty::TopK { .. }, Some(_)) => {
                "They were revived, and died again: give fewer units with --latent, a larger k in --penalty, a k that \
                 falls with --k-from, or a lower --learning-rate."
            }
            (_, Some(_)) => {
                "They were revived, and died again: give fewer units with --latent, weaken --penalty, or lower \
                 --learning-rate."
            }
            (_, None) => {
                "Revive dead units after every epoch with --revive-every 1, weaken --penalty, or give fewer units with \
                 --latent."
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
            revive_every: None,
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
pub struct Sparse<T: Real = f32> {
    config: SparseConfig,
    network: SparseNetwork<T>,
    activity: Activity<T>,
    /// Active units of a row at this point of a training, where they are chosen.
    k: Option<usize>,
}

impl Sparse {
    /// A model of `f32` with Glorot-uniform weights drawn from `seed`, and zero biases. ([`Family::build`] makes one of any
    /// element type.)
    ///
    /// # Errors
    /// As [`SparseConfig::validate`].
    pub fn new(config: impl Into<SparseConfig>, seed: u64) -> Result<Self, ConfigError> {
        config.into().build(seed)
    }
}

impl<T: Real> Sparse<T> {
    /// Units that stay active for rows on this variable's tape, where they are chosen.
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
    .summary("A wide code of which few units are active")
    .paper("Makhzani & Frey 2013; Ng 2011")
    // A dictionary: of a narrow code few units can be active, and most die.
    .preset(|columns| (Vec::new(), (2 * columns).clamp(1, 1024)))
    .options(&[PENALTY, LOSS, K_FROM, TIED, REVIVE_EVERY])
    .golden("bcb0bc9021bb28eb19d83d7c0066854b5d4839ea830abc6452f633f4e73951e1");

const PENALTY: VariantOption = option(
    "--penalty",
    "KIND:NUMBERS",
    "topk:UNITS, topk:UNITS:FACTOR, l1:WEIGHT or kl:TARGET:WEIGHT [default: topk, with an eighth of the units]",
    |value, settings| {
        if value == "topk" {
            // The default goes by the size of the code.
            settings.remove("penalty");
            return Ok(());
        }
        let penalty: Penalty = value
            .parse()
            .map_err(|error: ParsePenaltyError| error.to_string())?;
        if !matches!(penalty, Penalty::TopK { .. }) {
            // Of a file, for the penalty that it had.
            settings.remove("k_from");
        }
        set(settings, "penalty", String::from(penalty))
    },
)
.examples(&["topk:1", "topk:2:1.5", "l1:0.1", "kl:0.05:3"]);

const K_FROM: VariantOption = option(
    "--k-from",
    "N",
    "With topk: active units that the training begins with; by its middle they are k [default: as many as later]",
    |value, settings| set(settings, "k_from", at_least_one(value)?),
)
.examples(&["2", "4"]);

const TIED: VariantOption = switch(
    "--tied",
    "Tie the dictionary, the layer after the code, to the weight of the layer before it",
    |_, settings| set(settings, "tied", true),
);

const REVIVE_EVERY: VariantOption = option(
    "--revive-every",
    "N",
    "Give units that were active for no row of an epoch new directions, every N epochs of the first half \
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
            let shrinks = "The penalty shrinks what stays: a lower weight in --penalty shrinks it less.";
            remedies.push((FindingKind::WorseThanPca, Remedy::Also(shrinks.to_owned())));
        }
        Facts {
            code: CodeKind::Sparse { exact_zeros },
            restrains_code: match self.penalty {
                Penalty::Kl { weight, .. } | Penalty::L1 { weight } => weight > 0.0,
                // As many numbers as a row has can hold it.
                Penalty::TopK { k, .. } => k < self.network.input,
            },
            remedies,
            ..Facts::of_network(&self.network, "Loss a row, with the penalty")
        }
    }

    fn warnings(&self, training: &TrainerConfig) -> Vec<String> {
        let epochs = training.epochs;
        let late = self.revive_every.filter(|&every| every > epochs / 2);
        late.map(|every| {
            format!(
                "--revive-every {every} does not revive any unit in {epochs} epochs: units are revived in the first \
                 half of a training. Use a smaller number."
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

    /// The penalty [`Penalty::Kl`] is one of the mean activations of a batch.
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
