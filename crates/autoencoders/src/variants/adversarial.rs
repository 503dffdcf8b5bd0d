//! The adversarial autoencoder: a discriminator matches the distribution of the codes to a prior.

use crate::network::{
    Network, coded_by_network, debug_as_config, layers, numbered, of_network, refuse_empty_layers,
    refuse_large_models, stack,
};
use crate::reconstruction::{LOSS, check_loss, default_loss};
use crate::registry::{
    CodeKind, Facts, Family, Variant, VariantOption, not_negative, option, set, settings_of, size_list,
    variant,
};
use crate::{Autoencoder, NetworkConfig, Prior, StandardNormal};
use latents_autograd::{Reduction, Var};
use latents_error::{ConfigError, Within};
use latents_nn::{self as nn, Activation, LayerRow, Module, Sequential, join, parts};
use latents_tensor::random::Key;
use latents_tensor::{Real, Shape, Tensor};
use latents_train::{Batch, Objective, Parts, Trainable};
use serde::{Deserialize, Serialize};

/// Configuration of an [`Adversarial`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AdversarialConfig {
    /// Weight of deceiving the discriminator in the encoder's loss. 0 gives a plain autoencoder.
    pub adversary: f64,
    /// Sizes of the discriminator's hidden layers.
    pub discriminator: Vec<usize>,
    /// Reconstruction loss, summed over the values of a row and averaged over rows.
    #[serde(default = "default_loss")]
    pub loss: nn::Loss,
    /// Encoder and decoder. The code has no activation.
    pub network: NetworkConfig,
}

latents_error::setters! {
    AdversarialConfig { adversary: f64, loss: nn::Loss }
    into { discriminator: Vec<usize>, network: NetworkConfig }
}

impl AdversarialConfig {
    /// One hidden layer of 400, and a discriminator with two layers of 128.
    ///
    /// ```
    /// # use latents_autoencoders::AdversarialConfig;
    /// assert!(AdversarialConfig::new(784, 8).validate().is_ok());
    /// ```
    pub fn new(input: usize, latent: usize) -> Self {
        NetworkConfig::new(input, latent).hidden([400]).into()
    }

    fn discriminator_sizes(&self) -> Vec<usize> {
        let latent = std::iter::once(self.network.latent);
        latent
            .chain(self.discriminator.iter().copied())
            .chain([1])
            .collect()
    }

    /// Checks the configuration.
    ///
    /// # Errors
    /// Those of [`NetworkConfig::validate`], and if a number is out of range or the code or loss does not match.
    ///
    /// ```
    /// # use latents_autoencoders::AdversarialConfig;
    /// assert!(AdversarialConfig::new(16, 2).adversary(-1.0).validate().is_err());
    /// ```
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.network.validate().within("network")?;
        check_loss(self.loss, &self.network)?;
        if !(self.adversary >= 0.0 && self.adversary.is_finite()) {
            return Err(ConfigError::new(
                "adversary",
                self.adversary,
                "must be finite and at least 0",
            ));
        }
        let discriminator = || numbered("discriminator", &self.discriminator);
        refuse_empty_layers(discriminator())?;
        refuse_large_models(Family::parameters(self), discriminator())?;
        match self.network.latent_activation {
            None | Some(Activation::Identity) => Ok(()),
            Some(activation) => Err(ConfigError::new(
                "network.latent_activation",
                activation,
                "the prior is a normal distribution, which is unbounded; use identity",
            )),
        }
    }
}

impl From<NetworkConfig> for AdversarialConfig {
    fn from(network: NetworkConfig) -> Self {
        Self {
            adversary: 1.0,
            discriminator: vec![128, 128],
            loss: default_loss(),
            network,
        }
    }
}

