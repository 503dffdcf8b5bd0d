//! Stacked autoencoders, and classifiers that start from an encoder.

use latents_autoencoders::{
    Autoencoder, Classifier, Corruption, Denoising, DenoisingConfig, Labelled, LayerTraining, NetworkConfig,
    Stacked, StackedConfig, Undercomplete, UndercompleteConfig, evaluate,
};
use latents_data::{Dataset, digits};
use latents_nn::{Activation, AdamConfig, Loss, parameters_sha256};
use latents_tensor::Tensor;
use latents_tensor::random::Key;
use latents_train::{Control, Event, TrainError, Trainer, TrainerConfig};

fn trainer(epochs: usize) -> Trainer<'static> {
    Trainer::new(
        TrainerConfig::default()
            .epochs(epochs)
            .batch_size(64)
            .optimizer(AdamConfig::default().learning_rate(2e-3)),
    )
}

/// Sigmoid all the way: what pretraining was invented for.
fn deep() -> NetworkConfig {
    NetworkConfig::new(64, 8)
        .hidden([128, 64, 32])
        .hidden_activation(Activation::Sigmoid)
}

fn pretraining(epochs: usize, noise: Option<Corruption>) -> Vec<LayerTraining> {
    vec![
        LayerTraining::default()
            .epochs(epochs)
            .learning_rate(None)
            .noise(noise),
    ]
}

fn stacked(pretraining: Vec<LayerTraining>) -> Stacked {
    let config = StackedConfig::from(deep()).pretraining(pretraining);
    Stacked::new(config, 1).unwrap()
}

#[test]
fn pretraining_beats_as_many_updates_from_scratch() {
    let rows = digits();
    let mut model = stacked(pretraining(10, None));
    trainer(10).fit(&mut model, &rows).unwrap();
    let mut scratch = Undercomplete::new(UndercompleteConfig::from(deep()), 1).unwrap();
    // Four layers of 10 epochs and 10 together: 50 epochs of the whole are more work, and still lose.
    trainer(50).fit(&mut scratch, &rows).unwrap();
    let (pretrained, joint) = (
        evaluate(&model, &rows, 256).mse,
        evaluate(&scratch, &rows, 256).mse,
    );
    assert!(pretrained < 0.85 * joint, "{pretrained} {joint}");
}

#[test]
fn every_layer_is_told_of_and_trained_once() {
    let rows = digits();
    let mut model = stacked(vec![
        LayerTraining::default()
            .epochs(2)
            .learning_rate(1e-3)
            .noise(Corruption::Masking { fraction: 0.2 }),
        LayerTraining::default().epochs(1),
    ]);
    let mut told = Vec::new();
    let mut listen = |event: &Event| match event {
        Event::LayerEpoch {
            layer,
            layers,
            epochs,
            record,
        } => told.push(format!("{layer}/{layers}:{}/{epochs}", record.epoch)),
        Event::Epoch(record) => told.push(record.epoch.to_string()),
        _ => {}
    };
    trainer(1).on_event(&mut listen).fit(&mut model, &rows).unwrap();
    trainer(1).on_event(&mut listen).fit(&mut model, &rows).unwrap();
    assert_eq!(
        told,
        ["1/4:1/2", "1/4:2/2", "2/4:1/1", "3/4:1/1", "4/4:1/1", "1", "1"]
    );
}

#[test]
fn the_seconds_of_the_layers_are_counted() {
    let rows = digits();
    let mut model = stacked(pretraining(2, None));
    let mut layers = 0.0;
    let mut fit = |layers: &mut f64| {
        let listen = |event: &Event| {
            if let Event::LayerEpoch { record, .. } = event {
                *layers += record.seconds;
            }
        };
        trainer(2).on_event(listen).fit(&mut model, &rows).unwrap()
    };
    let history = fit(&mut layers);
    assert!(layers > 0.0 && history.pretraining_seconds == layers);
    let epochs: f64 = history.epochs.iter().map(|record| record.seconds).sum();
    assert_eq!(history.seconds(), layers + epochs);
    assert_eq!(
        fit(&mut layers).pretraining_seconds,
        0.0,
        "layers are trained once"
    );
}

#[test]
fn the_seconds_of_layers_before_one_that_breaks_off_are_counted() {
    let layer = |learning_rate| {
        LayerTraining::default()
            .epochs(2)
            .learning_rate(learning_rate)
            .noise(None)
    };
    let mut model = stacked(vec![layer(None), layer(Some(1e38))]);
    let mut layers = [0.0; 2];
    let failed = trainer(1)
        .on_event(|event| {
            if let Event::LayerEpoch { layer, record, .. } = event {
                layers[layer - 1] += record.seconds;
            }
            Control::Continue
        })
        .fit(&mut model, &digits());
    let Err(TrainError::NotFinite {
        layer: Some(2),
        history,
        ..
    }) = failed
    else {
        panic!("{failed:?}");
    };
    assert!(layers[0] > 0.0 && history.pretraining_seconds == layers[0]);
    assert_eq!(history.seconds(), layers[0] + layers[1]);
}

#[test]
fn a_layer_may_be_stopped_and_the_rest_is_not_trained() {
    let rows = digits();
    let (mut model, mut epochs) = (stacked(pretraining(3, None)), 0);
    let fitted = trainer(5)
        .on_event(|event| match event {
            Event::LayerEpoch { layer: 2, .. } => Control::Stop,
            Event::Epoch(_) => {
                epochs += 1;
                Control::Continue
            }
            _ => Control::Continue,
        })
        .fit(&mut model, &rows);
    let history = fitted.unwrap();
    assert_eq!((history.epochs.len(), epochs), (0, 0));
    assert!(history.pretraining_seconds > 0.0);
}

