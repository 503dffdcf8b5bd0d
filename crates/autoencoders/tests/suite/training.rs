//! Training end to end on synthetic data.

use latents_autoencoders::{Autoencoder, NetworkConfig, Undercomplete, evaluate};
use latents_autograd::Tape;
use latents_classical::Pca;
use latents_nn::{Activation, AdamConfig, OptimizerConfig, parameters_sha256};
use latents_tensor::Tensor;
use latents_testing::{in_pool, sheet};
use latents_train::{Control, Event, Trainer, TrainerConfig};

fn config(epochs: usize) -> TrainerConfig {
    TrainerConfig::default()
        .epochs(epochs)
        .batch_size(48)
        .optimizer(adam(1e-2))
}

fn adam(learning_rate: f64) -> OptimizerConfig {
    OptimizerConfig::Adam(AdamConfig::default().learning_rate(learning_rate))
}

fn train(threads: usize) -> (Undercomplete, Vec<f64>) {
    in_pool(threads, || {
        let data = sheet(500);
        let mut model = Undercomplete::new(NetworkConfig::new(8, 2).hidden(vec![16]), 3).unwrap();
        let history = Trainer::new(config(4))
            .validation(&data)
            .fit(&mut model, &data)
            .unwrap();
        let losses = history.epochs.iter().map(|record| record.train_loss).collect();
        (model, losses)
    })
}

#[test]
fn the_bits_do_not_depend_on_the_number_of_threads() {
    let (model, losses) = train(1);
    for threads in 2..=4 {
        let (other, other_losses) = train(threads);
        assert_eq!(
            parameters_sha256(&model),
            parameters_sha256(&other),
            "{threads} threads"
        );
        assert_eq!(losses, other_losses, "{threads} threads");
    }
}

#[test]
fn a_linear_model_comes_close_to_pca() {
    let data = sheet(400);
    let linear = NetworkConfig::new(8, 2)
        .latent_activation(Activation::Identity)
        .output_activation(Activation::Identity);
    let mut model = Undercomplete::new(linear, 1).unwrap();
    // Whole batches: nothing but the optimum is left to find.
    let options = config(3000).batch_size(400);
    Trainer::new(options).fit(&mut model, &data).unwrap();
    let (ours, pca) = (
        evaluate(&model, &data, 100).mse,
        Pca::fit(&data, 2).unwrap().mse(&data),
    );
    assert!(
        ours >= pca * (1.0 - 1e-6),
        "nothing linear is better than PCA: {ours} {pca}"
    );
    assert!(ours <= pca * 1.001, "{ours} {pca}");
}

#[test]
fn evaluation_follows_its_definitions() {
    let data = sheet(130);
    let model = Undercomplete::new(NetworkConfig::new(8, 2), 1).unwrap();
    let evaluation = evaluate(&model, &data, 32);
    let errors = model.reconstruction_errors(&data);
    let mse = errors.iter().sum::<f64>() / 130.0;
    assert!((evaluation.mse - mse).abs() < 1e-12 && (evaluation.loss - mse).abs() < 1e-6);
    let variance = data.variance(&[0], false, 0).sum_all() as f64;
    assert!((evaluation.explained_variance - (1.0 - mse * 8.0 / variance)).abs() < 1e-4);
}

#[test]
fn rows_without_variance_are_explained_or_not() {
    // tanh(0) = 0: a model of zeros reproduces zeros exactly, and nothing else.
    let config = NetworkConfig::new(8, 2).output_activation(Activation::Tanh);
    let model = Undercomplete::new(config, 1).unwrap();
    let explained = |data: Tensor| evaluate(&model, &data, 4).explained_variance;
    assert_eq!(explained(Tensor::zeros([9, 8])), 1.0);
    assert_eq!(explained(Tensor::full([9, 8], 0.5)), 0.0);
    assert_eq!(explained(Tensor::full([1, 8], 0.5)), 0.0);
}

#[test]
fn batches_larger_than_the_data_are_the_data() {
    let (model, data) = (Undercomplete::new(NetworkConfig::new(8, 2), 1).unwrap(), sheet(5));
    assert_eq!(evaluate(&model, &data, usize::MAX), evaluate(&model, &data, 5));
}

#[test]
#[should_panic(expected = "evaluate: batch_size is 0: must be at least 1")]
fn batches_of_nothing_are_refused() {
    let model = Undercomplete::new(NetworkConfig::new(8, 2), 1).unwrap();
    evaluate(&model, &sheet(5), 0);
}

#[test]
fn long_tables_go_through_the_model_in_parts_with_the_same_bits() {
    let model = Undercomplete::new(NetworkConfig::new(8, 2), 1).unwrap();
    for rows in [0, 1, 1024, 1025, 2500] {
        let (data, tape) = (sheet(rows), Tape::new());
        let codes = model.encode(tape.input(&data));
        let back = model.decode(codes);
        assert_eq!(model.encode_data(&data).to_vec(), codes.value().to_vec());
        assert_eq!(model.decode_data(&codes.value()).to_vec(), back.value().to_vec());
        assert_eq!(model.reconstruct_data(&data).to_vec(), back.value().to_vec());
        assert_eq!(model.reconstruct_data(&data).shape()[..], [rows, 8]);
    }
}

#[test]
fn patience_restores_the_best_weights() {
    let (data, other) = (sheet(100), Tensor::full([20, 8], 0.9f32));
    let mut model = Undercomplete::new(NetworkConfig::new(8, 2), 1).unwrap();
    let options = config(200).patience(3).optimizer(adam(0.1));
    let history = Trainer::new(options)
        .validation(&other)
        .fit(&mut model, &data)
        .unwrap();
    let best = history.final_epoch().unwrap().validation_loss.unwrap();
    assert!(history.epochs.len() < 200);
    assert!(
        history
            .epochs
            .iter()
            .all(|record| record.validation_loss.unwrap() >= best)
    );
    assert!((evaluate(&model, &other, 48).loss - best).abs() < 1e-12);
}

#[test]
fn a_callback_stops_the_training() {
    let mut model = Undercomplete::new(NetworkConfig::new(8, 2), 1).unwrap();
    let mut steps = 0;
    let history = Trainer::new(config(9))
        .on_event(|event| {
            steps += usize::from(matches!(event, Event::Batch { .. }));
            if steps == 4 {
                Control::Stop
            } else {
                Control::Continue
            }
        })
        .fit(&mut model, &sheet(100));
    assert_eq!((steps, history.unwrap().epochs.len()), (4, 2));
}

#[test]
fn what_does_not_fit_is_an_error() {
    let mut model = Undercomplete::new(NetworkConfig::new(8, 2), 1).unwrap();
    let mut fit = |options: TrainerConfig, data: &Tensor| {
        Trainer::new(options)
            .fit(&mut model, data)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        fit(config(1), &Tensor::zeros([4, 7])),
        "the training data has 7 features, but the model expects 8"
    );
    assert_eq!(
        fit(config(1), &Tensor::zeros([0, 8])),
        "the training data has no rows"
    );
    let text = fit(config(1).batch_size(0), &Tensor::zeros([4, 8]));
    assert_eq!(text, "batch_size is 0: must be at least 1 row");
    let error = Undercomplete::new(NetworkConfig::new(8, 0), 1)
        .unwrap_err()
        .to_string();
    assert_eq!(error, "network.latent is 0: a layer needs at least 1 unit");
}
