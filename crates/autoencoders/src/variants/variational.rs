//! The variational autoencoder: codes are distributions, and new rows can be generated.

mod beta;

pub use beta::{BetaSchedule, ParseScheduleError};

use crate::finding::FindingKind;
use crate::likelihood::{Likelihood, ln};
use crate::network::{Network, debug_as_config, of_network};
use crate::registry::{
    CodeKind, Facts, Family, OutputRange, Remedy, Variant, VariantOption, not_negative, option, set,
    settings_of, switch, text, variant,
};
use crate::{Autoencoder, ModelConfig, NetworkConfig, Posterior, Prior, StandardNormal};
use latents_autograd::{Tape, Var};
use latents_error::{ConfigError, Within};
use latents_nn::{Activation, LayerRow, Module, Parameter, Sequential, parts};
use latents_tensor::random::Key;
use latents_tensor::{Algebra, Pointwise, Real, Rows, Shape, Tensor, for_each_batch, parallel, pointwise};
use latents_train::{Batch, Parts, Progress, Trainable};
use serde::{Deserialize, Serialize};

/// Log-variances are bounded to −10 … 10 by construction: a variance can neither vanish nor overflow.
const LOG_VARIANCE_BOUND: f64 = 10.0;

/// Configuration of a [`Variational`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VariationalConfig {
    /// The distribution of rows given the output of the decoder.
    pub likelihood: Likelihood,
    /// β, the weight of the KL divergence from the prior (Higgins et al. 2017). 1 gives the evidence lower bound.
    #[serde(default = "one")]
    pub beta: f64,
    /// How β changes during training.
    #[serde(default)]
    pub schedule: BetaSchedule,
    /// Whether to treat values as probabilities and draw rows of zeros and ones from them, anew in every step (dynamic
    /// binarisation, as in Burda et al. 2016). Evaluation also draws, with fixed keys.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub binarize: bool,
    /// Free nats of KL divergence per latent dimension (Kingma et al. 2016), which prevents early posterior collapse.
    #[serde(default)]
    pub free_bits: f64,
    /// Encoder and decoder. The code has no activation.
    pub network: NetworkConfig,
}

latents_error::setters! {
    VariationalConfig { likelihood: Likelihood, beta: f64, schedule: BetaSchedule, binarize: bool, free_bits: f64 }
    into { network: NetworkConfig }
}

fn one() -> f64 {
    1.0
}

impl VariationalConfig {
    /// One hidden layer of 400, a Bernoulli likelihood, β = 1.
    ///
    /// ```
    /// # use latents_autoencoders::VariationalConfig;
    /// assert!(VariationalConfig::new(784, 20).beta(4.0).validate().is_ok());
    /// ```
    pub fn new(input: usize, latent: usize) -> Self {
        NetworkConfig::new(input, latent).hidden([400]).into()
    }

    /// # Errors
    /// As [`NetworkConfig::validate`], if the likelihood does not fit the output, or a number lies outside its range.
    ///
    /// ```
    /// # use latents_autoencoders::VariationalConfig;
    /// assert!(VariationalConfig::new(784, 20).beta(-1.0).validate().is_err());
    /// ```
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.network.validate().within("network")?;
        self.likelihood.validate(&self.network)?;
        self.schedule.validate()?;
        let not_negative = [("beta", self.beta), ("free_bits", self.free_bits)];
        for (option, number) in not_negative {
            if !(number >= 0.0 && number.is_finite()) {
                return Err(ConfigError::new(option, number, "must be finite and at least 0"));
            }
        }
        if self.binarize && self.likelihood != Likelihood::Bernoulli {
            return Err(ConfigError::new(
                "binarize",
                true,
                "binarisation requires the likelihood bernoulli",
            ));
        }
        match self.network.latent_activation {
            None | Some(Activation::Identity) => Ok(()),
            Some(activation) => Err(ConfigError::new(
                "network.latent_activation",
                activation,
                "the mean of a normal distribution is unbounded; use identity",
            )),
        }
    }
}

