//! `Network`: the encoder and decoder shared by the variants.

mod convolution;
mod planes;

pub use convolution::ConvolutionConfig;

use convolution::{image_text, push_activation};
use latents_autograd::Var;
use latents_error::{ConfigError, Within};
use latents_nn::{Activation, LayerRow, Linear, Module, Sequential, join, parts};
use latents_tensor::random::Key;
use latents_tensor::{Real, Shape};
use serde::{Deserialize, Serialize};

/// Larger models would need tens of gigabytes to train.
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
#[non_exhaustive]
pub struct NetworkConfig {
    /// Number of columns of the data.
    pub input: usize,
    /// Number of latent dimensions.
    pub latent: usize,
    /// Sizes of the encoder's hidden layers, from the input on.
    #[serde(default)]
    pub hidden: Vec<usize>,
    /// Sizes of the decoder's hidden layers, from the code on. If `None`, those of the encoder in reverse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decoder_hidden: Option<Vec<usize>>,
    /// Convolutions before the encoder's fully connected layers, for image data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub convolution: Option<ConvolutionConfig>,
    /// Activation of the hidden layers.
    pub hidden_activation: Activation,
    /// Activation of the code layer. If `None`, the variant chooses; most use
    /// [`default_latent_activation`](Self::default_latent_activation). The configuration of a model contains the choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latent_activation: Option<Activation>,
    /// Activation of the output layer: sigmoid for data in [0, 1], identity for data of any range.
    pub output_activation: Activation,
}

latents_error::setters! {
    NetworkConfig { input: usize, latent: usize, hidden_activation: Activation, output_activation: Activation }
    into {
        hidden: Vec<usize>, decoder_hidden: Option<Vec<usize>>, convolution: Option<ConvolutionConfig>,
        latent_activation: Option<Activation>,
    }
}

impl NetworkConfig {
    /// A network without hidden layers, with ReLU for the code and a sigmoid output.
    ///
    /// ```
    /// # use latents_autoencoders::NetworkConfig;
    /// let network = NetworkConfig::new(784, 32);
    /// assert_eq!(network.sizes_text(), "784-32-784");
    /// assert_eq!(network.parameters(), 784 * 32 + 32 + 32 * 784 + 784);
    /// assert!(network.is_bottleneck() && network.validate().is_ok());
    /// ```
    pub fn new(input: usize, latent: usize) -> Self {
        Self {
            input,
            latent,
            hidden: Vec::new(),
            decoder_hidden: None,
            convolution: None,
            hidden_activation: Activation::Relu,
            latent_activation: None,
            output_activation: Activation::Sigmoid,
        }
    }

    /// A network for images whose code stays an image ([`ConvolutionConfig::latent_channels`]). Input and code sizes follow
    /// from the convolutions.
    ///
    /// ```
    /// use latents_autoencoders::{ConvolutionConfig, NetworkConfig};
    /// let convolution = ConvolutionConfig::new([28, 28, 1], [8, 16]).latent_channels(4);
    /// let network = NetworkConfig::image_code(convolution); // 28×28 → 14×14 → 7×7, with 4 channels
    /// assert_eq!((network.input, network.latent), (784, 7 * 7 * 4));
    /// ```
    pub fn image_code(convolution: ConvolutionConfig) -> Self {
        let pixels = convolution.image.into_iter().fold(1, usize::saturating_mul);
        Self::new(pixels, convolution.code_size().unwrap_or(0)).convolution(convolution)
    }

    /// Removes the activation of the output, for data of any range.
    ///
    /// ```
    /// # use latents_autoencoders::NetworkConfig;
    /// # use latents_nn::Activation;
    /// assert_eq!(NetworkConfig::new(4, 2).linear_output().output_activation, Activation::Identity);
    /// ```
    #[must_use]
    pub fn linear_output(self) -> Self {
        Self {
            output_activation: Activation::Identity,
            ..self
        }
    }

    /// ReLU if the code is the only layer, otherwise identity: after hidden layers, ReLU would discard half of the code.
    ///
    /// ```
    /// # use latents_autoencoders::NetworkConfig;
    /// # use latents_nn::Activation;
    /// assert_eq!(NetworkConfig::new(4, 2).default_latent_activation(), Activation::Relu);
    /// assert_eq!(NetworkConfig::new(4, 2).hidden([3]).default_latent_activation(), Activation::Identity);
    /// ```
    pub fn default_latent_activation(&self) -> Activation {
        if self.hidden.is_empty() && self.convolution.is_none() {
            Activation::Relu
        } else {
            Activation::Identity
        }
    }

