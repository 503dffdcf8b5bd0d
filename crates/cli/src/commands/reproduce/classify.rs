//! Figures of features: what a classifier makes of them.

use super::data::classes;
use super::{Goal, Job, Measured, Row};
use crate::failure::Outcome;
use latents_autoencoders::{
    Autoencoder, Classifier, Corruption, Labelled, LayerTraining, NetworkConfig, Penalty, Sparse,
    SparseConfig, Stacked, StackedConfig,
};
use latents_classical::{LogisticRegression, LogisticRegressionConfig};
use latents_nn::{Activation, AdamConfig, Loss, Schedule};
use latents_train::TrainerConfig;

pub(super) const SDAE_3: Row = Row {
    name: "sdae-3",
    program: "784-1000-1000-1000, each layer trained on inputs with 25 % masked, then tuned with labels on such rows",
    figure: "test error (%)",
    published: "1.28 (Vincent et al. 2010)",
    goal: Goal::AtMost(1.4),
    minutes: 8.0,
    run: sdae_3,
};

fn sdae_3(job: &Job<'_>) -> Outcome<Measured> {
    let (train, test) = job.data.mnist()?;
    let network = NetworkConfig::new(784, 1000)
        .hidden([1000, 1000])
        .hidden_activation(Activation::Sigmoid)
        .latent_activation(Activation::Sigmoid);
    let config = StackedConfig::from(network)
        .pretraining([LayerTraining::default()
            .epochs(15)
            .learning_rate(1e-3)
            .noise(Corruption::Masking { fraction: 0.25 })])
        .loss(Loss::Bce);
    let mut body = Stacked::new(config, job.seed)?;
    let alone = TrainerConfig::default().epochs(0);
    job.fit("sdae-3", &mut body, alone, train)?;
    let (train_classes, test_classes) = (classes(train)?, classes(test)?);
    let noise = Corruption::Masking { fraction: 0.25 };
    let mut classifier = Classifier::new(Box::new(body), 10, job.seed)?.noise(noise)?;
    let tuning = TrainerConfig::default()
        .epochs(40)
        .batch_size(128)
        .optimizer(AdamConfig::default().learning_rate(3e-4))
        .schedule(Schedule::COSINE);
    let labelled = Labelled::new(train, &train_classes)?;
    job.fit("tuning", &mut classifier, tuning, &labelled)?;
    Ok((100.0 * classifier.error(test, &test_classes)).into())
}

pub(super) const K_SPARSE: Row = Row {
    name: "k-sparse",
    program: "784-1000, tied weights, from 100 to 25 active units, dead ones revived, 30 epochs; logistic regression on 300 units",
    figure: "test error (%)",
    published: "1.35 (Makhzani & Frey 2013)",
    goal: Goal::AtMost(1.5),
    minutes: 2.0,
    run: k_sparse,
};

fn k_sparse(job: &Job<'_>) -> Outcome<Measured> {
    let (train, test) = job.data.mnist()?;
    let config = SparseConfig::from(NetworkConfig::new(784, 1000).linear_output())
        // More units when the codes are read, as the paper has it: 300 of 1000.
        .penalty(Penalty::TopK { k: 25, alpha: 12.0 })
        .k_from(100)
        .tied(true)
        .revive_every(1);
    let mut model = Sparse::new(config, job.seed)?;
    let config = TrainerConfig::default()
        .epochs(30)
        .batch_size(128)
        .optimizer(AdamConfig::default().learning_rate(3e-4).epsilon(1e-7))
        .schedule(Schedule::COSINE)
        .seed(job.seed);
    job.fit("k-sparse", &mut model, config, train)?;
    let (train_classes, test_classes) = (classes(train)?, classes(test)?);
    let codes = |rows: &latents_data::Dataset| model.encode_data(&rows.to_tensor());
    let regression = LogisticRegressionConfig::default().inverse_penalty(0.3);
    let regression = LogisticRegression::fit(&codes(train), &train_classes, regression)?;
    Ok((100.0 * regression.error(&codes(test), &test_classes)).into())
}
