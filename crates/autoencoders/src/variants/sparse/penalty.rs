//! What keeps a code sparse.

use latents_autograd::Var;
use latents_error::ConfigError;
use latents_tensor::Real;
use latents_text::number::exact;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Added to mean activations before their logarithm, so that a unit that is always 0 or always 1 costs a finite number.
const LEAST: f64 = 1e-7;

/// What keeps the code of a [`Sparse`](crate::Sparse) autoencoder sparse.
///
/// In configurations and on the command line it is a string: `kl:0.05:3`, `l1:0.1`, `topk:25`, `topk:25:2`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Penalty {
    /// β Σⱼ KL(ρ ‖ ρ̂ⱼ), where ρ̂ⱼ is the mean of unit j over the batch and KL(ρ ‖ ρ̂) = ρ ln(ρ / ρ̂) + (1 − ρ)
    /// ln((1 − ρ) / (1 − ρ̂)) (Lee, Ekanadham & Ng 2008; in this form: Ng 2011). For codes in 0 ..= 1: sigmoid units.
    Kl {
        /// ρ, between 0 and 1.
        target: f64,
        /// β, 0 or more. The reconstruction's loss is summed over a row's values, as in Ng's notes; where others take
        /// the mean, their β times the number of values acts the same.
        weight: f64,
    },
    /// λ times the mean over the batch of Σⱼ |zⱼ|.
    L1 {
        /// λ, 0 or more.
        weight: f64,
    },
    /// No penalty, but a hard choice: of every row the `k` units with the largest sums stay, and the others are 0
    /// (Makhzani & Frey 2013, algorithm 1).
    TopK {
        /// Active units of a row in training; at most as many as there are units.
        k: usize,
        /// α: outside of training α · k units stay (ibid., algorithm 1, sparse encoding). At least 1.
        alpha: f64,
    },
}

impl Penalty {
    /// `kl`, `l1` or `topk`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kl { .. } => "kl",
            Self::L1 { .. } => "l1",
            Self::TopK { .. } => "topk",
        }
    }

    /// Units that stay, where it is a choice: in training, or outside of it.
    pub(super) fn active_units(self, is_training: bool) -> Option<usize> {
        match self {
            Self::TopK { k, .. } if is_training => Some(k),
            // Less than the largest number of units, which `validate` made sure of.
            Self::TopK { k, alpha } => Some((k as f64 * alpha).round() as usize),
            _ => None,
        }
    }

    /// Whether every number lies in its range, for a code of so many units.
    pub(super) fn validate(self, units: usize) -> Result<(), ConfigError> {
        let refused = |requirement: String| Err(ConfigError::new("penalty", self, requirement));
        let weight_is_bad = |weight: f64| !(weight >= 0.0 && weight.is_finite());
        match self {
            Self::Kl { target, .. } if !(target > 0.0 && target < 1.0) => {
                refused("the target activation must lie between 0 and 1".to_owned())
            }
            Self::Kl { weight, .. } | Self::L1 { weight } if weight_is_bad(weight) => {
                refused("its weight must be 0 or more".to_owned())
            }
            Self::TopK { k: 0, .. } => refused("at least 1 unit must stay active".to_owned()),
            Self::TopK { alpha, .. } if !(alpha >= 1.0 && alpha.is_finite()) => {
                refused("the factor for the units outside of training must be at least 1".to_owned())
            }
            Self::TopK { k, alpha } if k as f64 * alpha > units as f64 => {
                let most = if k > units {
                    "k units"
                } else {
                    "the units that stay outside of training"
                };
                refused(format!("{most} must be at most the {units} units of the code"))
            }
            _ => Ok(()),
        }
    }

    /// The penalty of a code (batch, latent), where there is one.
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

/// A text that is no penalty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no penalty: {reason}")]
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
            number.map_err(|_| wrong(format!("`{part}` is no number")))
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
                    .map_err(|_| wrong(format!("`{k}` is no number of units")))?,
                alpha: alpha.first().map_or(Ok(1.0), |alpha| number(alpha))?,
            }),
            _ => Err(wrong(
                "write kl:TARGET:WEIGHT, l1:WEIGHT, topk:UNITS or topk:UNITS:FACTOR".to_owned(),
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
                message.starts_with(&format!("`{text}` is no penalty: ")),
                "{message}"
            );
        }
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        for (text, requirement) in [
            ("kl:0:1", "the target activation must lie between 0 and 1"),
            ("kl:NaN:1", "the target activation must lie between 0 and 1"),
            ("kl:0.1:-1", "its weight must be 0 or more"),
            ("l1:inf", "its weight must be 0 or more"),
            ("topk:0", "at least 1 unit must stay active"),
            ("topk:11", "k units must be at most the 10 units of the code"),
            (
                "topk:5:0.5",
                "the factor for the units outside of training must be at least 1",
            ),
            (
                "topk:6:2",
                "the units that stay outside of training must be at most the 10 units of the code",
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