    /// The activation of the code layer.
    pub(crate) fn code_activation(&self) -> Activation {
        self.latent_activation
            .unwrap_or_else(|| self.default_latent_activation())
    }

    /// Sets the activation of the code layer unless one is chosen.
    pub(crate) fn or_latent_activation(self, default: Activation) -> Self {
        let chosen = self.latent_activation.unwrap_or(default);
        self.latent_activation(chosen)
    }

    /// Height, width and channels of the code, if it is an image.
    ///
    /// ```
    /// assert_eq!(latents_autoencoders::NetworkConfig::new(4, 2).code_image(), None);
    /// ```
    pub fn code_image(&self) -> Option<[usize; 3]> {
        self.convolution.as_ref()?.code_image()
    }

    /// Checks the configuration.
    ///
    /// # Errors
    /// If a size is 0, if the convolutions do not match the rows, if an image code has another size or hidden layers, or if the
    /// model would have more than 2³¹ parameters.
    ///
    /// ```
    /// # use latents_autoencoders::NetworkConfig;
    /// let error = NetworkConfig::new(4, 0).validate().unwrap_err();
    /// assert_eq!(error.to_string(), "latent is 0: a layer needs at least 1 unit");
    /// ```
    pub fn validate(&self) -> Result<(), ConfigError> {
        if let Some(convolution) = &self.convolution {
            convolution.validate(self.input).within("convolution")?;
            self.check_code_image()?;
        }
        refuse_empty_layers(self.sizes())?;
        refuse_large_models(self.parameters(), self.sizes())
    }

    /// All sizes with their names.
    fn sizes(&self) -> impl Iterator<Item = (String, usize)> {
        let ends = [("input", self.input), ("latent", self.latent)];
        let ends = ends.map(|(name, size)| (name.to_owned(), size));
        let decoder = self.decoder_hidden.iter().flatten();
        let convolution = self
            .convolution
            .iter()
            .flat_map(ConvolutionConfig::channels_by_name);
        ends.into_iter()
            .chain(numbered("hidden", &self.hidden))
            .chain(numbered("decoder_hidden", decoder))
            .chain(convolution.map(|(name, size)| (format!("convolution.{name}"), size)))
    }

    /// Checks that an image code has the right size and no fully connected layers.
    fn check_code_image(&self) -> Result<(), ConfigError> {
        let Some(image) = self.code_image() else {
            return Ok(());
        };
        let [height, width, channels] = image;
        let size = image.into_iter().fold(1, usize::saturating_mul);
        if size != self.latent {
            let requirement = format!(
                "must be {size}, the size of an image code of {height} × {width} × {channels} (latent_channels)"
            );
            return Err(ConfigError::new("latent", self.latent, requirement));
        }
        let decoder = self.decoder_hidden.as_deref().unwrap_or(&[]);
        for (option, sizes) in [("hidden", &self.hidden[..]), ("decoder_hidden", decoder)] {
            if !sizes.is_empty() {
                let requirement =
                    "must be empty: an image code (latent_channels) has no fully connected layers";
                return Err(ConfigError::new(option, format!("{sizes:?}"), requirement));
            }
        }
        Ok(())
    }

    /// Rejects convolutions for a variant whose layers are fully connected.
    pub(crate) fn refuse_convolution(&self, variant: &str) -> Result<(), ConfigError> {
        match self.convolution {
            None => Ok(()),
            Some(_) => Err(ConfigError::new(
                "convolution",
                "given",
                format!(
                    "a {variant} model has only fully connected layers; remove it, or train another kind of model"
                ),
            )),
        }
    }

    /// Sizes of the fully connected layers from the input (or the last convolution) to the code; only the code size for an
    /// image code, which has no such layers.
    ///
    /// ```
    /// # use latents_autoencoders::NetworkConfig;
    /// assert_eq!(NetworkConfig::new(784, 30).hidden([250]).encoder_sizes(), [784, 250, 30]);
    /// ```
    pub fn encoder_sizes(&self) -> Vec<usize> {
        match self.code_image() {
            Some(_) => vec![self.latent],
            None => with_ends(self.outer(), self.hidden.iter().copied(), self.latent),
        }
    }

