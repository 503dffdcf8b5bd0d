//! The stacked autoencoder: layers are pretrained one by one, then trained together.

use crate::corruption::Corruption;
use crate::network::{Network, coded_by_network, module_of_network, of_network};
use crate::reconstruction::{LOSS, check_loss, default_loss};
use crate::registry::{
    Facts, Family, Variant, VariantOption, at_least_one, mean_loss_name, option, positive, set, settings_of,
    variant,
};
use crate::{Autoencoder, DenoisingConfig, NetworkConfig, UndercompleteConfig};
use latents_autograd::{Reduction, Var};
use latents_error::{ConfigError, Within};
use latents_nn::{self as nn, Activation, Module};
use latents_tensor::{Real, Rows, Tensor, for_each_batch};
use latents_train::{Batch, Examples, OwnedExamples, Parts, Stage, Trainable, TrainerConfig};
use serde::{Deserialize, Serialize};

/// How a layer is pretrained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LayerTraining {
    /// Number of epochs; 0 skips the pretraining of the layer.
    pub epochs: usize,
    /// Learning rate. If `None`, the trainer's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f64>,
    /// Noise on the inputs of the layer. If `None`, a plain autoencoder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<Corruption>,
}

latents_error::setters! {
    LayerTraining { epochs: usize }
    into { learning_rate: Option<f64>, noise: Option<Corruption> }
}

impl LayerTraining {
    fn validate(&self) -> Result<(), ConfigError> {
        self.noise.map_or(Ok(()), Corruption::validate)?;
        match self.learning_rate {
            Some(rate) if !(rate > 0.0 && rate.is_finite()) => Err(ConfigError::new(
                "learning_rate",
                rate,
                "must be positive and finite",
            )),
            _ => Ok(()),
        }
    }
}

impl Default for LayerTraining {
    /// Ten epochs with a quarter of the inputs masked.
    fn default() -> Self {
        Self {
            epochs: 10,
            learning_rate: None,
            noise: Some(Corruption::Masking { fraction: 0.25 }),
        }
    }
}

/// Configuration of a [`Stacked`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct StackedConfig {
    /// Reconstruction loss, averaged over all elements. A layer whose inputs are hidden units uses the same loss if they are
    /// probabilities too, otherwise squared errors.
    #[serde(default = "default_loss")]
    pub loss: nn::Loss,
    /// How each layer is pretrained, from the input on; the last entry applies to all further layers.
    pub pretraining: Vec<LayerTraining>,
    /// Encoder and decoder. The decoder mirrors the encoder.
    pub network: NetworkConfig,
}

latents_error::setters! {
    StackedConfig { loss: nn::Loss }
    into { pretraining: Vec<LayerTraining>, network: NetworkConfig }
}

impl StackedConfig {
    /// Layers of these sizes, the last of which is the code.
    ///
    /// # Panics
    /// If `layers` is empty.
    ///
    /// ```
    /// # use latents_autoencoders::StackedConfig;
    /// assert!(StackedConfig::new(64, &[32, 8]).validate().is_ok());
    /// ```
    #[track_caller]
    pub fn new(input: usize, layers: &[usize]) -> Self {
        let Some((latent, hidden)) = layers.split_last() else {
            panic!("StackedConfig::new: there must be at least one layer, the code");
        };
        NetworkConfig::new(input, *latent).hidden(hidden).into()
    }

