//! Laws on drawn configurations: gradient checks of every loss, and trainings that agree after a file.

use latents_autoencoders::{ModelConfig, NetworkConfig, Registry, Variant, load, save};
use latents_nn::Activation;
use latents_tensor::Tensor;
use latents_tensor::random::Key;
use latents_train::testing::{check_model, for_all};
use latents_train::{Control, Trainer, TrainerConfig};
use proptest::prelude::*;

/// Of a model whose gradients are checked.
const MOST_PARAMETERS: usize = 120;

/// Sizes, activations, options, rows and a seed.
#[derive(Clone, Debug)]
struct Drawn {
    input: usize,
    latent: usize,
    hidden: Vec<usize>,
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
    (sizes, choices, options).prop_map(
        |((input, latent, hidden, rows), (smooth, linear_output, seed), options)| Drawn {
            input,
            latent,
            hidden,
            smooth,
            linear_output,
            options,
            rows,
            seed,
        },
    )
}

impl Drawn {
    /// The configuration; nothing where these settings do not go together.
    fn config(&self, variant: &Variant) -> Option<ModelConfig> {
        let mut network = NetworkConfig::new(self.input, self.latent);
        if !self.hidden.is_empty() {
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
        let config = Registry::standard().config_from(settings.into()).unwrap();
        config.validate().ok().map(|()| config)
    }

    /// Whether there is a model of these settings, small enough to move every parameter several times.
    fn is_small(&self, variant: &Variant) -> bool {
        let model = self
            .config(variant)
            .map(|config| config.build_f64(self.seed).unwrap());
        model.is_some_and(|model| model.parameter_count() <= MOST_PARAMETERS)
    }

    /// Rows in [0, 1].
    fn rows<T: latents_tensor::Real>(&self) -> Tensor<T> {
        Key::new(self.seed)
            .purpose("rows")
            .uniform([self.rows, self.input])
    }
}

/// The gradient of every objective by its parameters, of order 1 and 2, in training and evaluation.
#[test]
fn the_gradients_of_every_loss_are_those_of_differences() {
    for variant in Registry::standard().variants() {
        let cases = drawn(variant.option_list().len())
            .prop_filter("settings that go together", |drawn| drawn.is_small(variant));
        for_all(variant.kind(), cases, |drawn| {
            let key = Key::new(drawn.seed);
            let mut model = drawn.config(variant).unwrap().build_f64(drawn.seed).unwrap();
            // Biases begin at 0, a point that says little.
            model.visit_mut(&mut |parameter| {
                let noise: Tensor<f64> = key.purpose(parameter.name()).normal(parameter.shape());
                let moved = parameter.value() + &(&noise * 0.1);
                parameter.set_value(moved);
            });
            check_model(&*model, &drawn.rows(), key.purpose("noise"))
        });
    }
}

/// A model of any settings trains two steps, is written and read, and gives the same outputs as before.
#[test]
fn drawn_models_train_and_come_back_from_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    for variant in Registry::standard().variants() {
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
            cases: 24,
            failure_persistence: None,
            rng_seed: proptest::test_runner::RngSeed::Fixed(7),
            ..ProptestConfig::default()
        });
        let ran = runner.run(&drawn(variant.option_list().len()), |drawn| {
            let Some(config) = drawn.config(variant) else {
                return Err(TestCaseError::reject("settings that do not go together"));
            };
            let rows: Tensor = drawn.rows();
            let mut model = config.build(drawn.seed).unwrap();
            let trainer = TrainerConfig {
                epochs: 2,
                batch_size: drawn.rows,
                ..TrainerConfig::default()
            };
            Trainer::new(trainer)
                .fit(&mut *model, &rows, None, &mut |_| Control::Continue)
                .unwrap();
            save(&*model, &path).unwrap();
            let again = load(&path).unwrap();
            prop_assert_eq!(again.config(), Some(config));
            prop_assert_eq!(again.reconstruct_data(&rows), model.reconstruct_data(&rows));
            Ok(())
        });
        ran.unwrap_or_else(|error| panic!("{}: {error}", variant.kind()));
    }
}
