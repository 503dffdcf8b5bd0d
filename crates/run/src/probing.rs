//! How well classes can be predicted from numbers of the rows: their codes, their values, their principal components.

use crate::error::Outcome;
use latents_classical::{KNearest, LogisticRegression, LogisticRegressionConfig};
use latents_data::Dataset;
use latents_tensor::Tensor;
use serde::Serialize;

/// Fractions of the test rows whose class is predicted wrongly.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Told {
    /// Numbers of a row.
    pub numbers: usize,
    /// Of a logistic regression.
    pub logistic_error: f64,
    /// Whether the regression came to its end.
    pub converged: bool,
    /// Of nearest neighbours.
    pub neighbours_error: f64,
}

/// The classes of the rows to fit on and to test on.
pub(crate) struct Classes {
    pub(crate) fitted: Vec<usize>,
    pub(crate) tested: Vec<usize>,
    pub(crate) count: usize,
    neighbours: usize,
}

impl Classes {
    /// `tested` may number its classes on its own.
    pub(crate) fn of(fitted: &Dataset, tested: &Dataset, neighbours: usize) -> Self {
        let names = fitted.class_names().unwrap_or_default();
        let number = |name: &String| {
            names
                .iter()
                .position(|known| known == name)
                .unwrap_or(names.len())
        };
        let numbers: Vec<usize> = tested
            .class_names()
            .unwrap_or_default()
            .iter()
            .map(number)
            .collect();
        let tested = tested.classes().unwrap_or_default();
        Self {
            fitted: fitted.classes().unwrap_or_default(),
            tested: tested.into_iter().map(|class| numbers[class]).collect(),
            count: names.len(),
            neighbours,
        }
    }

    /// How well classes are predicted from numbers of the rows, to fit on and to test on. Those to fit on must be as many as
    /// neighbours, of two classes or more.
    pub(crate) fn told_from(
        &self,
        [fitted, tested]: [Tensor; 2],
        regression: LogisticRegressionConfig,
    ) -> Outcome<Told> {
        let scaling = Scaling::of(&fitted);
        let [fitted, tested] = [fitted, tested].map(|rows| scaling.applied(&rows));
        let regression = LogisticRegression::fit(&fitted, &self.fitted, regression)?;
        let known = KNearest::new(&fitted, &self.fitted, self.neighbours)?;
        Ok(Told {
            numbers: fitted.size(1),
            logistic_error: regression.error(&tested, &self.tested),
            converged: regression.converged(),
            neighbours_error: known.error(&tested, &self.tested),
        })
    }
}

/// Columns around their means, divided by one number, so that distances keep their proportions.
struct Scaling {
    means: Vec<f64>,
    /// The square root of the columns' mean variance; 1 where nothing varies.
    deviation: f64,
}

impl Scaling {
    fn of(rows: &Tensor) -> Self {
        let (count, columns) = (rows.size(0), rows.size(1));
        let values = rows.to_vec();
        let table = || values.chunks_exact(columns);
        let mut means = vec![0.0; columns];
        for row in table() {
            let sums = means.iter_mut().zip(row);
            sums.for_each(|(sum, &x)| *sum += f64::from(x));
        }
        means.iter_mut().for_each(|sum| *sum /= count as f64);
        let around = |row: &[f32]| {
            let distances = row.iter().zip(&means).map(|(&x, mean)| f64::from(x) - mean);
            distances.map(|distance| distance * distance).sum::<f64>()
        };
        let variance = table().map(around).sum::<f64>() / (count * columns) as f64;
        let deviation = if variance > 0.0 { variance.sqrt() } else { 1.0 };
        Self { means, deviation }
    }

    /// Computed in `f64`, where numbers that differ little compared with their mean stay apart.
    fn applied(&self, rows: &Tensor) -> Tensor {
        let values = rows.to_vec();
        Tensor::from_fn(rows.shape(), |i| {
            let around = f64::from(values[i]) - self.means[i % self.means.len()];
            (around / self.deviation) as f32
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_mean_keeps_values_apart() {
        let rows = Tensor::from_fn([11, 2], |i| {
            if i % 2 == 0 {
                1e6 + (i / 2) as f32 / 16.0
            } else {
                0.25
            }
        });
        let scaled = Scaling::of(&rows).applied(&rows).to_vec();
        // Steps of 1/16 have the variance 10/256; the other column has none.
        let deviation = (10.0f64 / 256.0 / 2.0).sqrt();
        for (place, row) in scaled.chunks_exact(2).enumerate() {
            let expected = (place as f64 - 5.0) / 16.0 / deviation;
            assert!(
                (f64::from(row[0]) - expected).abs() < 1e-6 && row[1] == 0.0,
                "{place}: {row:?}"
            );
        }
    }
}