    /// Sizes of the fully connected layers from the code to the output (or the first transposed convolution); only the code
    /// size for an image code.
    ///
    /// ```
    /// # use latents_autoencoders::NetworkConfig;
    /// assert_eq!(NetworkConfig::new(784, 30).hidden([250]).decoder_sizes(), [30, 250, 784]);
    /// ```
    pub fn decoder_sizes(&self) -> Vec<usize> {
        if self.code_image().is_some() {
            return vec![self.latent];
        }
        match &self.decoder_hidden {
            Some(hidden) => with_ends(self.latent, hidden.iter().copied(), self.outer()),
            None => with_ends(self.latent, self.hidden.iter().rev().copied(), self.outer()),
        }
    }

    /// The size at the outer end of the fully connected layers.
    fn outer(&self) -> usize {
        match &self.convolution {
            Some(convolution) => convolution.features(),
            None => self.input,
        }
    }

    /// The number of weights and biases in encoder and decoder. Overflow saturates, because sizes may come from untrusted
    /// files.
    ///
    /// ```
    /// # use latents_autoencoders::NetworkConfig;
    /// assert_eq!(NetworkConfig::new(4, 2).parameters(), (4 * 2 + 2) + (2 * 4 + 4));
    /// ```
    pub fn parameters(&self) -> u128 {
        self.parameters_with_code(self.latent)
    }

    /// Like [`NetworkConfig::parameters`], with an encoder that ends in `width` outputs.
    pub(crate) fn parameters_with_code(&self, width: usize) -> u128 {
        let mut encoder = self.encoder_sizes();
        if let Some(code) = encoder.last_mut() {
            *code = width;
        }
        let copies = width / self.latent.max(1);
        let convolution = self.convolution.as_ref().map_or(0, |convolution| {
            let code = convolution.code_parameters(copies);
            convolution.parameters().saturating_add(code)
        });
        layers(&encoder)
            .saturating_add(layers(&self.decoder_sizes()))
            .saturating_add(convolution)
    }

    /// A summary of the sizes: `784-32-784`, `28×28-16c-32c-64-32c-16c-28×28`, or `28×28-16c-32c-7×7×8-32c-16c-28×28` for an
    /// image code.
    ///
    /// ```
    /// assert_eq!(latents_autoencoders::NetworkConfig::new(784, 32).sizes_text(), "784-32-784");
    /// ```
    pub fn sizes_text(&self) -> String {
        let text = |sizes: &[usize]| sizes.iter().map(usize::to_string).collect::<Vec<_>>();
        let (encoder, decoder) = (self.encoder_sizes(), self.decoder_sizes());
        let mut texts = match &self.convolution {
            Some(convolution) => convolution.texts(),
            None => text(&encoder[..1]),
        };
        let mirror: Vec<String> = texts.iter().rev().cloned().collect();
        match self.code_image() {
            Some(image) => texts.push(image_text(image)),
            None => {
                texts.extend(text(&encoder[1..]));
                texts.extend(text(&decoder[1..decoder.len() - 1]));
            }
        }
        texts.extend(mirror);
        texts.join("-")
    }

    /// Whether all layers are at most as wide as a row and at least one is narrower, so that the model cannot copy rows.
    ///
    /// ```
    /// assert!(!latents_autoencoders::NetworkConfig::new(4, 8).is_bottleneck());
    /// ```
    pub fn is_bottleneck(&self) -> bool {
        let narrowest = self.hidden.iter().copied().min().unwrap_or(self.latent);
        narrowest.min(self.latent) < self.input
    }

    /// The range in which the outputs lie, where they do not reach everywhere.
    pub fn output_range(&self) -> Option<(f64, f64)> {
        let (low, high) = self.output_activation.range();
        (low.is_finite() && high.is_finite()).then_some((low, high))
    }
}

fn with_ends(first: usize, between: impl Iterator<Item = usize>, last: usize) -> Vec<usize> {
    std::iter::once(first).chain(between).chain([last]).collect()
}

/// Sizes of a list with their names: `hidden[1]`.
pub(crate) fn numbered<'a>(
    name: &'a str,
    sizes: impl IntoIterator<Item = &'a usize>,
) -> impl Iterator<Item = (String, usize)> {
    let numbered = sizes.into_iter().enumerate();
    numbered.map(move |(index, &size)| (format!("{name}[{index}]"), size))
}

