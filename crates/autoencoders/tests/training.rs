//! Training end to end on synthetic data.

use latents_autoencoders::{
    Autoencoder, Control, Event, Pca, TrainError, Trainer, TrainerConfig, Undercomplete, UndercompleteConfig,
    evaluate,
};
use latents_nn::{Activation, parameters_sha256};
use latents_tensor::Tensor;
use latents_tensor::random::Key;

/// Rows on a curved sheet in [0, 1]⁸.
fn sheet(rows: usize) -> Tensor {
    let place: Tensor = Key::new(5).uniform([rows, 2]);
    Tensor::from_fn([rows, 8], |i| {
        let (u, v) = (place.at(&[i / 8, 0]), place.at(&[i / 8, 1]));
        let k = (i % 8) as f32 / 8.0;
        0.1 + 0.4 * (u * k + v * (1.0 - k)) + 0.4 * (u - v) * (u - v) * k * k
    })
}

fn config(epochs: usize) -> TrainerConfig {
    TrainerConfig {
        epochs,
        batch_size: 48,
        learning_rate: 1e-2,
        ..TrainerConfig::default()
    }
}

fn train(threads: usize) -> (Undercomplete, Vec<f64>) {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    pool.install(|| {
        let data = sheet(500);
        let mut model = Undercomplete::new(
            UndercompleteConfig {
                hidden: vec![16],
                ..UndercompleteConfig::new(8, 2)
            },
            3,
        )
        .unwrap();
        let history = Trainer::new(config(4))
            .fit(&mut model, &data, Some(&data), &mut |_| Control::Continue)
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
    let linear = UndercompleteConfig {
        latent_activation: Activation::Identity,
        output_activation: Activation::Identity,
        ..UndercompleteConfig::new(8, 2)
    };
    let mut model = Undercomplete::new(linear, 1).unwrap();
    // Whole batches: nothing but the optimum is left to find.
    let options = TrainerConfig {
        batch_size: 400,
        ..config(3000)
    };
    Trainer::new(options)
        .fit(&mut model, &data, None, &mut |_| Control::Continue)
        .unwrap();
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
fn pca_of_all_components_loses_nothing_and_inverts() {
    let data = sheet(50);
    let pca = Pca::fit(&data, 8).unwrap();
    assert!(pca.mse(&data) < 1e-12);
    let back = pca.inverse_transform(&pca.transform(&data));
    assert!(
        back.to_vec()
            .iter()
            .zip(data.to_vec())
            .all(|(a, b)| (a - b).abs() < 1e-5)
    );
    assert!(Pca::fit(&data, 0).is_err() && Pca::fit(&data, 9).is_err());
}

#[test]
fn evaluation_follows_its_definitions() {
    let data = sheet(130);
    let model = Undercomplete::new(UndercompleteConfig::new(8, 2), 1).unwrap();
    let evaluation = evaluate(&model, &data, 32);
    let errors = model.reconstruction_errors(&data);
    let mse = errors.iter().sum::<f64>() / 130.0;
    assert!((evaluation.mse - mse).abs() < 1e-12 && (evaluation.loss - mse).abs() < 1e-6);
    let variance = data.variance(&[0], false, 0).sum_all() as f64;
    assert!((evaluation.explained_variance - (1.0 - mse * 8.0 / variance)).abs() < 1e-4);
}

#[test]
fn patience_restores_the_best_weights() {
    let (data, other) = (sheet(100), Tensor::full([20, 8], 0.9f32));
    let mut model = Undercomplete::new(UndercompleteConfig::new(8, 2), 1).unwrap();
    let options = TrainerConfig {
        patience: Some(3),
        learning_rate: 0.1,
        ..config(200)
    };
    let history = Trainer::new(options)
        .fit(&mut model, &data, Some(&other), &mut |_| Control::Continue)
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
    let mut model = Undercomplete::new(UndercompleteConfig::new(8, 2), 1).unwrap();
    let mut steps = 0;
    let history = Trainer::new(config(9)).fit(&mut model, &sheet(100), None, &mut |event| {
        steps += usize::from(matches!(event, Event::Batch { .. }));
        if steps == 4 {
            Control::Stop
        } else {
            Control::Continue
        }
    });
    assert_eq!((steps, history.unwrap().epochs.len()), (4, 2));
}

#[test]
fn a_number_that_is_not_finite_stops_and_leaves_the_weights() {
    let mut data = sheet(100).to_vec();
    data[8 * 60] = f32::NAN;
    let data = Tensor::from_vec(data, [100, 8]);
    let mut model = Undercomplete::new(UndercompleteConfig::new(8, 2), 1).unwrap();
    let error = Trainer::new(config(2))
        .fit(&mut model, &data, None, &mut |_| Control::Continue)
        .unwrap_err();
    let TrainError::NotFinite { operation, .. } = error else {
        panic!("{error}")
    };
    assert!(operation.starts_with("input"), "{operation}");
    assert!(evaluate(&model, &sheet(10), 10).mse.is_finite());
}

#[test]
fn what_does_not_fit_is_an_error() {
    let mut model = Undercomplete::new(UndercompleteConfig::new(8, 2), 1).unwrap();
    let mut fit = |options: TrainerConfig, data: &Tensor| {
        Trainer::new(options)
            .fit(&mut model, data, None, &mut |_| Control::Continue)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        fit(config(1), &Tensor::zeros([4, 7])),
        "the training data has 7 features, the model takes 8"
    );
    assert_eq!(
        fit(config(1), &Tensor::zeros([0, 8])),
        "the training data has no rows"
    );
    let text = fit(
        TrainerConfig {
            batch_size: 0,
            ..config(1)
        },
        &Tensor::zeros([4, 8]),
    );
    assert_eq!(text, "batch size is 0: must be a positive number");
    let error = Undercomplete::new(UndercompleteConfig::new(8, 0), 1)
        .unwrap_err()
        .to_string();
    assert_eq!(error, "latent is 0: a layer needs at least 1 unit");
}