impl From<NetworkConfig> for VariationalConfig {
    /// Bernoulli if the output is a sigmoid, otherwise Gaussian with a learned variance.
    fn from(network: NetworkConfig) -> Self {
        let likelihood = match network.output_activation {
            Activation::Sigmoid => Likelihood::Bernoulli,
            _ => Likelihood::LearnedGaussian,
        };
        Self {
            likelihood,
            beta: 1.0,
            schedule: BetaSchedule::Constant,
            binarize: false,
            free_bits: 0.0,
            network,
        }
    }
}

/// min −E_{q(z|x)} ln p(x|z) + β KL(q(z|x) ‖ p(z)) with a diagonal normal posterior q and the standard normal prior p (Kingma &
/// Welling 2014; Rezende et al. 2014). In nats, summed over features and latent dimensions, averaged over rows: with β = 1 it
/// is −ELBO. The expectation is estimated from one sample, z = μ + σ · n.
///
/// `encode` returns posterior means and `decode` the mean of the likelihood, so both are deterministic.
pub struct Variational<T: Real = f32> {
    config: VariationalConfig,
    /// The encoder ends in 2 · latent outputs: means, then unbounded log-variances.
    network: Network<T>,
    /// (features), if the variance is learned.
    log_variance: Option<Parameter<T>>,
    /// β of the current step.
    beta: f64,
}

impl Variational {
    /// Creates a model with Glorot-uniform weights drawn from `seed` and zero biases. ([`Family::build`] creates one of any
    /// element type.)
    ///
    /// # Errors
    /// Those of [`VariationalConfig::validate`].
    ///
    /// ```
    /// # use latents_autoencoders::{Autoencoder, Variational, VariationalConfig};
    /// # use latents_tensor::random::Key;
    /// let model: Variational = Variational::new(VariationalConfig::new(16, 2), 0)?;
    /// let samples = model.decode_data(&model.prior().unwrap().draw(5, Key::new(1)));
    /// assert_eq!((samples.shape()[0], model.settings().beta), (5, 1.0));
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    pub fn new(config: impl Into<VariationalConfig>, seed: u64) -> Result<Self, ConfigError> {
        config.into().build(seed)
    }
}

impl<T: Real> Variational<T> {
    /// The configuration.
    pub fn settings(&self) -> &VariationalConfig {
        &self.config
    }

