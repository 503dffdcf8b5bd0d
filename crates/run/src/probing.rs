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
        let scale = 1.0 / mean_deviation(&fitted);
        let [fitted, tested] = [fitted, tested].map(|rows| {
            let values = rows.to_vec();
            Tensor::from_fn(rows.shape(), |i| (f64::from(values[i]) * scale) as f32)
        });
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

/// The square root of the columns' mean variance; 1 where nothing varies.
fn mean_deviation(rows: &Tensor) -> f64 {
    let (count, columns) = (rows.size(0), rows.size(1));
    let values = rows.to_vec();
    let mut means = vec![0.0; columns];
    let table = || values.chunks_exact(columns);
    let add = |means: &mut Vec<f64>, row: &[f32]| {
        means
            .iter_mut()
            .zip(row)
            .for_each(|(sum, &x)| *sum += f64::from(x))
    };
    table().for_each(|row| add(&mut means, row));
    means.iter_mut().for_each(|sum| *sum /= count as f64);
    let around = |row: &[f32]| {
        let distances = row.iter().zip(&means).map(|(&x, mean)| f64::from(x) - mean);
        distances.map(|distance| distance * distance).sum::<f64>()
    };
    let variance = table().map(around).sum::<f64>() / (count * columns) as f64;
    if variance > 0.0 { variance.sqrt() } else { 1.0 }
}
