//! What can be wrong with a file of tensors.

use latents_durable::WriteError;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Reading or writing the state of a model or an optimiser failed. A model that was being loaded is unchanged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", name(.path))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("{} is not a complete safetensors file: {reason}; it may be damaged, or another kind of file", name(.path))]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The file holds other tensors than asked for.
    #[error("{} does not fit:{}\nwas it saved by another model or another configuration?", name(.path), list(.problems))]
    Mismatch {
        /// The file.
        path: PathBuf,
        /// Every difference, in the order of the model's parameters.
        problems: Vec<Problem>,
    },
    /// The file is an optimiser's state, but not this optimiser's.
    #[error("{} is no state of {expected}: {reason}", name(.path))]
    OtherOptimizer {
        /// The file.
        path: PathBuf,
        /// The optimiser that reads it.
        expected: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// Two parameters of the model have one name.
    #[error("two parameters are called {name:?}; call name_parameters(\"\") on the whole model once")]
    SameName {
        /// The name.
        name: String,
    },
    /// The file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// One difference between a file and what is asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The file lacks a tensor.
    Missing {
        /// Its name.
        name: String,
        /// The shape that it should have.
        shape: Vec<usize>,
    },
    /// The file has a tensor that nobody asks for.
    Unexpected {
        /// Its name.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// A tensor has another shape.
    Shape {
        /// Its name.
        name: String,
        /// Its shape in the file.
        file: Vec<usize>,
        /// The shape that it should have.
        model: Vec<usize>,
    },
    /// A tensor's elements are not floating-point numbers.
    Dtype {
        /// Its name.
        name: String,
        /// The type of its elements in the file.
        dtype: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Missing { name, shape } => write!(f, "missing: {name} of shape {shape:?}"),
            Problem::Unexpected { name, shape } => write!(f, "unexpected: {name} of shape {shape:?}"),
            Problem::Shape { name, file, model } => {
                write!(f, "{name}: the file has shape {file:?}, the model {model:?}")
            }
            Problem::Dtype { name, dtype } => {
                write!(
                    f,
                    "{name}: elements of type {dtype}; readable are F16, BF16, F32 and F64"
                )
            }
        }
    }
}

/// The file, or what it is if it was never read from one.
fn name(path: &Path) -> String {
    if path.as_os_str().is_empty() {
        "the state".to_owned()
    } else {
        path.display().to_string()
    }
}

/// One problem a line, at most ten of them.
fn list(problems: &[Problem]) -> String {
    let shown = problems.iter().take(10).map(|problem| format!("\n  {problem}"));
    let rest = problems.len().saturating_sub(10);
    shown
        .chain((rest > 0).then(|| format!("\n  and {rest} more")))
        .collect()
}
