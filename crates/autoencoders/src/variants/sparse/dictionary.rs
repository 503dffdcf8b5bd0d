//! The layer behind a sparse code: row j of its weight is what unit j adds to the output.

use super::active_units::ActiveUnits;
use latents_autograd::Var;
use latents_nn::{Init, LayerRow, Linear, Parameter, parts};
use latents_tensor::random::Key;
use latents_tensor::{Real, Shape, Tensor};

/// A fully connected layer whose weight is (inputs, outputs). (PyTorch's `Linear` has the transpose, in which the numbers
/// of one unit lie far apart.)
///
/// The weight of the code's layer has the same shape where the layers' sizes mirror one another, so a tied dictionary is
/// one without a weight of its own.
pub(super) struct Dictionary<T: Real> {
    weight: Option<Parameter<T>>,
    bias: Parameter<T>,
}

impl<T: Real> Dictionary<T> {
    pub(super) fn new(inputs: usize, outputs: usize, key: Key) -> Self {
        let weight = Init::GlorotUniform.draw([inputs, outputs], key);
        Self {
            weight: Some(Parameter::new("weight", weight)),
            ..Self::tied(outputs)
        }
    }

    pub(super) fn tied(outputs: usize) -> Self {
        Self {
            weight: None,
            bias: Parameter::new("bias", Tensor::zeros([outputs])),
        }
    }

    /// The weight that is this layer's own.
    pub(super) fn own_weight_mut(&mut self) -> Option<&mut Parameter<T>> {
        self.weight.as_mut()
    }

    /// Sums (batch, outputs) of a code (batch, inputs) from the layer `code`.
    pub(super) fn forward<'t>(&self, z: Var<'t, T>, code: &Linear<T>) -> Var<'t, T> {
        let tape = z.tape();
        z.matmul(self.weight(code).on(tape)) + self.bias.on(tape)
    }

    /// The same of a code by its active units.
    pub(super) fn forward_active<'t>(&self, z: &ActiveUnits<'t, T>, code: &Linear<T>) -> Var<'t, T> {
        let tape = z.values.tape();
        let bias = self.bias.on(tape);
        z.values
            .sparse_linear(&z.units, self.weight(code).on(tape), Some(bias))
    }

    fn weight<'a>(&'a self, code: &'a Linear<T>) -> &'a Parameter<T> {
        self.weight.as_ref().unwrap_or_else(|| code.weight())
    }

    parts! { pub(super) T: weight, bias }

    /// The row of the layer table, and the shape of the output.
    pub(super) fn summarize(&self, name: &str, input: Shape) -> (LayerRow, Shape) {
        let ([rows, inputs], outputs) = ([0, 1].map(|axis| input[axis]), self.bias.shape()[0]);
        let output_shape = Shape::from([rows, outputs]);
        let mut parameters = 0;
        self.visit(&mut |parameter| parameters += parameter.value().len());
        let kind = match self.weight {
            Some(_) => format!("Dictionary({inputs}, {outputs})"),
            None => format!("Dictionary({inputs}, {outputs}, tied)"),
        };
        let row = LayerRow {
            name: name.to_owned(),
            kind,
            output_shape,
            parameters,
        };
        (row, output_shape)
    }
}
