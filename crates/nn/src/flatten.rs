//! `Flatten` and `Unflatten`: between images and rows.

use crate::{Module, Parameter};
use latents_autograd::Var;
use latents_tensor::{MAX_RANK, Real, Shape};

/// (batch, …) → (batch, features): all axes but the first become one, in row-major order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flatten;

/// (batch, features) → (batch, …): the features become these axes, in row-major order. A row of a data set becomes an
/// image with `Unflatten::new([channels, height, width])`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unflatten {
    shape: Shape,
}

impl Unflatten {
    /// The axes of one row.
    ///
    /// # Panics
    /// If there are more of them than a tensor has beside its batch.
    #[track_caller]
    pub fn new(shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        assert!(
            shape.rank() < MAX_RANK,
            "Unflatten({shape}): with the batch a tensor has at most {MAX_RANK} axes"
        );
        Self { shape }
    }

    /// The axes of one row.
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
