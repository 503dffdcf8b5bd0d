//! `Sequential`: a chain of layers.

use crate::{Buffer, LayerRow, Module, Parameter, join};
use latents_autograd::Var;
use latents_tensor::{Real, Shape};

/// A chain of layers, each applied to the output of the one before.
///
/// Layers are numbered from 0, as in PyTorch's `nn.Sequential`, and activations count too: the parameters of the second `Linear`
/// below are `2.weight` and `2.bias`.
///
/// A layer and the activation after it run as one operation where possible (`Linear` and `Relu`, for example). This does not
/// affect names or numbers.
///
/// ```
/// use latents_nn::{Activation, Linear, Module, Sequential};
/// use latents_tensor::random::Key;
/// let key = Key::new(7).purpose("init");
/// let model = Sequential::<f32>::new()
///     .then(Linear::new(784, 32, key.index(0)))
///     .then(Activation::Relu)
///     .then(Linear::new(32, 784, key.index(1)))
///     .then(Activation::Sigmoid);
/// assert_eq!(model.parameter_names(), ["0.weight", "0.bias", "2.weight", "2.bias"]);
/// ```
#[derive(Debug, Default)]
pub struct Sequential<T: Real = f32> {
    layers: Vec<Box<dyn Module<T>>>,
    prefix: String,
}

impl<T: Real> Sequential<T> {
    /// Creates an empty chain: the identity.
    ///
    /// ```
    /// # use latents_nn::Sequential;
    /// assert!(Sequential::<f32>::new().is_empty());
    /// ```
    pub fn new() -> Self {
        Self {
            layers: Vec::new(),
            prefix: String::new(),
        }
    }

    /// Appends a layer and returns the chain.
    ///
    /// ```
    /// # use latents_nn::{Activation, Sequential};
    /// assert_eq!(Sequential::<f32>::new().then(Activation::Relu).then(Activation::Tanh).len(), 2);
    /// ```
    #[must_use]
    pub fn then(mut self, layer: impl Module<T> + 'static) -> Self {
        self.push(Box::new(layer));
        self
    }

    /// Appends a layer.
    ///
    /// ```
    /// # use latents_nn::{Activation, Sequential};
    /// let mut model = Sequential::<f32>::new();
    /// model.push(Box::new(Activation::Relu));
    /// assert_eq!(model.len(), 1);
    /// ```
    pub fn push(&mut self, mut layer: Box<dyn Module<T>>) {
        layer.name_parameters(&join(&self.prefix, &self.layers.len().to_string()));
        self.layers.push(layer);
    }

    /// Returns the number of layers.
    pub fn len(&self) -> usize {
        self.layers.len()
    }

    /// Returns whether the chain has no layers.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// Returns the layer with this number.
    ///
    /// ```
    /// # use latents_nn::{Activation, Module, Sequential};
    /// let model = Sequential::<f32>::new().then(Activation::Relu);
    /// assert_eq!(model.get(0).map(|layer| layer.kind()).as_deref(), Some("Relu"));
    /// assert!(model.get(1).is_none());
    /// ```
    pub fn get(&self, index: usize) -> Option<&dyn Module<T>> {
        self.layers.get(index).map(|layer| &**layer)
    }
}

