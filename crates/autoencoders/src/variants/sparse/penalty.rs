//! Sparsity penalties.

use latents_autograd::Var;
use latents_error::ConfigError;
use latents_tensor::Real;
use latents_text::number::exact;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Added to mean activations before the logarithm, so that a unit that is always 0 or always 1 has a finite cost.
const LEAST: f64 = 1e-7;

/// What makes the code of a [`Sparse`](crate::Sparse) autoencoder sparse.
///
/// Its text form, in configurations and on the command line: `kl:0.05:3`, `l1:0.1`, `topk:25`, `topk:25:2`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Penalty {
    /// β Σⱼ KL(ρ ‖ ρ̂ⱼ), where ρ̂ⱼ is the mean of unit j over the batch and KL(ρ ‖ ρ̂) = ρ ln(ρ / ρ̂) + (1 − ρ) ln((1 − ρ) / (1
    /// − ρ̂)) (Lee, Ekanadham & Ng 2008; in this form: Ng 2011). For codes in [0, 1]: sigmoid units.
    Kl {
        /// ρ, between 0 and 1.
        target: f64,
        /// β, at least 0. The reconstruction loss is summed over the values of a row, as in Ng's notes; for implementations
        /// that average, multiply their β by the number of values.
        weight: f64,
    },
    /// λ times the mean over the batch of Σⱼ |zⱼ|.
    L1 {
        /// λ, at least 0.
        weight: f64,
    },
    /// A hard selection instead of a penalty: the `k` largest units of each row are kept and the others are set to 0 (Makhzani
    /// & Frey 2013, algorithm 1).
    TopK {
        /// Active units per row in training; at most the number of units.
        k: usize,
        /// α: outside training, α · k units are kept (ibid., algorithm 1, sparse encoding). At least 1.
        alpha: f64,
    },
}

impl Penalty {
    /// The name: `kl`, `l1` or `topk`.
    ///
    /// ```
    /// # use latents_autoencoders::Penalty;
    /// let penalty: Penalty = "topk:25".parse().unwrap();
    /// assert_eq!(penalty.name(), "topk");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Kl { .. } => "kl",
            Self::L1 { .. } => "l1",
            Self::TopK { .. } => "topk",
        }
    }

    /// The number of units to keep, for a selection: in training, or outside it.
    pub(super) fn active_units(self, is_training: bool) -> Option<usize> {
        match self {
            Self::TopK { k, .. } if is_training => Some(k),
            // At most the number of units, as checked by `validate`.
            Self::TopK { k, alpha } => Some((k as f64 * alpha).round() as usize),
            _ => None,
        }
    }

    /// Checks that the numbers are valid for a code with this number of units.
    pub(super) fn validate(self, units: usize) -> Result<(), ConfigError> {
        let refused = |requirement: String| Err(ConfigError::new("penalty", self, requirement));
        let weight_is_bad = |weight: f64| !(weight >= 0.0 && weight.is_finite());
        match self {
            Self::Kl { target, .. } if !(target > 0.0 && target < 1.0) => {
                refused("the target activation must be between 0 and 1".to_owned())
            }
            Self::Kl { weight, .. } | Self::L1 { weight } if weight_is_bad(weight) => {
                refused("its weight must be at least 0".to_owned())
            }
            Self::TopK { k: 0, .. } => refused("at least 1 unit must be active".to_owned()),
            Self::TopK { alpha, .. } if !(alpha >= 1.0 && alpha.is_finite()) => {
                refused("the factor outside training must be at least 1".to_owned())
            }
            Self::TopK { k, alpha } if k as f64 * alpha > units as f64 => {
                let most = if k > units {
                    "k units"
                } else {
                    "the number of units outside training"
                };
                refused(format!("{most} must be at most the {units} units of the code"))
            }
            _ => Ok(()),
        }
    }

    /// The penalty of a code (batch, latent), if there is one.
    #[inline]
    pub(super) fn of<'t, T: Real>(self, code: Var<'t, T>) -> Option<(&'static str, Var<'t, T>)> {
        match self {
            Self::Kl { target, weight } => {
                Some(("kl_divergence", divergence(code, target) * T::from_f64(weight)))
            }
            Self::L1 { weight } => {
                let sum = code.abs().sum_all() * T::from_f64(weight / code.shape()[0].max(1) as f64);
                Some(("l1", sum))
            }
            Self::TopK { .. } => None,
        }
    }
}

