//! Likelihoods: the distribution of rows given the output of the decoder.

use crate::NetworkConfig;
use latents_autograd::{Reduction, Var};
use latents_error::ConfigError;
use latents_nn::Activation;
use latents_tensor::Real;
use latents_text::number::exact;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// ln 2π.
const LN_TAU: f64 = 1.837_877_066_409_345_3;

/// p(x|z): the distribution of the values of a row, independent given the code.
///
/// Its text form, in configurations and on the command line: `bernoulli`, `gaussian` (variance 1), `gaussian:0.1`,
/// `gaussian:learned`, `laplace` (scale 1), `laplace:0.5`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Likelihood {
    /// The output is the probability of 1, for data in [0, 1]. For values strictly between 0 and 1, the cross entropy is used
    /// in place of the likelihood, as is common.
    Bernoulli,
    /// Normal with the output as mean and a fixed variance.
    Gaussian {
        /// σ².
        variance: f64,
    },
    /// Normal with the output as mean and a learned variance for each feature.
    LearnedGaussian,
    /// Laplace with the output as median: absolute errors, which are less sensitive to outliers.
    Laplace {
        /// b in the density exp(−|x − μ| / b) / 2b.
        scale: f64,
    },
}

impl Likelihood {
    /// Checks the likelihood for this network.
    ///
    /// # Errors
    /// If a parameter is not positive, or if the output activation does not match.
    ///
    /// ```
    /// # use latents_autoencoders::{Likelihood, NetworkConfig};
    /// let network = NetworkConfig::new(4, 2).linear_output();
    /// assert!(Likelihood::LearnedGaussian.validate(&network).is_ok());
    /// assert!(Likelihood::Bernoulli.validate(&network).is_err()); // needs a sigmoid output
    /// ```
    pub fn validate(self, network: &NetworkConfig) -> Result<(), ConfigError> {
        let wrong = |requirement| Err(ConfigError::new("likelihood", self, requirement));
        match self {
            Self::Gaussian { variance: number } | Self::Laplace { scale: number }
                if !(number > 0.0 && number.is_finite()) =>
            {
                wrong("the parameter must be positive and finite")
            }
            Self::Bernoulli if network.output_activation != Activation::Sigmoid => {
                wrong("probabilities require a sigmoid output; for other data use gaussian or laplace")
            }
            _ => Ok(()),
        }
    }

    /// The activation at the end of the decoder before the likelihood: none (logits) for Bernoulli.
    pub(crate) fn raw_activation(self, network: &NetworkConfig) -> Activation {
        match self {
            Self::Bernoulli => Activation::Identity,
            _ => network.output_activation,
        }
    }

    /// The variance of every value, if it is fixed.
    pub(crate) fn fixed_variance(self) -> Option<f64> {
        match self {
            Self::Gaussian { variance } => Some(variance),
            Self::Laplace { scale } => Some(2.0 * scale * scale),
            Self::Bernoulli | Self::LearnedGaussian => None,
        }
    }

    /// The mean of the distribution, from the raw output of the decoder.
    pub(crate) fn mean<T: Real>(self, raw: Var<'_, T>) -> Var<'_, T> {
        match self {
            Self::Bernoulli => raw.sigmoid(),
            _ => raw,
        }
    }

    /// −ln p(x|z), summed over features and averaged over rows, in nats. `log_variance` (features) is the learned variance, if
    /// there is one.
    pub(crate) fn negative_log<'t, T: Real>(
        self,
        raw: Var<'t, T>,
        x: Var<'t, T>,
        log_variance: Option<Var<'t, T>>,
    ) -> Var<'t, T> {
        let features = x.shape()[1] as f64;
        match (self, log_variance) {
            (Self::Bernoulli, _) => raw.bce_with_logits(x, Reduction::BatchMean),
            (Self::Laplace { scale }, _) => {
                let errors = raw.mae(x, Reduction::BatchMean) * raw.lit(1.0 / scale);
                errors + raw.lit(features * ln(2.0 * scale))
            }
            (Self::Gaussian { variance }, _) => {
                let errors = raw.mse(x, Reduction::BatchMean) * raw.lit(0.5 / variance);
                errors + raw.lit(0.5 * features * (LN_TAU + ln(variance)))
            }
            (Self::LearnedGaussian, log_variance) => {
                let s = log_variance.unwrap_or(raw.lit(0.0));
                let squares = (raw - x).square().sum(&[0], false) * raw.lit(1.0 / x.shape()[0] as f64);
                let terms = squares * (-s).exp() + s + raw.lit(LN_TAU);
                terms.sum_all() * raw.lit(0.5)
            }
        }
    }

    /// ln p(x|z) of each row: sums over the last axis. Shapes broadcast.
    pub(crate) fn log_rows<'t, T: Real>(
        self,
        raw: Var<'t, T>,
        x: Var<'t, T>,
        log_variance: Option<Var<'t, T>>,
    ) -> Var<'t, T> {
        let terms = match (self, log_variance) {
            (Self::Bernoulli, _) => -raw.binary_cross_entropy_with_logits(x),
            (Self::Laplace { scale }, _) => {
                -((raw - x).abs() * raw.lit(1.0 / scale)) - raw.lit(ln(2.0 * scale))
            }
            (Self::Gaussian { variance }, _) => {
                -((raw - x).square() * raw.lit(0.5 / variance)) - raw.lit(0.5 * (LN_TAU + ln(variance)))
            }
            (Self::LearnedGaussian, log_variance) => {
                let s = log_variance.unwrap_or(raw.lit(0.0));
                ((raw - x).square() * (-s).exp() + s + raw.lit(LN_TAU)) * raw.lit(-0.5)
            }
        };
        terms.sum(&[-1], false)
    }
}

