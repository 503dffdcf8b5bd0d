//! `Buffer`: a tensor of the model's state that is not trained.

use crate::Parameter;
use latents_tensor::{Real, Shape, Tensor};
use std::fmt;
use std::sync::Arc;

/// A tensor of a model's state that is not trained: a running statistic, a codebook updated by moving averages, a count of
/// active units. Like PyTorch's buffers, it is saved with the parameters, and optimisers do not touch it.
///
/// A buffer may be [optional](Buffer::optional): loading a file without it succeeds and leaves its value unchanged.
pub struct Buffer<T: Real = f32> {
    name: Arc<str>,
    value: Tensor<T>,
    optional: bool,
}

impl<T: Real> Buffer<T> {
    /// Creates a buffer that every file of the model must contain.
    ///
    /// ```
    /// # use latents_nn::Buffer; use latents_tensor::Tensor;
    /// let mean = Buffer::new("running_mean", Tensor::<f32>::zeros([4]));
    /// assert!(!mean.is_optional());
    /// ```
    pub fn new(name: impl Into<Arc<str>>, value: Tensor<T>) -> Self {
        Self {
            name: name.into(),
            value,
            optional: false,
        }
    }

    /// Creates a buffer that a file of the model need not contain.
    ///
    /// ```
    /// # use latents_nn::Buffer; use latents_tensor::Tensor;
    /// assert!(Buffer::optional("uses", Tensor::<f32>::zeros([4])).is_optional());
    /// ```
    pub fn optional(name: impl Into<Arc<str>>, value: Tensor<T>) -> Self {
        Self {
            optional: true,
            ..Self::new(name, value)
        }
    }

    /// Returns whether a file of the model may omit this buffer.
    pub fn is_optional(&self) -> bool {
        self.optional
    }

    /// Returns the dotted path in the model.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Sets the dotted path to `prefix`. [`parts!`](crate::parts) calls this method.
    pub fn name_parameters(&mut self, prefix: &str) {
        self.name = prefix.into();
    }

    /// Returns the current value.
    pub fn value(&self) -> &Tensor<T> {
        &self.value
    }

    /// Returns the current value, to change it in place.
    pub fn value_mut(&mut self) -> &mut Tensor<T> {
        &mut self.value
    }

    /// Replaces the value.
    ///
    /// # Panics
    /// If the shape differs.
    ///
    /// ```
    /// # use latents_nn::Buffer; use latents_tensor::Tensor;
    /// let mut mean = Buffer::new("running_mean", Tensor::<f32>::zeros([2]));
    /// mean.set_value(Tensor::ones([2]));
    /// assert_eq!(mean.value().to_vec(), [1.0, 1.0]);
    /// ```
    #[track_caller]
    pub fn set_value(&mut self, value: Tensor<T>) {
        let (is, wanted) = (value.shape(), self.value.shape());
        assert!(
            is == wanted,
            "buffer {}: cannot set a value of shape {is}; the buffer has shape {wanted}",
            self.name
        );
        self.value = value;
    }

    /// Returns the shape of the value.
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
