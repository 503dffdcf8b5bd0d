//! `Linear`: a fully connected layer.

use crate::{Init, Module, Parameter, join};
use latents_autograd::{FusedActivation, Var};
use latents_tensor::random::Key;
use latents_tensor::{Real, ShapeError, Tensor};

/// y = x · Wᵀ + b over the last axis: (…, inputs) → (…, outputs).
///
/// Parameters as PyTorch's `nn.Linear`: `weight` (outputs, inputs) and `bias` (outputs). Unlike PyTorch, the
/// weight starts Glorot-uniform and the bias zero, as in Keras; [`Linear::initialized`] chooses otherwise.
#[derive(Clone, Debug)]
pub struct Linear<T: Real = f32> {
    weight: Parameter<T>,
    bias: Option<Parameter<T>>,
}

impl<T: Real> Linear<T> {
    /// A layer with a Glorot-uniform weight drawn with `key`, and a bias of zeros.
    ///
    /// Two layers of a model need two keys: `key.index(0)`, `key.index(1)`, …
    pub fn new(inputs: usize, outputs: usize, key: Key) -> Self {
        Self::initialized(inputs, outputs, Init::GlorotUniform, key)
    }

    /// A layer whose weight is drawn by `init` with `key`, and a bias of zeros.
    pub fn initialized(inputs: usize, outputs: usize, init: Init, key: Key) -> Self {
        Self {
            weight: Parameter::new("weight", init.draw([outputs, inputs], key)),
            bias: Some(Parameter::new("bias", Tensor::zeros([outputs]))),
        }
    }

    /// A layer with these values.
    ///
    /// # Panics
    /// If `weight` is not (outputs, inputs) or `bias` not (outputs).
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

    /// The same layer without a bias.
    #[must_use]
    pub fn without_bias(mut self) -> Self {
        self.bias = None;
        self
    }

    /// The length of the last axis of its input.
    pub fn inputs(&self) -> usize {
        self.weight.shape()[1]
    }

    /// The length of the last axis of its output.
    pub fn outputs(&self) -> usize {
        self.weight.shape()[0]
    }

    /// W, of shape (outputs, inputs).
    pub fn weight(&self) -> &Parameter<T> {
        &self.weight
    }

    /// b, of shape (outputs), where there is one.
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
