//! What a model makes of whole tables.

use latents_autoencoders::Autoencoder;
use latents_data::Dataset;
use latents_tensor::Tensor;

/// A model of any kind.
pub(crate) type Model = dyn Autoencoder;

/// Rows that are put through a model at once.
const BATCH: usize = 1024;

/// `f` of all rows of `data`, a batch at a time, one below the other: (rows, `width`).
pub(crate) fn map_rows(data: &Dataset, width: usize, mut f: impl FnMut(&Tensor) -> Tensor) -> Tensor {
    let mut values = Vec::with_capacity(data.rows() * width);
    for batch in data.batches::<f32>(BATCH) {
        values.extend(f(&batch).to_vec());
    }
    Tensor::from_vec(values, [data.rows(), width])
}

/// The codes of all rows: (rows, latent).
pub(crate) fn codes(model: &Model, data: &Dataset) -> Tensor {
    map_rows(data, model.latent_dim(), |batch| model.encode_data(batch))
}

/// What the model makes of all rows, scaled as it sees them: (rows, columns).
pub(crate) fn reconstructions(model: &Model, data: &Dataset) -> Tensor {
    map_rows(data, data.columns(), |batch| model.reconstruct_data(batch))
}
