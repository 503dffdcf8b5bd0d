//! `Module`: the trait of layers and models.

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
    /// Applies the module to `x`. The tape of `x` provides the mode (training or evaluation) and the random numbers.
    #[track_caller]
    fn forward<'t>(&self, x: Var<'t, T>) -> Var<'t, T>;

    /// Calls `f` with every parameter, in the order of `state_dict`.
    fn visit(&self, f: &mut dyn FnMut(&Parameter<T>));

    /// Like [`Module::visit`], with mutable access.
    fn visit_mut(&mut self, f: &mut dyn FnMut(&mut Parameter<T>));

    /// Calls `f` with every buffer, in the order of `state_dict`. A module without buffers need not implement it.
    fn visit_buffers(&self, _f: &mut dyn FnMut(&Buffer<T>)) {}

    /// Like [`Module::visit_buffers`], with mutable access.
    fn visit_buffers_mut(&mut self, _f: &mut dyn FnMut(&mut Buffer<T>)) {}

    /// Gives every parameter and buffer its dotted path below `prefix` (see [`join`]). Call this once, on the whole model.
    fn name_parameters(&mut self, prefix: &str);

    /// Describes the layer for the layer table: `Linear(784, 32)`.
    ///
    /// ```
    /// # use latents_nn::{Linear, Module}; use latents_tensor::random::Key;
    /// assert_eq!(Linear::<f32>::new(784, 32, Key::new(1)).kind(), "Linear(784, 32)");
    /// ```
    fn kind(&self) -> String {
        let path = std::any::type_name::<Self>();
        let plain = path.split('<').next().unwrap_or(path);
        plain.rsplit("::").next().unwrap_or(plain).to_owned()
    }

    /// Appends this module's rows of the layer table to `rows` and returns the shape of its output. A container appends the rows
    /// of its children; any other module appends one row and finds its output shape by running on zeros.
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

    /// Returns the layer table for inputs of shape `input`, whose first axis is the batch.
    ///
    /// ```
    /// # use latents_nn::{Activation, Linear, Module, Sequential}; use latents_tensor::{Shape, random::Key};
    /// let model = Sequential::<f32>::new().then(Linear::new(4, 2, Key::new(1))).then(Activation::Relu);
    /// let rows = model.layers(Shape::from([16, 4]));
    /// assert_eq!((&*rows[0].kind, rows[0].output_shape, rows[0].parameters), ("Linear(4, 2)", Shape::from([16, 2]), 10));
    /// ```
    fn layers(&self, input: Shape) -> Vec<LayerRow> {
        let mut rows = Vec::new();
        self.summarize("", input, &mut rows);
        rows
    }

    /// Applies this module and then an activation, if the module can do both in one operation; otherwise returns `None`.
    #[track_caller]
    fn forward_with<'t>(&self, _x: Var<'t, T>, _activation: FusedActivation) -> Option<Var<'t, T>> {
        None
    }

    /// Returns the activation that this module computes, if the preceding module may apply it in the same operation.
    fn fusable(&self) -> Option<FusedActivation> {
        None
    }

    /// Returns the number of elements of all parameters.
    ///
    /// ```
    /// # use latents_nn::{Linear, Module}; use latents_tensor::random::Key;
    /// assert_eq!(Linear::<f32>::new(4, 3, Key::new(1)).parameter_count(), 15);
    /// ```
    fn parameter_count(&self) -> usize {
        let mut count = 0;
        self.visit(&mut |parameter| count += parameter.value().len());
        count
    }

    /// Returns the names of all parameters, in order.
    ///
    /// ```
    /// # use latents_nn::{Linear, Module}; use latents_tensor::random::Key;
    /// assert_eq!(Linear::<f32>::new(4, 3, Key::new(1)).parameter_names(), ["weight", "bias"]);
    /// ```
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
    /// The description of the layer: `Linear(784, 32)`.
    pub kind: String,
    /// The shape of its output; the first axis is the batch.
    pub output_shape: Shape,
    /// The number of elements of its parameters.
    pub parameters: usize,
}

/// Joins `name` to `prefix` with a dot. An empty prefix adds nothing.
///
/// ```
/// # use latents_nn::join;
/// assert_eq!(join("encoder", "weight"), "encoder.weight");
/// assert_eq!(join("", "weight"), "weight");
/// ```
pub fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}.{name}")
    }
}
