//! `for_each_batch`: iteration over a table in batches.

use crate::{Real, Rows, Tensor};

/// Calls `body` with the rows of `data` in order, in batches of at most `batch_size` rows. The buffers are allocated once.
///
/// ```
/// # use latents_tensor::{Tensor, for_each_batch};
/// let mut sizes = Vec::new();
/// for_each_batch(&Tensor::<f32>::zeros([5, 2]), 2, |batch| sizes.push(batch.size(0)));
/// assert_eq!(sizes, [2, 2, 1]);
/// ```
pub fn for_each_batch<T: Real>(data: &dyn Rows<T>, batch_size: usize, mut body: impl FnMut(&Tensor<T>)) {
    let (rows, features) = (data.rows(), data.features());
    let size = batch_size.min(rows).max(1);
    let mut indices = Vec::with_capacity(size);
    let mut whole = Tensor::zeros([size, features]);
    // The last batch, if it is smaller.
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
