//! Ranges and moments of the columns of a table.

use latents_tensor::Rows;
use latents_tensor::for_each_batch;

/// Rows in memory at once.
const BATCH: usize = 256;

/// Range and moments of every column, over all rows.
pub(super) struct Columns {
    pub(super) low: Vec<f32>,
    pub(super) high: Vec<f32>,
    /// Sums and sums of squares of the differences from the first row.
    sums: Vec<f64>,
    squares: Vec<f64>,
    rows: usize,
}

impl Columns {
    pub(super) fn of(data: &dyn Rows) -> Self {
        let features = data.features();
        let mut origin = Vec::new();
        let mut columns = Self {
            low: vec![f32::INFINITY; features],
            high: vec![f32::NEG_INFINITY; features],
            sums: vec![0.0; features],
            squares: vec![0.0; features],
            rows: data.rows(),
        };
        for_each_batch(data, BATCH, |batch| {
            for row in batch.elements().chunks_exact(features.max(1)) {
                if origin.is_empty() {
                    origin.extend_from_slice(row);
                }
                columns.add(row, &origin);
            }
        });
        columns
    }

    fn add(&mut self, row: &[f32], origin: &[f32]) {
        let ends = self.low.iter_mut().zip(&mut self.high);
        for ((low, high), &x) in ends.zip(row) {
            *low = if x < *low { x } else { *low };
            *high = if x > *high { x } else { *high };
        }
        let moments = self.sums.iter_mut().zip(&mut self.squares);
        for ((sum, squares), (&x, &origin)) in moments.zip(row.iter().zip(origin)) {
            let distance = f64::from(x) - f64::from(origin);
            *sum += distance;
            *squares += distance * distance;
        }
    }

    /// The variance, averaged over columns.
    pub(super) fn mean_variance(&self) -> f64 {
        let rows = self.rows as f64;
        let variances = self.sums.iter().zip(&self.squares);
        let total: f64 = variances
            .map(|(sum, squares)| (squares / rows - (sum / rows) * (sum / rows)).max(0.0))
            .sum();
        total / self.sums.len().max(1) as f64
    }

    /// The minimum and the maximum of all values.
    pub(super) fn range(&self) -> (f64, f64) {
        let low = self.low.iter().copied().fold(f32::INFINITY, f32::min);
        let high = self.high.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        (low.into(), high.into())
    }

    /// The constant columns.
    pub(super) fn constant(&self) -> Vec<usize> {
        (0..self.low.len())
            .filter(|&column| self.low[column] == self.high[column])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use latents_tensor::Tensor;

    #[test]
    fn ranges_and_variances_are_the_definition() {
        let table = Tensor::from_fn([700, 3], |i| if i % 3 == 1 { 4.0 } else { (i * i % 11) as f32 });
        let columns = Columns::of(&table);
        assert_eq!((columns.range(), columns.constant()), ((0.0, 9.0), vec![1]));
        let variance = |column: usize| {
            let values = table.select(1, column).to_vec();
            let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / 700.0;
            values
                .iter()
                .map(|&x| (f64::from(x) - mean) * (f64::from(x) - mean))
                .sum::<f64>()
                / 700.0
        };
        let expected = (variance(0) + variance(1) + variance(2)) / 3.0;
        assert!((columns.mean_variance() - expected).abs() < 1e-9 * expected);
    }
}
