//! `Var`: a copyable handle of a node on a tape.

use crate::Tape;
use latents_tensor::{Real, Shape, ShapeError, Tensor};
use std::fmt;

/// A variable: the tape and the number of a node. Copying it copies two words, so `x * x + y` needs no clones.
///
/// Its operations are named as on [`Tensor`], run at once, and are recorded.
pub struct Var<'t, T: Real = f32> {
    tape: &'t Tape<T>,
    id: u32,
}

impl<T: Real> Clone for Var<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Real> Copy for Var<'_, T> {}

impl<T: Real> fmt::Debug for Var<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "%{} {}{} ({})",
            self.id,
            T::NAME,
            self.shape(),
            self.tape.describe(self.id)
        )
    }
}

impl<'t, T: Real> Var<'t, T> {
    pub(crate) fn new(tape: &'t Tape<T>, id: u32) -> Self {
        Self { tape, id }
    }

    /// The number of the node on its tape.
    pub fn id(self) -> u32 {
        self.id
    }

    /// The tape that recorded it.
    pub fn tape(self) -> &'t Tape<T> {
        self.tape
    }

    /// Its value. Shares the buffer.
    pub fn value(self) -> Tensor<T> {
        self.tape.value(self.id)
    }

    /// The only element.
    ///
    /// # Panics
    /// If there is not exactly one.
    #[track_caller]
    pub fn item(self) -> T {
        if self.len() != 1 {
            let error = ShapeError::new("item", "not exactly one element", &[self.shape()]);
            self.tape().raise(error, &[self]);
        }
        self.value().item()
    }

    /// The lengths of its axes.
    pub fn shape(self) -> Shape {
        self.tape.shape(self.id)
    }

    /// The number of elements.
    pub fn len(self) -> usize {
        self.shape().count()
    }

    /// Whether there are no elements.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// A (possibly negative) axis as an index from the front; a panic says what this variable is.
    #[track_caller]
    pub(crate) fn axis(self, operation: &'static str, axis: isize) -> usize {
        self.tape.or_raise(self.shape().axis(operation, axis), &[self])
    }

    /// The same value as a constant: gradients do not pass. A loss that means it says so with [`Var::stop`].
    #[track_caller]
    #[must_use]
    pub fn detach(self) -> Self {
        self.tape.constant(self.value())
    }
}