/// Rejects layers without units.
pub(crate) fn refuse_empty_layers(
    mut sizes: impl Iterator<Item = (String, usize)>,
) -> Result<(), ConfigError> {
    match sizes.find(|(_, size)| *size == 0) {
        Some((name, _)) => Err(ConfigError::new(name, 0, "a layer needs at least 1 unit")),
        None => Ok(()),
    }
}

/// Rejects models with too many parameters, and reports their largest size.
pub(crate) fn refuse_large_models(
    parameters: u128,
    sizes: impl Iterator<Item = (String, usize)>,
) -> Result<(), ConfigError> {
    if parameters <= MOST_PARAMETERS {
        return Ok(());
    }
    let (name, size) = sizes.max_by_key(|(_, size)| *size).unwrap_or_default();
    let requirement = format!("the model would have {parameters} parameters; the limit is {MOST_PARAMETERS}");
    Err(ConfigError::new(name, size, requirement))
}

/// The number of weights and biases of fully connected layers between consecutive sizes.
pub(crate) fn layers(sizes: &[usize]) -> u128 {
    let pairs = sizes.windows(2).map(|pair| (pair[0] as u128, pair[1] as u128));
    pairs
        .map(|(inputs, outputs)| inputs.saturating_mul(outputs).saturating_add(outputs))
        .fold(0, u128::saturating_add)
}

/// An encoder and a decoder as described by a [`NetworkConfig`], for use in variants.
#[derive(Debug)]
pub struct Network<T: Real = f32> {
    /// Maps rows (batch, input) to codes (batch, latent), or to several values per latent dimension.
    pub encoder: Sequential<T>,
    /// Maps codes (batch, latent) to rows (batch, input).
    pub decoder: Sequential<T>,
    /// Number of latent dimensions.
    latent: usize,
}

impl<T: Real> Network<T> {
    /// Creates a network with Glorot-uniform weights drawn from `seed` and zero biases. The configuration must be
    /// [valid](NetworkConfig::validate).
    ///
    /// ```
    /// # use latents_autoencoders::{Network, NetworkConfig};
    /// # use latents_nn::Module;
    /// let network: Network = Network::new(&NetworkConfig::new(4, 2), 0);
    /// assert_eq!(network.encoder.parameter_count(), 4 * 2 + 2);
    /// ```
    pub fn new(config: &NetworkConfig, seed: u64) -> Self {
        Self::with_code(config, config.latent, seed)
    }

    /// Like [`Network::new`], with an encoder that ends in `width` outputs: several per latent dimension. For an image code,
    /// these are several images, one after the other.
    ///
    /// ```
    /// # use latents_autoencoders::{Network, NetworkConfig};
    /// # use latents_nn::Module;
    /// let network: Network = Network::with_code(&NetworkConfig::new(4, 2), 4, 0); // means and log-variances
    /// assert_eq!(network.encoder.parameter_count(), 4 * 4 + 4);
    /// ```
    pub fn with_code(config: &NetworkConfig, width: usize, seed: u64) -> Self {
        let key = Key::new(seed).purpose("weights");
        let mut encoder = config.encoder_sizes();
        if let Some(code) = encoder.last_mut() {
            *code = width;
        }
        let mut network = Self {
            encoder: encoder_layers(config, &encoder, key.purpose("encoder")),
            decoder: decoder_layers(config, key.purpose("decoder")),
            latent: config.latent,
        };
        network.name_parameters("");
        network
    }
}

impl<T: Real> Module<T> for Network<T> {
    fn forward<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        self.decoder.forward(self.encoder.forward(x))
    }

    parts! { T: encoder, decoder }

    /// The layer table of both. (The code between them depends on the model.)
    fn summarize(&self, name: &str, input: Shape, rows: &mut Vec<LayerRow>) -> Shape {
        let batch = input[0];
        self.encoder.summarize(&join(name, "encoder"), input, rows);
        self.decoder
            .summarize(&join(name, "decoder"), [batch, self.latent].into(), rows)
    }
}

fn encoder_layers<T: Real>(config: &NetworkConfig, sizes: &[usize], key: Key) -> Sequential<T> {
    let (hidden, last) = (config.hidden_activation, config.code_activation());
    let copies = sizes.last().map_or(1, |width| width / config.latent);
    let mut layers = match &config.convolution {
        Some(convolution) => convolution.encoder([hidden, last], copies, key.purpose("convolution")),
        None => Sequential::new(),
    };
    push_stack(&mut layers, sizes, hidden, last, key);
    layers
}

