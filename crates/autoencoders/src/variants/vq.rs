//! The vector-quantised autoencoder: codes are entries of a learned codebook.

mod codebook;
mod config;
mod nearest;

pub use config::VqConfig;

use crate::network::{Network, debug_as_config, of_network};
use crate::reconstruction::LOSS;
use crate::registry::{
    CodeKind, Facts, Family, Remedy, Variant, VariantOption, at_least_one, fraction, not_negative, option,
    set, settings_of, switch, variant,
};
use crate::{Autoencoder, Finding, FindingKind, ModelConfig, Section, Severity, evaluated};
use codebook::{Codebook, Sizes, Use};
use latents_autograd::{Reduction, Var};
use latents_error::ConfigError;
use latents_nn::{LayerRow, Module, Sequential, parts};
use latents_tensor::random::Key;
use latents_tensor::{Indices, Real, Rows, Shape, Tensor};
use latents_train::{Batch, EpochStart, Parts, Statistics, Trainable};

/// Number of rows whose encodings initialise and repair a codebook.
const SAMPLE: usize = 4096;

/// min Σ(x − g(e))² + β Σ(z − sg(e))², the mean over rows, where e are the entries of the codebooks that lie nearest to the
/// encoder's output z = f(x), and sg stops gradients (van den Oord, Vinyals & Kavukcuoglu 2017). Gradients of e go straight
/// through to z. Codebooks are no parameters but moving averages of the outputs that chose each entry (ibid., appendix A.1),
/// begin with k-means of encoded rows, and entries that hardly any row of an epoch chose are put where an encoded row is. Each group
/// of numbers has a codebook, or all share one ([`VqConfig::shared`]), as the positions of an image do in the paper.
///
/// `encode` gives the chosen entries (batch, latent); [`Vq::indices`] says which they are. Training reports the perplexity of
/// the entries' use within a batch, exp of its entropy, the mean over codebooks and batches: at most the size of a codebook,
/// and at most the vectors of a batch that choose from it. Of a batch that is cut into
/// [shards](latents_train::TrainerConfig::shards) it is the mean over the shards, each of which uses fewer entries: compare only
/// trainings with as many rows in a shard.
pub struct Vq<T: Real = f32> {
    config: VqConfig,
    network: Network<T>,
    codebook: Codebook<T>,
}

impl Vq {
    /// Creates a model with Glorot-uniform weights drawn from `seed` and zero biases. ([`Family::build`] creates one of any
    /// element type.)
    ///
    /// # Errors
    /// Those of [`VqConfig::validate`].
    ///
    /// ```
    /// # use latents_autoencoders::{Autoencoder, Vq, VqConfig};
    /// let model: Vq = Vq::new(VqConfig::new(16, 8).groups(2).entries(32), 0)?;
    /// assert_eq!(model.latent_dim(), 8);
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    pub fn new(config: impl Into<VqConfig>, seed: u64) -> Result<Self, ConfigError> {
        config.into().build(seed)
    }
}

impl<T: Real> Vq<T> {
    /// The codebook entries chosen for rows (rows, input): (rows, groups), each below the size of a codebook.
    ///
    /// ```
    /// # use latents_autoencoders::{Autoencoder, Vq, VqConfig};
    /// # use latents_tensor::Tensor;
    /// # let model: Vq = Vq::new(VqConfig::new(16, 8).groups(2).entries(32), 0)?;
    /// let rows = Tensor::ones([5, 16]);
    /// let indices = model.indices(&rows);
    /// assert_eq!(model.codes_of(&indices), model.encode_data(&rows));
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    pub fn indices(&self, rows: &Tensor<T>) -> Indices {
        self.codebook
            .choose(&evaluated(rows, |x| self.network.encoder.forward(x)))
    }

    /// Codes (rows, latent) of entries (rows, groups): what `decode_data` takes.
    ///
    /// # Panics
    /// If there is no such entry, or a row has another number of groups.
    ///
    /// ```
    /// # use latents_autoencoders::{Vq, VqConfig};
    /// # use latents_tensor::Indices;
    /// let model: Vq = Vq::new(VqConfig::new(16, 8).groups(2).entries(32), 0)?;
    /// let codes = model.codes_of(&Indices::new(vec![3, 31], [1, 2]));
    /// assert_eq!(codes.shape()[..], [1, 8]);
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    #[track_caller]
    pub fn codes_of(&self, indices: &Indices) -> Tensor<T> {
        let (shape, groups) = (indices.shape(), self.config.groups);
        assert!(
            shape.rank() == 2 && shape[1] == groups,
            "Vq::codes_of: indices of shape {shape}, and codes have {groups} groups: give (rows, {groups})"
        );
        self.codebook.entries_of(indices)
    }

