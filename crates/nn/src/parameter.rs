//! `Parameter`: a trainable tensor with a name and an identity.

use latents_autograd::{Tape, Var};
use latents_tensor::{Real, Shape, Tensor};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A trainable tensor.
///
/// Its identity links its leaf on a tape, its gradient and an optimiser's moments. Its name is the full dotted path in the model
/// (`encoder.0.weight`), set once by [`Module::name_parameters`](crate::Module), so that a training step builds no strings.
///
/// A clone is a new parameter with the same name and value, but an identity of its own.
pub struct Parameter<T: Real = f32> {
    id: u64,
    name: Arc<str>,
    value: Tensor<T>,
    frozen: bool,
}

impl<T: Real> Parameter<T> {
    /// Creates a parameter with a new identity.
    ///
    /// ```
    /// # use latents_nn::Parameter; use latents_tensor::Tensor;
    /// let scale = Parameter::new("scale", Tensor::<f32>::ones([4]));
    /// assert_eq!((&**scale.name(), scale.shape().rank()), ("scale", 1));
    /// ```
    pub fn new(name: impl Into<Arc<str>>, value: Tensor<T>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            name: name.into(),
            value,
            frozen: false,
        }
    }

    /// Returns the identity: unique in this process and never written to a file.
    ///
    /// ```
    /// # use latents_nn::Parameter; use latents_tensor::Tensor;
    /// let weight = Parameter::new("weight", Tensor::<f32>::zeros([2]));
    /// assert_ne!(weight.id(), weight.clone().id());
    /// ```
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Returns the dotted path in the model, as in PyTorch's `state_dict`.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Renames the parameter. Containers do this in [`Module::name_parameters`](crate::Module::name_parameters).
    pub fn set_name(&mut self, name: impl Into<Arc<str>>) {
        self.name = name.into();
    }

    /// Returns the current value.
    pub fn value(&self) -> &Tensor<T> {
        &self.value
    }

    /// Returns the current value, to change it in place.
    ///
    /// ```
    /// # use latents_nn::Parameter; use latents_tensor::Tensor;
    /// let mut bias = Parameter::new("bias", Tensor::<f32>::zeros([2]));
    /// bias.value_mut().add_assign(&Tensor::ones([2]));
    /// assert_eq!(bias.value().to_vec(), [1.0, 1.0]);
    /// ```
    pub fn value_mut(&mut self) -> &mut Tensor<T> {
        &mut self.value
    }

    /// Replaces the value.
    ///
    /// # Panics
    /// If the shape differs.
    ///
    /// ```
    /// # use latents_nn::Parameter; use latents_tensor::Tensor;
    /// let mut bias = Parameter::new("bias", Tensor::<f32>::zeros([2]));
    /// bias.set_value(Tensor::ones([2]));
    /// assert_eq!(bias.value().to_vec(), [1.0, 1.0]);
    /// ```
    #[track_caller]
    pub fn set_value(&mut self, value: Tensor<T>) {
        let (is, wanted) = (value.shape(), self.value.shape());
        assert!(
            is == wanted,
            "parameter {}: cannot set a value of shape {is}; the parameter has shape {wanted}",
            self.name
        );
        self.value = value;
    }

    /// Returns the shape of the value.
    pub fn shape(&self) -> Shape {
        self.value.shape()
    }

    /// Returns the parameter's leaf on `tape`. Every use in a recording gets the same leaf, so the parameter gets one gradient.
    /// A frozen parameter becomes a constant: the reverse sweep computes no gradient for it.
    ///
    /// ```
    /// # use latents_nn::Parameter; use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let weight = Parameter::new("weight", Tensor::<f32>::ones([2]));
    /// let tape = Tape::new();
    /// let gradients = weight.on(&tape).square().sum_all().backward();
    /// assert_eq!(gradients.of_key(weight.id()).unwrap().to_vec(), [2.0, 2.0]);
    /// ```
    #[track_caller]
    pub fn on<'t>(&self, tape: &'t Tape<T>) -> Var<'t, T> {
        if self.frozen {
            tape.input(&self.value)
        } else {
            tape.keyed_leaf(self.id, &self.name, &self.value)
        }
    }

    /// Returns whether the parameter is frozen: excluded from training.
    pub fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// Freezes the parameter, or unfreezes it. A frozen parameter is saved like any other.
    ///
    /// ```
    /// # use latents_nn::Parameter; use latents_tensor::Tensor;
    /// let mut weight = Parameter::new("weight", Tensor::<f32>::ones([2]));
    /// weight.set_frozen(true);
    /// assert!(weight.is_frozen());
    /// ```
    pub fn set_frozen(&mut self, frozen: bool) {
        self.frozen = frozen;
    }

    #[doc(hidden)]
    pub fn visit(&self, f: &mut dyn FnMut(&Parameter<T>)) {
        f(self);
    }

    #[doc(hidden)]
    pub fn visit_mut(&mut self, f: &mut dyn FnMut(&mut Parameter<T>)) {
        f(self);
    }

    #[doc(hidden)]
    pub fn visit_buffers(&self, _: &mut dyn FnMut(&crate::Buffer<T>)) {}

    #[doc(hidden)]
    pub fn visit_buffers_mut(&mut self, _: &mut dyn FnMut(&mut crate::Buffer<T>)) {}

    #[doc(hidden)]
    pub fn name_parameters(&mut self, prefix: &str) {
        self.set_name(prefix);
    }
}

impl<T: Real> Clone for Parameter<T> {
    fn clone(&self) -> Self {
        Self {
            frozen: self.frozen,
            ..Self::new(self.name.clone(), self.value.clone())
        }
    }
}

impl<T: Real> fmt::Debug for Parameter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}{}", self.name, T::NAME, self.shape())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_is_another_parameter() {
        let first = Parameter::new("weight", Tensor::<f32>::zeros([2]));
        let second = first.clone();
        assert_ne!(first.id(), second.id());
        assert_eq!(first.name(), second.name());
    }

    #[test]
    #[should_panic(expected = "parameter bias: cannot set a value of shape [3]; the parameter has shape [2]")]
    fn another_shape_is_refused() {
        Parameter::new("bias", Tensor::<f32>::zeros([2])).set_value(Tensor::zeros([3]));
    }
}