/// ln x with the same bits on every machine.
pub(crate) fn ln(x: f64) -> f64 {
    latents_tensor::Tensor::<f64>::scalar(x).ln().item()
}

/// Error from parsing a [`Likelihood`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown likelihood `{0}`: expected bernoulli, gaussian, gaussian:0.1, gaussian:learned, laplace or laplace:0.5"
)]
pub struct ParseLikelihoodError(String);

impl FromStr for Likelihood {
    type Err = ParseLikelihoodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseLikelihoodError(text.to_owned());
        let (name, number) = match text.split_once(':') {
            Some((name, number)) => (name.trim(), Some(number.trim())),
            None => (text.trim(), None),
        };
        let positive = |number: Option<&str>| match number {
            None => Ok(1.0),
            Some(number) => match number.parse::<f64>() {
                Ok(number) if number > 0.0 && number.is_finite() => Ok(number),
                _ => Err(wrong()),
            },
        };
        match (name, number) {
            ("bernoulli", None) => Ok(Self::Bernoulli),
            ("gaussian", Some("learned")) => Ok(Self::LearnedGaussian),
            ("gaussian", number) => positive(number).map(|variance| Self::Gaussian { variance }),
            ("laplace", number) => positive(number).map(|scale| Self::Laplace { scale }),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Likelihood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bernoulli => f.write_str("bernoulli"),
            Self::Gaussian { variance } => write!(f, "gaussian:{}", exact(*variance)),
            Self::LearnedGaussian => f.write_str("gaussian:learned"),
            Self::Laplace { scale } => write!(f, "laplace:{}", exact(*scale)),
        }
    }
}

impl TryFrom<String> for Likelihood {
    type Error = ParseLikelihoodError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Likelihood> for String {
    fn from(likelihood: Likelihood) -> Self {
        likelihood.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use latents_autograd::Tape;
    use latents_tensor::Tensor;

    #[test]
    fn texts_come_back() {
        for text in ["bernoulli", "gaussian:0.25", "gaussian:learned", "laplace:2"] {
            assert_eq!(text.parse::<Likelihood>().unwrap().to_string(), text);
        }
        for text in ["gauss", "gaussian:0", "gaussian:-1", "laplace:x", "bernoulli:1"] {
            assert!(text.parse::<Likelihood>().is_err(), "{text}");
        }
    }

    /// The mean over rows is what the single rows say, and both are the textbook's density.
    #[test]
    #[allow(
        clippy::disallowed_methods,
        reason = "the oracle is written in std's functions"
    )]
    fn densities_are_the_textbooks() {
        let tape = Tape::<f32>::new();
        let x = tape.input(&Tensor::from_vec(vec![0.0, 1.0, 0.25, 0.5, 1.0, 0.0], [2, 3]));
        let raw = tape.input(&Tensor::from_vec(vec![-0.5, 0.3, 1.0, 2.0, -1.0, 0.1], [2, 3]));
        let s = tape.input(&Tensor::from_vec(vec![0.2, -0.4, 1.0], [3]));
        let (tau, e) = (std::f64::consts::TAU, std::f64::consts::E);
        let density = |likelihood: Likelihood, x: f64, raw: f64, s: f64| match likelihood {
            Likelihood::Bernoulli => {
                let p = 1.0 / (1.0 + e.powf(-raw));
                p.powf(x) * (1.0 - p).powf(1.0 - x)
            }
            Likelihood::Gaussian { variance } => {
                e.powf(-(x - raw).powi(2) / (2.0 * variance)) / (tau * variance).sqrt()
            }
            Likelihood::LearnedGaussian => {
                e.powf(-(x - raw).powi(2) / (2.0 * e.powf(s))) / (tau * e.powf(s)).sqrt()
            }
            Likelihood::Laplace { scale } => e.powf(-(x - raw).abs() / scale) / (2.0 * scale),
        };
        for text in ["bernoulli", "gaussian:0.3", "gaussian:learned", "laplace:0.7"] {
            let likelihood: Likelihood = text.parse().unwrap();
            let rows = likelihood.log_rows(raw, x, Some(s)).value().to_vec();
            let (xs, raws, ss) = (x.value().to_vec(), raw.value().to_vec(), s.value().to_vec());
            for (row, &found) in rows.iter().enumerate() {
                let product: f64 = (0..3)
                    .map(|j| {
                        let i = 3 * row + j;
                        density(likelihood, xs[i].into(), raws[i].into(), ss[j].into())
                    })
                    .product();
                assert!((e.powf(f64::from(found)) / product - 1.0).abs() < 1e-5, "{text}");
            }
            let mean: f32 = likelihood.negative_log(raw, x, Some(s)).item();
            assert!((mean + (rows[0] + rows[1]) / 2.0).abs() < 1e-5, "{text}: {mean}");
        }
    }
}
