//! What a model makes of whole data sets, a batch at a time.

use latents_autoencoders::Autoencoder;
use latents_data::Dataset;
use latents_tensor::Tensor;

/// Rows that are put through a model at once.
const BATCH: usize = 1024;

/// `f` of all rows of `data`, a batch at a time, one below the other: (rows, `width`).
fn map_rows(data: &Dataset, width: usize, mut f: impl FnMut(&Tensor) -> Tensor) -> Tensor {
    let mut values = Vec::with_capacity(data.rows() * width);
    for batch in data.batches::<f32>(BATCH) {
        values.extend(f(&batch).to_vec());
    }
    Tensor::from_vec(values, [data.rows(), width])
}

/// The codes of all rows: (rows, latent).
pub fn codes(model: &dyn Autoencoder, data: &Dataset) -> Tensor {
    map_rows(data, model.latent_dim(), |batch| model.encode_data(batch))
}

/// What the model makes of all rows, scaled as it sees them: (rows, columns).
pub fn reconstructions(model: &dyn Autoencoder, data: &Dataset) -> Tensor {
    map_rows(data, data.columns(), |batch| model.reconstruct_data(batch))
}

/// Rows evenly spaced from the first on: all where there are few.
pub(crate) fn evenly(data: &Dataset, most: usize) -> Vec<usize> {
    let count = most.min(data.rows());
    (0..count).map(|index| index * data.rows() / count).collect()
}
