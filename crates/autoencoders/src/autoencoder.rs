//! `Autoencoder`: what every variant is.

use crate::evaluate::row_errors;
use crate::{Finding, ModelConfig, Prior, Section};
use latents_autograd::{Tape, Var};
use latents_nn::{LayerRow, Module, Sequential};
use latents_tensor::{Real, Rows, Tensor, for_each_batch, parallel};
use latents_train::Trainable;
use std::fmt;

/// Rows that the methods on data put through the model at once.
const BATCH: usize = 1024;

/// A normal distribution of codes, one a row, with independent numbers.
#[derive(Clone, Copy, Debug)]
pub struct Posterior<'t, T: Real = f32> {
    /// Means (batch, latent).
    pub mean: Var<'t, T>,
    /// Natural logarithms of the variances (batch, latent).
    pub log_variance: Var<'t, T>,
}

/// A model that encodes rows (batch, input) into codes (batch, latent) and decodes them again.
///
/// As a [`Module`] its function is the reconstruction.
pub trait Autoencoder<T: Real = f32>: Trainable<T> {
    /// What it was made from, where it is one of the listed variants.
    fn config(&self) -> Option<ModelConfig> {
        None
    }

    /// Numbers of a code.
    fn latent_dim(&self) -> usize;

    /// Codes (batch, latent) of rows (batch, input).
    fn encode<'t>(&self, x: Var<'t, T>) -> Var<'t, T>;

    /// Rows (batch, input) of codes (batch, latent).
    fn decode<'t>(&self, z: Var<'t, T>) -> Var<'t, T>;

    /// The distribution q(z|x) of the codes of rows (batch, input), where codes are distributed.
    fn posterior<'t>(&self, _x: Var<'t, T>) -> Option<Posterior<'t, T>> {
        None
    }

    /// The distribution of codes that the model was trained for, if any: rows are drawn by decoding its draws.
    fn prior(&self) -> Option<Box<dyn Prior<T> + '_>> {
        None
    }

    /// The layers that codes come from, where they stand one after the other. What they give may still be on its way to a
    /// code: a posterior's numbers, activations of which the largest are kept.
    fn encoder(&self) -> Option<&Sequential<T>> {
        None
    }

    /// What went wrong that only this kind of model can tell, seen on rows (rows, input): the doctor adds it to its own findings.
    fn findings(&self, _rows: &Tensor<T>) -> Vec<Finding> {
        Vec::new()
    }

    /// Tables for its report of what only this kind of model has, measured on rows (rows, input).
    fn sections(&self, _rows: &Tensor<T>) -> Vec<Section> {
        Vec::new()
    }

    /// The layer table: each layer, the shape of its output for one row, and its parameters.
    fn layers(&self) -> Vec<LayerRow> {
        Module::layers(self, [1, self.input_dim()].into())
    }

    /// The decoded codes of rows: (batch, input) again.
    fn reconstruct<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        self.decode(self.encode(x))
    }

    /// Codes (rows, latent) of a table (rows, input), in evaluation mode.
    fn encode_data(&self, rows: &Tensor<T>) -> Tensor<T> {
        evaluated(rows, |x| self.encode(x))
    }

    /// A table (rows, input) of codes (rows, latent), in evaluation mode.
    fn decode_data(&self, codes: &Tensor<T>) -> Tensor<T> {
        evaluated(codes, |z| self.decode(z))
    }

    /// The reconstruction (rows, input) of a table (rows, input), in evaluation mode.
    fn reconstruct_data(&self, rows: &Tensor<T>) -> Tensor<T> {
        evaluated(rows, |x| self.reconstruct(x))
    }

    /// ‖x − x̂‖² / features of every row of `data`.
    fn reconstruction_errors(&self, data: &dyn Rows<T>) -> Vec<f64> {
        let mut errors = Vec::with_capacity(data.rows());
        parallel::team(|| {
            for_each_batch(data, BATCH, |batch| {
                errors.extend(row_errors(batch, &self.reconstruct_data(batch)))
            });
        });
        errors
            .iter()
            .map(|error| error / data.features() as f64)
            .collect()
    }
}

impl<T: Real> fmt::Debug for dyn Autoencoder<T> + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.config() {
            Some(config) => config.fmt(f),
            None => f.write_str(&self.kind()),
        }
    }
}

/// `f` of a table (rows, …) in evaluation mode, 1,024 rows at a time: (rows, width of the results).
pub fn evaluated<T: Real>(table: &Tensor<T>, f: impl for<'t> Fn(Var<'t, T>) -> Var<'t, T>) -> Tensor<T> {
    let rows = table.size(0);
    let mut tape = Tape::new();
    tape.set_training(false);
    let mut batch_from = |start: usize| {
        let batch = table.narrow(0, start, (start + BATCH).min(rows));
        let result = f(tape.input(&batch)).value();
        tape.reset();
        result.contiguous()
    };
    parallel::team(|| {
        let first = batch_from(0);
        if rows <= BATCH {
            return first;
        }
        // Only a result tells how wide results are.
        let width = first.size(1);
        Tensor::build([rows, width], |out| {
            let (head, tail) = out.split_at_mut(BATCH * width);
            head.copy_from_slice(&first.elements());
            for (index, part) in tail.chunks_mut(BATCH * width).enumerate() {
                let batch = batch_from((index + 1) * BATCH);
                part.copy_from_slice(&batch.elements());
            }
        })
    })
}
