//! Errors of reading and writing files of tensors.

use latents_durable::WriteError;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The error of reading or writing the state of a model or an optimiser. If loading fails, the model is unchanged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", name(.path))]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The file is not a complete safetensors file.
    #[error("{} is not a complete safetensors file: {reason}; it may be damaged, or another kind of file", name(.path))]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The tensors in the file are not those of the model.
    #[error("{} does not match the model:{}\nwas it saved from another model or configuration?", name(.path), list(.problems))]
    Mismatch {
        /// The file.
        path: PathBuf,
        /// Every difference, in the order of the model's parameters.
        problems: Vec<Problem>,
    },
    /// The file is the state of another optimiser.
    #[error("{} is not a state of {expected}: {reason}", name(.path))]
    OtherOptimizer {
        /// The file.
        path: PathBuf,
        /// The optimiser that reads it.
        expected: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// Two parameters of the model have the same name.
    #[error("two parameters are named {name:?}; call name_parameters(\"\") once on the whole model")]
    SameName {
        /// The name.
        name: String,
    },
    /// The file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// A difference between a file and a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The file does not contain this tensor.
    Missing {
        /// Its name.
        name: String,
        /// The shape in the model.
        shape: Vec<usize>,
    },
    /// The model does not have this tensor.
    Unexpected {
        /// Its name.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// The shape of a tensor differs.
    Shape {
        /// Its name.
        name: String,
        /// Its shape in the file.
        file: Vec<usize>,
        /// The shape in the model.
        model: Vec<usize>,
    },
    /// The elements of a tensor are not floating-point numbers.
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
                    "{name}: elements of type {dtype}; expected F16, BF16, F32 or F64"
                )
            }
        }
    }
}

/// The path of the file; `the state` if it was not read from one.
fn name(path: &Path) -> String {
    if path.as_os_str().is_empty() {
        "the state".to_owned()
    } else {
        path.display().to_string()
    }
}

/// Lists one problem per line, at most ten of them.
fn list(problems: &[Problem]) -> String {
    let shown = problems.iter().take(10).map(|problem| format!("\n  {problem}"));
    let rest = problems.len().saturating_sub(10);
    shown
        .chain((rest > 0).then(|| format!("\n  and {rest} more")))
        .collect()
}
