//! `Parameter`: a tensor that training changes, with a name and an identity.

use latents_autograd::{Tape, Var};
use latents_tensor::{Real, Shape, Tensor};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A tensor that training changes.
///
/// Its identity ties together its leaf on a tape, its gradient and an optimiser's moments. Its name is the full
/// dotted path in the model (`encoder.0.weight`), set once by [`Module::name_parameters`](crate::Module), so that
/// a training step builds no strings.
///
/// A clone is another parameter with the same name and value: it has an identity of its own.
pub struct Parameter<T: Real = f32> {
    id: u64,
    name: Arc<str>,
    value: Tensor<T>,
    frozen: bool,
}

impl<T: Real> Parameter<T> {
    /// A parameter with a new identity.
    pub fn new(name: impl Into<Arc<str>>, value: Tensor<T>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            name: name.into(),
            value,
            frozen: false,
        }
    }

    /// The identity: unique in this process, never written to a file.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The dotted path in the model, as PyTorch's `state_dict` has it.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Gives another name. Containers do this in [`Module::name_parameters`](crate::Module::name_parameters).
    pub fn set_name(&mut self, name: impl Into<Arc<str>>) {
        self.name = name.into();
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
            "parameter {}: a value of shape {is} for a parameter of shape {wanted}",
            self.name
        );
        self.value = value;
    }

    /// The lengths of its axes.
    pub fn shape(&self) -> Shape {
        self.value.shape()
    }

    /// Its leaf on a tape; the same one for every use in a recording, so that it gets one gradient. A frozen parameter is
    /// data there: nothing is computed for it in a reverse sweep.
    #[track_caller]
    pub fn on<'t>(&self, tape: &'t Tape<T>) -> Var<'t, T> {
        if self.frozen {
            tape.input(&self.value)
        } else {
            tape.keyed_leaf(self.id, &self.name, &self.value)
        }
    }

    /// Whether training leaves it as it is.
    pub fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// Keeps training from changing it, or allows it again. A frozen parameter is saved like any other.
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
    #[should_panic(expected = "parameter bias: a value of shape [3] for a parameter of shape [2]")]
    fn another_shape_is_refused() {
        Parameter::new("bias", Tensor::<f32>::zeros([2])).set_value(Tensor::zeros([3]));
    }
}