    /// Checks the configuration.
    ///
    /// # Errors
    /// Those of [`NetworkConfig::validate`], and if the decoder does not mirror the encoder or the pretraining of a layer is
    /// invalid.
    ///
    /// ```
    /// # use latents_autoencoders::StackedConfig;
    /// assert!(StackedConfig::new(64, &[32, 0]).validate().is_err());
    /// ```
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.network.validate().within("network")?;
        check_loss(self.loss, &self.network)?;
        if self.network.decoder_hidden.is_some() {
            return Err(ConfigError::new(
                "network.decoder_hidden",
                "given",
                "the decoder of a stacked model mirrors its encoder; remove this setting",
            ));
        }
        self.network.refuse_convolution("stacked").within("network")?;
        if self.pretraining.is_empty() {
            let requirement = "there must be at least one entry; epochs = 0 skips pretraining";
            return Err(ConfigError::new("pretraining", "empty", requirement));
        }
        let (entries, layers) = (self.pretraining.len(), self.network.hidden.len() + 1);
        if entries > layers {
            let requirement =
                format!("there must be at most one entry per layer; the model has {layers} layers");
            return Err(ConfigError::new(
                "pretraining",
                format!("{entries} entries"),
                requirement,
            ));
        }
        let mut entries = self.pretraining.iter().enumerate();
        entries.try_for_each(|(index, training)| training.validate().within(&format!("pretraining[{index}]")))
    }

    fn training_of(&self, layer: usize) -> &LayerTraining {
        &self.pretraining[layer.min(self.pretraining.len() - 1)]
    }

    /// The autoencoder with one hidden layer that pretrains this layer.
    fn layer_model<T: Real>(&self, layer: usize, seed: u64) -> Result<Box<dyn Autoencoder<T>>, ConfigError> {
        let network = &self.network;
        let sizes = network.encoder_sizes();
        let below = match layer {
            0 => network.output_activation,
            _ => network.hidden_activation,
        };
        let above = match layer + 2 == sizes.len() {
            true => network.code_activation(),
            false => network.hidden_activation,
        };
        let one = NetworkConfig {
            hidden_activation: network.hidden_activation,
            latent_activation: Some(above),
            output_activation: below,
            ..NetworkConfig::new(sizes[layer], sizes[layer + 1])
        };
        let loss = match self.loss {
            nn::Loss::Bce if below != Activation::Sigmoid => nn::Loss::Mse,
            loss => loss,
        };
        match self.training_of(layer).noise {
            Some(noise) => {
                let config = DenoisingConfig {
                    loss,
                    ..DenoisingConfig::from(one).noise(noise)
                };
                Ok(Box::new(Family::build(&config, seed)?))
            }
            None => {
                let config = UndercompleteConfig {
                    loss,
                    ..UndercompleteConfig::from(one)
                };
                Ok(Box::new(Family::build(&config, seed)?))
            }
        }
    }
}

impl From<NetworkConfig> for StackedConfig {
    fn from(network: NetworkConfig) -> Self {
        Self {
            loss: default_loss(),
            pretraining: vec![LayerTraining::default()],
            network,
        }
    }
}

/// Each layer first learns to reconstruct the output of the layers below it, min ‖h − g_l(f_l(h̃))‖² with h = f_{l−1}(…f₁(x)),
/// then all of them together min ‖x − g(f(x))‖² (Hinton & Salakhutdinov 2006; Bengio et al. 2007; with corrupted inputs h̃:
/// Vincent et al. 2010).
///
/// Pretraining runs at the start of the first [`Trainer::fit`](latents_train::Trainer::fit), whose own epochs train all layers
/// together. The outputs of a layer are kept in memory while the next one is trained: 4 bytes × rows × units.
pub struct Stacked<T: Real = f32> {
    config: StackedConfig,
    network: Network<T>,
    pretrained: bool,
}

impl Stacked {
    /// Creates a model with Glorot-uniform weights drawn from `seed` and zero biases. ([`Family::build`] creates one of any
    /// element type.)
    ///
    /// # Errors
    /// Those of [`StackedConfig::validate`].
    ///
    /// ```
    /// # use latents_autoencoders::{Stacked, StackedConfig};
    /// let model: Stacked = Stacked::new(StackedConfig::new(64, &[32, 8]), 0)?;
    /// assert_eq!(model.depth(), 2);
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    pub fn new(config: impl Into<StackedConfig>, seed: u64) -> Result<Self, ConfigError> {
        config.into().build(seed)
    }
}

