//! `Linear`: a fully connected layer.

use crate::{Init, Module, Parameter, join};
use latents_autograd::{FusedActivation, Var};
use latents_tensor::random::Key;
use latents_tensor::{Real, ShapeError, Tensor};

/// A fully connected layer, y = x · Wᵀ + b over the last axis: (…, inputs) → (…, outputs).
///
/// The parameters are those of PyTorch's `nn.Linear`: `weight` (outputs, inputs) and `bias` (outputs). Unlike in PyTorch, the
/// weight starts Glorot-uniform and the bias at zero, as in Keras; use [`Linear::initialized`] for other initial values.
#[derive(Clone, Debug)]
pub struct Linear<T: Real = f32> {
    weight: Parameter<T>,
    bias: Option<Parameter<T>>,
}

impl<T: Real> Linear<T> {
    /// Creates a layer with a Glorot-uniform weight drawn with `key` and a zero bias.
    ///
    /// Give every layer of a model its own key: `key.index(0)`, `key.index(1)`, …
    ///
    /// ```
    /// # use latents_nn::{Linear, Module}; use latents_tensor::random::Key;
    /// let layer = Linear::<f32>::new(784, 32, Key::new(1));
    /// assert_eq!(layer.parameter_count(), 784 * 32 + 32);
    /// ```
    pub fn new(inputs: usize, outputs: usize, key: Key) -> Self {
        Self::initialized(inputs, outputs, Init::GlorotUniform, key)
    }

    /// Creates a layer whose weight is drawn by `init` with `key`, and a zero bias.
    ///
    /// ```
    /// # use latents_nn::{Init, Linear}; use latents_tensor::random::Key;
    /// let layer = Linear::<f32>::initialized(3, 2, Init::Zeros, Key::new(1));
    /// assert_eq!(layer.weight().value().to_vec(), [0.0; 6]);
    /// ```
    pub fn initialized(inputs: usize, outputs: usize, init: Init, key: Key) -> Self {
        Self {
            weight: Parameter::new("weight", init.draw([outputs, inputs], key)),
            bias: Some(Parameter::new("bias", Tensor::zeros([outputs]))),
        }
    }

    /// Creates a layer from a weight and an optional bias.
    ///
    /// # Panics
    /// If `weight` is not of shape (outputs, inputs), or `bias` not of shape (outputs).
    ///
    /// ```
    /// # use latents_nn::Linear; use latents_tensor::Tensor;
    /// let layer = Linear::<f32>::from_tensors(Tensor::ones([2, 3]), None);
    /// assert_eq!((layer.inputs(), layer.outputs()), (3, 2));
    /// ```
    #[track_caller]
    pub fn from_tensors(weight: Tensor<T>, bias: Option<Tensor<T>>) -> Self {
        let fits = weight.rank() == 2
            && bias
                .as_ref()
                .is_none_or(|bias| bias.shape()[..] == weight.shape()[..1]);
        if !fits {
            let shapes: Vec<_> = std::iter::once(&weight).chain(&bias).map(Tensor::shape).collect();
            let error = ShapeError::new("Linear::from_tensors", "the shapes do not fit", &shapes);
            error.hint("weight (outputs, inputs) and bias (outputs)").raise();
        }
        Self {
            weight: Parameter::new("weight", weight),
            bias: bias.map(|bias| Parameter::new("bias", bias)),
        }
    }

    /// Removes the bias.
    ///
    /// ```
    /// # use latents_nn::Linear; use latents_tensor::random::Key;
    /// let layer = Linear::<f32>::new(3, 2, Key::new(1)).without_bias();
    /// assert!(layer.bias().is_none());
    /// ```
    #[must_use]
    pub fn without_bias(mut self) -> Self {
        self.bias = None;
        self
    }

    /// Returns the number of input features: the length of the last axis of the input.
    pub fn inputs(&self) -> usize {
        self.weight.shape()[1]
    }

    /// Returns the number of output features: the length of the last axis of the output.
    pub fn outputs(&self) -> usize {
        self.weight.shape()[0]
    }

    /// Returns W, of shape (outputs, inputs).
    pub fn weight(&self) -> &Parameter<T> {
        &self.weight
    }

    /// Returns b, of shape (outputs), if the layer has a bias.
    pub fn bias(&self) -> Option<&Parameter<T>> {
        self.bias.as_ref()
    }
}

impl<T: Real> Module<T> for Linear<T> {
    #[track_caller]
    fn forward<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        let bias = self.bias.as_ref().map(|bias| bias.on(x.tape()));
        x.linear(self.weight.on(x.tape()), bias, FusedActivation::Identity)
    }

    #[track_caller]
    fn forward_with<'t>(&self, x: Var<'t, T>, activation: FusedActivation) -> Option<Var<'t, T>> {
        let bias = self.bias.as_ref().map(|bias| bias.on(x.tape()));
        Some(x.linear(self.weight.on(x.tape()), bias, activation))
    }

    fn visit(&self, f: &mut dyn FnMut(&Parameter<T>)) {
        f(&self.weight);
        self.bias.iter().for_each(f);
    }

    fn visit_mut(&mut self, f: &mut dyn FnMut(&mut Parameter<T>)) {
        f(&mut self.weight);
        self.bias.iter_mut().for_each(f);
    }

    fn name_parameters(&mut self, prefix: &str) {
        self.weight.set_name(join(prefix, "weight"));
        self.bias
            .iter_mut()
            .for_each(|bias| bias.set_name(join(prefix, "bias")));
    }

    fn kind(&self) -> String {
        format!("Linear({}, {})", self.inputs(), self.outputs())
    }
}
