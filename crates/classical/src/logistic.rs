//! Multinomial logistic regression.

mod lbfgs;
mod objective;
mod precondition;

use super::neighbours::wrong;
use super::standardised::Standardisation;
use latents_error::ConfigError;
use latents_tensor::{Rows, Tensor, parallel};
use lbfgs::{Outcome, minimise};
use objective::{Objective, for_each_chunk, logits, softmax};
use precondition::Preconditioner;

/// Configuration of [`LogisticRegression::fit`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct LogisticRegressionConfig {
    /// C, the inverse of the penalty on the weights; larger values weaken the penalty. Default: 1.
    pub inverse_penalty: f64,
    /// The fit stops when no entry of the gradient is larger than this. Default: 10⁻⁴.
    pub tolerance: f64,
    /// Maximum number of iterations. Default: 1000.
    pub max_iterations: usize,
}

latents_error::setters! {
    LogisticRegressionConfig { inverse_penalty: f64, tolerance: f64, max_iterations: usize }
}

impl Default for LogisticRegressionConfig {
    fn default() -> Self {
        Self {
            inverse_penalty: 1.0,
            tolerance: 1e-4,
            max_iterations: 1000,
        }
    }
}

/// Multinomial logistic regression with an L2 penalty. The fit minimises
///
/// ```text
/// (1/n)·Σᵢ −ln softmax(W·xᵢ + b)[classᵢ] + ‖W‖² / (2·C·n)
/// ```
///
/// which is the objective of scikit-learn's `LogisticRegression` for three or more classes. (For two classes, scikit-learn
/// penalises the difference of the two rows of W; its C is twice this one.) The minimum is found by L-BFGS (Nocedal 1980; Liu &
/// Nocedal 1989) from zero, preconditioned by the second moments of the data with the bound of Böhning (1992). The search runs
/// on standardised columns, so that it does not depend on the scale and offset of a column, but the penalty applies to the
/// weights of the original columns, as in the formula. Products are computed in `f32`, sums over rows in `f64`.
///
/// ```
/// use latents_classical::{LogisticRegression, LogisticRegressionConfig};
/// use latents_tensor::Tensor;
/// let rows = Tensor::from_slice(&[0.0, 1.0, 4.0, 5.0], [4, 1]);
/// let model = LogisticRegression::fit(&rows, &[0, 0, 1, 1], LogisticRegressionConfig::default())?;
/// assert_eq!(model.predict(&rows), [0, 0, 1, 1]);
/// # Ok::<(), latents_classical::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct LogisticRegression {
    weights: Tensor,
    bias: Vec<f32>,
    standardisation: Standardisation,
    /// Weights and biases for standardised columns.
    standardised: (Tensor, Vec<f32>),
    outcome: Outcome,
}

