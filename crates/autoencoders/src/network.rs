//! `Network`: the encoder and the decoder that the variants have in common.

use crate::ConfigError;
use latents_nn::{Activation, LayerRow, Linear, Module, Parameter, Sequential, join};
use latents_tensor::Shape;
use latents_tensor::random::Key;
use serde::{Deserialize, Serialize};

/// More would need tens of gigabytes to train.
const MOST_PARAMETERS: u128 = 1 << 31;

/// The sizes and activations of an encoder and a decoder of fully connected layers.
///
/// ```
/// use latents_autoencoders::NetworkConfig;
/// let deep = NetworkConfig::new(784, 30).hidden([1000, 500, 250]);
/// assert_eq!(deep.encoder_sizes(), [784, 1000, 500, 250, 30]);
/// assert_eq!(deep.decoder_sizes(), [30, 250, 500, 1000, 784]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkConfig {
    /// Values of a row.
    pub input: usize,
    /// Numbers of a code.
    pub latent: usize,
    /// The encoder's hidden layers from the input on.
    #[serde(default)]
    pub hidden: Vec<usize>,
    /// The decoder's hidden layers from the code on; the encoder's in reverse where there is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decoder_hidden: Option<Vec<usize>>,
    /// After every hidden layer.
    pub hidden_activation: Activation,
    /// After the code's layer.
    pub latent_activation: Activation,
    /// After the last layer: sigmoid for data in [0, 1], identity for any.
    pub output_activation: Activation,
}

impl NetworkConfig {
    /// One layer to the code and one back, ReLU then sigmoid: the program that everyone learns first.
    pub fn new(input: usize, latent: usize) -> Self {
        Self {
            input,
            latent,
            hidden: Vec::new(),
            decoder_hidden: None,
            hidden_activation: Activation::Relu,
            latent_activation: Activation::Relu,
            output_activation: Activation::Sigmoid,
        }
    }

    /// The same with these hidden layers, mirrored in the decoder, and a code without an activation: after hidden
    /// layers, ReLU on the code would throw half of it away.
    #[must_use]
    pub fn hidden(self, sizes: impl Into<Vec<usize>>) -> Self {
        Self {
            hidden: sizes.into(),
            latent_activation: Activation::Identity,
            ..self
        }
    }

    /// The same with no activation after the code and after the last layer, for data of any range.
    #[must_use]
    pub fn linear_output(self) -> Self {
        Self {
            output_activation: Activation::Identity,
            ..self
        }
    }

    /// # Errors
    /// If a size is 0, or the model would have more than 2³¹ parameters.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let sizes = [("input", self.input), ("latent", self.latent)];
        let hidden = self.hidden.iter().map(|&size| ("hidden", size));
        let decoder = self.decoder_hidden.iter().flatten();
        let decoder = decoder.map(|&size| ("decoder_hidden", size));
        let mut all = sizes.into_iter().chain(hidden).chain(decoder);
        if let Some((option, _)) = all.find(|(_, size)| *size == 0) {
            return Err(ConfigError::new(option, 0, "a layer needs at least 1 unit"));
        }
        let parameters = self.parameters();
        if parameters > MOST_PARAMETERS {
            let requirement =
                format!("a model may have at most {MOST_PARAMETERS}; make input, hidden or latent smaller");
            return Err(ConfigError::new(
                "the number of parameters",
                parameters,
                requirement,
            ));
        }
        Ok(())
    }

    /// The layers' sizes from the input to the code.
    pub fn encoder_sizes(&self) -> Vec<usize> {
        let ends = (self.input, self.latent);
        with_ends(ends.0, self.hidden.iter().copied(), ends.1)
    }

    /// The layers' sizes from the code to the output.
    pub fn decoder_sizes(&self) -> Vec<usize> {
        match &self.decoder_hidden {
            Some(hidden) => with_ends(self.latent, hidden.iter().copied(), self.input),
            None => with_ends(self.latent, self.hidden.iter().rev().copied(), self.input),
        }
    }

    /// Weights and biases of encoder and decoder. Sizes may come from outside: what no number holds counts as the
    /// largest.
    pub fn parameters(&self) -> u128 {
        self.parameters_with_code(self.latent)
    }

    /// As [`NetworkConfig::parameters`], with an encoder whose last layer is `width` wide.
    pub(crate) fn parameters_with_code(&self, width: usize) -> u128 {
        let mut encoder = self.encoder_sizes();
        if let Some(code) = encoder.last_mut() {
            *code = width;
        }
        layers(&encoder).saturating_add(layers(&self.decoder_sizes()))
    }

    /// `784-32-784`.
    pub fn sizes_text(&self) -> String {
        let sizes = self
            .encoder_sizes()
            .into_iter()
            .chain(self.decoder_sizes().into_iter().skip(1));
        let sizes: Vec<String> = sizes.map(|size| size.to_string()).collect();
        sizes.join("-")
    }

    /// Whether every code is at most as wide as a row, and narrower somewhere: then something must be left out.
    pub fn is_bottleneck(&self) -> bool {
        self.encoder_sizes().into_iter().skip(1).min() < Some(self.input)
    }

    /// The range in which the outputs lie, where they do not reach everywhere.
    pub fn output_range(&self) -> Option<(f64, f64)> {
        match self.output_activation {
            Activation::Sigmoid | Activation::Softmax => Some((0.0, 1.0)),
            Activation::Tanh => Some((-1.0, 1.0)),
            _ => None,
        }
    }
}