impl<T: Real> Stacked<T> {
    /// Marks the layers as pretrained, so that the next [`Trainer::fit`](latents_train::Trainer::fit) skips pretraining: for
    /// weights that were read from a file. (Models from [`load`](crate::load) are already marked.)
    ///
    /// ```
    /// # use latents_autoencoders::{Stacked, StackedConfig};
    /// # use latents_train::Trainable;
    /// let model: Stacked = Stacked::new(StackedConfig::new(64, &[32, 8]), 0)?;
    /// assert_eq!((model.stages(), model.pretrained().stages()), (2, 0));
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    #[must_use]
    pub fn pretrained(self) -> Self {
        Self {
            pretrained: true,
            ..self
        }
    }

    /// The number of layers up to the code.
    pub fn depth(&self) -> usize {
        self.config.network.hidden.len() + 1
    }

    /// The autoencoder of this layer, with its weights in the whole model.
    fn layer(&self, layer: usize, seed: u64) -> Result<Box<dyn Autoencoder<T>>, ConfigError> {
        let mut model = self.config.layer_model(layer, seed)?;
        self.copy_layer_to(layer, &mut *model);
        Ok(model)
    }

    /// The output of the layers below this one for rows (rows, input); `None` for the first layer, whose inputs are the rows
    /// themselves.
    fn inputs_of(&self, layer: usize, rows: &dyn Rows<T>) -> Result<Option<Tensor<T>>, ConfigError> {
        let below = (0..layer).map(|below| self.layer(below, 0));
        let below: Vec<Box<dyn Autoencoder<T>>> = below.collect::<Result<_, _>>()?;
        let Some(last) = below.last() else {
            return Ok(None);
        };
        let (rows_count, width) = (rows.rows(), last.latent_dim());
        let mut inputs = Vec::with_capacity(rows_count * width);
        for_each_batch(rows, 1024, |batch| {
            let codes = below
                .iter()
                .fold(batch.clone(), |input, layer| layer.encode_data(&input));
            inputs.extend(codes.to_vec());
        });
        Ok(Some(Tensor::from_vec(inputs, [rows_count, width])))
    }

    /// The indices of a layer's weight, bias, and the decoder's weight and bias among the parameters.
    fn places(&self, layer: usize) -> [usize; 4] {
        let depth = self.depth();
        let decoder = 2 * depth + 2 * (depth - 1 - layer);
        [2 * layer, 2 * layer + 1, decoder, decoder + 1]
    }

    fn copy_layer_to(&self, layer: usize, model: &mut dyn Autoencoder<T>) {
        let mut all = Vec::new();
        self.visit(&mut |parameter| all.push(parameter.value().clone()));
        let mut places = self.places(layer).into_iter();
        model.visit_mut(&mut |parameter| {
            if let Some(place) = places.next() {
                parameter.set_value(all[place].clone());
            }
        });
    }

    fn copy_layer_from(&mut self, layer: usize, model: &dyn Trainable<T>) {
        let mut trained = Vec::new();
        model.visit(&mut |parameter| trained.push(parameter.value().clone()));
        let places = self.places(layer);
        let mut place = 0;
        self.visit_mut(&mut |parameter| {
            if let Some(index) = places.iter().position(|&wanted| wanted == place) {
                parameter.set_value(trained[index].clone());
            }
            place += 1;
        });
    }
}

/// The entry in the registry.
pub(crate) static STACKED: Variant = variant::<StackedConfig>("stacked")
    .aliases(&["sdae"])
    .summary("Layers pretrained one by one, then trained together; initialises classifiers")
    .paper("Hinton & Salakhutdinov 2006; Bengio et al. 2007; Vincent et al. 2010")
    .options(&[LOSS, PRETRAINING])
    .golden("be451c09aafb4d404b9ecd5e9d96be171257ceb400a946cc0a52fbddb8e878b3");

const PRETRAINING: VariantOption = option(
    "--pretraining",
    "EPOCHS[:RATE[:NOISE]],…",
    "Pretraining of each layer (the last entry applies to all further ones), such as 15:0.001:masking:0.25,10 \
     [default: 10::masking:0.25]",
    |value, settings| {
        let layers = value.split(',').map(layer_training);
        let layers = layers.map(|layer| serde_json::to_value(layer?).map_err(|error| error.to_string()));
        set(
            settings,
            "pretraining",
            layers.collect::<Result<Vec<_>, String>>()?,
        )
    },
)
.examples(&["1", "2:0.01", "1::masking:0.25", "0:0.001:gaussian:0.1"]);

