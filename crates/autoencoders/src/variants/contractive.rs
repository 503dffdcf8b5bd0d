//! The contractive autoencoder: codes that are insensitive to small changes of the row.

use crate::network::{Network, coded_by_network, module_of_network, of_network};
use crate::reconstruction::{LOSS, check_loss, default_loss};
use crate::registry::{
    Facts, Family, Variant, VariantOption, not_negative, option, set, settings_of, text, variant,
};
use crate::{Autoencoder, NetworkConfig};
use latents_autograd::{Reduction, Var};
use latents_error::{ConfigError, Within};
use latents_nn::{self as nn, Activation, Module};
use latents_tensor::Real;
use latents_train::{Batch, Parts, Trainable, TrainerConfig};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The number of backward passes per step above which a training is slow enough for a warning.
const MANY_SWEEPS: usize = 64;

/// How to compute ‖∂f/∂x‖². Both methods give the same value and the same derivatives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Jacobian {
    /// `Formula` if the encoder is one fully connected layer whose activation has a derivative that is a function of its output
    /// (sigmoid, tanh, ReLU, identity), otherwise `Exact`.
    #[default]
    Auto,
    /// The formula Σⱼ s′(aⱼ)² ‖Wⱼ‖² for one layer s(W x + b), at the cost of one more pass over the code.
    Formula,
    /// One reverse sweep per latent dimension, recorded and differentiated again, for any encoder.
    Exact,
}

/// Configuration of a [`Contractive`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ContractiveConfig {
    /// λ, the weight of the squared Frobenius norm of the encoder's Jacobian. 0 gives a plain autoencoder.
    pub contraction: f64,
    /// How to compute the norm.
    #[serde(default)]
    pub jacobian: Jacobian,
    /// Reconstruction loss, summed over the values of a row and averaged over rows.
    #[serde(default = "default_loss")]
    pub loss: nn::Loss,
    /// Encoder and decoder. The code may be wider than the rows, because the penalty prevents copying.
    pub network: NetworkConfig,
}

latents_error::setters! {
    ContractiveConfig { contraction: f64, jacobian: Jacobian, loss: nn::Loss }
    into { network: NetworkConfig }
}

impl ContractiveConfig {
    /// One layer of sigmoid units for the code and one output layer, with λ = 0.1.
    ///
    /// ```
    /// # use latents_autoencoders::ContractiveConfig;
    /// assert!(ContractiveConfig::new(64, 8).validate().is_ok());
    /// ```
    pub fn new(input: usize, latent: usize) -> Self {
        NetworkConfig::new(input, latent).into()
    }

    /// Checks the configuration.
    ///
    /// # Errors
    /// Those of [`NetworkConfig::validate`], and if the weight is out of range, the loss does not match, or `Formula` is
    /// requested for an encoder without one.
    ///
    /// ```
    /// # use latents_autoencoders::ContractiveConfig;
    /// assert!(ContractiveConfig::new(16, 2).contraction(-1.0).validate().is_err());
    /// ```
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.network.validate().within("network")?;
        check_loss(self.loss, &self.network)?;
        if !(self.contraction >= 0.0 && self.contraction.is_finite()) {
            return Err(ConfigError::new(
                "contraction",
                self.contraction,
                "must be finite and at least 0",
            ));
        }
        if self.jacobian == Jacobian::Formula && !self.has_formula() {
            let requirement = "there is a formula for one fully connected layer with sigmoid, tanh, relu or identity; \
                               use exact";
            return Err(ConfigError::new("jacobian", self.jacobian, requirement));
        }
        Ok(())
    }

    /// Sigmoid for a single layer, because the Jacobian of ReLU is constant wherever it is not 0.
    fn default_latent_activation(&self) -> Activation {
        match self.network.default_latent_activation() {
            Activation::Relu => Activation::Sigmoid,
            deep => deep,
        }
    }

    fn latent_activation(&self) -> Activation {
        let chosen = self.network.latent_activation;
        chosen.unwrap_or_else(|| self.default_latent_activation())
    }

    fn is_by_formula(&self) -> bool {
        self.jacobian != Jacobian::Exact && self.has_formula()
    }

    fn has_formula(&self) -> bool {
        let network = &self.network;
        network.hidden.is_empty()
            && network.convolution.is_none()
            && matches!(
                self.latent_activation(),
                Activation::Sigmoid | Activation::Tanh | Activation::Relu | Activation::Identity
            )
    }
}

