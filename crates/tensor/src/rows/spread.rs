//! `Spread`: the mean and variance of rows, in one pass.

use crate::{Real, Tensor};

/// Computes the column means and Σ‖x − mean(x)‖² of rows added in batches. It works in f64, relative to the first row, so that
/// large offsets do not cancel.
///
/// ```
/// # use latents_tensor::{Spread, Tensor};
/// let mut spread = Spread::new(1);
/// spread.add(&Tensor::from_slice(&[1.0f32, 3.0], [2, 1]));
/// assert_eq!((spread.mean(), spread.around_mean()), (vec![2.0], 2.0));
/// ```
#[derive(Debug)]
pub struct Spread {
    /// The first row.
    origin: Vec<f64>,
    sums: Vec<f64>,
    squares: f64,
    rows: usize,
}

impl Spread {
    /// Creates an empty summary for rows with this number of features.
    pub fn new(features: usize) -> Self {
        Self {
            origin: Vec::new(),
            sums: vec![0.0; features],
            squares: 0.0,
            rows: 0,
        }
    }

    /// Adds the rows of a batch (rows, features).
    pub fn add<T: Real>(&mut self, batch: &Tensor<T>) {
        for row in batch.in_order().chunks_exact(self.sums.len().max(1)) {
            self.add_row(row);
        }
    }

    fn add_row<T: Real>(&mut self, row: &[T]) {
        if self.rows == 0 {
            self.origin.extend(row.iter().map(|&x| x.to_f64()));
        }
        for ((sum, origin), &x) in self.sums.iter_mut().zip(&self.origin).zip(row) {
            let distance = x.to_f64() - origin;
            *sum += distance;
            self.squares += distance * distance;
        }
        self.rows += 1;
    }

    /// Returns the mean of every column.
    pub fn mean(&self) -> Vec<f64> {
        let columns = self.origin.iter().zip(&self.sums);
        columns
            .map(|(origin, sum)| origin + sum / self.rows as f64)
            .collect()
    }

    /// Returns Σ‖x − mean(x)‖².
    pub fn around_mean(&self) -> f64 {
        let rows = self.rows as f64;
        self.squares - self.sums.iter().map(|sum| sum * sum / rows).sum::<f64>()
    }
}
