//! `Culprit`: which number of a training was not finite.

use std::fmt;

/// The first thing that was found to be NaN or infinite.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Culprit {
    /// The loss, where no operation before it was to blame.
    Loss,
    /// An operation on the tape: which, of what shape, and where in the program it was recorded.
    Operation(Box<str>),
    /// The gradient of the parameter of this name.
    Gradient(Box<str>),
    /// The parameter of this name.
    Parameter(Box<str>),
    /// The buffer of this name.
    Buffer(Box<str>),
}

/// As a programmer looks for it, with the place in the program.
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
    /// As the user of a trained model reads it, without what only the program's text explains: `a value in the model's layers`,
    /// `the weight encoder.0.weight`.
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