impl From<NetworkConfig> for ContractiveConfig {
    fn from(network: NetworkConfig) -> Self {
        Self {
            contraction: 0.1,
            jacobian: Jacobian::Auto,
            loss: default_loss(),
            network,
        }
    }
}

/// min Σ(x − g(f(x)))² + λ ‖∂f/∂x‖²_F, averaged over rows (Rifai, Vincent, Muller, Glorot & Bengio 2011). The penalty makes the
/// code insensitive in all directions; the reconstruction preserves those in which rows differ.
pub struct Contractive<T: Real = f32> {
    config: ContractiveConfig,
    network: Network<T>,
}

impl Contractive {
    /// Creates a model with Glorot-uniform weights drawn from `seed` and zero biases. ([`Family::build`] creates one of any
    /// element type.)
    ///
    /// # Errors
    /// Those of [`ContractiveConfig::validate`].
    ///
    /// ```
    /// # use latents_autoencoders::{Autoencoder, Contractive, ContractiveConfig};
    /// let model: Contractive = Contractive::new(ContractiveConfig::new(16, 2), 0)?;
    /// assert_eq!(model.latent_dim(), 2);
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    pub fn new(config: impl Into<ContractiveConfig>, seed: u64) -> Result<Self, ConfigError> {
        config.into().build(seed)
    }
}

impl<T: Real> Contractive<T> {
    /// The squared Frobenius norm of ∂f/∂x at the rows of `x`, averaged over rows: a single number.
    ///
    /// ```
    /// # use latents_autoencoders::{Contractive, ContractiveConfig};
    /// # use latents_autograd::Tape;
    /// # use latents_tensor::Tensor;
    /// # let model: Contractive = Contractive::new(ContractiveConfig::new(16, 2), 0)?;
    /// let tape = Tape::<f32>::new();
    /// assert!(model.jacobian_norm(tape.input(&Tensor::zeros([5, 16]))).item() > 0.0);
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    pub fn jacobian_norm<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        self.norm_of(x, self.encode(x))
    }

    fn norm_of<'t>(&self, x: Var<'t, T>, code: Var<'t, T>) -> Var<'t, T> {
        let sum = if self.config.is_by_formula() {
            self.formula(code)
        } else {
            exact(x, code)
        };
        sum * sum.lit(1.0 / x.shape()[0].max(1) as f64)
    }

    /// Σ over rows and units of s′(a)² ‖W‖², with s′ as a function of s, for an encoder of one layer.
    fn formula<'t>(&self, code: Var<'t, T>) -> Var<'t, T> {
        let mut lengths = None;
        self.network.encoder.visit(&mut |parameter| {
            // The weight; the bias has one axis.
            if parameter.shape().rank() == 2 {
                lengths = Some(parameter.on(code.tape()).square().sum(&[1], false));
            }
        });
        let one = code.lit(1.0);
        let slope = match self.config.latent_activation() {
            Activation::Sigmoid => code * (one - code),
            Activation::Tanh => one - code.square(),
            Activation::Relu => code.greater(code.lit(0.0)),
            _ => code * code.lit(0.0) + one,
        };
        (slope.square() * lengths.unwrap_or(one)).sum_all()
    }
}

/// Σ over rows and units of ‖∂zⱼ/∂x‖². Rows are independent in an encoder, so the gradient of a sum over rows contains that of
/// each row.
fn exact<'t, T: Real>(x: Var<'t, T>, code: Var<'t, T>) -> Var<'t, T> {
    let square_of_unit = |unit: usize| {
        let sum = code.narrow(1, unit, unit + 1).sum_all();
        x.tape().gradient(sum, x).square().sum_all()
    };
    (0..code.shape()[1])
        .map(square_of_unit)
        .fold(x.lit(0.0), |sum, square| sum + square)
}

