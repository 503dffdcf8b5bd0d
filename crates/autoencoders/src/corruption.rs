//! Noise for denoising autoencoders.

use latents_error::ConfigError;
use latents_tensor::random::Key;
use latents_tensor::{Algebra, Pointwise, Real, Tensor, pointwise};
use latents_text::number::exact;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Noise for rows. The same key gives the same noise.
///
/// [`Corruption`] has the common kinds; implement this trait for others and pass them to
/// [`Denoising::with_corruption`](crate::Denoising::with_corruption).
pub trait Corrupt<T: Real = f32>: Send + Sync {
    /// Returns a corrupted copy of rows (batch, features), with the same shape.
    fn corrupt(&self, rows: &Tensor<T>, key: Key) -> Tensor<T>;

    /// Checks the parameters of the noise; called when a model is created. The default accepts all.
    ///
    /// # Errors
    /// If a parameter is outside its range.
    fn validate(&self) -> Result<(), ConfigError> {
        Ok(())
    }
}

/// The common kinds of noise (Vincent et al. 2010, §3.3).
///
/// Its text form, in configurations and on the command line: `gaussian:0.3`, `masking:0.25`, `salt_and_pepper:0.1`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Corruption {
    /// Adds σ · n with standard normal n.
    Gaussian {
        /// The standard deviation σ, 0 or more.
        sigma: f64,
    },
    /// Sets each value to 0 with this probability.
    Masking {
        /// In [0, 1].
        fraction: f64,
    },
    /// Sets each value to 0 or 1, each with half of this probability. For data in [0, 1].
    SaltAndPepper {
        /// In [0, 1].
        fraction: f64,
    },
}

impl Corruption {
    /// Checks the parameters.
    ///
    /// # Errors
    /// If a parameter is outside its range.
    ///
    /// ```
    /// # use latents_autoencoders::Corruption;
    /// assert!(Corruption::Masking { fraction: 0.25 }.validate().is_ok());
    /// assert!(Corruption::Masking { fraction: 1.5 }.validate().is_err());
    /// ```
    pub fn validate(self) -> Result<(), ConfigError> {
        let fraction_is_valid = (0.0..=1.0).contains(&self.level());
        let (is_valid, range) = match self {
            Self::Gaussian { sigma } => (sigma >= 0.0 && sigma.is_finite(), "must be 0 or more"),
            Self::Masking { .. } | Self::SaltAndPepper { .. } => {
                (fraction_is_valid, "must be between 0 and 1")
            }
        };
        if is_valid {
            return Ok(());
        }
        let requirement = format!("the parameter of {} {range}", self.name());
        Err(ConfigError::new("noise", self, requirement))
    }

    /// The name: `gaussian`, `masking` or `salt_and_pepper`.
    ///
    /// ```
    /// # use latents_autoencoders::Corruption;
    /// let noise: Corruption = "gaussian:0.3".parse().unwrap();
    /// assert_eq!(noise.name(), "gaussian");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Gaussian { .. } => "gaussian",
            Self::Masking { .. } => "masking",
            Self::SaltAndPepper { .. } => "salt_and_pepper",
        }
    }

    pub(crate) fn level(self) -> f64 {
        match self {
            Self::Gaussian { sigma } => sigma,
            Self::Masking { fraction } | Self::SaltAndPepper { fraction } => fraction,
        }
    }
}

impl<T: Real> Corrupt<T> for Corruption {
    fn validate(&self) -> Result<(), ConfigError> {
        Corruption::validate(*self)
    }

    fn corrupt(&self, rows: &Tensor<T>, key: Key) -> Tensor<T> {
        let shape = rows.shape();
        match *self {
            Self::Gaussian { sigma } => pointwise(
                "gaussian",
                &AddScaled { scale: sigma },
                [rows, &key.normal(shape)],
            ),
            Self::Masking { fraction } => {
                pointwise("masking", &Keep, [rows, &key.bernoulli(1.0 - fraction, shape)])
            }
            Self::SaltAndPepper { fraction } => pointwise(
                "salt_and_pepper",
                &Specks { fraction },
                [rows, &key.uniform(shape)],
            ),
        }
    }
}

struct AddScaled {
    scale: f64,
}

impl Pointwise<2> for AddScaled {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [x, noise]: [A; 2]) -> A {
        x + noise * x.lit(self.scale)
    }
}

struct Keep;

impl Pointwise<2> for Keep {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [x, mask]: [A; 2]) -> A {
        mask.choose(x, x.lit(0.0))
    }
}

