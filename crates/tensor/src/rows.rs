//! `Rows`: a source of batches of rows.

mod batches;
mod spread;

pub use batches::for_each_batch;
pub use spread::Spread;

use crate::kernels::layout::copy;
use crate::{Real, Tensor};
use std::fmt;

/// A table of numbers of any storage type, from which a training loop takes batches.
pub trait Rows<T: Real = f32>: Sync {
    /// Returns the number of rows.
    fn rows(&self) -> usize;

    /// Returns the number of values per row.
    fn features(&self) -> usize;

    /// Writes the selected rows, converted and scaled, to `out` of shape (indices, features).
    ///
    /// # Panics
    /// If an index is out of range, or `out` has another shape.
    ///
    /// ```
    /// # use latents_tensor::{Rows, Tensor};
    /// let table = Tensor::from_slice(&[1.0f32, 2.0, 3.0, 4.0], [2, 2]);
    /// let mut batch = Tensor::zeros([1, 2]);
    /// table.gather_into(&[1], &mut batch);
    /// assert_eq!(batch.to_vec(), [3.0, 4.0]);
    /// ```
    fn gather_into(&self, indices: &[usize], out: &mut Tensor<T>);
}

impl<T: Real> fmt::Debug for dyn Rows<T> + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rows({} × {})", self.rows(), self.features())
    }
}

impl<T: Real> Rows<T> for Tensor<T> {
    fn rows(&self) -> usize {
        self.size(0)
    }

    fn features(&self) -> usize {
        self.len() / self.rows().max(1)
    }

    fn gather_into(&self, indices: &[usize], out: &mut Tensor<T>) {
        let features = self.features();
        assert_eq!(
            out.shape()[..],
            [indices.len(), features],
            "gather_into: the output has another shape"
        );
        let copy_row = |row: &mut [T], index: usize| match self.as_slice() {
            Some(source) => row.copy_from_slice(&source[index * features..][..features]),
            None => copy(&self.select(0, index), row),
        };
        crate::parallel::chunks_mut(out.make_mut(), features.max(1) * 16, |chunk, part| {
            for (row, &index) in part.chunks_exact_mut(features.max(1)).zip(&indices[chunk * 16..]) {
                copy_row(row, index);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::statistics;

    #[test]
    fn rows_of_any_layout_are_gathered_without_a_copy_of_the_table() {
        let table = Tensor::<f32>::from_fn([3, 50], |i| i as f32);
        let indices: Vec<usize> = (0..40).map(|i| i * 7 % 50).collect();
        for table in [
            table.transpose(),
            table.transpose().contiguous(),
            table.flip(0).transpose(),
        ] {
            let mut out = Tensor::zeros([40, 3]);
            let before = statistics::<f32>();
            table.gather_into(&indices, &mut out);
            assert_eq!(statistics::<f32>(), before, "nothing was allocated");
            assert_eq!(out, table.index_select(0, &indices));
        }
    }
}