    /// How the entries of each codebook are used by rows (rows, input).
    fn uses(&self, rows: &Tensor<T>) -> Vec<Use> {
        let counts = self.codebook.counted(&self.indices(rows));
        self.codebook.uses(&counts.elements()).collect()
    }

    /// The entries nearest to an encoder's output (batch, latent), held fixed in gradient checks.
    fn quantised<'t>(&self, z: Var<'t, T>) -> (Var<'t, T>, Indices) {
        let chosen = z.tape().hold("entries", || self.codebook.choose(&z.value()));
        (z.tape().input(&self.codebook.entries_of(&chosen)), chosen)
    }

    /// The entries, with the gradient of the encoder's output.
    fn straight_through<'t>(&self, z: Var<'t, T>, entries: Var<'t, T>) -> Var<'t, T> {
        entries + (z - z.stop("encoder output"))
    }

    /// Encodes a sample of the rows of a table.
    fn encoded_sample(&self, data: &dyn Rows<T>, key: Key) -> Tensor<T> {
        let mut order = key.permutation(data.rows());
        order.truncate(SAMPLE);
        let mut rows = Tensor::zeros([order.len(), data.features()]);
        data.gather_into(&order, &mut rows);
        evaluated(&rows, |x| self.network.encoder.forward(x))
    }
}

/// The entry in the registry.
pub(crate) static VQ: Variant = variant::<VqConfig>("vq")
    .aliases(&["vqvae"])
    .summary("Codes that are entries of a learned codebook")
    .paper("van den Oord et al. 2017")
    .settings_of_code(&["groups"])
    .options(&[ENTRIES, GROUPS, SHARED, COMMITMENT, DECAY, LOSS])
    .golden("1735e8e666c346946698d44afcc4839987045f82fadb853bf8095155cf483b7c");

const ENTRIES: VariantOption = option(
    "--entries",
    "N",
    "Size of each codebook [default: 64]",
    |value, settings| set(settings, "entries", at_least_one(value)?),
)
.examples(&["2", "16"]);

const GROUPS: VariantOption = option(
    "--groups",
    "N",
    "Cut the code into N groups, each with its own codebook [default: one for every 4 latent dimensions; one for every \
     position with --latent-channels]",
    |value, settings| set(settings, "groups", at_least_one(value)?),
)
.examples(&["1", "2"]);

const SHARED: VariantOption = switch(
    "--shared-codebook",
    "Share one codebook between all groups",
    |_, settings| set(settings, "shared", true),
);

const COMMITMENT: VariantOption = option(
    "--commitment",
    "F",
    "Weight of the commitment loss [default: 0.25]",
    |value, settings| set(settings, "commitment", not_negative(value)?),
)
.examples(&["0", "1"]);

const DECAY: VariantOption = option(
    "--decay",
    "F",
    "Fraction of the codebook's moving averages to keep in a step [default: 0.99]",
    |value, settings| set(settings, "decay", fraction(value)?),
)
.examples(&["0", "0.9"]);

impl Family for VqConfig {
    type Model<T: Real> = Vq<T>;

    of_network! { VQ, |_: &Self| latents_nn::Activation::Identity }

    fn parameters(&self) -> u128 {
        let numbers = self.network.latent / if self.shared { self.groups.max(1) } else { 1 };
        let codebooks = (self.entries as u128).saturating_mul(numbers as u128);
        self.network.parameters().saturating_add(codebooks)
    }

    fn build<T: Real>(&self, seed: u64) -> Result<Vq<T>, ConfigError> {
        let config = self.resolved();
        config.validate()?;
        let key = Key::new(seed).purpose("weights").purpose("codebook");
        let mut model = Vq {
            network: Network::new(&config.network, seed),
            codebook: Codebook::new(self.sizes(), key),
            config,
        };
        model.name_parameters("");
        Ok(model)
    }

    fn facts(&self) -> Facts {
        Facts {
            code: CodeKind::Discrete,
            restrains_code: true,
            remedies: vec![(
                FindingKind::DeadUnits,
                Remedy::Instead("Use fewer `entries` or `groups`, or train for more `epochs`.".to_owned()),
            )],
            ..Facts::of_network(&self.network, "Loss per row, including the commitment loss")
        }
    }
}

impl<T: Real> Module<T> for Vq<T> {
    fn forward<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        self.reconstruct(x)
    }

    parts! { T: ..network, codebook }

    fn summarize(&self, name: &str, input: Shape, rows: &mut Vec<LayerRow>) -> Shape {
        self.network.summarize(name, input, rows)
    }
}

