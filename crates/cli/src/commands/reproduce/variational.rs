//! Figures of likelihood.

use super::{Goal, Job, Measured, Row};
use crate::failure::Outcome;
use latents_autoencoders::{NetworkConfig, Variational, VariationalConfig, evaluate};
use latents_nn::{AdamConfig, Schedule};
use latents_train::TrainerConfig;

pub(super) const VAE: Row = Row {
    name: "vae",
    program: "784-400-20, ReLU, Bernoulli on greys, Adam 0.001, batches of 128, 10 epochs",
    figure: "−ELBO on the test images (nats)",
    published: "105.7 (the same program in PyTorch: benches/peers/torch_vae.py); within 0.5",
    goal: Goal::AtMost(106.2),
    minutes: 0.5,
    run: vae,
};

fn vae(job: &Job<'_>) -> Outcome<Measured> {
    let (train, test) = job.data.mnist()?;
    let mut model = Variational::new(VariationalConfig::new(784, 20), job.seed)?;
    let config = TrainerConfig::default()
        .epochs(10)
        .batch_size(128)
        .optimizer(AdamConfig::default());
    job.fit("vae", &mut model, config, train)?;
    Ok(evaluate(&model, test, 1024).loss.into())
}

pub(super) const IWAE: Row = Row {
    name: "iwae",
    program: "784-512-512-16, ReLU, dynamic binarisation, Adam with a cosine schedule, 200 epochs",
    figure: "−ln p(x) of the test images, 200 samples (nats)",
    published: "89.9; within 1",
    goal: Goal::AtMost(90.9),
    minutes: 12.0,
    run: iwae,
};

fn iwae(job: &Job<'_>) -> Outcome<Measured> {
    let (train, test) = job.data.mnist()?;
    let config = VariationalConfig::from(NetworkConfig::new(784, 16).hidden([512, 512])).binarize(true);
    let mut model = Variational::new(config, job.seed)?;
    let config = TrainerConfig::default()
        .epochs(200)
        .batch_size(128)
        .optimizer(AdamConfig::default())
        .schedule(Schedule::COSINE);
    job.fit("iwae", &mut model, config, train)?;
    Ok(Measured {
        value: -model.log_likelihood(test, 200, job.seed),
        beside: vec![("−ELBO".to_owned(), evaluate(&model, test, 1024).loss)],
    })
}