impl LogisticRegression {
    /// Fits classes, numbered from 0, to rows.
    ///
    /// # Errors
    /// If there are no rows, if the numbers of classes and rows differ, if there are fewer than two classes, if a value is not
    /// finite, or if a setting is out of range.
    ///
    /// ```
    /// # use latents_classical::{LogisticRegression, LogisticRegressionConfig};
    /// # use latents_tensor::Tensor;
    /// let rows = Tensor::from_slice(&[0.0, 1.0, 4.0, 5.0], [4, 1]);
    /// let model = LogisticRegression::fit(&rows, &[0, 0, 1, 1], LogisticRegressionConfig::default())?;
    /// assert!(model.converged() && model.loss() < 0.5 && model.iterations() < 100);
    /// assert_eq!(model.weights().shape()[..], [2, 1]);
    /// assert_eq!(model.bias().len(), 2);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn fit(
        data: &dyn Rows,
        classes: &[usize],
        config: LogisticRegressionConfig,
    ) -> Result<Self, ConfigError> {
        check(data, classes, config)?;
        let count = classes.iter().max().map_or(0, |&last| last + 1);
        if count < 2 {
            return Err(ConfigError::new("classes", count, "must be at least two"));
        }
        let Some(standardisation) = Standardisation::of(data) else {
            let requirement = "must be finite for logistic regression";
            return Err(ConfigError::new("the data", "not finite", requirement));
        };
        parallel::team(|| {
            let data = standardisation.seen(data);
            let penalty = 1.0 / (config.inverse_penalty * data.rows() as f64);
            let squares = standardisation
                .deviation()
                .iter()
                .map(|deviation| deviation * deviation);
            let penalties: Vec<f64> = squares.map(|square| penalty / square).collect();
            let preconditioner = Preconditioner::of(&data, &penalties);
            let mut objective = Objective::new(&data, classes, count, &penalties);
            let mut point = vec![0.0; count * (data.features() + 1)];
            let outcome = minimise(
                &mut point,
                config.tolerance,
                config.max_iterations,
                |point, gradient| objective.evaluate(point, gradient),
                |direction| preconditioner.apply(direction),
            );
            let standardised = objective::parameters(&point, data.features());
            unstandardise(&mut point, &standardisation);
            let (weights, bias) = objective::parameters(&point, data.features());
            Ok(Self {
                weights,
                bias,
                standardised,
                standardisation: standardisation.clone(),
                outcome,
            })
        })
    }

    /// The weights, (classes, features).
    ///
    /// ```
    /// # use latents_classical::{LogisticRegression, LogisticRegressionConfig};
    /// # use latents_tensor::Tensor;
    /// # let rows = Tensor::from_slice(&[0.0, 1.0, 4.0, 5.0], [4, 1]);
    /// # let model = LogisticRegression::fit(&rows, &[0, 0, 1, 1], LogisticRegressionConfig::default())?;
    /// assert_eq!(model.weights().shape()[..], [2, 1]);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn weights(&self) -> &Tensor {
        &self.weights
    }

    /// The bias of each class.
    ///
    /// ```
    /// # use latents_classical::{LogisticRegression, LogisticRegressionConfig};
    /// # use latents_tensor::Tensor;
    /// # let rows = Tensor::from_slice(&[0.0, 1.0, 4.0, 5.0], [4, 1]);
    /// # let model = LogisticRegression::fit(&rows, &[0, 0, 1, 1], LogisticRegressionConfig::default())?;
    /// assert_eq!(model.bias().len(), 2);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn bias(&self) -> &[f32] {
        &self.bias
    }

    /// The minimum of the objective.
    ///
    /// ```
    /// # use latents_classical::{LogisticRegression, LogisticRegressionConfig};
    /// # use latents_tensor::Tensor;
    /// # let rows = Tensor::from_slice(&[0.0, 1.0, 4.0, 5.0], [4, 1]);
    /// # let model = LogisticRegression::fit(&rows, &[0, 0, 1, 1], LogisticRegressionConfig::default())?;
    /// assert!(model.loss() > 0.0);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn loss(&self) -> f64 {
        self.outcome.value
    }

    /// The number of iterations.
    ///
    /// ```
    /// # use latents_classical::{LogisticRegression, LogisticRegressionConfig};
    /// # use latents_tensor::Tensor;
    /// # let rows = Tensor::from_slice(&[0.0, 1.0, 4.0, 5.0], [4, 1]);
    /// # let model = LogisticRegression::fit(&rows, &[0, 0, 1, 1], LogisticRegressionConfig::default())?;
    /// assert!(model.iterations() > 0);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn iterations(&self) -> usize {
        self.outcome.iterations
    }

    /// Whether the gradient for standardised columns fell below the tolerance, or to a size at which rounding hides the
    /// direction of descent.
    ///
    /// ```
    /// # use latents_classical::{LogisticRegression, LogisticRegressionConfig};
    /// # use latents_tensor::Tensor;
    /// # let rows = Tensor::from_slice(&[0.0, 1.0, 4.0, 5.0], [4, 1]);
    /// # let model = LogisticRegression::fit(&rows, &[0, 0, 1, 1], LogisticRegressionConfig::default())?;
    /// assert!(model.converged());
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn converged(&self) -> bool {
        self.outcome.converged
    }

    /// The most probable class of each row; ties choose the first class.
    ///
    /// # Panics
    /// If the number of features differs.
    ///
    /// ```
    /// # use latents_classical::{LogisticRegression, LogisticRegressionConfig};
    /// # use latents_tensor::Tensor;
    /// # let rows = Tensor::from_slice(&[0.0, 1.0, 4.0, 5.0], [4, 1]);
    /// # let model = LogisticRegression::fit(&rows, &[0, 0, 1, 1], LogisticRegressionConfig::default())?;
    /// assert_eq!(model.predict(&Tensor::from_slice(&[-1.0, 9.0], [2, 1])), [0, 1]);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    #[track_caller]
    pub fn predict(&self, rows: &dyn Rows) -> Vec<usize> {
        self.probabilities(rows)
            .to_vec()
            .chunks_exact(self.bias.len())
            .map(|row| {
                (1..row.len()).fold(0, |best, class| if row[class] > row[best] { class } else { best })
            })
            .collect()
    }

    /// The probability of each class, (rows, classes).
    ///
    /// # Panics
    /// If the number of features differs.
    ///
    /// ```
    /// # use latents_classical::{LogisticRegression, LogisticRegressionConfig};
    /// # use latents_tensor::Tensor;
    /// # let rows = Tensor::from_slice(&[0.0, 1.0, 4.0, 5.0], [4, 1]);
    /// # let model = LogisticRegression::fit(&rows, &[0, 0, 1, 1], LogisticRegressionConfig::default())?;
    /// let probabilities = model.probabilities(&Tensor::from_slice(&[2.5], [1, 1]));
    /// assert!((probabilities.at(&[0, 0]) - 0.5).abs() < 1e-3);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    #[track_caller]
    pub fn probabilities(&self, rows: &dyn Rows) -> Tensor {
        assert!(
            rows.features() == self.weights.size(1),
            "the rows have {} features, but the model was fitted on {}",
            rows.features(),
            self.weights.size(1)
        );
        let ((weights, bias), rows) = (&self.standardised, self.standardisation.seen(rows));
        let classes = bias.len();
        let mut parts: Vec<Vec<f32>> = Vec::new();
        for_each_chunk(&rows, &mut parts, |rows, _, part| {
            logits(rows, weights, bias, part);
            for row in part.chunks_exact_mut(classes) {
                softmax(row);
            }
        });
        Tensor::from_vec(parts.concat(), [rows.rows(), classes])
    }

    /// The fraction of misclassified rows.
    ///
    /// # Panics
    /// If the numbers of classes and rows differ, or if the number of features differs.
    ///
    /// ```
    /// # use latents_classical::{LogisticRegression, LogisticRegressionConfig};
    /// # use latents_tensor::Tensor;
    /// # let rows = Tensor::from_slice(&[0.0, 1.0, 4.0, 5.0], [4, 1]);
    /// # let model = LogisticRegression::fit(&rows, &[0, 0, 1, 1], LogisticRegressionConfig::default())?;
    /// assert_eq!(model.error(&rows, &[0, 1, 1, 1]), 0.25);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    #[track_caller]
    pub fn error(&self, rows: &dyn Rows, classes: &[usize]) -> f64 {
        wrong(&self.predict(rows), classes)
    }
}

