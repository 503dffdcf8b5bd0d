//! `Scorer`: how a row lies in the shape of the learnt rows, or how badly it is reproduced.

use crate::error::{Outcome, RunError};
use crate::rule::{AlarmRule, ScoreKind};
use crate::run::Run;
use crate::split::Split;
use crate::text::setting::VALIDATION;
use latents_anomaly::{Detector, DetectorConfig, RowScore, Threshold, largest};
use latents_autoencoders::Autoencoder;
use latents_classical::{Calibration, contamination_threshold, quantile};
use latents_data::Dataset;
use latents_tensor::Tensor;

/// Rows that are put through the model at once.
const BATCH: usize = 1024;

/// What gives scores.
pub(crate) enum Scorer {
    Shape(Box<Detector>),
    /// ‖x − x̂‖² / features; a feature's share is its part of the sum.
    Error {
        calibration: Calibration,
        threshold: f64,
    },
}

impl Scorer {
    /// Fitted to the rows that the run learnt, and calibrated on those that it held out: the same at every call.
    pub(crate) fn fit(kind: ScoreKind, run: &Run, split: &Split, rule: AlarmRule) -> Outcome<Self> {
        let Some(held_out) = &split.validation else {
            return Err(RunError::new(format!(
                "{}: the run held out no rows, and scores mean nothing without rows to compare them with",
                run.path().display()
            ))
            .hint(format!("train it again with {VALIDATION} 0.1")));
        };
        match kind {
            ScoreKind::Shape => {
                let config = DetectorConfig::default().threshold(match rule {
                    AlarmRule::Level(level) => Threshold::PValue(level),
                    AlarmRule::Quantile(quantile) => Threshold::Quantile(quantile),
                    AlarmRule::Contamination(part) => Threshold::Contamination(part),
                });
                let detector = Detector::fit(&*run.model, &split.train, held_out, config);
                Ok(Self::Shape(Box::new(detector?)))
            }
            ScoreKind::Error => {
                let calibration = Calibration::new(run.model.reconstruction_errors(held_out))?;
                let scores = calibration.scores();
                let threshold = match rule {
                    AlarmRule::Level(level) => calibration.score_at_level(level),
                    AlarmRule::Quantile(at) => quantile(scores, at)?,
                    AlarmRule::Contamination(part) => contamination_threshold(scores, part)?,
                };
                Ok(Self::Error {
                    calibration,
                    threshold,
                })
            }
        }
    }

    pub(crate) fn threshold(&self) -> f64 {
        match self {
            Self::Shape(detector) => detector.threshold(),
            Self::Error { threshold, .. } => *threshold,
        }
    }

    pub(crate) fn calibration(&self) -> &Calibration {
        match self {
            Self::Shape(detector) => detector.calibration(),
            Self::Error { calibration, .. } => calibration,
        }
    }

    pub(crate) fn findings(
        &self,
        model: &dyn Autoencoder,
        data: &Dataset,
        top: usize,
    ) -> Outcome<Vec<RowScore>> {
        match self {
            Self::Shape(detector) => Ok(detector.detect(model, data, top)?),
            Self::Error {
                calibration,
                threshold,
            } => Ok(data
                .batches::<f32>(BATCH)
                .flat_map(|batch| squares(&batch, &model.reconstruct_data(&batch)))
                .map(|squares| {
                    let sum: f64 = squares.iter().sum();
                    let score = sum / squares.len() as f64;
                    RowScore {
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
