//! A TopK autoencoder, 784-4096 with 32 active units on batches of 256, as benches and tables run it: mean squared error, Adam.

use latents::data::Dataset;
use latents::nn::{Init, Parameter};
use latents::prelude::*;
use latents::tensor::Rows;
use std::time::Instant;

/// Units of the code.
pub const UNITS: usize = 4096;
/// Active units of a row.
pub const ACTIVE: usize = 32;
/// Rows of a batch.
pub const BATCH: usize = 256;

/// A dictionary of [`UNITS`] rows and its encoder.
pub struct TopK {
    encoder: Parameter,
    encoder_bias: Parameter,
    dictionary: Parameter,
    offset: Parameter,
}

impl TopK {
    /// A fresh model for rows of `input` values.
    pub fn new(input: usize) -> Self {
        let weights: Tensor = Init::GlorotUniform.draw([UNITS, input], Key::new(0));
        Self {
            encoder: Parameter::new("encoder.weight", weights.clone()),
            encoder_bias: Parameter::new("encoder.bias", Tensor::zeros([UNITS])),
            dictionary: Parameter::new("decoder.weight", weights),
            offset: Parameter::new("decoder.bias", Tensor::zeros([input])),
        }
    }
}

impl Module<f32> for TopK {
    fn forward<'t>(&self, x: Var<'t>) -> Var<'t> {
        let tape = x.tape();
        let offset = self.offset.on(tape);
        let (values, units) = x.linear_top_k(self.encoder.on(tape), Some(self.encoder_bias.on(tape)), ACTIVE);
        values
            .relu()
            .sparse_linear(&units, self.dictionary.on(tape), Some(offset))
    }

    fn visit(&self, f: &mut dyn FnMut(&Parameter)) {
        [&self.encoder, &self.encoder_bias, &self.dictionary, &self.offset]
            .into_iter()
            .for_each(f);
    }

    fn visit_mut(&mut self, f: &mut dyn FnMut(&mut Parameter)) {
        f(&mut self.encoder);
        f(&mut self.encoder_bias);
        f(&mut self.dictionary);
        f(&mut self.offset);
    }

    fn name_parameters(&mut self, _: &str) {}
}

/// A model, its optimiser, and what a step needs.
pub struct Training<'a> {
    data: &'a Dataset,
    model: TopK,
    adam: Adam,
    tape: Tape,
    batch: Tensor,
    /// The last batch of an epoch, which is smaller.
    rest: Tensor,
    order: Vec<usize>,
    epochs: u64,
}

impl<'a> Training<'a> {
    /// Ready for the first epoch.
    pub fn new(data: &'a Dataset) -> Self {
        let features = data.features();
        Self {
            data,
            model: TopK::new(features),
            adam: Adam::new(1e-3),
            tape: Tape::new(),
            batch: Tensor::zeros([BATCH, features]),
            rest: Tensor::zeros([data.rows() % BATCH, features]),
            order: (0..data.rows()).collect(),
            epochs: 0,
        }
    }

    /// One pass over the data in a new order, in seconds.
    pub fn epoch(&mut self) -> f64 {
        self.epochs += 1;
        Key::new(1).step(self.epochs).permutation_into(&mut self.order);
        let order = std::mem::take(&mut self.order);
        let started = Instant::now();
        latents::tensor::parallel::team(|| {
            for places in order.chunks(BATCH) {
                self.step(places);
            }
        });
        self.order = order;
        started.elapsed().as_secs_f64()
    }

    fn step(&mut self, places: &[usize]) {
        let batch = if places.len() == BATCH {
            &mut self.batch
        } else {
            &mut self.rest
        };
        self.data.gather_into(places, batch);
        let x = self.tape.input(batch);
        let total = self.model.forward(x).mse(x, Reduction::Mean);
        assert!(total.item().is_finite());
        let gradients = total.backward();
        self.tape.reset();
        self.adam.step(&mut self.model, &gradients);
    }
}
