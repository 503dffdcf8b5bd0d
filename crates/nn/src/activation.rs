//! Activations as layers, and their names in configurations.

use crate::{Module, Parameter};
use latents_autograd::{self as autograd, Var};
use latents_tensor::Real;
use latents_text::number::exact;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// An element-wise function that is also a layer. Defaults and formulas are PyTorch's.
///
/// Configurations and the command line write it as a string: `relu`, `leaky_relu`, `leaky_relu(0.2)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Activation {
    /// x.
    #[default]
    Identity,
    /// max(x, 0).
    Relu,
    /// x if x > 0, otherwise slope · x. The default slope is 0.01.
    LeakyRelu {
        /// The slope below 0.
        slope: f64,
    },
    /// x if x > 0, otherwise α(eˣ − 1) (Clevert et al. 2016). The default α is 1.
    Elu {
        /// α: the function tends to −α at −∞.
        alpha: f64,
    },
    /// x · Φ(x) with the normal distribution function Φ (Hendrycks & Gimpel 2016): the exact form, not the tanh approximation.
    Gelu,
    /// x · sigmoid(x) (Elfwing et al. 2018), also called swish.
    Silu,
    /// ln(1 + eˣ).
    Softplus,
    /// Hyperbolic tangent.
    Tanh,
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
    /// eˣ / Σ eˣ over the last axis.
    Softmax,
}

impl Activation {
    /// Leaky ReLU with the default slope, 0.01.
    pub const LEAKY_RELU: Self = Self::LeakyRelu { slope: 0.01 };
    /// ELU with the default α, 1.
    pub const ELU: Self = Self::Elu { alpha: 1.0 };

    const ALL: [Self; 10] = [
        Self::Identity,
        Self::Relu,
        Self::LEAKY_RELU,
        Self::ELU,
        Self::Gelu,
        Self::Silu,
        Self::Softplus,
        Self::Tanh,
        Self::Sigmoid,
        Self::Softmax,
    ];

    /// Returns the names that [`FromStr`] accepts.
    ///
    /// ```
    /// # use latents_nn::Activation;
    /// assert!(Activation::names().any(|name| name == "leaky_relu"));
    /// ```
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().map(|activation| activation.name())
    }

    /// Returns the name used in configurations, without the number.
    ///
    /// ```
    /// # use latents_nn::Activation;
    /// assert_eq!(Activation::LeakyRelu { slope: 0.2 }.name(), "leaky_relu");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Relu => "relu",
            Self::LeakyRelu { .. } => "leaky_relu",
            Self::Elu { .. } => "elu",
            Self::Gelu => "gelu",
            Self::Silu => "silu",
            Self::Softplus => "softplus",
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
            Self::Softmax => "softmax",
        }
    }

    /// Applies the function to a variable.
    ///
    /// ```
    /// # use latents_nn::Activation; use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[-1.0, 2.0], [2]));
    /// assert_eq!(Activation::Relu.apply(x).value().to_vec(), [0.0, 2.0]);
    /// ```
    #[track_caller]
    pub fn apply<T: Real>(self, x: Var<'_, T>) -> Var<'_, T> {
        match self {
            Self::Identity => x,
            Self::Relu => x.relu(),
            Self::LeakyRelu { slope } => x.leaky_relu(slope),
            Self::Elu { alpha } => x.elu(alpha),
            Self::Gelu => x.gelu(),
            Self::Silu => x.silu(),
            Self::Softplus => x.softplus(),
            Self::Tanh => x.tanh(),
            Self::Sigmoid => x.sigmoid(),
            Self::Softmax => x.softmax(-1),
        }
    }

    /// The infimum and the supremum of the values.
    ///
    /// ```
    /// # use latents_nn::Activation;
    /// assert_eq!(Activation::Tanh.range(), (-1.0, 1.0));
    /// ```
    pub fn range(self) -> (f64, f64) {
        const INFINITY: f64 = f64::INFINITY;
        match self {
            Self::Identity => (-INFINITY, INFINITY),
            Self::LeakyRelu { slope } if slope > 0.0 => (-INFINITY, INFINITY),
            Self::Relu | Self::LeakyRelu { .. } | Self::Softplus => (0.0, INFINITY),
            Self::Elu { alpha } => (-alpha, INFINITY),
            // At −0.7518 and −1.2785.
            Self::Gelu => (-0.169_970_7, INFINITY),
            Self::Silu => (-0.278_464_6, INFINITY),
            Self::Tanh => (-1.0, 1.0),
            Self::Sigmoid | Self::Softmax => (0.0, 1.0),
        }
    }

    /// Returns the form that linear and convolution layers can compute in the same operation, if there is one.
    ///
    /// ```
    /// # use latents_nn::Activation; use latents_autograd::FusedActivation;
    /// assert_eq!(Activation::Relu.fused(), Some(FusedActivation::Relu));
    /// assert_eq!(Activation::Gelu.fused(), None);
    /// ```
    pub fn fused(self) -> Option<autograd::FusedActivation> {
        match self {
            Self::Identity => Some(autograd::FusedActivation::Identity),
            Self::Relu => Some(autograd::FusedActivation::Relu),
            Self::Sigmoid => Some(autograd::FusedActivation::Sigmoid),
            Self::Tanh => Some(autograd::FusedActivation::Tanh),
            _ => None,
        }
    }

    /// Returns the number that the function takes, and its default.
    fn number(&mut self) -> Option<(&mut f64, f64)> {
        match self {
            Self::LeakyRelu { slope } => Some((slope, 0.01)),
            Self::Elu { alpha } => Some((alpha, 1.0)),
            _ => None,
        }
    }
}

