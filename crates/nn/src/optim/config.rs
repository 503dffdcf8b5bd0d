//! Configurations of optimisers: their check, and the choice between them.

use super::{Adam, AdamConfig, AdamW, AdamWConfig, Optimizer, RmsProp, RmsPropConfig, Sgd, SgdConfig};
use latents_tensor::Real;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A number of a configuration that lies outside its range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{optimizer}: {field} is {value}; it must be {range}")]
pub struct InvalidConfig {
    /// The optimiser's name.
    pub optimizer: &'static str,
    /// The number's name.
    pub field: &'static str,
    /// What it is.
    pub value: f64,
    /// What it must be.
    pub range: &'static str,
}

/// What a number must be.
#[derive(Clone, Copy)]
pub(super) enum Range {
    /// Finite and 0 or more.
    NotNegative,
    /// What keeps 0 / 0 out of a division by a root that may be 0: more than what an `f32` takes for 0.
    Epsilon,
    /// 0 or more, and less than 1.
    Decay,
    /// A momentum that Nesterov's step can look ahead with.
    NesterovMomentum,
    /// The dampening that Nesterov's step leaves room for.
    NesterovDampening,
}

impl Range {
    fn holds(self, value: f64) -> bool {
        match self {
            Range::NotNegative => value.is_finite() && value >= 0.0,
            Range::Epsilon => value.is_finite() && value > 1e-37,
            Range::Decay => (0.0..1.0).contains(&value),
            Range::NesterovMomentum => 0.0 < value && value < 1.0,
            Range::NesterovDampening => value == 0.0,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Range::NotNegative => "a finite number, 0 or more",
            Range::Epsilon => {
                "a finite number above 1e-37, such as 1e-8: with less a gradient of 0 divides 0 by 0"
            }
            Range::Decay => "0 or more, and less than 1",
            Range::NesterovMomentum => "more than 0, and less than 1, with nesterov",
            Range::NesterovDampening => "0 with nesterov",
        }
    }
}

