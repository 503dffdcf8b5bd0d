//! Variational autoencoders: the bound, what it is made of, and what is drawn.

#![allow(clippy::disallowed_methods, reason = "oracles are written in std's functions")]

use crate::common::loss_of;
use latents_autoencoders::{
    Autoencoder, BetaSchedule, Likelihood, NetworkConfig, Variational, VariationalConfig, evaluate, load,
    save,
};
use latents_autograd::Tape;
use latents_data::digits;
use latents_nn::parameters_sha256;
use latents_tensor::Tensor;
use latents_tensor::random::Key;
use latents_train::{History, PartMean, Trainer, TrainerConfig};

fn digits_model(epochs: usize, change: impl FnOnce(&mut VariationalConfig)) -> Variational {
    let mut config = VariationalConfig::from(NetworkConfig::new(64, 6).hidden([64]));
    change(&mut config);
    let mut model = Variational::new(config, 1).unwrap();
    let trainer = TrainerConfig::default().epochs(epochs).batch_size(64);
    Trainer::new(trainer).fit(&mut model, &digits()).unwrap();
    model
}

fn parts(model: &Variational, x: &Tensor, key: u64) -> (f64, f64, f64) {
    let mut tape = Tape::new();
    tape.set_training(false);
    tape.set_key(Key::new(key));
    let (total, parts) = loss_of(model, tape.input(x));
    let found = (f64::from(total.item()), parts[0].1, parts[1].1);
    tape.reset();
    found
}

#[test]
fn the_divergence_is_the_integral() {
    // E ln q − ln p by a million draws, for one row.
    let model = Variational::new(VariationalConfig::from(NetworkConfig::new(64, 2).hidden([16])), 3).unwrap();
    let x = Tensor::full([1, 64], 0.7);
    let tape = Tape::new();
    let posterior = model.posterior(tape.input(&x)).unwrap();
    let analytic: f64 = posterior.kl_divergence().sum_all().item().into();
    let (mean, s) = (
        posterior.mean.value().to_vec(),
        posterior.log_variance.value().to_vec(),
    );
    let noise: Vec<f64> = Key::new(5).normal::<f64>([500_000, 2]).to_vec();
    let mut sum = 0.0;
    for n in noise.chunks_exact(2) {
        for j in 0..2 {
            let (mean, s) = (f64::from(mean[j]), f64::from(s[j]));
            let z = mean + (s / 2.0).exp() * n[j];
            sum += 0.5 * (z * z - n[j] * n[j] - s);
        }
    }
    let drawn = sum / 500_000.0;
    assert!(
        (analytic - drawn).abs() < 0.01 + 0.01 * analytic,
        "{analytic} {drawn}"
    );
}

#[test]
fn training_raises_the_bound_and_more_draws_tighten_it() {
    let untrained =
        Variational::new(VariationalConfig::from(NetworkConfig::new(64, 6).hidden([64])), 1).unwrap();
    let model = digits_model(15, |_| ());
    let rows = digits();
    let (before, after) = (evaluate(&untrained, &rows, 256), evaluate(&model, &rows, 256));
    assert!(after.loss < before.loss - 10.0, "{before:?} {after:?}");
    let bounds = [1, 10, 100].map(|samples| model.log_likelihood(&rows, samples, 0));
    assert!(
        (bounds[0] + after.loss).abs() < 0.5,
        "one draw is the ELBO: {bounds:?} {after:?}"
    );
    assert!(bounds[0] < bounds[1] && bounds[1] < bounds[2], "{bounds:?}");
    assert_eq!(
        bounds[1],
        model.log_likelihood(&rows, 10, 0),
        "the same draws at every call"
    );
}

#[test]
fn codes_and_reconstructions_are_the_same_at_every_call() {
    let model = digits_model(2, |_| ());
    let x: Tensor = digits().to_tensor();
    assert_eq!(model.encode_data(&x), model.encode_data(&x));
    assert_eq!(model.reconstruct_data(&x), model.reconstruct_data(&x));
    assert_eq!(evaluate(&model, &digits(), 100), evaluate(&model, &digits(), 100));
}

#[test]
fn beta_weighs_the_divergence() {
    let x: Tensor = digits().to_tensor();
    let (loose, tight) = (
        digits_model(8, |c| c.beta = 0.1),
        digits_model(8, |c| c.beta = 8.0),
    );
    let (total, reconstruction, divergence) = parts(&tight, &x, 1);
    assert!((total - (reconstruction + 8.0 * divergence)).abs() < 1e-3 * total.abs());
    assert!(divergence < parts(&loose, &x, 1).2 / 2.0);
}

#[test]
fn a_schedule_changes_the_weight_of_steps_but_not_of_evaluations() {
    let warm = |c: &mut VariationalConfig| c.schedule = BetaSchedule::WarmUp { fraction: 1.0 };
    let (plain, warmed) = (digits_model(3, |_| ()), digits_model(3, warm));
    assert_ne!(parameters_sha256(&plain), parameters_sha256(&warmed));
    let x: Tensor = digits().to_tensor();
    let (total, reconstruction, divergence) = parts(&warmed, &x, 2);
    assert!((total - reconstruction - divergence).abs() < 1e-3 * total.abs());
    assert!(divergence > parts(&plain, &x, 2).2, "a weaker pull leaves more");
}

