//! What a row's score is: how it lies in the shape of the learnt rows, or how badly it is reproduced.

use super::Rule;
use crate::args::ScoreKind;
use crate::failure::{Failure, Outcome};
use crate::model::Model;
use crate::rows::Split;
use crate::run_folder::Run;
use latents_anomaly::{Detector, DetectorConfig, DetectorError, Finding, Threshold, largest};
use latents_classical::{Calibration, contamination_threshold, quantile};
use latents_data::Dataset;
use latents_tensor::Tensor;

/// Rows that are put through the model at once.
const BATCH: usize = 1024;

pub(super) enum Scorer {
    Shape(Box<Detector>),
    /// ‖x − x̂‖² / features; a feature's share is its part of the sum.
    Error {
        calibration: Calibration,
        threshold: f64,
    },
}

impl Scorer {
    /// Fitted to the rows that the run learnt, and calibrated on those that it held out: the same at every call.
    pub(super) fn fit(kind: ScoreKind, run: &Run, split: &Split, rule: &Rule) -> Outcome<Self> {
        let Some(held_out) = &split.validation else {
            return Err(Failure::new(format!(
                "{}: the run held out no rows, and scores say nothing without rows to compare them with",
                run.path().display()
            ))
            .hint("train it again with --validation 0.1"));
        };
        match kind {
            ScoreKind::Shape => {
                let config = DetectorConfig {
                    threshold: match *rule {
                        Rule::Level(level) => Threshold::PValue(level),
                        Rule::Quantile(quantile) => Threshold::Quantile(quantile),
                        Rule::Contamination(part) => Threshold::Contamination(part),
                    },
                    ..DetectorConfig::default()
                };
                let detector = Detector::fit(&*run.model, &split.train, held_out, config);
                Ok(Self::Shape(Box::new(detector.map_err(failure)?)))
            }
            ScoreKind::Error => {
                let calibration = Calibration::new(run.model.reconstruction_errors(held_out))?;
                let scores = calibration.scores();
                let threshold = match *rule {
                    Rule::Level(level) => calibration.score_at_level(level),
                    Rule::Quantile(at) => quantile(scores, at)?,
                    Rule::Contamination(part) => contamination_threshold(scores, part)?,
                };
                Ok(Self::Error {
                    calibration,
                    threshold,
                })
            }
        }
    }

    pub(super) fn threshold(&self) -> f64 {
        match self {
            Self::Shape(detector) => detector.threshold(),
            Self::Error { threshold, .. } => *threshold,
        }
    }

    pub(super) fn calibration(&self) -> &Calibration {
        match self {
            Self::Shape(detector) => detector.calibration(),
            Self::Error { calibration, .. } => calibration,
        }
    }

    pub(super) fn findings(&self, model: &Model, data: &Dataset, top: usize) -> Outcome<Vec<Finding>> {
        match self {
            Self::Shape(detector) => detector.detect(model, data, top).map_err(failure),
            Self::Error {
                calibration,
                threshold,
            } => Ok(data
                .batches::<f32>(BATCH)
                .flat_map(|batch| squares(&batch, &model.reconstruct_data(&batch)))
                .map(|squares| {
                    let sum: f64 = squares.iter().sum();
                    let score = sum / squares.len() as f64;
                    Finding {
                        score,
                        p_value: calibration.p_value(score),
                        anomaly: score > *threshold,
                        features: largest(&shares(&squares, sum), top),
                    }
                })
                .collect()),
        }
    }
}

/// The squared residual of each feature, row by row.
fn squares(rows: &Tensor, made: &Tensor) -> Vec<Vec<f64>> {
    let (columns, rows, made) = (rows.size(1), rows.to_vec(), made.to_vec());
    let square = |(&x, &y): (&f32, &f32)| (f64::from(x) - f64::from(y)) * (f64::from(x) - f64::from(y));
    let pairs = rows.chunks_exact(columns).zip(made.chunks_exact(columns));
    pairs
        .map(|(x, y)| x.iter().zip(y).map(square).collect())
        .collect()
}

/// Each feature's part of the sum.
fn shares(squares: &[f64], sum: f64) -> Vec<f64> {
    let share = |square| if sum > 0.0 { square / sum } else { 0.0 };
    squares.iter().copied().map(share).collect()
}

fn failure(error: DetectorError) -> Failure {
    match error {
        DetectorError::Config(error) => error.into(),
        error => Failure::new(format!("no scores: {error}"))
            .hint("train the run again, with rows of finite numbers and a lower --learning-rate"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_parts_of_the_error() {
        let x = Tensor::from_slice(&[1.0, 0.0, 2.0, 0.0, 0.0, 0.0], [2, 3]);
        let found = squares(&x, &Tensor::zeros([2, 3]));
        assert_eq!(shares(&found[0], 5.0), [0.2, 0.0, 0.8]);
        assert_eq!(shares(&found[1], 0.0), [0.0; 3]);
    }
}
