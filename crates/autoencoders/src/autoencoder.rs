//! `Autoencoder`: the interface of all variants.

use crate::evaluate::row_errors;
use crate::{Finding, ModelConfig, Prior, Section};
use latents_autograd::{Tape, Var};
use latents_nn::{LayerRow, Module, Sequential};
use latents_tensor::{Real, Rows, Tensor, for_each_batch, parallel};
use latents_train::Trainable;
use std::fmt;

/// Rows per forward pass of the methods on data.
const BATCH: usize = 1024;

/// A normal distribution with independent latent dimensions, one per row.
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
    /// The configuration of the model, if it is a registered variant.
    fn config(&self) -> Option<ModelConfig> {
        None
    }

    /// Number of latent dimensions.
    fn latent_dim(&self) -> usize;

    /// Encodes rows (batch, input) as codes (batch, latent).
    fn encode<'t>(&self, x: Var<'t, T>) -> Var<'t, T>;

    /// Decodes codes (batch, latent) to rows (batch, input).
    fn decode<'t>(&self, z: Var<'t, T>) -> Var<'t, T>;

    /// The distribution q(z|x) of the codes of rows (batch, input), if the model has one.
    fn posterior<'t>(&self, _x: Var<'t, T>) -> Option<Posterior<'t, T>> {
        None
    }

    /// The distribution of codes that the model was trained for, if any: decoding its samples generates new rows.
    fn prior(&self) -> Option<Box<dyn Prior<T> + '_>> {
        None
    }

    /// The layers of the encoder, if they form a sequence. Their output is not necessarily the code: it may be the parameters
    /// of a posterior, or activations of which only the largest are kept.
    fn encoder(&self) -> Option<&Sequential<T>> {
        None
    }

    /// Findings that are specific to the model, on rows (rows, input). The doctor adds them to its own findings.
    fn findings(&self, _rows: &Tensor<T>) -> Vec<Finding> {
        Vec::new()
    }

    /// Tables for the report that are specific to the model, on rows (rows, input).
    fn sections(&self, _rows: &Tensor<T>) -> Vec<Section> {
        Vec::new()
    }

    /// The layer table: each layer with its output shape for one row and its parameters.
    fn layers(&self) -> Vec<LayerRow> {
        Module::layers(self, [1, self.input_dim()].into())
    }

    /// Reconstructs rows: encodes and decodes them, (batch, input).
    fn reconstruct<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        self.decode(self.encode(x))
    }

    /// Encodes a table (rows, input) as codes (rows, latent), in evaluation mode.
    fn encode_data(&self, rows: &Tensor<T>) -> Tensor<T> {
        evaluated(rows, |x| self.encode(x))
    }

    /// Decodes codes (rows, latent) to a table (rows, input), in evaluation mode.
    fn decode_data(&self, codes: &Tensor<T>) -> Tensor<T> {
        evaluated(codes, |z| self.decode(z))
    }

    /// Reconstructs a table (rows, input), in evaluation mode.
    fn reconstruct_data(&self, rows: &Tensor<T>) -> Tensor<T> {
        evaluated(rows, |x| self.reconstruct(x))
    }

    /// The reconstruction error ‖x − x̂‖² / features of each row of `data`.
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

/// Applies `f` to a table (rows, …) in evaluation mode, 1,024 rows at a time. Returns (rows, output width).
///
/// ```
/// # use latents_autoencoders::evaluated;
/// # use latents_tensor::Tensor;
/// assert_eq!(evaluated(&Tensor::full([3, 2], 2.0f32), |x| x.square()), Tensor::full([3, 2], 4.0));
/// ```
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
        // Only the first result shows the output width.
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