    fn distribution<'t>(&self, x: Var<'t, T>) -> Posterior<'t, T> {
        let latent = self.config.network.latent;
        let both = self.network.encoder.forward(x);
        Posterior {
            mean: both.narrow(1, 0, latent),
            log_variance: bounded(both.narrow(1, latent, 2 * latent)),
        }
    }

    /// The target rows of the loss: drawn, if values are probabilities.
    fn observed<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        match self.config.binarize {
            true => x.tape().input(&drawn(&x.value(), x.tape().next_key())),
            false => x,
        }
    }

    /// The learned log-variances of the likelihood.
    fn output_log_variance<'t>(&self, tape: &'t Tape<T>) -> Option<Var<'t, T>> {
        let parameter = self.log_variance.as_ref()?;
        Some(bounded(parameter.on(tape)))
    }

    /// ln p(x) of the rows of `data`, in nats and averaged over rows, estimated from `samples` samples of the posterior each
    /// (Burda et al. 2016): ln 1/k Σ p(x|zᵢ) p(zᵢ) / q(zᵢ|x). A lower bound that improves with the number of samples; with one
    /// sample it is the ELBO.
    ///
    /// # Panics
    /// If the data has no rows or the wrong width, or if `samples` is 0.
    ///
    /// ```
    /// # use latents_autoencoders::{Variational, VariationalConfig};
    /// # use latents_tensor::Tensor;
    /// let model: Variational = Variational::new(VariationalConfig::new(16, 2), 0)?;
    /// assert!(model.log_likelihood(&Tensor::zeros([4, 16]), 10, 0) < 0.0);
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    #[track_caller]
    pub fn log_likelihood(&self, data: &dyn Rows<T>, samples: usize, seed: u64) -> f64 {
        assert!(samples > 0, "log_likelihood: at least one sample is needed");
        assert!(data.rows() > 0, "log_likelihood: the data has no rows");
        assert_eq!(
            data.features(),
            self.config.network.input,
            "log_likelihood: the width of the data differs from the input width of the model"
        );
        let key = Key::new(seed).purpose("log_likelihood");
        let rows_at_once = (DECODED_AT_ONCE / samples).clamp(1, 256);
        let (mut total, mut batch_number) = (0.0, 0);
        let mut tape = Tape::new();
        tape.set_training(false);
        parallel::team(|| {
            for_each_batch(data, rows_at_once, |batch| {
                batch_number += 1;
                let key = key.step(batch_number);
                tape.set_key(key.purpose("rows"));
                let x = self.observed(tape.input(batch));
                let bound = self.importance_weighted(x, samples, key);
                total += bound.sum_all().item().to_f64();
                tape.reset();
            });
        });
        total / data.rows() as f64
    }

    /// The importance-weighted bound of each row (batch).
    fn importance_weighted<'t>(&self, x: Var<'t, T>, samples: usize, key: Key) -> Var<'t, T> {
        let (tape, rows, latent) = (x.tape(), x.shape()[0], self.config.network.latent);
        let Posterior { mean, log_variance } = self.distribution(x);
        let noise = tape.input(&key.normal([samples, rows, latent]));
        let z = mean + noise * (log_variance * x.lit(0.5)).exp();
        let raw = self
            .network
            .decoder
            .forward(z.reshape([samples * rows, latent]))
            .reshape([samples, rows, x.shape()[1]]);
        let log_x = self
            .config
            .likelihood
            .log_rows(raw, x, self.output_log_variance(tape));
        // ln p(z) − ln q(z|x): the terms of 2π cancel.
        let terms = (noise.square() + log_variance - z.square()) * x.lit(0.5);
        let weights = log_x + terms.sum(&[-1], false);
        weights.logsumexp(&[0], false) - x.lit(ln(samples as f64))
    }
}

/// Draws ones with these probabilities.
fn drawn<T: Real>(probabilities: &Tensor<T>, key: Key) -> Tensor<T> {
    pointwise(
        "binarize",
        &IsBelow,
        [&key.uniform(probabilities.shape()), probabilities],
    )
}

struct IsBelow;

impl Pointwise<2> for IsBelow {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [u, probability]: [A; 2]) -> A {
        u.less(probability)
    }
}

/// Rows decoded at once for a likelihood.
const DECODED_AT_ONCE: usize = 4096;

/// x bounded smoothly; nearly x near 0.
#[inline]
fn bounded<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    (x * x.lit(1.0 / LOG_VARIANCE_BOUND)).tanh() * x.lit(LOG_VARIANCE_BOUND)
}

impl<'t, T: Real> Posterior<'t, T> {
    /// KL(q(z|x) ‖ N(0, 1)) of each number of each code (batch, latent): ½(μ² + σ² − 1 − ln σ²), exact also near 0.
    ///
    /// ```
    /// # use latents_autoencoders::Posterior;
    /// # use latents_autograd::Tape;
    /// # use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let zeros = tape.input(&Tensor::zeros([1, 2]));
    /// let posterior = Posterior { mean: zeros, log_variance: zeros };
    /// assert_eq!(posterior.kl_divergence().value().to_vec(), [0.0, 0.0]); // it is the prior
    /// ```
    #[inline]
    #[must_use]
    pub fn kl_divergence(self) -> Var<'t, T> {
        let s = self.log_variance;
        (self.mean.square() + s.exp_remainder()) * s.lit(0.5)
    }

    /// Draws a sample z = μ + σ · n, with noise from the tape's key.
    ///
    /// ```
    /// # use latents_autoencoders::Posterior;
    /// # use latents_autograd::Tape;
    /// # use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let zeros = tape.input(&Tensor::zeros([1, 2]));
    /// assert_eq!(Posterior { mean: zeros, log_variance: zeros }.draw().shape()[..], [1, 2]);
    /// ```
    #[inline]
    #[must_use]
    pub fn draw(self) -> Var<'t, T> {
        let tape = self.mean.tape();
        let noise = tape.input(&tape.next_key().normal(self.mean.shape()));
        self.mean + noise * (self.log_variance * self.mean.lit(0.5)).exp()
    }
}