fn with_ends(first: usize, between: impl Iterator<Item = usize>, last: usize) -> Vec<usize> {
    std::iter::once(first).chain(between).chain([last]).collect()
}

/// Weights and biases of fully connected layers between neighbouring sizes.
fn layers(sizes: &[usize]) -> u128 {
    let pairs = sizes.windows(2).map(|pair| (pair[0] as u128, pair[1] as u128));
    pairs
        .map(|(inputs, outputs)| inputs.saturating_mul(outputs).saturating_add(outputs))
        .fold(0, u128::saturating_add)
}

/// An encoder and a decoder.
pub(crate) struct Network {
    pub(crate) encoder: Sequential,
    pub(crate) decoder: Sequential,
}

impl Network {
    /// Glorot-uniform weights drawn from `seed`, and zero biases. Takes a valid configuration.
    pub(crate) fn new(config: &NetworkConfig, seed: u64) -> Self {
        Self::with_code(config, config.latent, seed)
    }

    /// As [`Network::new`], with an encoder whose last layer is `width` wide: several numbers for each of the code.
    pub(crate) fn with_code(config: &NetworkConfig, width: usize, seed: u64) -> Self {
        let key = Key::new(seed).purpose("weights");
        let mut encoder = config.encoder_sizes();
        if let Some(code) = encoder.last_mut() {
            *code = width;
        }
        let hidden = config.hidden_activation;
        let mut network = Self {
            encoder: stack(&encoder, hidden, config.latent_activation, key.purpose("encoder")),
            decoder: stack(
                &config.decoder_sizes(),
                hidden,
                config.output_activation,
                key.purpose("decoder"),
            ),
        };
        network.name_parameters("");
        network
    }

    pub(crate) fn visit(&self, f: &mut dyn FnMut(&Parameter)) {
        self.encoder.visit(f);
        self.decoder.visit(f);
    }

    pub(crate) fn visit_mut(&mut self, f: &mut dyn FnMut(&mut Parameter)) {
        self.encoder.visit_mut(f);
        self.decoder.visit_mut(f);
    }

    pub(crate) fn name_parameters(&mut self, prefix: &str) {
        self.encoder.name_parameters(&join(prefix, "encoder"));
        self.decoder.name_parameters(&join(prefix, "decoder"));
    }

    /// The layer table's rows of both.
    pub(crate) fn summarize(
        &self,
        name: &str,
        input: Shape,
        latent: usize,
        rows: &mut Vec<LayerRow>,
    ) -> Shape {
        let batch = input[0];
        self.encoder.summarize(&join(name, "encoder"), input, rows);
        self.decoder
            .summarize(&join(name, "decoder"), [batch, latent].into(), rows)
    }
}