/// An autoencoder whose codes z = f(x) are matched to the standard normal distribution p by a discriminator D (Makhzani,
/// Shlens, Jaitly, Goodfellow & Frey 2016). Every step alternates between two objectives:
///
/// * encoder and decoder: min Σ(x − g(z))² − λ ln D(z), averaged over rows;
/// * discriminator: min −ln D(p) − ln(1 − D(z)), averaged over rows and samples.
///
/// Decoding samples of p generates new rows. At equilibrium the accuracy of the discriminator is one half; training reports it
/// as a part of the loss.
pub struct Adversarial<T: Real = f32> {
    config: AdversarialConfig,
    network: Network<T>,
    /// Logits (batch, 1) of codes.
    discriminator: Sequential<T>,
}

impl Adversarial {
    /// Creates a model with Glorot-uniform weights drawn from `seed` and zero biases. ([`Family::build`] creates one of any
    /// element type.)
    ///
    /// # Errors
    /// Those of [`AdversarialConfig::validate`].
    ///
    /// ```
    /// # use latents_autoencoders::{Adversarial, AdversarialConfig, Autoencoder};
    /// let model: Adversarial = Adversarial::new(AdversarialConfig::new(16, 2), 0)?;
    /// assert_eq!(model.prior().unwrap().name(), "standard normal");
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    pub fn new(config: impl Into<AdversarialConfig>, seed: u64) -> Result<Self, ConfigError> {
        config.into().build(seed)
    }
}

impl<T: Real> Adversarial<T> {
    /// Logits (batch, 1) of the discriminator for codes (batch, latent): positive if it takes them for samples of the prior.
    ///
    /// ```
    /// # use latents_autoencoders::{Adversarial, AdversarialConfig};
    /// # use latents_autograd::Tape;
    /// # use latents_tensor::Tensor;
    /// # let model: Adversarial = Adversarial::new(AdversarialConfig::new(16, 2), 0)?;
    /// let tape = Tape::<f32>::new();
    /// assert_eq!(model.discriminate(tape.input(&Tensor::zeros([5, 2]))).shape()[..], [5, 1]);
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    pub fn discriminate<'t>(&self, codes: Var<'t, T>) -> Var<'t, T> {
        self.discriminator.forward(codes)
    }

    /// The objective of encoder and decoder.
    fn autoencoder_loss<'t>(&self, batch: &Batch<'t, T>, parts: &mut Parts<T>) -> Var<'t, T> {
        let code = self.encode(batch.x);
        let reconstruction = self
            .config
            .loss
            .of(self.decode(code), batch.x, Reduction::BatchMean);
        parts.add("reconstruction", reconstruction);
        let deceit = of_label(self.discriminate(code), 1.0);
        parts.add("deceit", deceit);
        reconstruction + deceit * deceit.lit(self.config.adversary)
    }

    /// The objective of the discriminator.
    fn discriminator_loss<'t>(&self, batch: &Batch<'t, T>, parts: &mut Parts<T>) -> Var<'t, T> {
        let tape = batch.tape();
        let code = self.encode(batch.x);
        let draws = tape.input(&tape.next_key().normal(code.shape()));
        let (of_prior, of_codes) = (self.discriminate(draws), self.discriminate(code));
        let loss = (of_label(of_prior, 1.0) + of_label(of_codes, 0.0)) * code.lit(0.5);
        parts.add("discriminator", loss);
        parts.add_number("accuracy", accuracy(&of_prior.value(), &of_codes.value()));
        loss
    }
}