/// The entry in the registry.
pub(crate) static CONTRACTIVE: Variant = variant::<ContractiveConfig>("contractive")
    .aliases(&["cae"])
    .summary("Codes that are insensitive to small changes of the row")
    .paper("Rifai et al. 2011")
    .options(&[CONTRACTION, JACOBIAN, LOSS])
    .golden("4a488390015cfee84d4d90a7039b8a1d2ae39edb4e10ae5edfd05e6c90c5e15c");

const CONTRACTION: VariantOption = option(
    "--contraction",
    "F",
    "Weight of the squared norm of the encoder's Jacobian [default: 0.1]",
    |value, settings| set(settings, "contraction", not_negative(value)?),
)
.examples(&["0", "0.5"]);

const JACOBIAN: VariantOption = option(
    "--jacobian",
    "HOW",
    "How to compute the norm of the Jacobian: auto, formula (one layer) or exact (any layers, slower) [default: auto]",
    |value, settings| set(settings, "jacobian", text::<Jacobian>(value)?),
)
.examples(&["auto", "exact"]);

impl Family for ContractiveConfig {
    type Model<T: Real> = Contractive<T>;

    of_network! { CONTRACTIVE, ContractiveConfig::default_latent_activation }

    fn build<T: Real>(&self, seed: u64) -> Result<Contractive<T>, ConfigError> {
        let config = self.resolved();
        config.validate()?;
        Ok(Contractive {
            network: Network::new(&config.network, seed),
            config,
        })
    }

    fn facts(&self) -> Facts {
        Facts {
            restrains_code: self.contraction > 0.0,
            ..Facts::of_network(&self.network, "Loss per row, including the penalty")
        }
    }

    fn warnings(&self, _: &TrainerConfig) -> Vec<String> {
        let sweeps = self.network.latent;
        let slow = self.contraction > 0.0 && !self.is_by_formula() && sweeps > MANY_SWEEPS;
        let text = format!(
            "Every step takes {sweeps} backward passes, one for each latent dimension, because the norm of the Jacobian is \
             computed exactly. Use a smaller code, or a single fully connected layer with --jacobian auto."
        );
        slow.then_some(text).into_iter().collect()
    }
}

module_of_network!(Contractive);

impl<T: Real> Trainable<T> for Contractive<T> {
    fn input_dim(&self) -> usize {
        self.config.network.input
    }

    fn settings(&self) -> serde_json::Value {
        settings_of(self)
    }

    fn loss<'t>(&self, _: usize, batch: &Batch<'t, T>, parts: &mut Parts<T>) -> Var<'t, T> {
        let code = self.encode(batch.x);
        let reconstruction = self
            .config
            .loss
            .of(self.decode(code), batch.x, Reduction::BatchMean);
        parts.add("reconstruction", reconstruction);
        if self.config.contraction == 0.0 {
            return reconstruction;
        }
        let norm = self.norm_of(batch.x, code);
        parts.add("contraction", norm);
        reconstruction + norm * norm.lit(self.config.contraction)
    }
}

impl<T: Real> Autoencoder<T> for Contractive<T> {
    coded_by_network! { T }
}

/// Error from parsing a [`Jacobian`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown Jacobian method `{0}`; expected auto, formula or exact")]
pub struct ParseJacobianError(String);

impl FromStr for Jacobian {
    type Err = ParseJacobianError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "formula" => Ok(Self::Formula),
            "exact" => Ok(Self::Exact),
            _ => Err(ParseJacobianError(text.to_owned())),
        }
    }
}

impl fmt::Display for Jacobian {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Formula => "formula",
            Self::Exact => "exact",
        })
    }
}

impl TryFrom<String> for Jacobian {
    type Error = ParseJacobianError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Jacobian> for String {
    fn from(jacobian: Jacobian) -> Self {
        jacobian.to_string()
    }
}
