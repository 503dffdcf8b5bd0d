//! The contractive autoencoder: its penalty by two ways, and what it does to codes.

use latents_autoencoders::{
    Autoencoder, Contractive, ContractiveConfig, ConvolutionConfig, Corruption, DenoisingConfig, Family,
    Jacobian, ModelConfig, NetworkConfig,
};
use latents_autograd::Tape;
use latents_classical::{LogisticRegression, LogisticRegressionConfig};
use latents_data::{Dataset, digits};
use latents_nn::{Activation, Module};
use latents_tensor::Tensor;
use latents_tensor::random::Key;
use latents_train::{Batch, Parts, Trainable, Trainer, TrainerConfig};

fn config(activation: Activation, jacobian: Jacobian) -> ContractiveConfig {
    let network = NetworkConfig::new(9, 5).latent_activation(activation);
    ContractiveConfig::new(9, 5).jacobian(jacobian).network(network)
}

/// The loss, and its gradients of all parameters.
fn derivatives(config: &ContractiveConfig, x: &Tensor<f64>) -> (f64, Vec<f64>) {
    let model: Contractive<f64> = config.build(3).unwrap();
    let tape = Tape::new();
    let loss = model.loss(0, &Batch::of(tape.input(x)), &mut Parts::new());
    let gradients = loss.backward();
    let mut all = Vec::new();
    model.visit(&mut |parameter| {
        if let Some(gradient) = gradients.of_key(parameter.id()) {
            all.extend(gradient.to_vec());
        }
    });
    (loss.item(), all)
}

#[test]
fn the_formula_is_the_exact_norm_with_its_derivatives() {
    let x: Tensor<f64> = Key::new(1).normal([7, 9]);
    for activation in [
        Activation::Sigmoid,
        Activation::Tanh,
        Activation::Relu,
        Activation::Identity,
    ] {
        let (formula, of_formula) = derivatives(&config(activation, Jacobian::Formula), &x);
        let (exact, of_exact) = derivatives(&config(activation, Jacobian::Exact), &x);
        assert!((formula - exact).abs() <= 1e-10 * exact.abs(), "{activation}");
        assert_eq!(of_formula.len(), of_exact.len());
        for (a, b) in of_formula.iter().zip(&of_exact) {
            assert!((a - b).abs() <= 1e-10 * (1.0 + b.abs()), "{activation}: {a} {b}");
        }
    }
}

/// ‖∂f/∂x‖² by central differences.
#[test]
fn the_norm_of_a_deep_encoder_is_that_of_differences() {
    let network = NetworkConfig::new(6, 3)
        .hidden([8, 4])
        .hidden_activation(Activation::Tanh);
    let model: Contractive<f64> = ContractiveConfig::from(network).build(2).unwrap();
    let x: Tensor<f64> = Key::new(5).normal([4, 6]);
    let codes = |x: &Tensor<f64>| {
        let tape = Tape::new();
        model.encode(tape.input(x)).value().to_vec()
    };
    let step = 1e-5;
    let mut sum = 0.0;
    for place in 0..x.len() {
        let moved = |by: f64| Tensor::from_fn([4, 6], |i| x.to_vec()[i] + if i == place { by } else { 0.0 });
        let (above, below) = (codes(&moved(step)), codes(&moved(-step)));
        let slopes = above.iter().zip(&below).map(|(a, b)| (a - b) / (2.0 * step));
        sum += slopes.map(|slope| slope * slope).sum::<f64>();
    }
    let tape = Tape::new();
    let norm = model.jacobian_norm(tape.input(&x)).item();
    assert!((norm - sum / 4.0).abs() < 1e-8 * norm, "{norm} {}", sum / 4.0);
}

#[test]
fn a_formula_is_refused_where_there_is_none() {
    let deep = ContractiveConfig::from(NetworkConfig::new(9, 5).hidden([7])).jacobian(Jacobian::Formula);
    let message = deep.validate().unwrap_err().to_string();
    assert!(
        message.starts_with("jacobian is formula: there is a formula for one"),
        "{message}"
    );
}

