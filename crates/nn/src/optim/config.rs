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

/// The names and description of an optimiser, for help texts and the values of a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OptimizerKind {
    /// The name in files and flags: `adam`.
    pub name: &'static str,
    /// The name in prose: `Adam`.
    pub title: &'static str,
    /// A one-line description.
    pub help: &'static str,
}

/// Generates everything that lists the optimisers from one row each: the type, its configuration, its name in files and flags,
/// its title, and a line of help.
macro_rules! optimizers {
    ($($variant:ident($config:ident) $name:literal $title:literal $help:literal)*) => {
        /// An optimiser and its hyperparameters. A file names the optimiser in the same table: `name = "adam"`.
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

            /// Returns the names and description of the optimiser. Made by `optimizers!`.
            ///
            /// ```
            /// # use latents_nn::OptimizerConfig;
            /// assert_eq!("rmsprop".parse::<OptimizerConfig>().unwrap().kind().title, "RMSprop");
            /// ```
            pub fn kind(&self) -> OptimizerKind {
                match self {
                    $(Self::$variant(_) => OptimizerKind { name: $name, title: $title, help: $help },)*
                }
            }

            /// Checks that every number lies in its range. Made by `optimizers!`.
            ///
            /// # Errors
            /// For the first number that does not.
            ///
            /// ```
            /// # use latents_nn::OptimizerConfig;
            /// assert!(OptimizerConfig::default().with_learning_rate(-1.0).check().is_err());
            /// ```
            pub fn check(&self) -> Result<(), InvalidConfig> {
                match self {
                    $(Self::$variant(config) => config.check(),)*
                }
            }

            /// Returns η, the learning rate. Made by `optimizers!`.
            pub fn learning_rate(&self) -> f64 {
                match self {
                    $(Self::$variant(config) => config.learning_rate,)*
                }
            }

            /// Returns λ, the weight decay. Made by `optimizers!`.
            pub fn weight_decay(&self) -> f64 {
                match self {
                    $(Self::$variant(config) => config.weight_decay,)*
                }
            }

            /// Replaces the learning rate. Made by `optimizers!`.
            ///
            /// ```
            /// # use latents_nn::OptimizerConfig;
            /// assert_eq!(OptimizerConfig::default().with_learning_rate(0.1).learning_rate(), 0.1);
            /// ```
            #[must_use]
            pub fn with_learning_rate(mut self, learning_rate: f64) -> Self {
                match &mut self {
                    $(Self::$variant(config) => config.learning_rate = learning_rate,)*
                }
                self
            }

            /// Sets the optimiser's own weight decay; see [`OptimizerConfig::with_weight_decay`].
            fn with_own_weight_decay(mut self, weight_decay: f64) -> Self {
                match &mut self {
                    $(Self::$variant(config) => config.weight_decay = weight_decay,)*
                }
                self
            }

            /// Creates the optimiser. Made by `optimizers!`.
            ///
            /// # Errors
            /// If a number lies outside its range.
            ///
            /// ```
            /// # use latents_nn::{Optimizer, OptimizerConfig};
            /// let optimizer = OptimizerConfig::default().with_learning_rate(0.1).build::<f32>()?;
            /// assert_eq!(optimizer.learning_rate(), 0.1);
            /// # Ok::<(), latents_nn::InvalidConfig>(())
            /// ```
            pub fn build<T: Real>(self) -> Result<Box<dyn Optimizer<T>>, InvalidConfig> {
                self.check()?;
                Ok(match self {
                    $(Self::$variant(config) => Box::new($variant::with(config)),)*
                })
            }
        }

        /// Parses the name of an optimiser and returns its default configuration.
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

/// The error for a name that no optimiser has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown optimizer {name:?}; expected {}", names())]
pub struct UnknownOptimizer {
    /// The name that was given.
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
    /// Sets the weight decay.
    ///
    /// Adam becomes AdamW, whose weight decay is decoupled: with Adam's own, weights with large gradients decay less (Loshchilov
    /// & Hutter 2019). For SGD without momentum both are the same; RMSprop has only the coupled form.
    ///
    /// ```
    /// # use latents_nn::OptimizerConfig;
    /// let config = OptimizerConfig::default().with_weight_decay(0.01);
    /// assert_eq!((config.kind().name, config.weight_decay()), ("adamw", 0.01));
    /// ```
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