#[test]
fn the_record_of_an_epoch_has_the_parts_of_the_loss() {
    let config = VariationalConfig::from(NetworkConfig::new(64, 6).hidden([64]));
    let mut model = Variational::new(config, 1).unwrap();
    let trainer = Trainer::new(TrainerConfig::default().epochs(2));
    let rows = digits();
    let history = trainer.validation(&rows).fit(&mut model, &rows);
    let history = history.unwrap();
    let sum = |parts: &[PartMean]| -> f64 { parts.iter().map(|part| part.mean).sum() };
    for record in &history.epochs {
        let names: Vec<&str> = record.train_parts.iter().map(|part| &*part.name).collect();
        assert_eq!(names, ["reconstruction", "divergence"]);
        let (train, validation) = (record.train_loss, record.validation_loss.unwrap());
        assert!((sum(&record.train_parts) - train).abs() < 1e-5 * train);
        assert!((sum(&record.validation_parts) - validation).abs() < 1e-5 * validation);
    }
    let mut text = serde_json::to_value(&history).unwrap();
    assert_eq!(serde_json::from_value::<History>(text.clone()).unwrap(), history);
    for record in text["epochs"].as_array_mut().unwrap() {
        record
            .as_object_mut()
            .unwrap()
            .retain(|key, _| !key.ends_with("_parts"));
    }
    let old: History = serde_json::from_value(text).unwrap();
    assert_eq!(old.epochs[1].train_parts, []);
}

#[test]
fn free_bits_keep_latents_alive() {
    let strong = |c: &mut VariationalConfig| c.beta = 20.0;
    let free = |c: &mut VariationalConfig| (c.beta, c.free_bits) = (20.0, 0.5);
    let x: Tensor = digits().to_tensor();
    let (without, with) = (
        parts(&digits_model(8, strong), &x, 1).2,
        parts(&digits_model(8, free), &x, 1).2,
    );
    assert!(with > 1.0 && without < 0.1, "{without} {with}");
}

#[test]
fn no_input_makes_a_variance_vanish_or_overflow() {
    let model = Variational::new(
        VariationalConfig::from(NetworkConfig::new(8, 3).linear_output()),
        1,
    )
    .unwrap();
    let mut tape = Tape::new();
    for size in [1e-30, 1.0, 1e6, 1e12] {
        let posterior = model.posterior(tape.input(&Tensor::full([4, 8], size))).unwrap();
        let s = posterior.log_variance.value().to_vec();
        assert!(s.iter().all(|s| s.abs() <= 10.0), "{size}: {s:?}");
        tape.reset();
    }
}

#[test]
fn a_learned_variance_finds_the_noise() {
    // One factor, and noise of deviation 0.1 on half of the features, 0.5 on the others.
    let factor = Key::new(1).normal::<f32>([4000, 1]);
    let noise = Key::new(2).normal::<f32>([4000, 8]);
    let (factor, noise) = (factor.to_vec(), noise.to_vec());
    let values = (0..4000 * 8).map(|i| factor[i / 8] + noise[i] * if i % 8 < 4 { 0.1 } else { 0.5 });
    let rows = Tensor::from_vec(values.collect(), [4000, 8]);
    let config = VariationalConfig::from(NetworkConfig::new(8, 1).hidden([16]).linear_output())
        .likelihood(Likelihood::LearnedGaussian);
    let mut model = Variational::new(config, 1).unwrap();
    let trainer = TrainerConfig::default().epochs(60).batch_size(64);
    Trainer::new(trainer).fit(&mut model, &rows).unwrap();
    let mut deviations = Vec::new();
    latents_nn::Module::visit(&model, &mut |parameter| {
        if &**parameter.name() == "log_variance" {
            deviations = parameter.value().to_vec();
        }
    });
    let deviations: Vec<f32> = deviations
        .iter()
        .map(|s| (10.0 * (s / 10.0).tanh() / 2.0).exp())
        .collect();
    assert!(
        deviations[..4].iter().all(|d| (0.08..0.2).contains(d)),
        "{deviations:?}"
    );
    assert!(
        deviations[4..].iter().all(|d| (0.42..0.6).contains(d)),
        "{deviations:?}"
    );
}

#[test]
fn likelihoods_that_do_not_fit_are_refused() {
    let refused = |change: fn(&mut VariationalConfig)| {
        let mut config = VariationalConfig::new(8, 2);
        change(&mut config);
        config.validate().unwrap_err().to_string()
    };
    assert!(
        refused(|c| c.network = c.network.clone().linear_output()).starts_with("likelihood is bernoulli")
    );
    assert_eq!(
        refused(|c| c.beta = -1.0),
        "beta is -1: must be finite and at least 0"
    );
    assert!(refused(|c| c.free_bits = f64::NAN).starts_with("free_bits is NaN"));
    assert!(refused(|c| c.likelihood = Likelihood::Laplace { scale: 0.0 }).contains("must be positive"));
}

#[test]
fn binarised_rows_are_zeros_and_ones() {
    let binarised = |c: &mut VariationalConfig| c.binarize = true;
    let model = digits_model(4, binarised);
    let bound = model.log_likelihood(&digits(), 5, 0);
    assert_eq!(bound, model.log_likelihood(&digits(), 5, 0));
    // Of zeros and ones a fair coin has −64 ln 2; greys would allow no such comparison.
    assert!(bound > -64.0 * 0.693 && bound < 0.0, "{bound}");
    let mut config = VariationalConfig::from(NetworkConfig::new(8, 2).linear_output());
    config.binarize = true;
    assert!(
        config
            .validate()
            .unwrap_err()
            .to_string()
            .starts_with("binarize is true")
    );
}

#[test]
fn a_model_is_saved_with_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vae.safetensors");
    let model = digits_model(1, |c| c.beta = 2.0);
    save(&model, &path).unwrap();
    let again = load(&path).unwrap();
    assert_eq!(again.config(), model.config());
    assert_eq!(parameters_sha256(&*again), parameters_sha256(&model));
    let x: Tensor = digits().to_tensor();
    assert_eq!(again.encode_data(&x), model.encode_data(&x));
}