/// Codes of noisy digits move less, as a fraction of how far codes of digits lie apart, than the plain model's.
#[test]
fn codes_of_noisy_rows_move_less() {
    let data = digits();
    let clean: Tensor = data.to_tensor();
    let noise: Tensor = Key::new(9).normal(clean.shape());
    let noisy = &clean + &(&noise * 0.2);
    let moved = |contraction: f64| {
        let config = ContractiveConfig::new(64, 40).contraction(contraction);
        let mut model = Contractive::new(config, 1).unwrap();
        let options = TrainerConfig::default().epochs(12).batch_size(32);
        Trainer::new(options).fit(&mut model, &data).unwrap();
        let (a, b) = (model.encode_data(&clean), model.encode_data(&noisy));
        let far = (&a - &a.flip(0)).norm_all();
        f64::from((&a - &b).norm_all() / far)
    };
    let (plain, held) = (moved(0.0), moved(1.0));
    assert!(held < 0.9 * plain, "{held} {plain}");
}

/// The error of logistic regression on codes of rows that it has not seen, of a model that has not seen them either. Codes are
/// divided by their spread, so that the regression's penalty means the same for all models.
fn regression_error(config: ModelConfig, [train, test]: [&Dataset; 2], seed: u64) -> f64 {
    let mut model = config.build(seed).unwrap();
    let options = TrainerConfig::default().epochs(20).batch_size(32).seed(seed);
    Trainer::new(options).fit(&mut *model, train).unwrap();
    let codes = |data: &Dataset| model.encode_data(&data.to_tensor());
    let spread = codes(train).variance(&[0], false, 0).mean_all().sqrt();
    let scaled = |data: &Dataset| &codes(data) * (1.0 / spread);
    let classes =
        |data: &Dataset| -> Vec<usize> { (0..data.rows()).map(|row| data.class(row).unwrap()).collect() };
    let settings = LogisticRegressionConfig::default();
    let regression = LogisticRegression::fit(&scaled(train), &classes(train), settings).unwrap();
    let predicted = regression.predict(&scaled(test));
    let wrong = predicted.iter().zip(classes(test)).filter(|(a, b)| **a != *b);
    wrong.count() as f64 / test.rows() as f64
}

/// The median of three seeds.
fn median(error: impl Fn(u64) -> f64) -> f64 {
    let mut errors = [1, 2, 3].map(error);
    errors.sort_by(f64::total_cmp);
    errors[1]
}

#[test]
fn codes_are_as_good_for_a_classifier_as_the_plain_models() {
    let data = digits();
    let order: Vec<usize> = Key::new(4).permutation(data.rows());
    let (test, train) = order.split_at(597);
    let (train, test) = (data.select(train), data.select(test));
    let network = || NetworkConfig::new(64, 100).latent_activation(Activation::Sigmoid);
    let of = |config: ModelConfig| median(|seed| regression_error(config.clone(), [&train, &test], seed));
    let contractive = |contraction: f64| ContractiveConfig::from(network()).contraction(contraction);
    let noise = Corruption::Masking { fraction: 0.25 };
    let plain = of(contractive(0.0).into());
    let denoising = of(DenoisingConfig::from(network()).noise(noise).into());
    let held = of(contractive(0.1).into());
    println!("plain {plain}, denoising {denoising}, contractive {held}");
    // Of 597 digits, three are 0.5 points.
    assert!(held <= plain + 0.005, "{held} {plain}");
    assert!(held <= denoising, "{held} {denoising}");
    assert!(plain < 0.08, "{plain}");
}

/// The exact norm of a wide code, such as an image, is announced as slow; a formula and a small code are not.
#[test]
fn many_backward_passes_are_announced() {
    let image = ConvolutionConfig::new([28, 28, 1], [16, 32]).latent_channels(8);
    let image = ContractiveConfig::from(NetworkConfig::image_code(image));
    let warnings = |config: ContractiveConfig| Family::warnings(&config, &TrainerConfig::default());
    let found = warnings(image.clone());
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("Every step takes 392 backward passes"),
        "{found:?}"
    );
    let wide = ContractiveConfig::new(64, 200);
    for quiet in [
        image.contraction(0.0),
        wide.clone(),
        ContractiveConfig::new(64, 8).jacobian(Jacobian::Exact),
    ] {
        assert_eq!(warnings(quiet), Vec::<String>::new());
    }
    assert_eq!(warnings(wide.jacobian(Jacobian::Exact)).len(), 1);
}
