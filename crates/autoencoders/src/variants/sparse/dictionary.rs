//! The layer after a sparse code: row j of its weight is the contribution of unit j to the output.

use super::active_units::ActiveUnits;
use latents_autograd::Var;
use latents_nn::{Init, LayerRow, Linear, Parameter, parts};
use latents_tensor::random::Key;
use latents_tensor::{Real, Shape, Tensor};

/// A fully connected layer with weight (inputs, outputs). (PyTorch's `Linear` stores the transpose, in which the values of one
/// unit are not contiguous.)
///
/// If the layer sizes mirror each other, the weight of the code layer has the same shape, so a tied dictionary has no weight of
/// its own.
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

    /// The layer's own weight, if it is not tied.
    pub(super) fn own_weight_mut(&mut self) -> Option<&mut Parameter<T>> {
        self.weight.as_mut()
    }

    /// Outputs (batch, outputs) of a code (batch, inputs) from the layer `code`.
    pub(super) fn forward<'t>(&self, z: Var<'t, T>, code: &Linear<T>) -> Var<'t, T> {
        let tape = z.tape();
        z.matmul(self.weight(code).on(tape)) + self.bias.on(tape)
    }

    /// The same for a code stored by its active units.
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

    /// The row of the layer table, and the output shape.
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
