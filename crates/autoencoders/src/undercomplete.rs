//! The undercomplete autoencoder: a code smaller than the data leaves no other way than to learn its structure.

use crate::{Autoencoder, ConfigError, Loss};
use latents_autograd::{Reduction, Var};
use latents_nn::{Activation, LayerRow, Linear, Module, Parameter, Sequential, join};
use latents_tensor::Shape;
use latents_tensor::random::Key;
use serde::{Deserialize, Serialize};

/// More would need tens of gigabytes to train.
const MOST_PARAMETERS: u128 = 1 << 31;

/// The sizes and activations of an [`Undercomplete`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UndercompleteConfig {
    /// Values of a row.
    pub input: usize,
    /// Numbers of a code.
    pub latent: usize,
    /// The encoder's hidden layers from the input on; the decoder mirrors them.
    #[serde(default)]
    pub hidden: Vec<usize>,
    /// After every hidden layer.
    pub hidden_activation: Activation,
    /// After the code's layer.
    pub latent_activation: Activation,
    /// After the last layer: sigmoid for data in [0, 1], identity for any.
    pub output_activation: Activation,
}

impl UndercompleteConfig {
    /// One layer to the code and one back, ReLU then sigmoid: the program that everyone learns first.
    pub fn new(input: usize, latent: usize) -> Self {
        Self {
            input,
            latent,
            hidden: Vec::new(),
            hidden_activation: Activation::Relu,
            latent_activation: Activation::Relu,
            output_activation: Activation::Sigmoid,
        }
    }

    /// # Errors
    /// If a size is 0, or the model would have more than 2³¹ parameters.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let sizes = [("input", self.input), ("latent", self.latent)];
        let hidden = self.hidden.iter().map(|&size| ("hidden", size));
        if let Some((option, _)) = sizes.into_iter().chain(hidden).find(|(_, size)| *size == 0) {
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
    fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![self.input];
        sizes.extend(&self.hidden);
        sizes.push(self.latent);
        sizes
    }

    /// Weights and biases of encoder and decoder. Sizes may come from outside: what no number holds counts as the
    /// largest.
    pub fn parameters(&self) -> u128 {
        let pairs = self.sizes();
        let pairs = pairs.windows(2).map(|pair| (pair[0] as u128, pair[1] as u128));
        let both_ways = |(a, b): (u128, u128)| {
            let weights = a.saturating_mul(b).saturating_mul(2);
            weights.saturating_add(a + b)
        };
        pairs.map(both_ways).fold(0, u128::saturating_add)
    }
}

/// min Σ‖x − g(f(x))‖² with encoder f and decoder g of fully connected layers (Rumelhart, Hinton & Williams 1986;
/// deep: Hinton & Salakhutdinov 2006). The loss is the mean squared error over all elements.
pub struct Undercomplete {
    config: UndercompleteConfig,
    encoder: Sequential,
    decoder: Sequential,
}

impl Undercomplete {
    /// A model with Glorot-uniform weights drawn from `seed`, and zero biases.
    ///
    /// # Errors
    /// As [`UndercompleteConfig::validate`].
    pub fn new(config: UndercompleteConfig, seed: u64) -> Result<Self, ConfigError> {
        config.validate()?;
        let key = Key::new(seed).purpose("weights");
        let mut sizes = config.sizes();
        let hidden = config.hidden_activation;
        let encoder = stack(&sizes, hidden, config.latent_activation, key.purpose("encoder"));
        sizes.reverse();
        let decoder = stack(&sizes, hidden, config.output_activation, key.purpose("decoder"));
        let mut model = Self {
            config,
            encoder,
            decoder,
        };
        model.name_parameters("");
        Ok(model)
    }

    /// What it was made from.
    pub fn config(&self) -> &UndercompleteConfig {
        &self.config
    }
}

/// Layers between neighbouring sizes, each followed by an activation.
fn stack(sizes: &[usize], between: Activation, last: Activation, key: Key) -> Sequential {
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

impl std::fmt::Debug for Undercomplete {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.config.fmt(f)
    }
}

impl Module<f32> for Undercomplete {
    fn forward<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.reconstruct(x)
    }

    fn visit(&self, f: &mut dyn FnMut(&Parameter)) {
        self.encoder.visit(f);
        self.decoder.visit(f);
    }

    fn visit_mut(&mut self, f: &mut dyn FnMut(&mut Parameter)) {
        self.encoder.visit_mut(f);
        self.decoder.visit_mut(f);
    }

    fn name_parameters(&mut self, prefix: &str) {
        self.encoder.name_parameters(&join(prefix, "encoder"));
        self.decoder.name_parameters(&join(prefix, "decoder"));
    }

    fn summarize(&self, name: &str, input: Shape, rows: &mut Vec<LayerRow>) -> Shape {
        let code = self.encoder.summarize(&join(name, "encoder"), input, rows);
        self.decoder.summarize(&join(name, "decoder"), code, rows)
    }
}

impl Autoencoder for Undercomplete {
    fn name(&self) -> &'static str {
        "undercomplete"
    }

    fn input_dim(&self) -> usize {
        self.config.input
    }

    fn latent_dim(&self) -> usize {
        self.config.latent
    }

    fn encode<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.encoder.forward(x)
    }

    fn decode<'t>(&self, z: Var<'t>) -> Var<'t> {
        self.decoder.forward(z)
    }

    fn loss<'t>(&self, x: Var<'t>) -> Loss<'t> {
        Loss::single("reconstruction", self.reconstruct(x).mse(x, Reduction::Mean))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_parameters_is_known_before_any_is_made() {
        let config = UndercompleteConfig {
            hidden: vec![7, 5],
            ..UndercompleteConfig::new(11, 3)
        };
        let model = Undercomplete::new(config.clone(), 1).unwrap();
        assert_eq!(config.parameters(), model.parameter_count() as u128);
    }

    #[test]
    fn sizes_that_no_memory_holds_are_refused() {
        let message = |config: UndercompleteConfig| config.validate().unwrap_err().to_string();
        assert_eq!(
            message(UndercompleteConfig::new(784, 99_999_999_999)),
            "the number of parameters is 156899999999215: a model may have at most 2147483648; \
             make input, hidden or latent smaller"
        );
        for size in [usize::MAX, usize::MAX / 2, 1 << 62] {
            let deep = UndercompleteConfig {
                hidden: vec![size; 4],
                ..UndercompleteConfig::new(size, size)
            };
            assert!(message(deep).starts_with("the number of parameters is"));
            assert!(Undercomplete::new(UndercompleteConfig::new(64, size), 0).is_err());
        }
        let large = UndercompleteConfig::new(1 << 15, 1 << 14);
        assert_eq!(large.validate(), Ok(()));
    }
}