impl<T: Real> Module<T> for Sequential<T> {
    #[track_caller]
    fn forward<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        let mut x = x;
        let mut layers = self.layers.iter().peekable();
        while let Some(layer) = layers.next() {
            let activation = layers.peek().and_then(|next| next.fusable());
            x = match activation.and_then(|activation| layer.forward_with(x, activation)) {
                Some(both) => {
                    layers.next();
                    both
                }
                None => layer.forward(x),
            };
        }
        x
    }

    fn visit(&self, f: &mut dyn FnMut(&Parameter<T>)) {
        self.layers.iter().for_each(|layer| layer.visit(f));
    }

    fn visit_mut(&mut self, f: &mut dyn FnMut(&mut Parameter<T>)) {
        self.layers.iter_mut().for_each(|layer| layer.visit_mut(f));
    }

    fn visit_buffers(&self, f: &mut dyn FnMut(&Buffer<T>)) {
        self.layers.iter().for_each(|layer| layer.visit_buffers(f));
    }

    fn visit_buffers_mut(&mut self, f: &mut dyn FnMut(&mut Buffer<T>)) {
        self.layers
            .iter_mut()
            .for_each(|layer| layer.visit_buffers_mut(f));
    }

    fn name_parameters(&mut self, prefix: &str) {
        prefix.clone_into(&mut self.prefix);
        for (index, layer) in self.layers.iter_mut().enumerate() {
            layer.name_parameters(&join(prefix, &index.to_string()));
        }
    }

    fn kind(&self) -> String {
        "Sequential".to_owned()
    }

    fn summarize(&self, name: &str, input: Shape, rows: &mut Vec<LayerRow>) -> Shape {
        let numbered = self.layers.iter().enumerate();
        numbered.fold(input, |shape, (index, layer)| {
            layer.summarize(&join(name, &index.to_string()), shape, rows)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Dropout, Linear};
    use latents_autograd::Tape;
    use latents_tensor::Tensor;
    use latents_tensor::random::Key;

    fn model() -> Sequential<f64> {
        let key = Key::new(3);
        Sequential::new()
            .then(Linear::new(6, 4, key.index(0)))
            .then(Activation::Relu)
            .then(Dropout::new(0.5))
            .then(
                Sequential::new()
                    .then(Linear::new(4, 2, key.index(1)).without_bias())
                    .then(Activation::Gelu),
            )
            .then(Activation::Tanh)
    }

    #[test]
    fn names_count_every_layer_and_take_a_prefix() {
        let mut model = model();
        assert_eq!(model.parameter_names(), ["0.weight", "0.bias", "3.0.weight"]);
        model.name_parameters("encoder");
        assert_eq!(
            model.parameter_names(),
            ["encoder.0.weight", "encoder.0.bias", "encoder.3.0.weight"]
        );
        model.push(Box::new(Linear::new(2, 2, Key::new(1))));
        assert_eq!(
            model.parameter_names()[3..],
            ["encoder.5.weight", "encoder.5.bias"]
        );
        assert_eq!(model.parameter_count(), 6 * 4 + 4 + 4 * 2 + 6);
    }

    #[test]
    fn fused_and_separate_activations_agree() {
        let linear = Linear::<f64>::new(5, 3, Key::new(9));
        for activation in [Activation::Relu, Activation::Sigmoid, Activation::Tanh] {
            let tape = Tape::new();
            let x = tape.input(&Tensor::from_fn([4, 5], |i| (i as f64 * 0.37).fract() - 0.5));
            let separate = activation.forward(linear.forward(x)).value().to_vec();
            let before = tape.len();
            let fused = Sequential::new()
                .then(linear.clone())
                .then(activation)
                .forward(x)
                .value()
                .to_vec();
            // The clone's two leaves and the one operation.
            assert_eq!(tape.len() - before, 3);
            assert_eq!(separate, fused);
        }
    }

    #[test]
    fn the_table_lists_the_leaves() {
        let rows = model().layers(Shape::from([1, 6]));
        let table: Vec<_> = rows
            .iter()
            .map(|row| (&*row.name, &*row.kind, &row.output_shape[..], row.parameters))
            .collect();
        let expected: [(&str, &str, &[usize], usize); 6] = [
            ("0", "Linear(6, 4)", &[1, 4], 28),
            ("1", "Relu", &[1, 4], 0),
            ("2", "Dropout(0.5)", &[1, 4], 0),
            ("3.0", "Linear(4, 2)", &[1, 2], 8),
            ("3.1", "Gelu", &[1, 2], 0),
            ("4", "Tanh", &[1, 2], 0),
        ];
        assert_eq!(table, expected);
    }
}