/// `15`, `15:0.001`, `15:0.001:masking:0.25`, `15::masking:0.25`.
fn layer_training(text: &str) -> Result<LayerTraining, String> {
    let mut parts = text.splitn(3, ':');
    let epochs = parts.next().unwrap_or_default().trim();
    let count = match epochs {
        "0" => Ok(0),
        epochs => at_least_one(epochs),
    };
    let learning_rate = match parts.next().map(str::trim) {
        None | Some("") => None,
        Some(rate) => Some(positive(rate).map_err(|error| format!("the rate `{rate}` {error}"))?),
    };
    let noise = parts.next().map(str::parse::<Corruption>).transpose();
    Ok(LayerTraining {
        epochs: count.map_err(|error| format!("`{epochs}` is not a number of epochs: {error}"))?,
        learning_rate,
        noise: noise.map_err(|error| error.to_string())?,
    })
}

impl Family for StackedConfig {
    type Model<T: Real> = Stacked<T>;

    of_network! { STACKED }

    fn build<T: Real>(&self, seed: u64) -> Result<Stacked<T>, ConfigError> {
        let config = self.resolved();
        config.validate()?;
        Ok(Stacked {
            network: Network::new(&config.network, seed),
            pretrained: false,
            config,
        })
    }

    fn build_for_weights<T: Real>(&self) -> Result<Stacked<T>, ConfigError> {
        Ok(Family::build(self, 0)?.pretrained())
    }

    fn facts(&self) -> Facts {
        let level = |layer: &LayerTraining| layer.noise.map_or(0.0, Corruption::level);
        Facts {
            // Further layers see hidden units, not the data.
            noise: self.pretraining.first().and_then(|layer| layer.noise),
            restrains_code: self.pretraining.iter().any(|layer| level(layer) > 0.0),
            ..Facts::of_network(&self.network, mean_loss_name(self.loss))
        }
    }
}

module_of_network!(Stacked);

impl<T: Real> Trainable<T> for Stacked<T> {
    fn input_dim(&self) -> usize {
        self.config.network.input
    }

    fn settings(&self) -> serde_json::Value {
        settings_of(self)
    }

    fn loss<'t>(&self, _: usize, batch: &Batch<'t, T>, parts: &mut Parts<T>) -> Var<'t, T> {
        let loss = self
            .config
            .loss
            .of(self.reconstruct(batch.x), batch.x, Reduction::Mean);
        parts.add("reconstruction", loss);
        loss
    }

    fn stages(&self) -> usize {
        if self.pretrained { 0 } else { self.depth() }
    }

    fn begin_stage(
        &self,
        layer: usize,
        train: &Examples<'_, T>,
        config: &TrainerConfig,
    ) -> Result<Stage<T>, ConfigError> {
        let LayerTraining {
            epochs,
            learning_rate,
            ..
        } = *self.config.training_of(layer);
        let rate = learning_rate.unwrap_or(config.optimizer.learning_rate());
        let seed = config.seed.wrapping_add(layer as u64 + 1);
        Ok(Stage {
            model: self.layer(layer, seed)?,
            examples: self.inputs_of(layer, train.x)?.map(OwnedExamples::from),
            config: config
                .clone()
                .epochs(epochs)
                .optimizer(config.optimizer.with_learning_rate(rate))
                .patience(None)
                .schedule(None)
                .seed(seed),
        })
    }

    fn end_stage(&mut self, layer: usize, model: &dyn Trainable<T>) {
        self.copy_layer_from(layer, model);
    }

    fn prepare(&mut self, _: &dyn Rows<T>, _: u64) {
        self.pretrained = true;
    }

    fn resumed(&mut self) {
        self.pretrained = true;
    }
}

impl<T: Real> Autoencoder<T> for Stacked<T> {
    coded_by_network! { T }
}
