//! `Buffer`: a tensor that belongs to a model and that no gradient changes.

use crate::Parameter;
use latents_tensor::{Real, Shape, Tensor};
use std::fmt;
use std::sync::Arc;

/// A tensor of a model's state that is not trained: a running statistic, a codebook kept by moving averages, a count of
/// active units. As PyTorch's buffers, it is saved with the parameters, and no optimiser touches it.
///
/// A buffer may be [optional](Buffer::optional): a file without it is still a file of the model, and leaves the value
/// that the buffer has.
pub struct Buffer<T: Real = f32> {
    name: Arc<str>,
    value: Tensor<T>,
    optional: bool,
}

impl<T: Real> Buffer<T> {
    /// A buffer that every file of the model must hold.
    pub fn new(name: impl Into<Arc<str>>, value: Tensor<T>) -> Self {
        Self {
            name: name.into(),
            value,
            optional: false,
        }
    }

    /// A buffer that a file of the model may lack.
    pub fn optional(name: impl Into<Arc<str>>, value: Tensor<T>) -> Self {
        Self {
            optional: true,
            ..Self::new(name, value)
        }
    }

    /// Whether a file of the model may lack it.
    pub fn is_optional(&self) -> bool {
        self.optional
    }

    /// The dotted path in the model.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Gives it its place below `prefix`: the method that [`parts!`](crate::parts) calls.
    pub fn name_parameters(&mut self, prefix: &str) {
        self.name = prefix.into();
    }

    /// The current value.
    pub fn value(&self) -> &Tensor<T> {
        &self.value
    }

    /// The current value, to change it in place.
    pub fn value_mut(&mut self) -> &mut Tensor<T> {
        &mut self.value
    }

    /// Replaces the value.
    ///
    /// # Panics
    /// If the shape differs.
    #[track_caller]
    pub fn set_value(&mut self, value: Tensor<T>) {
        let (is, wanted) = (value.shape(), self.value.shape());
        assert!(
            is == wanted,
            "buffer {}: a value of shape {is} for a buffer of shape {wanted}",
            self.name
        );
        self.value = value;
    }

    /// The lengths of its axes.
    pub fn shape(&self) -> Shape {
        self.value.shape()
    }

    #[doc(hidden)]
    pub fn visit(&self, _: &mut dyn FnMut(&Parameter<T>)) {}

    #[doc(hidden)]
    pub fn visit_mut(&mut self, _: &mut dyn FnMut(&mut Parameter<T>)) {}

    #[doc(hidden)]
    pub fn visit_buffers(&self, f: &mut dyn FnMut(&Buffer<T>)) {
        f(self);
    }

    #[doc(hidden)]
    pub fn visit_buffers_mut(&mut self, f: &mut dyn FnMut(&mut Buffer<T>)) {
        f(self);
    }
}

impl<T: Real> fmt::Debug for Buffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}{}", self.name, T::NAME, self.shape())
    }
}
