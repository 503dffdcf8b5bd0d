//! `Flatten` and `Unflatten`: conversion between images and rows.

use crate::{Module, Parameter};
use latents_autograd::Var;
use latents_tensor::{MAX_RANK, Real, Shape};

/// Flattens all axes but the first, in row-major order: (batch, …) → (batch, features).
///
/// ```
/// # use latents_nn::{Flatten, Module}; use latents_autograd::Tape; use latents_tensor::Tensor;
/// let tape = Tape::<f32>::new();
/// let images = tape.input(&Tensor::zeros([8, 1, 28, 28]));
/// assert_eq!(Flatten.forward(images).shape()[..], [8, 784]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flatten;

/// Splits the features into several axes, in row-major order: (batch, features) → (batch, …).
/// `Unflatten::new([channels, height, width])` turns the rows of a data set into images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unflatten {
    shape: Shape,
}

impl Unflatten {
    /// Creates a layer that reshapes each row to `shape`.
    ///
    /// # Panics
    /// If `shape` has [`MAX_RANK`] axes or more: one is needed for the batch.
    ///
    /// ```
    /// # use latents_nn::{Module, Unflatten}; use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let rows = tape.input(&Tensor::zeros([8, 784]));
    /// assert_eq!(Unflatten::new([1, 28, 28]).forward(rows).shape()[..], [8, 1, 28, 28]);
    /// ```
    #[track_caller]
    pub fn new(shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        assert!(
            shape.rank() < MAX_RANK,
            "Unflatten({shape}): a tensor has at most {MAX_RANK} axes, including the batch"
        );
        Self { shape }
    }

    /// Returns the shape of one row.
    pub fn shape(&self) -> Shape {
        self.shape
    }
}

impl<T: Real> Module<T> for Flatten {
    #[track_caller]
    fn forward<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        let shape = x.shape();
        let batch = shape.first().copied().unwrap_or(1);
        x.reshape([batch, shape.iter().skip(1).product()])
    }

    fn visit(&self, _: &mut dyn FnMut(&Parameter<T>)) {}

    fn visit_mut(&mut self, _: &mut dyn FnMut(&mut Parameter<T>)) {}

    fn name_parameters(&mut self, _: &str) {}
}

impl<T: Real> Module<T> for Unflatten {
    #[track_caller]
    fn forward<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        let batch = x.shape().first().copied().unwrap_or(1);
        let mut axes = [batch; MAX_RANK];
        axes[1..=self.shape.rank()].copy_from_slice(&self.shape);
        x.reshape(&axes[..=self.shape.rank()])
    }

    fn visit(&self, _: &mut dyn FnMut(&Parameter<T>)) {}

    fn visit_mut(&mut self, _: &mut dyn FnMut(&mut Parameter<T>)) {}

    fn name_parameters(&mut self, _: &str) {}

    fn kind(&self) -> String {
        format!("Unflatten({})", self.shape)
    }
}
