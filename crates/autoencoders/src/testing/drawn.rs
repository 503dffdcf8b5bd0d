//! Laws on drawn settings: gradient checks of losses, and models that agree after a file.

use crate::registry::{file_of_model, model_in_file};
use crate::{ConvolutionConfig, ModelConfig, NetworkConfig, Registry, Variant};
use latents_nn::{OptimizerConfig, TensorFile};
use latents_tensor::Tensor;
use latents_tensor::random::Key;
use latents_train::testing::{check_model, for_all};
use latents_train::{Trainer, TrainerConfig};
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Of a model whose gradients are checked.
const MOST_PARAMETERS: u128 = 120;

/// Sizes, layers, activations, options, rows and a seed.
#[derive(Clone, Debug)]
struct Drawn {
    input: usize,
    latent: usize,
    hidden: Vec<usize>,
    decoder_hidden: Option<Vec<usize>>,
    convolution: Option<ConvolutionConfig>,
    activation: &'static str,
    latent_activation: Option<&'static str>,
    linear_output: bool,
    /// For each option of the variant: nothing, or one of its examples and what moves the numbers in it.
    options: Vec<Option<(usize, u64)>>,
    training: Training,
    rows: usize,
    seed: u64,
}

/// How a model is trained.
#[derive(Clone, Debug)]
struct Training {
    optimizer: usize,
    schedule: Option<&'static str>,
    clip_norm: Option<f64>,
    weight_decay: Option<f64>,
    patience: Option<usize>,
    shards: usize,
}

fn training() -> impl Strategy<Value = Training> {
    (
        0..OptimizerConfig::KINDS.len(),
        prop::option::of(prop::sample::select(&SCHEDULES)),
        prop::option::of(0.01..2.0),
        prop::option::of(0.001..0.1),
        prop::option::of(1..3usize),
        1..4usize,
    )
        .prop_map(
            |(optimizer, schedule, clip_norm, weight_decay, patience, shards)| Training {
                optimizer,
                schedule,
                clip_norm,
                weight_decay,
                patience,
                shards,
            },
        )
}

const SCHEDULES: [&str; 4] = ["cosine", "warmup:1+cosine", "step:1:0.5", "exponential:0.9"];

/// Activations of hidden layers: with a kink, and without.
const HIDDEN: [&str; 4] = ["relu", "tanh", "sigmoid", "softplus"];
const LATENT: [&str; 4] = ["identity", "tanh", "sigmoid", "elu"];

fn drawn(options: usize) -> impl Strategy<Value = Drawn> {
    let layers = || prop::collection::vec(2..5usize, 0..3);
    let sizes = (2..6usize, 1..5usize, layers(), 1..5usize);
    let further = (
        prop::option::weighted(0.25, layers()),
        prop::option::weighted(0.25, convolution()),
    );
    let choices = (
        prop::sample::select(&HIDDEN),
        prop::option::weighted(0.25, prop::sample::select(&LATENT)),
        any::<bool>(),
        training(),
        any::<u64>(),
    );
    let options = prop::collection::vec(prop::option::of((0..4usize, any::<u64>())), options);
    (sizes, further, choices, options).prop_map(|(sizes, further, choices, options)| {
        let (input, latent, hidden, rows) = sizes;
        let (decoder_hidden, convolution) = further;
        let (activation, latent_activation, linear_output, training, seed) = choices;
        let input = convolution
            .as_ref()
            .map_or(input, |convolution: &ConvolutionConfig| {
                convolution.image.iter().product()
            });
        Drawn {
            input,
            latent,
            hidden,
            decoder_hidden,
            convolution,
            activation,
            latent_activation,
            linear_output,
            options,
            training,
            rows,
            seed,
        }
    })
}

/// Images of a few pixels, and codes that may stay images.
fn convolution() -> impl Strategy<Value = ConvolutionConfig> {
    let latent_channels = prop::option::of(1..3usize);
    let image = (2..5usize, 2..5usize, 1..3usize);
    let channels = prop::collection::vec(1..3usize, 1..3);
    let filter = (1..4usize, 1..3usize, 0..2usize);
    (image, channels, filter, latent_channels).prop_map(
        |((height, width, depth), channels, (kernel, stride, padding), latent_channels)| ConvolutionConfig {
            kernel,
            stride,
            padding,
            latent_channels,
            ..ConvolutionConfig::new([height, width, depth], channels)
        },
    )
}

/// An example of an option's value with other numbers: whole ones are up to 2 larger, others half to one and a half as large.
/// Every second one stays as it is.
fn moved(example: &str, how: u64) -> String {
    if how.is_multiple_of(2) {
        return example.to_owned();
    }
    let key = Key::new(how);
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let mut text = String::new();
    for (place, part) in example.split_inclusive(|c: char| !is_number(c)).enumerate() {
        let (number, rest) = part.split_at(part.find(|c| !is_number(c)).unwrap_or(part.len()));
        let key = key.index(place as u64);
        match (number.parse::<u64>(), number.parse::<f64>()) {
            (Ok(whole), _) => text.push_str(&(whole + key.below(3) as u64).to_string()),
            (_, Ok(real)) => text.push_str(&(real * (0.5 + key.uniform::<f64>([1]).item())).to_string()),
            _ => text.push_str(number),
        }
        text.push_str(rest);
    }
    text
}

