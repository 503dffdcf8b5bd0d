//! `Culprit`: the first non-finite value of a training.

use std::fmt;

/// The first value that was found to be NaN or infinite.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Culprit {
    /// The loss, if no earlier operation was the cause.
    Loss,
    /// An operation on the tape: its name, its shape, and where in the program it was recorded.
    Operation(Box<str>),
    /// The gradient of the parameter with this name.
    Gradient(Box<str>),
    /// The parameter with this name.
    Parameter(Box<str>),
    /// The buffer with this name.
    Buffer(Box<str>),
}

/// For programmers, with the location in the program.
impl fmt::Display for Culprit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Loss => f.write_str("the loss"),
            Self::Operation(operation) => f.write_str(operation),
            Self::Gradient(name) => write!(f, "the gradient of {name}"),
            Self::Parameter(name) => write!(f, "the parameter {name}"),
            Self::Buffer(name) => write!(f, "the buffer {name}"),
        }
    }
}

impl Culprit {
    /// A description for users of a trained model, without program locations: `a value in the model's layers`, `the weight
    /// encoder.0.weight`.
    ///
    /// ```
    /// # use latents_train::Culprit;
    /// assert_eq!(Culprit::Parameter("code.bias".into()).in_plain_words(), "the weight code.bias");
    /// ```
    pub fn in_plain_words(&self) -> String {
        match self {
            Self::Loss => "the loss".to_owned(),
            Self::Operation(_) => "a value in the model's layers".to_owned(),
            Self::Gradient(name) => format!("the gradient of the weight {name}"),
            Self::Parameter(name) => format!("the weight {name}"),
            Self::Buffer(name) => format!("the running value {name}"),
        }
    }
}
