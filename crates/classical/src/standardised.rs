//! `Standardisation`: columns scaled to mean 0 and variance 1, so that no column dominates by its scale.

use latents_tensor::{Rows, Tensor, for_each_batch};

/// Rows per batch.
const BATCH: usize = 1024;

/// The mean and the standard deviation of each column; constant columns have deviation 1.
#[derive(Clone, Debug)]
pub(crate) struct Standardisation {
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Standardisation {
    /// The standardisation of a table; `None` if a value is not finite.
    pub(crate) fn of(data: &dyn Rows) -> Option<Self> {
        let rows = data.rows() as f64;
        let mean: Vec<f64> = sums(data, |_, x| x).iter().map(|sum| sum / rows).collect();
        let squares = sums(data, |column, x| (x - mean[column]) * (x - mean[column]));
        let deviation: Vec<f64> = squares.iter().map(|sum| (sum / rows).sqrt()).collect();
        let is_finite = deviation.iter().all(|deviation| deviation.is_finite());
        is_finite.then(|| Self {
            deviation: deviation
                .into_iter()
                .map(|deviation| if deviation > 0.0 { deviation } else { 1.0 })
                .collect(),
            mean,
        })
    }

    pub(crate) fn mean(&self) -> &[f64] {
        &self.mean
    }

    pub(crate) fn deviation(&self) -> &[f64] {
        &self.deviation
    }

    /// A standardised view of a table.
    pub(crate) fn seen<'a>(&'a self, rows: &'a dyn Rows) -> Standardised<'a> {
        Standardised { rows, by: self }
    }
}

/// Σ f(column, x) of each column.
fn sums(data: &dyn Rows, f: impl Fn(usize, f64) -> f64) -> Vec<f64> {
    let mut sums = vec![0.0; data.features()];
    for_each_batch(data, BATCH, |batch| {
        for row in batch.to_vec().chunks_exact(sums.len().max(1)) {
            for (column, (sum, &x)) in sums.iter_mut().zip(row).enumerate() {
                *sum += f(column, f64::from(x));
            }
        }
    });
    sums
}

/// A table whose rows are standardised when they are read.
pub(crate) struct Standardised<'a> {
    rows: &'a dyn Rows,
    by: &'a Standardisation,
}

impl Rows for Standardised<'_> {
    fn rows(&self) -> usize {
        self.rows.rows()
    }

    fn features(&self) -> usize {
        self.rows.features()
    }

    fn gather_into(&self, indices: &[usize], out: &mut Tensor) {
        self.rows.gather_into(indices, out);
        let columns = self.by.mean.len().max(1);
        for row in out.make_mut().chunks_exact_mut(columns) {
            for (x, (mean, deviation)) in row.iter_mut().zip(self.by.mean.iter().zip(&self.by.deviation)) {
                *x = ((f64::from(*x) - mean) / deviation) as f32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_mean_0_and_variance_1() {
        let rows = Tensor::from_slice(&[1e6, 7.0, 1e6 + 2.0, 7.0, 1e6 + 4.0, 7.0], [3, 2]);
        let by = Standardisation::of(&rows).unwrap();
        assert_eq!(by.mean(), [1e6 + 2.0, 7.0]);
        let mut seen = Tensor::zeros([2, 2]);
        by.seen(&rows).gather_into(&[2, 1], &mut seen);
        let deviation = (8.0f64 / 3.0).sqrt();
        assert_eq!(seen.to_vec(), [(2.0 / deviation) as f32, 0.0, 0.0, 0.0]);
        assert!(Standardisation::of(&Tensor::full([2, 1], f32::NAN)).is_none());
    }
}
