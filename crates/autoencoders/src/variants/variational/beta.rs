//! Schedules of β.

use latents_error::ConfigError;
use latents_text::number::exact;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A factor of β from 0 to 1. Starting low lets the decoder learn to use the code before the prior takes effect.
///
/// Its text form, in configurations and on the command line: `constant`, `warm-up:0.3`, `cyclic:4`, `cyclic:4:0.5`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum BetaSchedule {
    /// 1 in every step.
    #[default]
    Constant,
    /// Rises linearly from 0 to 1 over the first part of the training (Bowman et al. 2016; Sønderby et al. 2016).
    WarmUp {
        /// The fraction of all steps in which it rises, above 0 and at most 1.
        fraction: f64,
    },
    /// Rises from 0 to 1 repeatedly, and stays at 1 for the rest of each cycle (Fu et al. 2019).
    Cyclic {
        /// Number of cycles.
        cycles: usize,
        /// The fraction of a cycle in which it rises, above 0 and at most 1.
        ramp: f64,
    },
}

impl BetaSchedule {
    /// Checks the schedule.
    ///
    /// # Errors
    /// If a number is out of range.
    ///
    /// ```
    /// # use latents_autoencoders::BetaSchedule;
    /// assert!(BetaSchedule::WarmUp { fraction: 0.3 }.validate().is_ok());
    /// assert!(BetaSchedule::WarmUp { fraction: 0.0 }.validate().is_err());
    /// ```
    pub fn validate(self) -> Result<(), ConfigError> {
        let part = |part: f64| part > 0.0 && part <= 1.0;
        let valid = match self {
            Self::Constant => true,
            Self::WarmUp { fraction } => part(fraction),
            Self::Cyclic { cycles, ramp } => cycles > 0 && part(ramp),
        };
        match valid {
            true => Ok(()),
            false => Err(ConfigError::new(
                "schedule",
                self,
                "fractions must be above 0 and at most 1, and cycles at least 1",
            )),
        }
    }

    /// The factor at this fraction of the training.
    ///
    /// ```
    /// # use latents_autoencoders::BetaSchedule;
    /// assert_eq!(BetaSchedule::WarmUp { fraction: 0.5 }.at(0.25), 0.5);
    /// ```
    pub fn at(self, fraction: f64) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::WarmUp { fraction: part } => (fraction / part).min(1.0),
            // The end belongs to the last cycle.
            Self::Cyclic { .. } if fraction >= 1.0 => 1.0,
            Self::Cyclic { cycles, ramp } => ((fraction * cycles as f64).fract() / ramp).min(1.0),
        }
    }
}

/// Error from parsing a [`BetaSchedule`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown schedule of β `{0}`: expected constant, warm-up:0.3, cyclic:4 or cyclic:4:0.5, with fractions above 0 and at most 1"
)]
pub struct ParseScheduleError(String);

impl FromStr for BetaSchedule {
    type Err = ParseScheduleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseScheduleError(text.to_owned());
        let number = |text: &str| text.trim().parse::<f64>().map_err(|_| wrong());
        let count = |text: &str| text.trim().parse::<usize>().map_err(|_| wrong());
        let words: Vec<&str> = text.trim().split(':').collect();
        let schedule = match words[..] {
            ["constant"] => Self::Constant,
            ["warm-up", part] => Self::WarmUp {
                fraction: number(part)?,
            },
            ["cyclic", cycles] => Self::Cyclic {
                cycles: count(cycles)?,
                ramp: 0.5,
            },
            ["cyclic", cycles, ramp] => Self::Cyclic {
                cycles: count(cycles)?,
                ramp: number(ramp)?,
            },
            _ => return Err(wrong()),
        };
        schedule.validate().map(|()| schedule).map_err(|_| wrong())
    }
}

impl fmt::Display for BetaSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant => f.write_str("constant"),
            Self::WarmUp { fraction } => write!(f, "warm-up:{}", exact(*fraction)),
            Self::Cyclic { cycles, ramp } => write!(f, "cyclic:{cycles}:{}", exact(*ramp)),
        }
    }
}

impl TryFrom<String> for BetaSchedule {
    type Error = ParseScheduleError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<BetaSchedule> for String {
    fn from(schedule: BetaSchedule) -> Self {
        schedule.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_rise_as_they_say() {
        let at = |text: &str, fraction| text.parse::<BetaSchedule>().unwrap().at(fraction);
        assert_eq!([0.0, 0.1, 0.9].map(|f| at("constant", f)), [1.0; 3]);
        assert_eq!(
            [0.0, 0.1, 0.2, 0.9].map(|f| at("warm-up:0.2", f)),
            [0.0, 0.5, 1.0, 1.0]
        );
        let cyclic = [0.0, 0.125, 0.25, 0.375, 0.5, 0.625].map(|f| at("cyclic:2:0.5", f));
        assert_eq!(cyclic, [0.0, 0.5, 1.0, 1.0, 0.0, 0.5]);
        assert_eq!(at("cyclic:2:0.5", 1.0), 1.0);
    }

    #[test]
    fn texts_come_back_and_nonsense_does_not() {
        for text in ["constant", "warm-up:0.3", "cyclic:4:0.5"] {
            assert_eq!(text.parse::<BetaSchedule>().unwrap().to_string(), text);
        }
        for text in [
            "warm-up",
            "warm-up:0",
            "warm-up:2",
            "cyclic:0",
            "cyclic:2:0",
            "linear",
        ] {
            assert!(text.parse::<BetaSchedule>().is_err(), "{text}");
        }
    }
}
