//! The variational autoencoder: codes are distributions, and rows can be drawn.

mod beta;

pub use beta::{BetaSchedule, ParseScheduleError};

use crate::likelihood::{Likelihood, ln};
use crate::network::Network;
use crate::{Autoencoder, ModelConfig, NetworkConfig, Posterior};
use latents_autograd::{Tape, Var};
use latents_error::ConfigError;
use latents_nn::{Activation, LayerRow, Module, Optimizer, Parameter, Sequential, join};
use latents_tensor::for_each_batch;
use latents_tensor::random::Key;
use latents_tensor::{Algebra, Pointwise, Rows, Shape, Tensor, parallel, pointwise};
use latents_train::{Loss, Progress, Trainable};
use serde::{Deserialize, Serialize};

/// Log-variances lie between −10 and 10, by construction: a variance can neither vanish nor overflow.
const LOG_VARIANCE_BOUND: f64 = 10.0;

/// The layers, the likelihood and the weight of the divergence of a [`Variational`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariationalConfig {
    /// How rows are distributed around what the decoder gives.
    pub likelihood: Likelihood,
    /// The weight β of the divergence from the prior (Higgins et al. 2017). 1 is the evidence lower bound.
    #[serde(default = "one")]
    pub beta: f64,
    /// How the weight changes in the course of a training.
    #[serde(default)]
    pub schedule: BetaSchedule,
    /// Whether values are probabilities of ones, and rows of zeros and ones are drawn from them, anew in every step
    /// (dynamic binarisation, as in Burda et al. 2016). Evaluations draw too, with fixed keys.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub binarize: bool,
    /// Nats of each latent's divergence that cost nothing (Kingma et al. 2016): keeps latents from dying early.
    #[serde(default)]
    pub free_bits: f64,
    /// Encoder and decoder. The code has no activation.
    pub network: NetworkConfig,
}

fn one() -> f64 {
    1.0
}

impl VariationalConfig {
    /// One hidden layer of 400, a Bernoulli likelihood, β = 1.
    pub fn new(input: usize, latent: usize) -> Self {
        NetworkConfig::new(input, latent).hidden([400]).into()
    }

    /// # Errors
    /// As [`NetworkConfig::validate`], if the likelihood does not fit the output, or a number lies outside its range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.network.validate()?;
        self.likelihood.validate(&self.network)?;
        self.schedule.validate()?;
        let not_negative = [("beta", self.beta), ("free_bits", self.free_bits)];
        for (option, number) in not_negative {
            if !(number >= 0.0 && number.is_finite()) {
                return Err(ConfigError::new(option, number, "must be finite and 0 or more"));
            }
        }
        if self.binarize && self.likelihood != Likelihood::Bernoulli {
            return Err(ConfigError::new(
                "binarize",
                true,
                "zeros and ones are drawn for the likelihood bernoulli alone",
            ));
        }
        match self.network.latent_activation {
            Activation::Identity => Ok(()),
            activation => Err(ConfigError::new(
                "latent_activation",
                activation,
                "means of a normal distribution reach everywhere; take identity",
            )),
        }
    }
}

impl From<NetworkConfig> for VariationalConfig {
    /// Bernoulli where the output is a sigmoid, else Gaussian with a learned variance.
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
            network: NetworkConfig {
                latent_activation: Activation::Identity,
                ..network
            },
        }
    }
}

/// min −E_{q(z|x)} ln p(x|z) + β KL(q(z|x) ‖ p(z)) with a normal posterior q of independent numbers and the standard normal
/// prior p (Kingma & Welling 2014; Rezende et al. 2014). Nats, summed over features and latents, averaged over rows: with
/// β = 1 it is −ELBO. The expectation is one draw, z = μ + σ · n.
///
/// `encode` gives posterior means, `decode` the likelihood's mean: nothing is drawn, so both are the same at every call.
pub struct Variational {
    config: VariationalConfig,
    /// The encoder ends in 2 · latent numbers: means, then log-variances before their bound.
    network: Network,
    /// (features), where the variance is learned.
    log_variance: Option<Parameter>,
    /// β of the step.
    beta: f64,
}

impl Variational {
    /// A model with Glorot-uniform weights drawn from `seed`, and zero biases.
    ///
    /// # Errors
    /// As [`VariationalConfig::validate`].
    pub fn new(config: impl Into<VariationalConfig>, seed: u64) -> Result<Self, ConfigError> {
        let config = config.into();
        config.validate()?;
        let raw = NetworkConfig {
            output_activation: config.likelihood.raw_activation(&config.network),
            ..config.network.clone()
        };
        let learned = config.likelihood == Likelihood::LearnedGaussian;
        let zeros = || Parameter::new("log_variance", Tensor::zeros([raw.input]));
        Ok(Self {
            network: Network::with_code(&raw, 2 * raw.latent, seed),
            log_variance: learned.then(zeros),
            beta: config.beta,
            config,
        })
    }

    /// Its settings.
    pub fn settings(&self) -> &VariationalConfig {
        &self.config
    }

