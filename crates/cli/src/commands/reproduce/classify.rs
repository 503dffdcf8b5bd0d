//! Figures of features: what a classifier makes of them.

use super::data::classes;
use super::{Goal, Job, Measured, Row};
use crate::failure::Outcome;
use latents_autoencoders::{
    Classifier, Corruption, Labelled, LayerTraining, NetworkConfig, Stacked, StackedConfig, TrainerConfig,
};
use latents_nn::{Activation, AdamConfig, Loss, OptimizerConfig, Schedule};

pub(super) const SDAE_3: Row = Row {
    name: "sdae-3",
    program: "784-1000-1000-1000, each layer trained on inputs with 25 % masked, then tuned with labels",
    figure: "test error (%)",
    published: "1.28 (Vincent et al. 2010)",
    goal: Goal::AtMost(1.4),
    minutes: 20.0,
    run: sdae_3,
};

fn sdae_3(job: &Job<'_>) -> Outcome<Measured> {
    let (train, test) = job.data.mnist()?;
    let network = NetworkConfig {
        hidden_activation: Activation::Sigmoid,
        latent_activation: Activation::Sigmoid,
        ..NetworkConfig::new(784, 1000).hidden([1000, 1000])
    };
    let config = StackedConfig {
        loss: Loss::Bce,
        ..StackedConfig::from(network).pretraining(LayerTraining {
            epochs: 15,
            learning_rate: Some(1e-3),
            noise: Some(Corruption::Masking { fraction: 0.25 }),
        })
    };
    let mut body = Stacked::new(config, job.seed)?;
    let alone = TrainerConfig {
        epochs: 0,
        ..TrainerConfig::default()
    };
    job.fit("sdae-3", &mut body, alone, train, None)?;
    let (train_classes, test_classes) = (classes(train)?, classes(test)?);
    let mut classifier = Classifier::new(Box::new(body), 10, job.seed)?;
    let tuning = TrainerConfig {
        epochs: 40,
        batch_size: 128,
        optimizer: OptimizerConfig::Adam(AdamConfig {
            learning_rate: 3e-4,
            ..AdamConfig::default()
        }),
        schedule: Some(Schedule::COSINE),
        ..TrainerConfig::default()
    };
    let labelled = Labelled::new(train, &train_classes)?;
    job.fit("tuning", &mut classifier, tuning, &labelled, None)?;
    Ok((100.0 * classifier.error(test, &test_classes)).into())
}
