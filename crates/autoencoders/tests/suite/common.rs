//! Data and a model for the tests of the trainer.
#![allow(dead_code, reason = "each test file uses its part")]

use latents_autoencoders::Autoencoder;
use latents_autograd::{Reduction, Var};
use latents_nn::{Activation, Dropout, Linear, Module, Sequential, parts};
use latents_tensor::random::Key;
use latents_train::{Batch, Parts, Trainable};

/// An autoencoder with dropout in its encoder, and noise on its input if asked for, in evaluation too.
pub(crate) struct Dropping {
    input: usize,
    latent: usize,
    noise: f32,
    encoder: Sequential,
    decoder: Sequential,
}

impl Dropping {
    pub(crate) fn new([input, hidden, latent]: [usize; 3], dropout: f64) -> Self {
        let key = Key::new(11);
        let mut model = Self {
            input,
            latent,
            noise: 0.0,
            encoder: Sequential::new()
                .then(Linear::new(input, hidden, key.index(0)))
                .then(Activation::Relu)
                .then(Dropout::new(dropout))
                .then(Linear::new(hidden, latent, key.index(1))),
            decoder: Sequential::new()
                .then(Linear::new(latent, hidden, key.index(2)))
                .then(Activation::Relu)
                .then(Linear::new(hidden, input, key.index(3)))
                .then(Activation::Sigmoid),
        };
        model.name_parameters("");
        model
    }

    pub(crate) fn with_noise(self, noise: f32) -> Self {
        Self { noise, ..self }
    }
}

impl Module for Dropping {
    fn forward<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.reconstruct(x)
    }
    parts! { f32: encoder, decoder }
}

impl Autoencoder for Dropping {
    fn latent_dim(&self) -> usize {
        self.latent
    }
    fn encode<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.encoder.forward(x)
    }
    fn decode<'t>(&self, z: Var<'t>) -> Var<'t> {
        self.decoder.forward(z)
    }
}

impl Trainable for Dropping {
    fn input_dim(&self) -> usize {
        self.input
    }
    fn loss<'t>(&self, _: usize, batch: &Batch<'t>, parts: &mut Parts) -> Var<'t> {
        let x = batch.x;
        let noisy = match self.noise {
            0.0 => x,
            noise => {
                let mut drawn = x.tape().next_key().normal(x.shape());
                drawn.scale_assign(noise);
                x + x.tape().input(&drawn)
            }
        };
        let loss = self.reconstruct(noisy).mse(x, Reduction::Mean);
        parts.add("reconstruction", loss);
        loss
    }
}

/// The loss of rows and its parts.
pub(crate) fn loss_of<'t>(model: &dyn Trainable, x: Var<'t>) -> (Var<'t>, Vec<(String, f64)>) {
    let mut parts = Parts::new();
    let total = model.loss(0, &Batch::of(x), &mut parts);
    (
        total,
        parts.iter().map(|(name, part)| (name.to_owned(), part)).collect(),
    )
}