    fn distribution<'t>(&self, x: Var<'t>) -> Posterior<'t> {
        let latent = self.config.network.latent;
        let both = self.network.encoder.forward(x);
        Posterior {
            mean: both.narrow(1, 0, latent),
            log_variance: bounded(both.narrow(1, latent, 2 * latent)),
        }
    }

    /// The rows that the loss is of: drawn, where values are probabilities.
    fn observed<'t>(&self, x: Var<'t>) -> Var<'t> {
        match self.config.binarize {
            true => x.tape().input(&drawn(&x.value(), x.tape().next_key())),
            false => x,
        }
    }

    /// The learned log-variances of the likelihood.
    fn output_log_variance<'t>(&self, tape: &'t Tape) -> Option<Var<'t>> {
        let parameter = self.log_variance.as_ref()?;
        Some(bounded(parameter.on(tape)))
    }

    /// ln p(x) of the rows of `data`, in nats, the mean over rows, estimated from `samples` draws of the posterior each
    /// (Burda et al. 2016): ln 1/k Σ p(x|zᵢ) p(zᵢ) / q(zᵢ|x). A lower bound that rises with the number of draws; with one
    /// draw it is the ELBO.
    ///
    /// # Panics
    /// If the data has no rows or another width, or there are no samples.
    #[track_caller]
    pub fn log_likelihood(&self, data: &dyn Rows, samples: usize, seed: u64) -> f64 {
        assert!(samples > 0, "log_likelihood: at least one sample is needed");
        assert!(data.rows() > 0, "log_likelihood: the data has no rows");
        assert_eq!(
            data.features(),
            self.config.network.input,
            "log_likelihood: the data has another width than the model"
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
                total += f64::from(bound.sum_all().item());
                tape.reset();
            });
        });
        total / data.rows() as f64
    }

    /// The importance-weighted bound of every row (batch).
    fn importance_weighted<'t>(&self, x: Var<'t>, samples: usize, key: Key) -> Var<'t> {
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

/// Ones with the probabilities that the values are.
fn drawn(probabilities: &Tensor, key: Key) -> Tensor {
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

/// Rows that are decoded at once for a likelihood.
const DECODED_AT_ONCE: usize = 4096;

/// x held within ± the bound, smoothly: nearly x near 0.
#[inline]
fn bounded(x: Var<'_>) -> Var<'_> {
    (x * x.lit(1.0 / LOG_VARIANCE_BOUND)).tanh() * x.lit(LOG_VARIANCE_BOUND)
}

impl<'t> Posterior<'t> {
    /// KL(q(z|x) ‖ N(0, 1)) of each number of each code (batch, latent): ½(μ² + σ² − 1 − ln σ²).
    #[inline]
    #[must_use]
    pub fn kl_divergence(self) -> Var<'t> {
        let s = self.log_variance;
        (self.mean.square() + s.expm1() - s) * s.lit(0.5)
    }

    /// A draw z = μ + σ · n, with noise from the tape's key.
    #[inline]
    #[must_use]
    pub fn draw(self) -> Var<'t> {
        let tape = self.mean.tape();
        let noise = tape.input(&tape.next_key().normal(self.mean.shape()));
        self.mean + noise * (self.log_variance * self.mean.lit(0.5)).exp()
    }
}

impl Module<f32> for Variational {
    fn forward<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.reconstruct(x)
    }

    fn visit(&self, f: &mut dyn FnMut(&Parameter)) {
        self.network.visit(f);
        self.log_variance.iter().for_each(f);
    }

    fn visit_mut(&mut self, f: &mut dyn FnMut(&mut Parameter)) {
        self.network.visit_mut(f);
        self.log_variance.iter_mut().for_each(f);
    }

    fn name_parameters(&mut self, prefix: &str) {
        self.network.name_parameters(prefix);
        self.log_variance
            .iter_mut()
            .for_each(|parameter| parameter.set_name(join(prefix, "log_variance")));
    }

    fn summarize(&self, name: &str, input: Shape, rows: &mut Vec<LayerRow>) -> Shape {
        self.network
            .summarize(name, input, self.config.network.latent, rows)
    }
}

impl std::fmt::Debug for Variational {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.config.fmt(f)
    }
}

impl Trainable for Variational {
    fn input_dim(&self) -> usize {
        self.config.network.input
    }

    /// In an evaluation β is the configuration's, and nothing is free.
    fn loss<'t>(&self, x: Var<'t>) -> Loss<'t> {
        let tape = x.tape();
        let x = self.observed(x);
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
        Loss {
            total: reconstruction + divergence * tape.scalar(beta),
            parts: [
                Some(("reconstruction", reconstruction)),
                Some(("divergence", divergence)),
                None,
                None,
            ],
        }
    }

    fn begin_step(&mut self, progress: Progress, _: &mut dyn Optimizer) {
        self.beta = self.config.beta * self.config.schedule.at(progress.fraction());
    }
}

impl Autoencoder for Variational {
    fn config(&self) -> Option<ModelConfig> {
        Some(ModelConfig::Variational(self.config.clone()))
    }

    fn latent_dim(&self) -> usize {
        self.config.network.latent
    }

    fn encoder(&self) -> Option<&Sequential> {
        Some(&self.network.encoder)
    }

    fn encode<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.distribution(x).mean
    }

    fn decode<'t>(&self, z: Var<'t>) -> Var<'t> {
        self.config.likelihood.mean(self.network.decoder.forward(z))
    }

    fn posterior<'t>(&self, x: Var<'t>) -> Option<Posterior<'t>> {
        Some(self.distribution(x))
    }
}