struct Specks {
    fraction: f64,
}

impl Pointwise<2> for Specks {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [x, u]: [A; 2]) -> A {
        let pepper = u.less(u.lit(self.fraction / 2.0));
        let speck = u.less(u.lit(self.fraction));
        speck.choose(pepper.choose(x.lit(0.0), x.lit(1.0)), x)
    }
}

/// Error from parsing a [`Corruption`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown noise `{text}`: {reason}")]
pub struct ParseCorruptionError {
    text: String,
    reason: String,
}

impl FromStr for Corruption {
    type Err = ParseCorruptionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |reason: String| ParseCorruptionError {
            text: text.to_owned(),
            reason,
        };
        let usage = "expected gaussian:0.3, masking:0.25 or salt_and_pepper:0.1";
        let (name, level) = text.split_once(':').ok_or_else(|| wrong(usage.to_owned()))?;
        let level: f64 = level
            .trim()
            .parse()
            .map_err(|_| wrong(format!("`{level}` is not a number; {usage}")))?;
        let corruption = match name.trim().replace('-', "_").as_str() {
            "gaussian" => Self::Gaussian { sigma: level },
            "masking" => Self::Masking { fraction: level },
            "salt_and_pepper" => Self::SaltAndPepper { fraction: level },
            _ => return Err(wrong(usage.to_owned())),
        };
        corruption.validate().map_err(|error| wrong(error.requirement))?;
        Ok(corruption)
    }
}

impl fmt::Display for Corruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name(), exact(self.level()))
    }
}

impl TryFrom<String> for Corruption {
    type Error = ParseCorruptionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Corruption> for String {
    fn from(corruption: Corruption) -> Self {
        corruption.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corrupted(text: &str) -> Vec<f32> {
        let corruption: Corruption = text.parse().unwrap();
        assert_eq!(corruption.to_string(), text);
        corruption
            .corrupt(&Tensor::full([200, 50], 0.5), Key::new(3))
            .to_vec()
    }

    fn share(values: &[f32], of: f32) -> f64 {
        values.iter().filter(|&&value| value == of).count() as f64 / values.len() as f64
    }

    #[test]
    fn masking_sets_a_part_to_zero() {
        let values = corrupted("masking:0.25");
        assert!((share(&values, 0.0) - 0.25).abs() < 0.02);
        assert!((share(&values, 0.5) - 0.75).abs() < 0.02);
        assert_eq!(share(&corrupted("masking:0"), 0.5), 1.0);
        assert_eq!(share(&corrupted("masking:1"), 0.0), 1.0);
    }

    #[test]
    fn salt_and_pepper_are_equally_many() {
        let values = corrupted("salt_and_pepper:0.2");
        assert!((share(&values, 0.0) - 0.1).abs() < 0.015);
        assert!((share(&values, 1.0) - 0.1).abs() < 0.015);
        assert!((share(&values, 0.5) - 0.8).abs() < 0.02);
    }

    #[test]
    fn gaussian_noise_has_its_deviation() {
        let values = corrupted("gaussian:0.3");
        let square = |x: &f32| (f64::from(*x) - 0.5) * (f64::from(*x) - 0.5);
        let squares: f64 = values.iter().map(square).sum();
        assert!(((squares / values.len() as f64).sqrt() - 0.3).abs() < 0.01);
        assert_eq!(share(&corrupted("gaussian:0"), 0.5), 1.0);
    }

    #[test]
    fn the_key_is_the_noise() {
        let rows = Tensor::full([20, 50], 0.5);
        let noise = Corruption::Gaussian { sigma: 0.1 };
        assert_eq!(
            noise.corrupt(&rows, Key::new(1)),
            noise.corrupt(&rows, Key::new(1))
        );
        assert_ne!(
            noise.corrupt(&rows, Key::new(1)),
            noise.corrupt(&rows, Key::new(2))
        );
    }

    #[test]
    fn noise_outside_its_range_is_refused() {
        let message = |text: &str| text.parse::<Corruption>().unwrap_err().to_string();
        assert_eq!(
            message("masking:1.5"),
            "unknown noise `masking:1.5`: the parameter of masking must be between 0 and 1"
        );
        assert_eq!(
            message("gaussian:-1"),
            "unknown noise `gaussian:-1`: the parameter of gaussian must be 0 or more"
        );
        for text in [
            "gaussian",
            "gaussian:x",
            "gaussian:nan",
            "poisson:1",
            "salt-and-pepper:2",
        ] {
            assert!(text.parse::<Corruption>().is_err(), "{text}");
        }
    }
}