/// The entry in the registry.
pub(crate) static VARIATIONAL: Variant = variant::<VariationalConfig>("variational")
    .aliases(&["vae"])
    .summary("Codes are distributions; generates new rows")
    .paper("Kingma & Welling 2014; Rezende et al. 2014")
    .options(&[LIKELIHOOD, BETA, BETA_SCHEDULE, BINARIZE, FREE_BITS])
    .golden("51140adfca31d71b14674a4c80a3c5256598977fc7058ef70cd3898691a3827f");

const LIKELIHOOD: VariantOption = option(
    "--likelihood",
    "KIND",
    "bernoulli, gaussian, gaussian:VARIANCE, gaussian:learned, laplace or laplace:SCALE [default: bernoulli; \
     gaussian:learned with --output linear]",
    |value, settings| set(settings, "likelihood", text::<Likelihood>(value)?),
)
.examples(&[
    "bernoulli",
    "gaussian",
    "gaussian:0.1",
    "gaussian:learned",
    "laplace:0.5",
]);

const BETA: VariantOption = option(
    "--beta",
    "F",
    "Weight of the KL divergence from the prior [default: 1]",
    |value, settings| set(settings, "beta", not_negative(value)?),
)
.examples(&["0", "0.5", "4"]);

const BETA_SCHEDULE: VariantOption = option(
    "--beta-schedule",
    "KIND",
    "Schedule of beta: constant, warm-up:FRACTION, cyclic:CYCLES or cyclic:CYCLES:RAMP [default: constant]",
    |value, settings| set(settings, "schedule", text::<BetaSchedule>(value)?),
)
.examples(&["constant", "warm-up:0.3", "cyclic:2", "cyclic:2:0.5"]);

const BINARIZE: VariantOption = switch(
    "--binarize",
    "Treat values as probabilities and draw zeros and ones from them in every step",
    |_, settings| set(settings, "binarize", true),
);

const FREE_BITS: VariantOption = option(
    "--free-bits",
    "F",
    "Free nats of KL divergence per latent dimension [default: 0]",
    |value, settings| set(settings, "free_bits", not_negative(value)?),
)
.examples(&["0", "0.1"]);

impl Family for VariationalConfig {
    type Model<T: Real> = Variational<T>;

    of_network! { VARIATIONAL, |_: &Self| Activation::Identity }

    fn parameters(&self) -> u128 {
        self.network.parameters_with_code(2 * self.network.latent)
    }

    fn build<T: Real>(&self, seed: u64) -> Result<Variational<T>, ConfigError> {
        let config = self.resolved();
        config.validate()?;
        let raw = NetworkConfig {
            output_activation: self.likelihood.raw_activation(&config.network),
            ..config.network.clone()
        };
        let learned = self.likelihood == Likelihood::LearnedGaussian;
        let zeros = || Parameter::new("log_variance", Tensor::zeros([raw.input]));
        Ok(Variational {
            network: Network::with_code(&raw, 2 * raw.latent, seed),
            log_variance: learned.then(zeros),
            beta: self.beta,
            config,
        })
    }

