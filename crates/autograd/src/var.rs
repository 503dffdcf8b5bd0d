//! `Var`: a copyable handle to a node on a tape.

use crate::Tape;
use latents_tensor::{Real, Shape, ShapeError, Tensor};
use std::fmt;

/// A variable: a handle to a node on a tape. It is `Copy` (two words), so `x * x + y` needs no clones.
///
/// Its operations have the names of those on [`Tensor`]. They run at once and are recorded.
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

    /// Returns the number of the node on its tape.
    pub fn id(self) -> u32 {
        self.id
    }

    /// Returns the tape of this variable.
    pub fn tape(self) -> &'t Tape<T> {
        self.tape
    }

    /// Returns the value, which shares its memory with the tape.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[1.0, 2.0], [2]));
    /// assert_eq!((x + x).value().to_vec(), [2.0, 4.0]);
    /// ```
    pub fn value(self) -> Tensor<T> {
        self.tape.value(self.id)
    }

    /// Returns the only element.
    ///
    /// # Panics
    /// If the variable does not have exactly one element.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// assert_eq!(Tape::<f32>::new().scalar(2.5).item(), 2.5);
    /// ```
    #[track_caller]
    pub fn item(self) -> T {
        if self.len() != 1 {
            let error = ShapeError::new("item", "not exactly one element", &[self.shape()]);
            self.tape().raise(error, &[self]);
        }
        self.value().item()
    }

    /// Returns the shape.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::zeros([2, 3]));
    /// assert_eq!((&x.shape()[..], x.len()), (&[2, 3][..], 6));
    /// ```
    pub fn shape(self) -> Shape {
        self.tape.shape(self.id)
    }

    /// Returns the number of elements.
    pub fn len(self) -> usize {
        self.shape().count()
    }

    /// Returns whether there are no elements.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Converts a (possibly negative) axis to an index from the front. The panic message describes this variable.
    #[track_caller]
    pub(crate) fn axis(self, operation: &'static str, axis: isize) -> usize {
        self.tape.or_raise(self.shape().axis(operation, axis), &[self])
    }

    /// Returns the value as a constant: no gradient passes. To stop a gradient in a loss that is checked, use [`Var::stop`].
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.variable(&Tensor::scalar(3.0));
    /// assert_eq!((x * x.detach()).backward().get(x).unwrap().item(), 3.0);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn detach(self) -> Self {
        self.tape.constant(self.value())
    }
}
