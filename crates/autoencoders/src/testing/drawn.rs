//! Laws on drawn settings: gradient checks of losses, and models that agree after a file.

use crate::registry::{file_of_model, model_in_file};
use crate::{ConvolutionConfig, ModelConfig, NetworkConfig, Registry, Variant};
use latents_nn::{Activation, TensorFile};
use latents_tensor::Tensor;
use latents_tensor::random::Key;
use latents_train::testing::{check_model, for_all};
use latents_train::{Control, Trainer, TrainerConfig};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};

/// Of a model whose gradients are checked.
const MOST_PARAMETERS: usize = 120;

/// Sizes, activations, options, rows and a seed.
#[derive(Clone, Debug)]
struct Drawn {
    input: usize,
    latent: usize,
    hidden: Vec<usize>,
    /// In place of input and hidden layers.
    convolution: Option<ConvolutionConfig>,
    smooth: bool,
    linear_output: bool,
    /// For each option of the variant: nothing, or one of its examples.
    options: Vec<Option<usize>>,
    rows: usize,
    seed: u64,
}

fn drawn(options: usize) -> impl Strategy<Value = Drawn> {
    let sizes = (
        2..6usize,
        1..5usize,
        prop::collection::vec(2..5usize, 0..3),
        1..5usize,
    );
    let choices = (any::<bool>(), any::<bool>(), any::<u64>());
    let options = prop::collection::vec(prop::option::of(0..4usize), options);
    let convolution = prop::option::weighted(0.25, convolution());
    (sizes, convolution, choices, options).prop_map(
        |((input, latent, hidden, rows), convolution, (smooth, linear_output, seed), options)| Drawn {
            input,
            latent,
            hidden,
            convolution,
            smooth,
            linear_output,
            options,
            rows,
            seed,
        },
    )
}

/// Images of a few pixels, and codes that may stay images.
fn convolution() -> impl Strategy<Value = ConvolutionConfig> {
    let latent_channels = prop::option::of(1..3usize);
    (2..4usize, 2..4usize, latent_channels).prop_map(|(height, width, latent_channels)| ConvolutionConfig {
        latent_channels,
        ..ConvolutionConfig::new([height, width, 1], [2])
    })
}

impl Drawn {
    /// Values of a row.
    fn input(&self) -> usize {
        let image = self.convolution.as_ref().map(|convolution| convolution.image);
        image.map_or(self.input, |image| image.iter().product())
    }

    /// The configuration; nothing where these settings do not go together.
    fn config(&self, registry: &Registry, variant: &Variant) -> Option<ModelConfig> {
        let mut network = NetworkConfig::new(self.input(), self.latent);
        if let Some(convolution) = &self.convolution {
            network = network.convolution(convolution.clone());
        } else if !self.hidden.is_empty() {
            network = network.hidden(self.hidden.clone());
        }
        if self.smooth {
            network.hidden_activation = Activation::Tanh;
        }
        if self.linear_output {
            network = network.linear_output();
        }
        let default = serde_json::to_value(variant.default_config(network)).unwrap();
        let mut settings = default.as_object()?.clone();
        for (option, chosen) in variant.option_list().iter().zip(&self.options) {
            let Some(chosen) = chosen else { continue };
            let value = match option.value_name {
                None => "",
                Some(_) => option.examples[chosen % option.examples.len()],
            };
            (option.apply)(value, &mut settings).unwrap();
        }
        let config = registry.config_from(settings.into()).unwrap();
        config.validate().ok().map(|()| config)
    }

    /// Whether there is a model of these settings, small enough to move every parameter several times.
    fn is_small(&self, registry: &Registry, variant: &Variant) -> bool {
        let model = self
            .config(registry, variant)
            .map(|config| config.build_f64(self.seed).unwrap());
        model.is_some_and(|model| model.parameter_count() <= MOST_PARAMETERS)
    }

    /// Rows in [0, 1].
    fn rows<T: latents_tensor::Real>(&self) -> Tensor<T> {
        Key::new(self.seed)
            .purpose("rows")
            .uniform([self.rows, self.input()])
    }
}

/// The gradient of every objective by its parameters, of order 1 and 2, in training and evaluation.
///
/// # Panics
/// As [`for_all`].
#[track_caller]
pub fn check_gradients(registry: &Registry, variant: &Variant) {
    let cases = drawn(variant.option_list().len()).prop_filter("settings that go together", |drawn| {
        drawn.is_small(registry, variant)
    });
    for_all(variant.kind(), cases, |drawn| {
        let key = Key::new(drawn.seed);
        let config = drawn.config(registry, variant).unwrap();
        let mut model = config.build_f64(drawn.seed).unwrap();
        // Biases begin at 0, a point that says little.
        model.visit_mut(&mut |parameter| {
            let noise: Tensor<f64> = key.purpose(parameter.name()).normal(parameter.shape());
            let moved = parameter.value() + &(&noise * 0.1);
            parameter.set_value(moved);
        });
        check_model(&*model, &drawn.rows(), key.purpose("noise"))
    });
}

/// A model of drawn settings trains two steps, goes through a file, and gives the same outputs as before.
///
/// # Panics
/// If the law does not hold.
#[track_caller]
pub fn check_drawn_files(registry: &Registry, variant: &Variant) {
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(7),
        ..ProptestConfig::default()
    });
    let ran = runner.run(&drawn(variant.option_list().len()), |drawn| {
        let Some(config) = drawn.config(registry, variant) else {
            return Err(TestCaseError::reject("settings that do not go together"));
        };
        let rows: Tensor = drawn.rows();
        let mut model = config.build(drawn.seed).unwrap();
        let trainer = Trainer::new(TrainerConfig {
            epochs: 2,
            batch_size: drawn.rows,
            ..TrainerConfig::default()
        });
        trainer
            .fit(&mut *model, &rows, None, &mut |_| Control::Continue)
            .unwrap();
        let file = file_of_model(&*model).unwrap().to_bytes().unwrap();
        let again = model_in_file(registry, &TensorFile::from_bytes(&file, "model").unwrap()).unwrap();
        prop_assert_eq!(again.config(), Some(config));
        prop_assert_eq!(again.reconstruct_data(&rows), model.reconstruct_data(&rows));
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{}: {error}", variant.kind()));
}
