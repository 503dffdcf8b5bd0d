//! `Rows`: anything that hands out batches of rows.

use crate::Tensor;

/// A table of numbers that a training loop takes batches from, in whatever type it is stored.
pub trait Rows: Sync {
    /// The number of rows.
    fn rows(&self) -> usize;

    /// The number of values in a row.
    fn features(&self) -> usize;

    /// Writes the chosen rows, converted and scaled, into `out` of shape (indices, features).
    ///
    /// # Panics
    /// If an index lies outside or `out` has another shape.
    fn gather_into(&self, indices: &[usize], out: &mut Tensor<f32>);
}

impl Rows for Tensor<f32> {
    fn rows(&self) -> usize {
        self.size(0)
    }

    fn features(&self) -> usize {
        self.len() / self.rows().max(1)
    }

    fn gather_into(&self, indices: &[usize], out: &mut Tensor<f32>) {
        let features = self.features();
        assert_eq!(
            out.shape()[..],
            [indices.len(), features],
            "gather_into: the output has another shape"
        );
        let ordered = self.contiguous();
        let source = ordered.as_slice().unwrap_or(&[]);
        crate::parallel::chunks_mut(out.make_mut(), features.max(1) * 16, |chunk, part| {
            for (row, &index) in part.chunks_exact_mut(features.max(1)).zip(&indices[chunk * 16..]) {
                row.copy_from_slice(&source[index * features..][..features]);
            }
        });
    }
}
