//! The error of all shape rules, and its message.

use crate::Shape;
use std::fmt;

/// The error for shapes that do not match an operation, with the operation, the reason, every shape and a hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeError {
    operation: &'static str,
    reason: String,
    shapes: Vec<Shape>,
    labels: Vec<String>,
    hint: Option<String>,
}

impl ShapeError {
    /// Creates an error of `operation` on operands of these shapes.
    ///
    /// ```
    /// # use latents_tensor::{Shape, ShapeError};
    /// let error = ShapeError::new("add", "the shapes differ", &[Shape::from([2])]).hint("use broadcast_to first");
    /// assert_eq!(error.to_string(), "add: the shapes differ\n  operand 0: [2]\n  hint: use broadcast_to first");
    /// ```
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

    /// Adds a hint: what the caller can do about the error.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a description of each operand, in order.
    #[must_use]
    pub fn labels(mut self, labels: impl IntoIterator<Item = String>) -> Self {
        self.labels = labels.into_iter().collect();
        self
    }

    /// Returns the operation's name.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// Returns the operands' shapes, in order.
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
    /// Returns the value, or panics with the error at the caller's line.
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