/// The mean cross entropy of logits (batch, 1) with the same label for all.
fn of_label<T: Real>(logits: Var<'_, T>, label: f64) -> Var<'_, T> {
    let labels = logits
        .tape()
        .input(&Tensor::full(logits.shape(), T::from_f64(label)));
    logits.bce_with_logits(labels, Reduction::Mean)
}

/// The accuracy of the discriminator on samples and codes.
fn accuracy<T: Real>(of_prior: &Tensor<T>, of_codes: &Tensor<T>) -> f64 {
    let right = |logits: &Tensor<T>, is_prior: bool| {
        let logits = logits.elements();
        logits
            .iter()
            .filter(|&&logit| (logit > T::zero()) == is_prior)
            .count()
    };
    let all = (of_prior.len() + of_codes.len()).max(1);
    (right(of_prior, true) + right(of_codes, false)) as f64 / all as f64
}

/// The objectives, in the order of a step.
static OBJECTIVES: [Objective; 2] = [
    Objective::new("autoencoder", &["encoder.", "decoder."]),
    Objective::new("discriminator", &["discriminator."]),
];

/// The entry in the registry.
pub(crate) static ADVERSARIAL: Variant = variant::<AdversarialConfig>("adversarial")
    .aliases(&["aae"])
    .summary("Codes matched to a prior by a discriminator; generates new rows")
    .paper("Makhzani et al. 2016")
    .options(&[ADVERSARY, DISCRIMINATOR, LOSS])
    .golden("c184fd38bebd2dd436a0b2b00db4cd8d508e0b1ac666f1727a053b0cfcefd0ef");

const ADVERSARY: VariantOption = option(
    "--adversary",
    "F",
    "Weight of deceiving the discriminator in the encoder's loss [default: 1]",
    |value, settings| set(settings, "adversary", not_negative(value)?),
)
.examples(&["0", "0.5", "5"]);

const DISCRIMINATOR: VariantOption = option(
    "--discriminator",
    "A,B,…",
    "Sizes of the discriminator's hidden layers [default: 128,128]",
    |value, settings| set(settings, "discriminator", size_list(value)?),
)
.examples(&["3", "4,2"]);

impl Family for AdversarialConfig {
    type Model<T: Real> = Adversarial<T>;

    of_network! { ADVERSARIAL, |_: &Self| Activation::Identity }

    fn parameters(&self) -> u128 {
        self.network
            .parameters()
            .saturating_add(layers(&self.discriminator_sizes()))
    }

    fn build<T: Real>(&self, seed: u64) -> Result<Adversarial<T>, ConfigError> {
        let config = self.resolved();
        config.validate()?;
        let sizes = self.discriminator_sizes();
        let key = Key::new(seed).purpose("weights").purpose("discriminator");
        let mut discriminator = stack(&sizes, Activation::Relu, Activation::Identity, key);
        discriminator.name_parameters("discriminator");
        Ok(Adversarial {
            network: Network::new(&config.network, seed),
            discriminator,
            config,
        })
    }

    fn facts(&self) -> Facts {
        Facts {
            code: CodeKind::Dense,
            restrains_code: self.adversary > 0.0,
            // A gain of one objective is a loss of the other.
            loss_changes: true,
            ..Facts::of_network(&self.network, "Loss per row, including the adversarial term")
        }
    }
}

impl<T: Real> Module<T> for Adversarial<T> {
    fn forward<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        self.reconstruct(x)
    }

    parts! { T: ..network, discriminator }

    fn summarize(&self, name: &str, input: Shape, rows: &mut Vec<LayerRow>) -> Shape {
        let output = self.network.summarize(name, input, rows);
        let codes = [input[0], self.config.network.latent].into();
        self.discriminator
            .summarize(&join(name, "discriminator"), codes, rows);
        output
    }
}

debug_as_config!(Adversarial);

impl<T: Real> Trainable<T> for Adversarial<T> {
    fn input_dim(&self) -> usize {
        self.config.network.input
    }

    fn settings(&self) -> serde_json::Value {
        settings_of(self)
    }

    fn objectives(&self) -> &[Objective] {
        &OBJECTIVES
    }

    fn loss<'t>(&self, objective: usize, batch: &Batch<'t, T>, parts: &mut Parts<T>) -> Var<'t, T> {
        if objective == 0 {
            self.autoencoder_loss(batch, parts)
        } else {
            self.discriminator_loss(batch, parts)
        }
    }
}

impl<T: Real> Autoencoder<T> for Adversarial<T> {
    fn prior(&self) -> Option<Box<dyn Prior<T> + '_>> {
        Some(Box::new(StandardNormal {
            latent: self.config.network.latent,
        }))
    }

    coded_by_network! { T }
}