    fn facts(&self) -> Facts {
        let general = Facts::of_network(
            &self.network,
            match self.beta == 1.0 {
                true => "−ELBO (nats per row)",
                false => "−ELBO with β (nats per row)",
            },
        );
        let bernoulli = OutputRange {
            name: "a Bernoulli likelihood",
            low: 0.0,
            high: 1.0,
        };
        let is_bernoulli = self.likelihood == Likelihood::Bernoulli;
        let beta = match self.beta > 0.0 {
            true => format!("Lower `beta` (it was {})", self.beta),
            false => "Lower `beta`".to_owned(),
        };
        let pca = "A variational model accepts a higher error for codes that can be sampled; a lower `beta` reduces the difference.";
        Facts {
            parts_name: "Nats per row",
            output_range: if is_bernoulli {
                Some(bernoulli)
            } else {
                general.output_range
            },
            fixed_variance: self
                .likelihood
                .fixed_variance()
                .map(|variance| (self.likelihood.to_string(), variance)),
            code: CodeKind::Distribution,
            restrains_code: self.beta > 0.0,
            loss_changes: self.schedule != BetaSchedule::Constant,
            remedies: vec![
                (FindingKind::PosteriorCollapse, Remedy::Instead(beta)),
                (FindingKind::WorseThanPca, Remedy::Also(pca.to_owned())),
            ],
            ..general
        }
    }
}

impl<T: Real> Module<T> for Variational<T> {
    fn forward<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        self.reconstruct(x)
    }

    parts! { T: ..network, log_variance }

    fn summarize(&self, name: &str, input: Shape, rows: &mut Vec<LayerRow>) -> Shape {
        self.network.summarize(name, input, rows)
    }
}

debug_as_config!(Variational);

impl<T: Real> Trainable<T> for Variational<T> {
    fn input_dim(&self) -> usize {
        self.config.network.input
    }

    fn settings(&self) -> serde_json::Value {
        settings_of(self)
    }

    /// In an evaluation β is the configuration's, and nothing is free.
    fn loss<'t>(&self, _: usize, batch: &Batch<'t, T>, parts: &mut Parts<T>) -> Var<'t, T> {
        let tape = batch.tape();
        let x = self.observed(batch.x);
        let posterior = self.distribution(x);
        let raw = self.network.decoder.forward(posterior.draw());
        let likelihood = self.config.likelihood;
        let reconstruction = likelihood.negative_log(raw, x, self.output_log_variance(tape));
        let (beta, free) = match tape.is_training() {
            true => (self.beta, self.config.free_bits),
            false => (self.config.beta, 0.0),
        };
        let per_row = tape.scalar(1.0 / x.shape()[0] as f64);
        let divergence = match free > 0.0 {
            false => posterior.kl_divergence().sum_all() * per_row,
            true => {
                let of_latents = posterior.kl_divergence().sum(&[0], false) * per_row;
                of_latents.maximum(tape.scalar(free)).sum_all()
            }
        };
        parts.add("reconstruction", reconstruction);
        parts.add("divergence", divergence);
        reconstruction + divergence * tape.scalar(beta)
    }

    /// Free bits depend on the mean over a batch.
    fn couples_rows(&self) -> bool {
        self.config.free_bits > 0.0
    }

    fn begin_step(&mut self, progress: Progress) {
        self.beta = self.config.beta * self.config.schedule.at(progress.fraction());
    }
}

impl<T: Real> Autoencoder<T> for Variational<T> {
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
        self.distribution(x).mean
    }

    fn decode<'t>(&self, z: Var<'t, T>) -> Var<'t, T> {
        self.config.likelihood.mean(self.network.decoder.forward(z))
    }

    fn posterior<'t>(&self, x: Var<'t, T>) -> Option<Posterior<'t, T>> {
        Some(self.distribution(x))
    }

    fn prior(&self) -> Option<Box<dyn Prior<T> + '_>> {
        Some(Box::new(StandardNormal {
            latent: self.config.network.latent,
        }))
    }
}