debug_as_config!(Vq);

impl<T: Real> Trainable<T> for Vq<T> {
    fn input_dim(&self) -> usize {
        self.config.network.input
    }

    fn settings(&self) -> serde_json::Value {
        settings_of(self)
    }

    fn stops(&self) -> &'static [&'static str] {
        &["encoder output"]
    }

    fn loss<'t>(&self, _: usize, batch: &Batch<'t, T>, parts: &mut Parts<T>) -> Var<'t, T> {
        let z = self.network.encoder.forward(batch.x);
        let (entries, chosen) = self.quantised(z);
        let code = self.straight_through(z, entries);
        let reconstruction = self
            .config
            .loss
            .of(self.decode(code), batch.x, Reduction::BatchMean);
        let commitment = z.mse(entries, Reduction::BatchMean);
        parts.add("reconstruction", reconstruction);
        parts.add("commitment", commitment);
        let counts = self.codebook.counted(&chosen);
        parts.add_number("perplexity", self.codebook.perplexity(&counts));
        if batch.tape().is_training() {
            self.codebook.note(&z.value(), &chosen, counts, parts);
        }
        reconstruction + commitment * commitment.lit(self.config.commitment)
    }

    fn prepare(&mut self, train: &dyn Rows<T>, seed: u64) {
        // Keep the codebook of an earlier training.
        if !self.codebook.is_new() {
            return self.codebook.begin_epoch();
        }
        let key = Key::new(seed).purpose("codebook");
        let sample = self.encoded_sample(train, key);
        // If rows are not finite, the training fails in its first step, with the initial codebook.
        if sample.sum_all().to_f64().is_finite() {
            self.codebook.begin_with(&sample, key);
        }
    }

    fn begin_epoch(&mut self, start: EpochStart<'_, T>) {
        let idle = self.codebook.idle();
        if !idle.is_empty() {
            let key = Key::new(start.seed).purpose("codebook").step(start.progress.step);
            let sample = self.encoded_sample(start.data, key);
            self.codebook.replace(&idle, &sample, key);
            start.notes.push(("replaced entries".into(), idle.len() as f64));
        }
        self.codebook.begin_epoch();
    }

    fn end_step(&mut self, statistics: &Statistics<T>, _: Key) {
        self.codebook.move_towards(statistics, self.config.decay);
    }
}

impl<T: Real> Autoencoder<T> for Vq<T> {
    fn config(&self) -> Option<ModelConfig> {
        Some(self.config.clone().into())
    }

    fn latent_dim(&self) -> usize {
        self.config.network.latent
    }

    fn encoder(&self) -> Option<&Sequential<T>> {
        Some(&self.network.encoder)
    }

    fn encode<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        let z = self.network.encoder.forward(x);
        self.straight_through(z, self.quantised(z).0)
    }

    fn decode<'t>(&self, z: Var<'t, T>) -> Var<'t, T> {
        self.network.decoder.forward(z)
    }

    /// Reports if fewer than half of the entries that the rows could use are used.
    fn findings(&self, rows: &Tensor<T>) -> Vec<Finding> {
        let Sizes {
            groups,
            books,
            entries,
            ..
        } = self.config.sizes();
        let used: usize = self.uses(rows).iter().map(|book| book.entries).sum();
        let all = books * entries;
        let choices = rows.size(0) * groups / books;
        if 2 * used >= books * entries.min(choices) {
            return Vec::new();
        }
        vec![Finding {
            kind: FindingKind::OfModel,
            severity: Severity::Warning,
            what: format!(
                "{} rows use only {used} of the {all} codebook entries.",
                rows.size(0)
            ),
            remedy: "Use fewer `entries`, or train for more `epochs`: after every epoch, rarely used entries move towards the rows."
                .to_owned(),
        }]
    }

    fn sections(&self, rows: &Tensor<T>) -> Vec<Section> {
        let row = |(group, used): (usize, &Use)| {
            let figures = vec![Some(used.entries as f64), Some(used.perplexity)];
            let name = match self.config.shared {
                true => "all groups".to_owned(),
                false => format!("group {}", group + 1),
            };
            (name, figures)
        };
        vec![Section {
            title: "Codebooks".to_owned(),
            about: format!(
                "Use of the {} entries of each codebook by {} rows: number of entries used, and perplexity (exp of the entropy of use).",
                self.config.entries,
                rows.size(0)
            ),
            columns: vec!["entries in use".to_owned(), "perplexity".to_owned()],
            rows: self.uses(rows).iter().enumerate().map(row).collect(),
        }]
    }
}
