//! `for_each_batch`: a table in order, batch by batch.

use crate::{Real, Rows, Tensor};

/// Goes through `data` in order, in batches of at most `batch_size` rows, with buffers that are made once.
pub fn for_each_batch<T: Real>(data: &dyn Rows<T>, batch_size: usize, mut body: impl FnMut(&Tensor<T>)) {
    let (rows, features) = (data.rows(), data.features());
    let size = batch_size.min(rows).max(1);
    let mut indices = Vec::with_capacity(size);
    let mut whole = Tensor::zeros([size, features]);
    // The last batch, where it is smaller.
    let mut rest = Tensor::zeros([rows % size, features]);
    for start in (0..rows).step_by(size) {
        indices.clear();
        indices.extend(start..(start + size).min(rows));
        let batch = if indices.len() == size {
            &mut whole
        } else {
            &mut rest
        };
        data.gather_into(&indices, batch);
        body(batch);
    }
}
