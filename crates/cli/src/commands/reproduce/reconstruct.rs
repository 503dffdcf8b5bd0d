//! Figures of reconstruction.

use super::{Goal, Job, Measured, Row};
use crate::failure::Outcome;
use latents_autoencoders::{
    Autoencoder, Corrupt, Corruption, Denoising, DenoisingConfig, NetworkConfig, Undercomplete,
    UndercompleteConfig, evaluate, row_errors,
};
use latents_classical::Pca;
use latents_metrics::psnr_from_mse;
use latents_nn::{Activation, AdamConfig, Loss, OptimizerConfig, Schedule};
use latents_tensor::Tensor;
use latents_tensor::random::Key;
use latents_train::TrainerConfig;

fn adam(learning_rate: f64) -> OptimizerConfig {
    OptimizerConfig::Adam(AdamConfig::default().learning_rate(learning_rate).epsilon(1e-7))
}

pub(super) const KERAS: Row = Row {
    name: "keras-784-32",
    program: "784-32-784, ReLU, sigmoid, squared errors, Adam, batches of 256, 50 epochs",
    figure: "test MSE",
    published: "0.0096–0.0097 (Keras, PyTorch)",
    goal: Goal::AtMost(0.0098),
    minutes: 0.2,
    run: keras,
};

fn keras(job: &Job<'_>) -> Outcome<Measured> {
    let (train, test) = job.data.mnist()?;
    let mut model = Undercomplete::new(UndercompleteConfig::new(784, 32), job.seed)?;
    job.fit("784-32-784", &mut model, TrainerConfig::default(), train)?;
    Ok(evaluate(&model, test, 1024).mse.into())
}

pub(super) const LINEAR_PCA: Row = Row {
    name: "linear-pca",
    program: "784-32-784 without activations, Adam with a cosine schedule, 50 epochs",
    figure: "test MSE / that of PCA-32",
    published: "1 (Baldi & Hornik 1989: the optimum is PCA's)",
    goal: Goal::AtMost(1.001),
    minutes: 0.2,
    run: linear_pca,
};

fn linear_pca(job: &Job<'_>) -> Outcome<Measured> {
    let (train, test) = job.data.mnist()?;
    let network = NetworkConfig::new(784, 32)
        .linear_output()
        .latent_activation(Activation::Identity);
    let mut model = Undercomplete::new(network, job.seed)?;
    let config = TrainerConfig::default()
        .optimizer(adam(2e-3))
        .schedule(Schedule::COSINE);
    job.fit("linear", &mut model, config, train)?;
    let (ours, pca) = (evaluate(&model, test, 1024).mse, Pca::fit(train, 32)?.mse(test));
    Ok(Measured {
        value: ours / pca,
        beside: vec![("MSE".to_owned(), ours), ("PCA-32".to_owned(), pca)],
    })
}

pub(super) const HINTON_DEEP: Row = Row {
    name: "hinton-deep",
    program: "784-1000-500-250-30 and back, cross entropy, Adam with a cosine schedule, 150 epochs",
    figure: "squared error per test image",
    published: "3.00 (Hinton & Salakhutdinov 2006); PCA-30: 13.87",
    goal: Goal::AtMost(3.0),
    minutes: 12.0,
    run: hinton_deep,
};

fn hinton_deep(job: &Job<'_>) -> Outcome<Measured> {
    let (train, test) = job.data.mnist()?;
    let network = NetworkConfig::new(784, 30)
        .hidden([1000, 500, 250])
        .hidden_activation(Activation::Silu);
    let config = UndercompleteConfig::from(network).loss(Loss::Bce);
    let mut model = Undercomplete::new(config, job.seed)?;
    let config = TrainerConfig::default()
        .epochs(150)
        .optimizer(adam(1e-3))
        .schedule(Schedule::COSINE);
    job.fit("deep", &mut model, config, train)?;
    let (ours, pca) = (evaluate(&model, test, 1024).mse, Pca::fit(train, 30)?.mse(test));
    Ok(Measured {
        value: ours * 784.0,
        beside: vec![("PCA-30".to_owned(), pca * 784.0)],
    })
}

pub(super) const DENOISE: Row = Row {
    name: "denoise",
    program: "784-1000-32 and back, Gaussian noise of σ = 0.5, Adam with a cosine schedule, 30 epochs",
    figure: "PSNR above PCA-32's (dB)",
    published: "3 dB above the projection is the aim",
    goal: Goal::AtLeast(3.0),
    minutes: 1.3,
    run: denoise,
};

fn denoise(job: &Job<'_>) -> Outcome<Measured> {
    let (train, test) = job.data.mnist()?;
    let noise = Corruption::Gaussian { sigma: 0.5 };
    let network = NetworkConfig::new(784, 32).hidden([1000]);
    let mut model = Denoising::new(DenoisingConfig::from(network).noise(noise), job.seed)?;
    let config = TrainerConfig::default().epochs(30).schedule(Schedule::COSINE);
    job.fit("denoise", &mut model, config, train)?;
    let clean: Tensor = test.to_tensor();
    let noisy = noise.corrupt(&clean, Key::new(job.seed).purpose("test noise"));
    let psnr = |made: &Tensor| {
        let errors = row_errors(&clean, made);
        psnr_from_mse(errors.iter().sum::<f64>() / clean.len() as f64, 1.0)
    };
    let pca = Pca::fit(train, 32)?;
    let (ours, pca, noisy) = (
        psnr(&model.reconstruct_data(&noisy)),
        psnr(&pca.inverse_transform(&pca.transform(&noisy))),
        psnr(&noisy),
    );
    Ok(Measured {
        value: ours - pca,
        beside: vec![
            ("ours".to_owned(), ours),
            ("PCA-32".to_owned(), pca),
            ("noisy".to_owned(), noisy),
        ],
    })
}
