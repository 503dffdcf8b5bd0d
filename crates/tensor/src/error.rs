//! The one error of shape algebra, and how it is shown.

use crate::Shape;
use std::fmt;

/// Shapes that do not fit an operation: says which operation, why, every shape, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeError {
    operation: &'static str,
    reason: String,
    shapes: Vec<Shape>,
    labels: Vec<String>,
    hint: Option<String>,
}

impl ShapeError {
    /// An error of `operation` on operands of these shapes.
    #[cold]
    pub fn new(operation: &'static str, reason: impl Into<String>, shapes: &[Shape]) -> Self {
        Self {
            operation,
            reason: reason.into(),
            shapes: shapes.to_vec(),
            labels: Vec::new(),
            hint: None,
        }
    }

    /// Adds what the caller can do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what each operand is, in order.
    #[must_use]
    pub fn labels(mut self, labels: impl IntoIterator<Item = String>) -> Self {
        self.labels = labels.into_iter().collect();
        self
    }

    /// The operation's name.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The operands' shapes, in order.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// Panics with this error at the caller's line.
    #[cold]
    #[track_caller]
    pub fn raise(self) -> ! {
        panic!("{self}")
    }
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.reason)?;
        for (index, shape) in self.shapes.iter().enumerate() {
            write!(f, "\n  operand {index}: {shape}")?;
            if let Some(label) = self.labels.get(index) {
                write!(f, " ({label})")?;
            }
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ShapeError {}

/// Unwraps a shape result at the caller's line.
pub trait OrRaise<V> {
    /// The value, or a panic with the error at the caller's line.
    #[track_caller]
    fn or_raise(self) -> V;
}

impl<V> OrRaise<V> for Result<V, ShapeError> {
    #[track_caller]
    fn or_raise(self) -> V {
        match self {
            Ok(value) => value,
            Err(error) => error.raise(),
        }
    }
}