/// Σⱼ KL(ρ ‖ ρ̂ⱼ).
#[inline]
fn divergence<T: Real>(code: Var<'_, T>, target: f64) -> Var<'_, T> {
    let mean = code.mean(&[0], false);
    let rest = code.lit(1.0) - mean;
    let cross = (mean + code.lit(LEAST)).ln() * code.lit(target)
        + (rest + code.lit(LEAST)).ln() * code.lit(1.0 - target);
    let entropy = latents_tensor::Algebra::ln(target) * target
        + latents_tensor::Algebra::ln(1.0 - target) * (1.0 - target);
    (code.lit(entropy) - cross).sum_all()
}

/// Error from parsing a [`Penalty`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown penalty `{text}`: {reason}")]
pub struct ParsePenaltyError {
    text: String,
    reason: String,
}

impl FromStr for Penalty {
    type Err = ParsePenaltyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |reason: String| ParsePenaltyError {
            text: text.to_owned(),
            reason,
        };
        let number = |part: &str| {
            let number = part.parse::<f64>();
            number.map_err(|_| wrong(format!("`{part}` is not a number")))
        };
        let parts: Vec<&str> = text.split(':').collect();
        match parts[..] {
            ["kl", target, weight] => Ok(Self::Kl {
                target: number(target)?,
                weight: number(weight)?,
            }),
            ["l1", weight] => Ok(Self::L1 {
                weight: number(weight)?,
            }),
            ["topk", k, ref alpha @ ..] if alpha.len() < 2 => Ok(Self::TopK {
                k: k.parse()
                    .map_err(|_| wrong(format!("`{k}` is not a number of units")))?,
                alpha: alpha.first().map_or(Ok(1.0), |alpha| number(alpha))?,
            }),
            _ => Err(wrong(
                "expected kl:TARGET:WEIGHT, l1:WEIGHT, topk:UNITS or topk:UNITS:FACTOR".to_owned(),
            )),
        }
    }
}

impl fmt::Display for Penalty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kl { target, weight } => write!(f, "kl:{}:{}", exact(*target), exact(*weight)),
            Self::L1 { weight } => write!(f, "l1:{}", exact(*weight)),
            Self::TopK { k, alpha: 1.0 } => write!(f, "topk:{k}"),
            Self::TopK { k, alpha } => write!(f, "topk:{k}:{}", exact(*alpha)),
        }
    }
}

impl TryFrom<String> for Penalty {
    type Error = ParsePenaltyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Penalty> for String {
    fn from(penalty: Penalty) -> Self {
        penalty.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use latents_autograd::Tape;
    use latents_tensor::Tensor;

    #[test]
    fn penalties_come_from_text_and_go_back() {
        for text in ["kl:0.05:3", "l1:0.001", "topk:25", "topk:25:1.5"] {
            assert_eq!(text.parse::<Penalty>().unwrap().to_string(), text);
        }
        let alpha = "topk:4:2".parse::<Penalty>().unwrap();
        assert_eq!(
            (alpha.active_units(true), alpha.active_units(false)),
            (Some(4), Some(8))
        );
        for text in [
            "",
            "kl",
            "kl:0.05",
            "l1",
            "l1:x",
            "topk",
            "topk:-1",
            "topk:2:3:4",
            "l2:1",
        ] {
            let message = text.parse::<Penalty>().unwrap_err().to_string();
            assert!(
                message.starts_with(&format!("unknown penalty `{text}`: ")),
                "{message}"
            );
        }
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        for (text, requirement) in [
            ("kl:0:1", "the target activation must be between 0 and 1"),
            ("kl:NaN:1", "the target activation must be between 0 and 1"),
            ("kl:0.1:-1", "its weight must be at least 0"),
            ("l1:inf", "its weight must be at least 0"),
            ("topk:0", "at least 1 unit must be active"),
            ("topk:11", "k units must be at most the 10 units of the code"),
            ("topk:5:0.5", "the factor outside training must be at least 1"),
            (
                "topk:6:2",
                "the number of units outside training must be at most the 10 units of the code",
            ),
        ] {
            let error = text.parse::<Penalty>().unwrap().validate(10).unwrap_err();
            assert_eq!(error.requirement, requirement);
        }
        for text in ["kl:0.05:0", "l1:0", "topk:10", "topk:5:2"] {
            assert_eq!(text.parse::<Penalty>().unwrap().validate(10), Ok(()));
        }
    }

    #[test]
    fn the_divergence_is_its_formula() {
        let tape = Tape::<f32>::new();
        let code = tape.input(&Tensor::from_slice(&[0.1, 0.5, 0.3, 0.7], [2, 2]));
        let kl = |rho: f64, mean: f64| {
            let ln = latents_tensor::Algebra::ln;
            rho * ln(rho / mean) + (1.0 - rho) * ln((1.0 - rho) / (1.0 - mean))
        };
        let penalty = Penalty::Kl {
            target: 0.05,
            weight: 2.0,
        };
        let (_, value) = penalty.of(code).unwrap();
        let expected = 2.0 * (kl(0.05, 0.2) + kl(0.05, 0.6));
        assert!((f64::from(value.item()) - expected).abs() < 1e-5 * expected);
        let (_, value) = Penalty::L1 { weight: 0.5 }.of(code).unwrap();
        assert!((value.item() - 0.5 * 1.6 / 2.0).abs() < 1e-6);
        let saturated = tape.input(&Tensor::from_slice(&[0.0, 1.0], [1, 2]));
        assert!(penalty.of(saturated).unwrap().1.item().is_finite());
    }
}