impl Drawn {
    /// The configuration; nothing where these settings do not go together.
    fn config(&self, registry: &Registry, variant: &Variant) -> Option<ModelConfig> {
        let mut network = NetworkConfig::new(self.input, self.latent);
        let is_image = |convolution: &ConvolutionConfig| convolution.latent_channels.is_some();
        if !self.convolution.as_ref().is_some_and(is_image) {
            network.decoder_hidden.clone_from(&self.decoder_hidden);
            network = network
                .hidden(self.hidden.clone())
                .convolution(self.convolution.clone());
        } else if let Some(convolution) = &self.convolution {
            network = NetworkConfig::image_code(convolution.clone());
        }
        if self.linear_output {
            network = network.linear_output();
        }
        network.hidden_activation = self.activation.parse().unwrap();
        network.latent_activation = self.latent_activation.map(|name| name.parse().unwrap());
        let default = variant.default_settings(network);
        let mut settings = default.as_object()?.clone();
        for (option, chosen) in variant.option_list().iter().zip(&self.options) {
            let Some((chosen, how)) = chosen else { continue };
            let value = match option.value_name {
                None => String::new(),
                Some(_) => moved(option.examples[chosen % option.examples.len()], *how),
            };
            // A number may have left its range.
            (option.apply)(&value, &mut settings).ok()?;
        }
        let config = registry.config_from(settings.into()).ok()?;
        config.validate().ok().map(|()| config)
    }

    /// Two steps, in shards where the model can be.
    fn trainer(&self, couples_rows: bool) -> Trainer<'static> {
        let drawn = &self.training;
        let name = OptimizerConfig::KINDS[drawn.optimizer].name;
        let optimizer: OptimizerConfig = name.parse().unwrap();
        Trainer::new(
            TrainerConfig::default()
                .epochs(2)
                .batch_size(self.rows)
                .optimizer(match drawn.weight_decay {
                    Some(decay) => optimizer.with_weight_decay(decay),
                    None => optimizer,
                })
                .schedule(drawn.schedule.map(|text| text.parse().unwrap()))
                .clip_norm(drawn.clip_norm)
                .patience(drawn.patience)
                .shards(if couples_rows { 1 } else { drawn.shards }),
        )
    }

    /// What of all that can be drawn it is.
    fn note(&self, config: &ModelConfig, seen: &mut BTreeSet<&'static str>) {
        let (network, training) = (config.network(), &self.training);
        let convolution = network.and_then(|network| network.convolution.as_ref());
        let all = [
            ("convolution", convolution.is_some()),
            (
                "image code",
                convolution.is_some_and(|layers| layers.latent_channels.is_some()),
            ),
            ("latent activation", self.latent_activation.is_some()),
            ("schedule", training.schedule.is_some()),
            ("clip", training.clip_norm.is_some()),
            ("weight decay", training.weight_decay.is_some()),
            ("patience", training.patience.is_some()),
            ("shards", training.shards > 1),
            (OptimizerConfig::KINDS[training.optimizer].name, true),
        ];
        seen.extend(all.into_iter().filter(|(_, is_so)| *is_so).map(|(name, _)| name));
    }

    /// Whether there is a model of these settings, small enough to move every parameter several times.
    fn is_small(&self, registry: &Registry, variant: &Variant) -> bool {
        let config = self.config(registry, variant);
        config.is_some_and(|config| config.parameters() <= MOST_PARAMETERS)
    }

    /// Rows in [0, 1].
    fn rows<T: latents_tensor::Real>(&self) -> Tensor<T> {
        Key::new(self.seed)
            .purpose("rows")
            .uniform([self.rows, self.input])
    }
}

/// The gradient of every objective by its parameters, of order 1 and 2, in training and evaluation. Returns what occurred in the
/// drawn settings: `convolution`, `image code`, the names of optimisers.
///
/// # Panics
/// As [`for_all`].
#[track_caller]
pub fn check_gradients(registry: &Registry, variant: &Variant) -> BTreeSet<&'static str> {
    let cases = drawn(variant.option_list().len()).prop_filter("settings that go together", |drawn| {
        drawn.is_small(registry, variant)
    });
    let seen = RefCell::new(BTreeSet::new());
    for_all(variant.kind(), cases, |drawn| {
        let key = Key::new(drawn.seed);
        let config = drawn.config(registry, variant).unwrap();
        drawn.note(&config, &mut seen.borrow_mut());
        let mut model = config.build_f64(drawn.seed).unwrap();
        // Biases begin at 0, a point that says little.
        model.visit_mut(&mut |parameter| {
            let noise: Tensor<f64> = key.purpose(parameter.name()).normal(parameter.shape());
            let moved = parameter.value() + &(&noise * 0.1);
            parameter.set_value(moved);
        });
        check_model(&*model, &drawn.rows(), key.purpose("noise"))
    });
    seen.into_inner()
}

/// A model of drawn settings trains two steps, goes through a file, and gives the same outputs as before. Returns what occurred,
/// as [`check_gradients`] does.
///
/// # Panics
/// If the law does not hold.
#[track_caller]
pub fn check_drawn_files(registry: &Registry, variant: &Variant) -> BTreeSet<&'static str> {
    let fits = |drawn: &Drawn| drawn.config(registry, variant).is_some();
    let cases = drawn(variant.option_list().len()).prop_filter("settings that go together", fits);
    let seen = RefCell::new(BTreeSet::new());
    for_all(variant.kind(), cases, |drawn| {
        let config = drawn.config(registry, variant).unwrap();
        drawn.note(&config, &mut seen.borrow_mut());
        let rows: Tensor = drawn.rows();
        let mut model = config.build(drawn.seed).unwrap();
        let fitted = drawn.trainer(model.couples_rows()).fit(&mut *model, &rows);
        fitted.unwrap();
        let file = file_of_model(&*model).unwrap().to_bytes().unwrap();
        let again = model_in_file(registry, &TensorFile::from_bytes(&file, "model").unwrap()).unwrap();
        assert_eq!(again.config(), Some(config));
        assert_eq!(again.reconstruct_data(&rows), model.reconstruct_data(&rows));
        Ok(())
    });
    seen.into_inner()
}