/// Converts weights and biases for standardised columns to those for the original columns.
fn unstandardise(point: &mut [f64], by: &Standardisation) {
    let features = by.mean().len();
    for row in point.chunks_exact_mut(features + 1) {
        let (weights, bias) = row.split_at_mut(features);
        for (weight, (mean, deviation)) in weights.iter_mut().zip(by.mean().iter().zip(by.deviation())) {
            *weight /= deviation;
            bias[0] -= *weight * mean;
        }
    }
}

fn check(data: &dyn Rows, classes: &[usize], config: LogisticRegressionConfig) -> Result<(), ConfigError> {
    let rows = data.rows();
    if rows == 0 {
        return Err(ConfigError::new(
            "rows",
            0,
            "must be at least 1 for logistic regression",
        ));
    }
    if data.features() == 0 {
        return Err(ConfigError::new("columns", 0, "logistic regression needs some"));
    }
    if classes.len() != rows {
        let requirement = format!("must equal the number of rows, {rows}");
        return Err(ConfigError::new("classes", classes.len(), requirement));
    }
    for (option, value) in [
        ("inverse_penalty", config.inverse_penalty),
        ("tolerance", config.tolerance),
    ] {
        if !(value > 0.0 && value.is_finite()) {
            return Err(ConfigError::new(option, value, "must be positive and finite"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use latents_tensor::random::Key;

    #[test]
    fn rows_without_columns_are_refused() {
        let none = Tensor::<f32>::zeros([4, 0]);
        let fitted = LogisticRegression::fit(&none, &[0, 1, 0, 1], LogisticRegressionConfig::default());
        let message = fitted.unwrap_err().to_string();
        assert_eq!(message, "columns is 0: logistic regression needs some");
    }

    fn blobs(rows: usize) -> (Tensor, Vec<usize>) {
        let noise: Vec<f32> = Key::new(8).normal([rows, 4]).to_vec();
        let data = Tensor::from_fn([rows, 4], |i| {
            noise[i] + if i % 4 == i / 4 % 3 { 2.0 } else { 0.0 }
        });
        (data, (0..rows).map(|row| row % 3).collect())
    }

    #[test]
    fn the_gradient_vanishes_at_the_minimum() {
        let (data, classes) = blobs(1000);
        let config = LogisticRegressionConfig {
            tolerance: 1e-6,
            ..LogisticRegressionConfig::default()
        };
        let model = LogisticRegression::fit(&data, &classes, config).unwrap();
        assert!(
            model.converged() && model.iterations() < 40,
            "{}",
            model.iterations()
        );
        let probabilities = model.probabilities(&data);
        for class in 0..3 {
            for feature in 0..4 {
                let sum: f64 = (0..1000)
                    .map(|row| {
                        let target = f64::from(u8::from(classes[row] == class));
                        (f64::from(probabilities.at(&[row, class])) - target)
                            * f64::from(data.at(&[row, feature]))
                    })
                    .sum();
                let gradient = (sum + f64::from(model.weights().at(&[class, feature]))) / 1000.0;
                assert!(gradient.abs() < 2e-6, "{gradient}");
            }
        }
        assert!(model.error(&data, &classes) < 0.2);
    }

    /// A small column next to one of large numbers far from 0, compared with scikit-learn.
    #[test]
    fn a_large_column_does_not_hide_a_small_one() {
        for (offset, width, rows) in [
            (1000.0, 300.0, 400),
            (1e6, 1e3, 500),
            (-3e7, 1e6, 300),
            (0.0, 1e9, 200),
        ] {
            let noise: Vec<f32> = Key::new(3).normal([rows, 2]).to_vec();
            let classes: Vec<usize> = (0..rows).map(|row| row * 5 % 7 % 2).collect();
            let data = Tensor::from_fn([rows, 2], |i| match i % 2 {
                0 => offset + width * noise[i],
                _ => 2.0 * classes[i / 2] as f32 - 1.0 + 0.1 * noise[i],
            });
            for tolerance in [1e-4, 1e-12] {
                let config = LogisticRegressionConfig {
                    tolerance,
                    ..LogisticRegressionConfig::default()
                };
                let model = LogisticRegression::fit(&data, &classes, config).unwrap();
                assert_eq!(model.error(&data, &classes), 0.0, "{offset} {width}");
                assert!(model.converged(), "{offset} {width} {tolerance}");
            }
        }
    }

    #[test]
    fn a_strong_penalty_leaves_the_classes_shares() {
        let (data, mut classes) = blobs(600);
        classes.iter_mut().take(300).for_each(|class| *class = 0);
        let config = LogisticRegressionConfig {
            inverse_penalty: 1e-9,
            tolerance: 1e-7,
            ..LogisticRegressionConfig::default()
        };
        let model = LogisticRegression::fit(&data, &classes, config).unwrap();
        let probabilities = model.probabilities(&data);
        assert!((probabilities.at(&[5, 0]) - 4.0 / 6.0).abs() < 1e-4);
        assert!((probabilities.at(&[599, 2]) - 1.0 / 6.0).abs() < 1e-4);
    }

    #[test]
    fn what_cannot_be_fitted_is_an_error() {
        let (data, classes) = blobs(9);
        let message = |data: &Tensor, classes: &[usize], config| {
            LogisticRegression::fit(data, classes, config)
                .unwrap_err()
                .to_string()
        };
        let config = LogisticRegressionConfig::default();
        assert_eq!(
            message(&data, &classes[1..], config),
            "classes is 8: must equal the number of rows, 9"
        );
        assert_eq!(
            message(&data, &[0; 9], config),
            "classes is 1: must be at least two"
        );
        assert_eq!(
            message(&Tensor::full([9, 4], f32::NAN), &classes, config),
            "the data is not finite: must be finite for logistic regression"
        );
        let config = LogisticRegressionConfig {
            inverse_penalty: 0.0,
            ..config
        };
        assert_eq!(
            message(&data, &classes, config),
            "inverse_penalty is 0: must be positive and finite"
        );
    }
}
