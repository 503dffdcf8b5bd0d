//! `Module`: what every layer and model is.

use crate::{Buffer, Parameter};
use latents_autograd::{FusedActivation, Tape, Var};
use latents_tensor::{Real, Shape, Tensor};
use std::fmt;

/// A function with named parameters: a layer, a container of layers, or a model.
///
/// ```
/// use latents_autograd::Var;
/// use latents_nn::{Linear, Module, Parameter, join};
/// use latents_tensor::random::Key;
///
/// /// x + linear(x)
/// struct Residual {
///     inner: Linear<f32>,
/// }
///
/// impl Module<f32> for Residual {
///     fn forward<'t>(&self, x: Var<'t, f32>) -> Var<'t, f32> {
///         x + self.inner.forward(x)
///     }
///     fn visit(&self, f: &mut dyn FnMut(&Parameter<f32>)) {
///         self.inner.visit(f);
///     }
///     fn visit_mut(&mut self, f: &mut dyn FnMut(&mut Parameter<f32>)) {
///         self.inner.visit_mut(f);
///     }
///     fn name_parameters(&mut self, prefix: &str) {
///         self.inner.name_parameters(&join(prefix, "inner"));
///     }
/// }
///
/// let mut model = Residual { inner: Linear::new(4, 4, Key::new(1)) };
/// model.name_parameters("");
/// assert_eq!(model.parameter_names(), ["inner.weight", "inner.bias"]);
/// assert_eq!(model.parameter_count(), 20);
/// ```
pub trait Module<T: Real = f32>: Send + Sync {
    /// The function. Training or evaluation mode, and random numbers, come from the tape of `x`.
    #[track_caller]
    fn forward<'t>(&self, x: Var<'t, T>) -> Var<'t, T>;

    /// Calls `f` with every parameter, in the order of `state_dict`.
    fn visit(&self, f: &mut dyn FnMut(&Parameter<T>));

    /// As [`Module::visit`], to change them.
    fn visit_mut(&mut self, f: &mut dyn FnMut(&mut Parameter<T>));

    /// Calls `f` with every buffer, in the order of `state_dict`. A module without buffers need not write it.
    fn visit_buffers(&self, _f: &mut dyn FnMut(&Buffer<T>)) {}

    /// As [`Module::visit_buffers`], to change them.
    fn visit_buffers_mut(&mut self, _f: &mut dyn FnMut(&mut Buffer<T>)) {}

    /// Gives every parameter and buffer its dotted path below `prefix` (see [`join`]). The owner of a model calls this once.
    fn name_parameters(&mut self, prefix: &str);

    /// What the layer is, for the layer table: `Linear(784, 32)`.
    fn kind(&self) -> String {
        let path = std::any::type_name::<Self>();
        let plain = path.split('<').next().unwrap_or(path);
        plain.rsplit("::").next().unwrap_or(plain).to_owned()
    }

    /// Appends the rows of the layer table for this module and returns the shape of its output. Containers ask
    /// their parts; anything else is one row, and its output shape is found by running it on zeros.
    fn summarize(&self, name: &str, input: Shape, rows: &mut Vec<LayerRow>) -> Shape {
        let tape = Tape::new();
        tape.set_training(false);
        let output_shape = self.forward(tape.input(&Tensor::zeros(input))).shape();
        let parameters = self.parameter_count();
        rows.push(LayerRow {
            name: name.to_owned(),
            kind: self.kind(),
            output_shape,
            parameters,
        });
        output_shape
    }

    /// The layer table for inputs of shape `input`, whose first axis is the batch.
    fn layers(&self, input: Shape) -> Vec<LayerRow> {
        let mut rows = Vec::new();
        self.summarize("", input, &mut rows);
        rows
    }

    /// This module followed by an activation, where it can do both in one operation.
    #[track_caller]
    fn forward_with<'t>(&self, _x: Var<'t, T>, _activation: FusedActivation) -> Option<Var<'t, T>> {
        None
    }

    /// The activation that this module is, where the module before it may do it in the same operation.
    fn fusable(&self) -> Option<FusedActivation> {
        None
    }

    /// The number of elements of all parameters.
    fn parameter_count(&self) -> usize {
        let mut count = 0;
        self.visit(&mut |parameter| count += parameter.value().len());
        count
    }

    /// The names of all parameters, in order.
    fn parameter_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.visit(&mut |parameter| names.push(parameter.name().to_string()));
        names
    }
}

impl<T: Real> fmt::Debug for dyn Module<T> + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind())
    }
}

/// A row of the layer table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerRow {
    /// The dotted path: `encoder.0`.
    pub name: String,
    /// What the layer is: `Linear(784, 32)`.
    pub kind: String,
    /// The shape of its output; the first axis is the batch.
    pub output_shape: Shape,
    /// The number of elements of its parameters.
    pub parameters: usize,
}

/// `name` below `prefix`: `encoder` and `weight` make `encoder.weight`; an empty prefix adds nothing.
pub fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}.{name}")
    }
}