/// The first number outside its range, as an error.
pub(super) fn check(
    optimizer: &'static str,
    numbers: &[(&'static str, f64, Range)],
) -> Result<(), InvalidConfig> {
    match numbers.iter().find(|(_, value, range)| !range.holds(*value)) {
        None => Ok(()),
        Some(&(field, value, range)) => Err(InvalidConfig {
            optimizer,
            field,
            value,
            range: range.text(),
        }),
    }
}

/// An optimiser and its configuration, as a file names them: `name = "adam"` beside the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase")]
pub enum OptimizerConfig {
    /// See [`Sgd`].
    Sgd(SgdConfig),
    /// See [`Adam`].
    Adam(AdamConfig),
    /// See [`AdamW`].
    AdamW(AdamWConfig),
    /// See [`RmsProp`].
    RmsProp(RmsPropConfig),
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self::Adam(AdamConfig::default())
    }
}

impl OptimizerConfig {
    /// Whether every number lies in its range.
    ///
    /// # Errors
    /// With the first that does not.
    pub fn check(&self) -> Result<(), InvalidConfig> {
        match self {
            Self::Sgd(config) => config.check(),
            Self::Adam(config) => config.check(),
            Self::AdamW(config) => config.check(),
            Self::RmsProp(config) => config.check(),
        }
    }

    /// η, the learning rate.
    pub fn learning_rate(&self) -> f64 {
        match self {
            Self::Sgd(config) => config.learning_rate,
            Self::Adam(config) => config.learning_rate,
            Self::AdamW(config) => config.learning_rate,
            Self::RmsProp(config) => config.learning_rate,
        }
    }

    /// λ, the decay of the weights.
    pub fn weight_decay(&self) -> f64 {
        match self {
            Self::Sgd(config) => config.weight_decay,
            Self::Adam(config) => config.weight_decay,
            Self::AdamW(config) => config.weight_decay,
            Self::RmsProp(config) => config.weight_decay,
        }
    }

    /// This configuration with a decay of the weights.
    ///
    /// Adam becomes AdamW, whose decay is apart from the moments: with Adam's own, weights with large gradients decay
    /// less (Loshchilov & Hutter 2019). SGD without momentum is the same either way; RMSprop has only the coupled one.
    #[must_use]
    pub fn with_weight_decay(self, weight_decay: f64) -> Self {
        match self {
            Self::Sgd(config) => Self::Sgd(SgdConfig {
                weight_decay,
                ..config
            }),
            Self::Adam(AdamConfig {
                learning_rate,
                beta1,
                beta2,
                epsilon,
                ..
            }) => Self::AdamW(AdamWConfig {
                learning_rate,
                beta1,
                beta2,
                epsilon,
                weight_decay,
            }),
            Self::AdamW(config) => Self::AdamW(AdamWConfig {
                weight_decay,
                ..config
            }),
            Self::RmsProp(config) => Self::RmsProp(RmsPropConfig {
                weight_decay,
                ..config
            }),
        }
    }

    /// The same with another learning rate.
    #[must_use]
    pub fn with_learning_rate(mut self, learning_rate: f64) -> Self {
        match &mut self {
            Self::Sgd(config) => config.learning_rate = learning_rate,
            Self::Adam(config) => config.learning_rate = learning_rate,
            Self::AdamW(config) => config.learning_rate = learning_rate,
            Self::RmsProp(config) => config.learning_rate = learning_rate,
        }
        self
    }

    /// The optimiser.
    ///
    /// # Errors
    /// If a number lies outside its range.
    pub fn build<T: Real>(self) -> Result<Box<dyn Optimizer<T>>, InvalidConfig> {
        self.check()?;
        Ok(match self {
            Self::Sgd(config) => Box::new(Sgd::with(config)),
            Self::Adam(config) => Box::new(Adam::with(config)),
            Self::AdamW(config) => Box::new(AdamW::with(config)),
            Self::RmsProp(config) => Box::new(RmsProp::with(config)),
        })
    }
}

/// `Adam, learning rate 0.001`.
impl fmt::Display for OptimizerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Sgd(_) => "SGD",
            Self::Adam(_) => "Adam",
            Self::AdamW(_) => "AdamW",
            Self::RmsProp(_) => "RMSprop",
        };
        write!(f, "{name}, learning rate {}", self.learning_rate())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Linear, Module};
    use latents_autograd::Tape;
    use latents_tensor::{Tensor, random::Key};

    #[test]
    fn configurations_come_from_text() {
        let text = r#"{"name": "adam", "learning_rate": 0.01, "epsilon": 1e-7}"#;
        let expected = AdamConfig {
            learning_rate: 0.01,
            epsilon: 1e-7,
            ..AdamConfig::default()
        };
        assert_eq!(
            serde_json::from_str::<OptimizerConfig>(text).unwrap(),
            OptimizerConfig::Adam(expected)
        );
        let all = [
            OptimizerConfig::Sgd(SgdConfig::default()),
            OptimizerConfig::AdamW(AdamWConfig::default()),
            OptimizerConfig::RmsProp(RmsPropConfig::default()),
        ];
        for config in all {
            let text = serde_json::to_string(&config).unwrap();
            assert_eq!(serde_json::from_str::<OptimizerConfig>(&text).unwrap(), config);
            assert_eq!(
                config.build::<f32>().unwrap().learning_rate(),
                config.build::<f64>().unwrap().learning_rate()
            );
        }
    }

    #[test]
    fn numbers_outside_their_range_are_named() {
        let config = OptimizerConfig::Adam(AdamConfig {
            beta2: 1.0,
            ..AdamConfig::default()
        });
        let message = config.build::<f32>().err().unwrap().to_string();
        assert_eq!(message, "adam: beta2 is 1; it must be 0 or more, and less than 1");
        let config = OptimizerConfig::Sgd(SgdConfig {
            learning_rate: f64::NAN,
            ..SgdConfig::default()
        });
        assert!(config.build::<f32>().is_err());
    }

    #[test]
    fn an_epsilon_keeps_gradients_of_zero_finite() {
        let configs = |epsilon| {
            [
                OptimizerConfig::Adam(AdamConfig {
                    epsilon,
                    ..AdamConfig::default()
                }),
                OptimizerConfig::AdamW(AdamWConfig {
                    epsilon,
                    ..AdamWConfig::default()
                }),
                OptimizerConfig::RmsProp(RmsPropConfig {
                    epsilon,
                    ..RmsPropConfig::default()
                }),
            ]
        };
        for (config, name) in configs(0.0).into_iter().zip(["adam", "adamw", "rmsprop"]) {
            let expected = format!(
                "{name}: epsilon is 0; it must be a finite number above 1e-37, such as 1e-8: with less a gradient of 0 \
                 divides 0 by 0"
            );
            assert_eq!(config.check().unwrap_err().to_string(), expected);
        }
        let mut model = Linear::<f32>::new(2, 1, Key::new(1));
        let mut tape = Tape::new();
        for config in configs(1.1e-37) {
            let gradients = model
                .forward(tape.input(&Tensor::zeros([1, 2])))
                .sum_all()
                .backward();
            tape.reset();
            config.build().unwrap().step(&mut model, &gradients);
            model.visit(&mut |parameter| assert!(parameter.value().to_vec().iter().all(|x| x.is_finite())));
        }
    }

    #[test]
    fn a_decay_makes_adamw_of_adam_and_keeps_all_else() {
        let adam = AdamConfig {
            learning_rate: 0.5,
            beta1: 0.1,
            beta2: 0.2,
            epsilon: 0.3,
            weight_decay: 0.0,
        };
        let expected = AdamWConfig {
            learning_rate: 0.5,
            beta1: 0.1,
            beta2: 0.2,
            epsilon: 0.3,
            weight_decay: 0.4,
        };
        let decaying = OptimizerConfig::Adam(adam).with_weight_decay(0.4);
        assert_eq!(decaying, OptimizerConfig::AdamW(expected));
        for config in [
            decaying,
            OptimizerConfig::Sgd(SgdConfig::default()),
            OptimizerConfig::RmsProp(RmsPropConfig::default()),
        ] {
            let decaying = config.with_weight_decay(0.25);
            assert_eq!(decaying.weight_decay(), 0.25);
            assert_eq!(decaying.learning_rate(), config.learning_rate());
            assert_eq!(decaying.with_weight_decay(config.weight_decay()), config);
        }
        assert!(decaying.with_weight_decay(-1.0).check().is_err());
    }

    #[test]
    fn nesterov_needs_momentum_and_no_dampening() {
        let nesterov = SgdConfig {
            momentum: 0.9,
            nesterov: true,
            ..SgdConfig::default()
        };
        assert_eq!(nesterov.check(), Ok(()));
        let message = |config: SgdConfig| config.check().unwrap_err().to_string();
        assert_eq!(
            message(SgdConfig {
                momentum: 0.0,
                ..nesterov
            }),
            "sgd: momentum is 0; it must be more than 0, and less than 1, with nesterov"
        );
        assert_eq!(
            message(SgdConfig {
                dampening: 0.5,
                ..nesterov
            }),
            "sgd: dampening is 0.5; it must be 0 with nesterov"
        );
    }

    #[test]
    fn unknown_keys_are_refused() {
        for name in ["sgd", "adam", "adamw", "rmsprop"] {
            let text = format!(r#"{{"name": "{name}", "learning_rat": 0.1}}"#);
            let message = serde_json::from_str::<OptimizerConfig>(&text)
                .unwrap_err()
                .to_string();
            assert!(
                message.contains("unknown field `learning_rat`"),
                "{name}: {message}"
            );
        }
    }
}