impl<T: Real> Module<T> for Activation {
    #[track_caller]
    fn forward<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        self.apply(x)
    }
    fn visit(&self, _: &mut dyn FnMut(&Parameter<T>)) {}
    fn visit_mut(&mut self, _: &mut dyn FnMut(&mut Parameter<T>)) {}
    fn name_parameters(&mut self, _: &str) {}

    /// `Relu`, `LeakyRelu(0.2)`.
    fn kind(&self) -> String {
        let mut words: String = self.name().split('_').map(capitalized).collect();
        if let Some((number, _)) = self.clone().number() {
            words += &format!("({number})");
        }
        words
    }

    fn fusable(&self) -> Option<autograd::FusedActivation> {
        self.fused()
    }
}

fn capitalized(word: &str) -> String {
    let (first, rest) = word.split_at(word.len().min(1));
    first.to_uppercase() + rest
}

/// The error for a name that no activation has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown activation {given:?}; known are {}; leaky_relu and elu take a number: leaky_relu(0.2)",
    known()
)]
pub struct UnknownActivation {
    /// The text that was given.
    pub given: String,
}

fn known() -> String {
    Activation::names().collect::<Vec<_>>().join(", ")
}

impl FromStr for Activation {
    type Err = UnknownActivation;

    fn from_str(text: &str) -> Result<Self, UnknownActivation> {
        let unknown = || UnknownActivation {
            given: text.to_owned(),
        };
        let (name, number) = match text.trim().strip_suffix(')') {
            Some(open) => open
                .split_once('(')
                .map(|(name, number)| (name, Some(number)))
                .ok_or_else(unknown)?,
            None => (text.trim(), None),
        };
        let wanted = name.trim().to_lowercase().replace('-', "_");
        let mut activation = *Self::ALL
            .iter()
            .find(|known| known.name() == wanted)
            .ok_or_else(unknown)?;
        if let Some(number) = number {
            let value = number
                .trim()
                .parse::<f64>()
                .ok()
                .filter(|value| value.is_finite())
                .ok_or_else(unknown)?;
            *activation.number().ok_or_else(unknown)?.0 = value;
        }
        Ok(activation)
    }
}

/// The text that [`FromStr`] reads back, with the number only if it differs from the default.
impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.clone().number() {
            Some((number, usual)) if *number != usual => write!(f, "{}({})", self.name(), exact(*number)),
            _ => f.write_str(self.name()),
        }
    }
}

impl TryFrom<String> for Activation {
    type Error = UnknownActivation;

    fn try_from(text: String) -> Result<Self, UnknownActivation> {
        text.parse()
    }
}

impl From<Activation> for String {
    fn from(activation: Activation) -> Self {
        activation.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        let others = [
            Activation::LeakyRelu { slope: 0.2 },
            Activation::Elu { alpha: 0.5 },
        ];
        for activation in Activation::ALL.into_iter().chain(others) {
            assert_eq!(activation.to_string().parse(), Ok(activation));
            let json = serde_json::to_string(&activation).unwrap();
            assert_eq!(serde_json::from_str::<Activation>(&json).unwrap(), activation);
        }
        assert_eq!("Leaky-ReLU( 0.2 )".parse(), Ok(others[0]));
    }

    #[test]
    fn unknown_names_say_what_is_known() {
        for text in ["swish", "relu(1)", "elu(x)", "elu(1", "elu)", "", "elu(inf)"] {
            let message = text.parse::<Activation>().unwrap_err().to_string();
            assert!(
                message.contains("leaky_relu") && message.contains(&format!("{text:?}")),
                "{message}"
            );
        }
    }
}
