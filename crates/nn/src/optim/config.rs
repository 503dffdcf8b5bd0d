//! The list of optimisers, and the choice between them.

use super::{
    Adam, AdamConfig, AdamW, AdamWConfig, InvalidConfig, Optimizer, RmsProp, RmsPropConfig, Sgd, SgdConfig,
};
use latents_tensor::Real;
use latents_text::list;
use latents_text::number::exact;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// An optimiser of the list, for the help and the values of a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OptimizerKind {
    /// What files and flags call it: `adam`.
    pub name: &'static str,
    /// What people call it: `Adam`.
    pub title: &'static str,
    /// What it is, in a line.
    pub help: &'static str,
}

/// Makes everything that is said of all optimisers from one row each: the type, its configuration, its name in files and
/// flags, its title, and a line of help.
macro_rules! optimizers {
    ($($variant:ident($config:ident) $name:literal $title:literal $help:literal)*) => {
        /// An optimiser and its configuration, as a file names them: `name = "adam"` beside the numbers.
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "name")]
        #[non_exhaustive]
        pub enum OptimizerConfig {
            $(#[doc = concat!("See [`", stringify!($variant), "`].")] #[serde(rename = $name)] $variant($config),)*
        }

        $(impl From<$config> for OptimizerConfig {
            fn from(config: $config) -> Self {
                Self::$variant(config)
            }
        }

        impl $config {
            pub(super) const NAME: &'static str = $name;
        })*

        impl OptimizerConfig {
            /// All optimisers.
            pub const KINDS: &'static [OptimizerKind] =
                &[$(OptimizerKind { name: $name, title: $title, help: $help }),*];

            /// Which optimiser it is.
            pub fn kind(&self) -> OptimizerKind {
                match self {
                    $(Self::$variant(_) => OptimizerKind { name: $name, title: $title, help: $help },)*
                }
            }

            /// Whether every number lies in its range.
            ///
            /// # Errors
            /// With the first that does not.
            pub fn check(&self) -> Result<(), InvalidConfig> {
                match self {
                    $(Self::$variant(config) => config.check(),)*
                }
            }

            /// η, the learning rate.
            pub fn learning_rate(&self) -> f64 {
                match self {
                    $(Self::$variant(config) => config.learning_rate,)*
                }
            }

            /// λ, the decay of the weights.
            pub fn weight_decay(&self) -> f64 {
                match self {
                    $(Self::$variant(config) => config.weight_decay,)*
                }
            }

            /// The same with another learning rate.
            #[must_use]
            pub fn with_learning_rate(mut self, learning_rate: f64) -> Self {
                match &mut self {
                    $(Self::$variant(config) => config.learning_rate = learning_rate,)*
                }
                self
            }

            /// This optimiser with a decay of the weights of its own kind, see [`OptimizerConfig::with_weight_decay`].
            fn with_own_weight_decay(mut self, weight_decay: f64) -> Self {
                match &mut self {
                    $(Self::$variant(config) => config.weight_decay = weight_decay,)*
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
                    $(Self::$variant(config) => Box::new($variant::with(config)),)*
                })
            }
        }

        /// By name, with the default numbers.
        impl FromStr for OptimizerConfig {
            type Err = UnknownOptimizer;

            fn from_str(name: &str) -> Result<Self, UnknownOptimizer> {
                match name {
                    $($name => Ok(Self::$variant($config::default())),)*
                    _ => Err(UnknownOptimizer { name: name.to_owned() }),
                }
            }
        }
    };
}

optimizers! {
    Sgd(SgdConfig) "sgd" "SGD" "stochastic gradient descent, with or without momentum"
    Adam(AdamConfig) "adam" "Adam" "steps scaled by running means of the gradient and its square"
    AdamW(AdamWConfig) "adamw" "AdamW" "Adam with weight decay decoupled from the gradient"
    RmsProp(RmsPropConfig) "rmsprop" "RMSprop" "steps scaled by a running mean of the squared gradient"
}

/// A name that is no optimiser's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown optimizer {name:?}; expected {}", names())]
pub struct UnknownOptimizer {
    /// What was given.
    pub name: String,
}

fn names() -> String {
    list(OptimizerConfig::KINDS.iter().map(|kind| kind.name), "or")
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self::Adam(AdamConfig::default())
    }
}

impl OptimizerConfig {
    /// This configuration with a decay of the weights.
    ///
    /// Adam becomes AdamW, whose decay is apart from the moments: with Adam's own, weights with large gradients decay
    /// less (Loshchilov & Hutter 2019). SGD without momentum is the same either way; RMSprop has only the coupled one.
    #[must_use]
    pub fn with_weight_decay(self, weight_decay: f64) -> Self {
        match self {
            Self::Adam(config) => Self::AdamW(AdamWConfig::of_adam(config, weight_decay)),
            other => other.with_own_weight_decay(weight_decay),
        }
    }
}

/// `Adam, learning rate 0.001`.
impl fmt::Display for OptimizerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, learning rate {}",
            self.kind().title,
            exact(self.learning_rate())
        )
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
    fn names_of_files_and_flags_are_those_of_the_list() {
        let names: Vec<&str> = OptimizerConfig::KINDS.iter().map(|kind| kind.name).collect();
        assert_eq!(names, ["sgd", "adam", "adamw", "rmsprop"]);
        for kind in OptimizerConfig::KINDS {
            let parsed: OptimizerConfig = kind.name.parse().unwrap();
            assert_eq!(parsed.kind(), *kind);
            let text = format!(r#"{{"name": "{}"}}"#, kind.name);
            assert_eq!(serde_json::from_str::<OptimizerConfig>(&text).unwrap(), parsed);
            assert!(parsed.to_string().starts_with(&format!("{}, ", kind.title)));
        }
        let error = "lion".parse::<OptimizerConfig>().unwrap_err().to_string();
        assert_eq!(
            error,
            "unknown optimizer \"lion\"; expected sgd, adam, adamw or rmsprop"
        );
    }

    #[test]
    fn unknown_keys_are_refused() {
        for OptimizerKind { name, .. } in OptimizerConfig::KINDS {
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
