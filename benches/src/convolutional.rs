//! A convolutional autoencoder, 1→16→32 channels (3×3, stride 2) and a code of 64, mirrored by transposed convolutions,
//! trained with Adam on batches of 128.

use latents::nn::{Conv2d, Conv2dOptions, ConvTranspose2d, Flatten, Unflatten};
use latents::prelude::*;
use latents::tensor::parallel;
use std::time::Instant;

/// Rows per batch.
pub const BATCH: usize = 128;

/// Multiply-adds of one row in the forward pass: each convolution and each linear layer, in encoder and decoder. (In transposed
/// convolutions, each input pixel meets every tap; in the others, each output pixel does.)
const MULTIPLY_ADDS_FORWARD: f64 = 2.0 * (16.0 * 9.0 * 196.0 + 32.0 * 16.0 * 9.0 * 49.0 + 32.0 * 49.0 * 64.0);
/// Those of the first layer, whose input needs no gradient.
const MULTIPLY_ADDS_FIRST: f64 = 16.0 * 9.0 * 196.0;

/// Floating point operations of the matrix products for one training row.
pub fn operations_a_row() -> f64 {
    2.0 * (3.0 * MULTIPLY_ADDS_FORWARD - MULTIPLY_ADDS_FIRST)
}

/// The model with its training state.
#[derive(Debug)]
pub struct Convolutional {
    model: Sequential,
    adam: Adam,
    tape: Tape<f32>,
    key: Key,
    epoch: u64,
}

impl Default for Convolutional {
    fn default() -> Self {
        Self::new()
    }
}

impl Convolutional {
    /// A newly initialised one.
    pub fn new() -> Self {
        let key = Key::new(0);
        Self {
            model: model(key.purpose("weights")),
            adam: Adam::new(1e-3),
            tape: Tape::new(),
            key: key.purpose("order"),
            epoch: 0,
        }
    }

    /// Trains one epoch in a new order, and returns its duration in seconds.
    pub fn epoch(&mut self, data: &dyn Rows) -> f64 {
        let start = Instant::now();
        let mut order = vec![0; data.rows()];
        self.key.step(self.epoch).permutation_into(&mut order);
        self.epoch += 1;
        let mut batch = Tensor::zeros([BATCH.min(data.rows()), data.features()]);
        parallel::team(|| {
            for rows in order.chunks(BATCH) {
                if rows.len() != batch.size(0) {
                    batch = Tensor::zeros([rows.len(), data.features()]);
                }
                data.gather_into(rows, &mut batch);
                self.step(&batch);
            }
        });
        start.elapsed().as_secs_f64()
    }

    /// Runs one step and returns the loss before it.
    pub fn step(&mut self, batch: &Tensor) -> f32 {
        let x = self.tape.input(batch);
        let loss = self.model.forward(x).mse(x, Reduction::Mean);
        let (value, gradients) = (loss.item(), loss.backward());
        self.tape.reset();
        self.adam.step(&mut self.model, &gradients);
        value
    }
}

fn model(key: Key) -> Sequential {
    let window = Conv2dOptions::default().stride(2).padding(1);
    Sequential::new()
        .then(Unflatten::new([1, 28, 28]))
        .then(Conv2d::new(1, 16, [3; 2], window, key.index(0)))
        .then(Activation::Relu)
        .then(Conv2d::new(16, 32, [3; 2], window, key.index(1)))
        .then(Activation::Relu)
        .then(Flatten)
        .then(Linear::new(32 * 49, 64, key.index(2)))
        .then(Linear::new(64, 32 * 49, key.index(3)))
        .then(Activation::Relu)
        .then(Unflatten::new([32, 7, 7]))
        .then(ConvTranspose2d::new(32, 16, [3; 2], window, [1; 2], key.index(4)))
        .then(Activation::Relu)
        .then(ConvTranspose2d::new(16, 1, [3; 2], window, [1; 2], key.index(5)))
        .then(Activation::Sigmoid)
        .then(Flatten)
}