#[test]
fn the_weights_do_not_depend_on_threads() {
    let hash = |threads| {
        latents_testing::in_pool(threads, || {
            let mut model = stacked(pretraining(1, Some(Corruption::Gaussian { sigma: 0.1 })));
            trainer(1).fit(&mut model, &digits()).unwrap();
            parameters_sha256(&model)
        })
    };
    assert_eq!(hash(1), hash(3));
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let refused = |change: fn(&mut StackedConfig)| {
        let mut config = StackedConfig::new(8, &[4, 2]);
        change(&mut config);
        config.validate().unwrap_err().to_string()
    };
    assert!(refused(|c| c.network.decoder_hidden = Some(vec![3])).contains("mirrors its encoder"));
    assert!(refused(|c| c.pretraining.clear()).starts_with("pretraining is empty"));
    assert!(
        refused(|c| c.pretraining[0].learning_rate = Some(0.0))
            .starts_with("pretraining[0].learning_rate is 0")
    );
    assert!(
        refused(|c| c.pretraining[0].noise = Some(Corruption::Masking { fraction: 2.0 })).contains("masking")
    );
    assert!(
        refused(|c| {
            c.network.output_activation = Activation::Identity;
            c.loss = Loss::Bce;
        })
        .contains("sigmoid")
    );
}

fn classes(rows: &Dataset) -> Vec<usize> {
    (0..rows.rows()).map(|row| rows.class(row).unwrap()).collect()
}

#[test]
fn an_encoder_is_tuned_with_labels() {
    let order = Key::new(3).permutation(digits().rows());
    let (train, test) = digits().split_ordered(0.3, &order).unwrap();
    let network = NetworkConfig::new(64, 32).hidden([64]);
    let mut body = Stacked::new(StackedConfig::from(network), 1).unwrap();
    trainer(5).fit(&mut body, &train).unwrap();
    let decoder_before: Tensor = body.decode_data(&Tensor::ones([1, 32]));
    let (train_classes, test_classes) = (classes(&train), classes(&test));
    let mut classifier = Classifier::new(Box::new(body), 10, 1).unwrap();
    let untuned = classifier.error(&test, &test_classes);
    let labelled = Labelled::new(&train, &train_classes).unwrap();
    trainer(20).fit(&mut classifier, &labelled).unwrap();
    let tuned = classifier.error(&test, &test_classes);
    assert!(untuned > 0.5 && tuned < 0.05, "{untuned} {tuned}");
    assert_eq!(
        classifier.body().decode_data(&Tensor::ones([1, 32])),
        decoder_before
    );
}

#[test]
fn a_classifier_is_tuned_on_corrupted_rows_and_judges_clean_ones() {
    let rows = digits();
    let all = classes(&rows);
    let labelled = Labelled::new(&rows, &all).unwrap();
    let tuned = |noise: Option<Corruption>| {
        let body = Box::new(Undercomplete::new(UndercompleteConfig::new(64, 32), 1).unwrap());
        let classifier = Classifier::new(body, 10, 1).unwrap();
        let mut classifier = match noise {
            Some(noise) => classifier.noise(noise).unwrap(),
            None => classifier,
        };
        let untrained = classifier.predict(&rows);
        let history = trainer(3).fit(&mut classifier, &labelled).unwrap();
        (untrained, history.epochs[2].train_loss, classifier.predict(&rows))
    };
    let masking = |fraction| Some(Corruption::Masking { fraction });
    let (clean, noisy) = (tuned(None), tuned(masking(0.5)));
    assert_eq!(clean.0, noisy.0, "predictions see no noise");
    assert!(noisy.1 > 1.2 * clean.1, "{} {}", noisy.1, clean.1);
    assert_eq!(noisy.2, tuned(masking(0.5)).2);
}

#[test]
fn noise_outside_its_range_is_refused() {
    let noise = Corruption::Masking { fraction: 1.5 };
    let body = Undercomplete::new(UndercompleteConfig::new(4, 2), 1).unwrap();
    let classifier = Classifier::new(Box::new(body), 2, 0).unwrap().noise(noise);
    let denoising = Denoising::with_corruption(DenoisingConfig::new(4, 2), Box::new(noise), 0);
    for error in [classifier.err(), denoising.err()] {
        let expected = "noise is masking:1.5: the parameter of masking must be between 0 and 1";
        assert_eq!(error.unwrap().to_string(), expected);
    }
}

#[test]
fn labels_that_do_not_fit_are_refused() {
    let rows = Tensor::zeros([3, 4]);
    assert!(Labelled::new(&rows, &[0, 1]).is_err());
    let body = || Box::new(Undercomplete::new(UndercompleteConfig::new(4, 2), 1).unwrap());
    assert!(Classifier::new(body(), 1, 0).is_err());
    let mut classifier = Classifier::new(body(), 2, 0).unwrap();
    let labelled = Labelled::new(&rows, &[0, 1, 2]).unwrap();
    let error = trainer(1).fit(&mut classifier, &labelled);
    assert_eq!(
        error.unwrap_err().to_string(),
        "a class is 2: must be from 0 to 1"
    );
}