fn decoder_layers<T: Real>(config: &NetworkConfig, key: Key) -> Sequential<T> {
    let (mut layers, sizes) = (Sequential::new(), config.decoder_sizes());
    let (hidden, output) = (config.hidden_activation, config.output_activation);
    match &config.convolution {
        None => push_stack(&mut layers, &sizes, hidden, output, key),
        Some(convolution) => {
            push_stack(&mut layers, &sizes, hidden, hidden, key);
            convolution.push_decoder(&mut layers, hidden, output, key.purpose("convolution"));
        }
    }
    layers
}

/// Layers between consecutive sizes, each followed by an activation.
pub(crate) fn stack<T: Real>(
    sizes: &[usize],
    between: Activation,
    last: Activation,
    key: Key,
) -> Sequential<T> {
    let mut layers = Sequential::new();
    push_stack(&mut layers, sizes, between, last, key);
    layers
}

/// Appends layers between consecutive sizes, each followed by an activation.
fn push_stack<T: Real>(
    stack: &mut Sequential<T>,
    sizes: &[usize],
    between: Activation,
    last: Activation,
    key: Key,
) {
    let layers = sizes.len() - 1;
    for layer in 0..layers {
        let linear = Linear::new(sizes[layer], sizes[layer + 1], key.index(layer as u64));
        stack.push(Box::new(linear));
        push_activation(stack, if layer + 1 == layers { last } else { between });
    }
}

/// Implements `Module` and `Debug` for a model with fields `network` and `config`.
macro_rules! module_of_network {
    ($model:ident) => {
        impl<T: latents_tensor::Real> latents_nn::Module<T> for $model<T> {
            fn forward<'t>(&self, x: latents_autograd::Var<'t, T>) -> latents_autograd::Var<'t, T> {
                crate::Autoencoder::reconstruct(self, x)
            }

            latents_nn::parts! { T: ..network }

            fn summarize(
                &self,
                name: &str,
                input: latents_tensor::Shape,
                rows: &mut Vec<latents_nn::LayerRow>,
            ) -> latents_tensor::Shape {
                latents_nn::Module::summarize(&self.network, name, input, rows)
            }
        }

        crate::network::debug_as_config!($model);
    };
}
pub(crate) use module_of_network;

/// The methods of `Family` for a configuration with a field `network` and a method `validate`: registry entry, network, checks.
macro_rules! of_network {
    ($variant:ident) => {
        of_network! { $variant, |config: &Self| config.network.default_latent_activation() }
    };
    ($variant:ident, $latent_activation:expr) => {
        fn variant() -> &'static crate::registry::Variant {
            &$variant
        }

        fn network(&self) -> Option<&crate::NetworkConfig> {
            Some(&self.network)
        }

        fn resolved(&self) -> Self {
            let network = self
                .network
                .clone()
                .or_latent_activation($latent_activation(self));
            self.clone().network(network)
        }

        fn validate(&self) -> Result<(), latents_error::ConfigError> {
            self.validate()
        }
    };
}
pub(crate) use of_network;

/// The methods of `Autoencoder<T>` for a model that uses encoder and decoder of its `network` directly.
macro_rules! coded_by_network {
    ($T:ident) => {
        fn config(&self) -> Option<crate::ModelConfig> {
            Some(self.config.clone().into())
        }

        fn latent_dim(&self) -> usize {
            self.config.network.latent
        }

        fn encoder(&self) -> Option<&latents_nn::Sequential<$T>> {
            Some(&self.network.encoder)
        }

        fn encode<'t>(&self, x: latents_autograd::Var<'t, $T>) -> latents_autograd::Var<'t, $T> {
            latents_nn::Module::forward(&self.network.encoder, x)
        }

        fn decode<'t>(&self, z: latents_autograd::Var<'t, $T>) -> latents_autograd::Var<'t, $T> {
            latents_nn::Module::forward(&self.network.decoder, z)
        }
    };
}
pub(crate) use coded_by_network;

/// Implements `Debug` for a model by printing its configuration.
macro_rules! debug_as_config {
    ($model:ident) => {
        impl<T: latents_tensor::Real> std::fmt::Debug for $model<T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.config.fmt(f)
            }
        }
    };
}
pub(crate) use debug_as_config;

#[cfg(test)]
mod tests;