/// Layers between neighbouring sizes, each followed by an activation.
pub(crate) fn stack(sizes: &[usize], between: Activation, last: Activation, key: Key) -> Sequential {
    let layers = sizes.len() - 1;
    (0..layers).fold(Sequential::new(), |stack, layer| {
        let activation = if layer + 1 == layers { last } else { between };
        let linear = Linear::new(sizes[layer], sizes[layer + 1], key.index(layer as u64));
        match activation {
            Activation::Identity => stack.then(linear),
            activation => stack.then(linear).then(activation),
        }
    })
}

/// The methods of [`Module`] for a model whose parameters are those of its field `network`, and that has a `config`
/// with a `network`.
macro_rules! module_of_network {
    ($model:ty) => {
        impl latents_nn::Module<f32> for $model {
            fn forward<'t>(&self, x: latents_autograd::Var<'t>) -> latents_autograd::Var<'t> {
                crate::Autoencoder::reconstruct(self, x)
            }

            fn visit(&self, f: &mut dyn FnMut(&latents_nn::Parameter)) {
                self.network.visit(f);
            }

            fn visit_mut(&mut self, f: &mut dyn FnMut(&mut latents_nn::Parameter)) {
                self.network.visit_mut(f);
            }

            fn name_parameters(&mut self, prefix: &str) {
                self.network.name_parameters(prefix);
            }

            fn summarize(
                &self,
                name: &str,
                input: latents_tensor::Shape,
                rows: &mut Vec<latents_nn::LayerRow>,
            ) -> latents_tensor::Shape {
                self.network
                    .summarize(name, input, self.config.network.latent, rows)
            }
        }

        impl std::fmt::Debug for $model {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.config.fmt(f)
            }
        }
    };
}
pub(crate) use module_of_network;

#[cfg(test)]
mod tests {
    use super::*;

    fn count(network: &Network) -> u128 {
        let mut count = 0;
        network.visit(&mut |parameter| count += parameter.value().len() as u128);
        count
    }

    #[test]
    fn the_number_of_parameters_is_known_before_any_is_made() {
        let mirrored = NetworkConfig::new(11, 3).hidden([7, 5]);
        let other = NetworkConfig {
            decoder_hidden: Some(vec![4]),
            ..mirrored.clone()
        };
        for config in [NetworkConfig::new(11, 3), mirrored, other] {
            assert_eq!(config.parameters(), count(&Network::new(&config, 1)));
            let wide = Network::with_code(&config, 6, 1);
            assert_eq!(config.parameters_with_code(6), count(&wide));
        }
    }

    #[test]
    fn sizes_that_no_memory_holds_are_refused() {
        let message = |config: NetworkConfig| config.validate().unwrap_err().to_string();
        assert_eq!(
            message(NetworkConfig::new(784, 99_999_999_999)),
            "the number of parameters is 156899999999215: a model may have at most 2147483648; \
             make input, hidden or latent smaller"
        );
        for size in [usize::MAX, usize::MAX / 2, 1 << 62] {
            let deep = NetworkConfig::new(size, size).hidden([size; 4]);
            assert!(message(deep).starts_with("the number of parameters is"));
        }
        assert_eq!(NetworkConfig::new(1 << 15, 1 << 14).validate(), Ok(()));
        let empty = NetworkConfig {
            decoder_hidden: Some(vec![4, 0]),
            ..NetworkConfig::new(8, 2)
        };
        assert_eq!(
            message(empty),
            "decoder_hidden is 0: a layer needs at least 1 unit"
        );
    }

    #[test]
    fn a_bottleneck_is_narrow_somewhere() {
        assert!(NetworkConfig::new(8, 2).is_bottleneck());
        assert!(NetworkConfig::new(8, 8).hidden([4]).is_bottleneck());
        assert!(!NetworkConfig::new(8, 8).hidden([16]).is_bottleneck());
    }
}
