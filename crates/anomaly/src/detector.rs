//! `Detector`: anomaly scores from a trained autoencoder.

use super::concentrate::concentrate;
use super::ellipsoid::{Ellipsoid, EllipsoidState};
use super::views::{Features, Subset, Views, for_each_views};
use super::{DetectorConfig, DetectorError, Threshold};
use latents_autoencoders::Autoencoder;
use latents_classical::{Calibration, contamination_threshold, quantile};
use latents_tensor::{Rows, Tensor};
use serde::{Deserialize, Serialize};

/// Values of a view held in memory during fitting. Larger data is sampled at evenly spaced rows.
const MOST_NUMBERS: usize = 1 << 23;

/// An anomaly detector for a trained autoencoder of any variant.
///
/// The model gives two views of a row x: its reconstruction x̂ and its residual x − x̂. Each view has a mean μ and a covariance
/// Σ over the core of the training rows, that is, the closest rows, so that anomalies in the training data have no influence.
/// The score of a row is the sum of both squared Mahalanobis distances:
///
/// s(x) = (x̂ − μ₁)ᵀ Σ₁⁻¹ (x̂ − μ₁) + (x − x̂ − μ₂)ᵀ Σ₂⁻¹ (x − x̂ − μ₂)
///
/// The residual detects rows that break the structure which the model has learnt; the reconstruction detects rows that follow
/// this structure outside the range of the training rows (Zong et al. 2018 combine the two as well). Covariances over a core
/// from concentration steps are those of Rousseeuw & Van Driessen 1999. For a linear model equal to PCA, the score is the
/// robust Mahalanobis distance.
///
/// A feature that is constant in all training rows is scored by its difference from that constant, not by its reconstruction.
///
/// The share of feature j in the score: with uᵢ = Σᵢ^(−1/2)·(view − μᵢ), the symmetric root, s = Σⱼ (u₁ⱼ² + u₂ⱼ²), and the
/// share is (u₁ⱼ² + u₂ⱼ²) / s. Shares are non-negative and sum to 1 (Garthwaite & Koch 2016).
///
/// Scoring is deterministic: a row has the same score in every call, regardless of the other rows and the number of threads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "State", into = "State")]
pub struct Detector {
    config: DetectorConfig,
    features: Features,
    ellipsoids: [Ellipsoid; 2],
    calibration: Calibration,
    threshold: f64,
}

/// Result of [`Detector::detect`] for one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowScore {
    /// Anomaly score; higher means more anomalous.
    pub score: f64,
    /// Fraction of the held-out rows with a score at least as high.
    pub p_value: f64,
    /// Whether the score is above the threshold.
    pub anomaly: bool,
    /// The features with the largest shares of the score, with their shares, in decreasing order.
    pub features: Vec<(usize, f64)>,
}

impl Detector {
    /// Fits a detector for a trained model. `train` are its training rows, `calibration` are held-out rows.
    ///
    /// # Errors
    /// If the configuration is invalid, if the data has no rows or another width than the model, or if a training row or its
    /// reconstruction is not finite.
    ///
    /// ```
    /// # use latents_anomaly::{Detector, DetectorConfig};
    /// # use latents_autoencoders::{Undercomplete, UndercompleteConfig};
    /// # use latents_tensor::{Tensor, random::Key};
    /// # let rows = |seed: u64| -> Tensor { Key::new(seed).normal([100, 4]) };
    /// let model = Undercomplete::new(UndercompleteConfig::new(4, 2), 0)?;
    /// let detector = Detector::fit(&model, &rows(1), &rows(2), DetectorConfig::default())?;
    /// assert_eq!(detector.scores(&model, &rows(3))?.len(), 100);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fit(
        model: &dyn Autoencoder,
        train: &dyn Rows,
        calibration: &dyn Rows,
        config: DetectorConfig,
    ) -> Result<Self, DetectorError> {
        config.validate()?;
        check_data("training data", model, train)?;
        check_data("calibration data", model, calibration)?;
        let chosen = evenly_spaced(train.rows(), MOST_NUMBERS / train.features().max(1));
        let sample = Subset {
            table: train,
            rows: &chosen,
        };
        let features = Features::of(train, &sample);
        let views = collect(model, &sample, &features);
        if let Some(row) = first_not_finite(&views) {
            return Err(DetectorError::NotFinite { row: chosen[row] });
        }
        let ellipsoids = concentrate(&views, &config)?;
        let mut detector = Self {
            config,
            features,
            ellipsoids,
            // Replaced as soon as there are scores.
            calibration: Calibration::new(vec![0.0])?,
            threshold: 0.0,
        };
        detector.calibration = Calibration::new(detector.scores(model, calibration)?)?;
        detector.with_threshold(config.threshold)
    }

    /// Replaces the threshold.
    ///
    /// # Errors
    /// If the number in the threshold is out of range.
    ///
    /// ```
    /// # use latents_anomaly::{Recipe, Threshold};
    /// # use latents_tensor::{Tensor, random::Key};
    /// # let rows = |seed: u64| -> Tensor { Key::new(seed).normal([100, 4]) };
    /// # let (model, detector) = Recipe::new(100, 4).fit(&rows(1), &rows(2), 0)?;
    /// let strict = detector.threshold();
    /// assert!(detector.with_threshold(Threshold::Quantile(0.5))?.threshold() < strict);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_threshold(mut self, threshold: Threshold) -> Result<Self, DetectorError> {
        threshold.validate()?;
        let scores = self.calibration.scores();
        self.threshold = match threshold {
            Threshold::PValue(level) => self.calibration.score_at_level(level),
            Threshold::Quantile(level) => quantile(scores, level)?,
            Threshold::Contamination(part) => contamination_threshold(scores, part)?,
        };
        self.config.threshold = threshold;
        Ok(self)
    }

    /// The configuration that the detector was fitted with.
    ///
    /// ```
    /// # use latents_anomaly::Recipe;
    /// # use latents_tensor::{Tensor, random::Key};
    /// # let rows = |seed: u64| -> Tensor { Key::new(seed).normal([100, 4]) };
    /// # let (model, detector) = Recipe::new(100, 4).fit(&rows(1), &rows(2), 0)?;
    /// assert_eq!(detector.config().core, 0.7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn config(&self) -> &DetectorConfig {
        &self.config
    }

    /// The score above which a row is an anomaly.
    ///
    /// ```
    /// # use latents_anomaly::Recipe;
    /// # use latents_tensor::{Tensor, random::Key};
    /// # let rows = |seed: u64| -> Tensor { Key::new(seed).normal([100, 4]) };
    /// # let (model, detector) = Recipe::new(100, 4).fit(&rows(1), &rows(2), 0)?;
    /// assert!(detector.threshold() > 0.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// The scores of the held-out rows.
    ///
    /// ```
    /// # use latents_anomaly::Recipe;
    /// # use latents_tensor::{Tensor, random::Key};
    /// # let rows = |seed: u64| -> Tensor { Key::new(seed).normal([100, 4]) };
    /// # let (model, detector) = Recipe::new(100, 4).fit(&rows(1), &rows(2), 0)?;
    /// assert_eq!(detector.calibration().scores().len(), 100);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// The anomaly score of each row; higher means more anomalous. A row with a non-finite reconstruction gets the largest
    /// finite number.
    ///
    /// # Errors
    /// If the widths of data, model and detector differ.
    ///
    /// ```
    /// # use latents_anomaly::Recipe;
    /// # use latents_tensor::{Tensor, random::Key};
    /// # let rows = |seed: u64| -> Tensor { Key::new(seed).normal([100, 4]) };
    /// # let (model, detector) = Recipe::new(100, 4).fit(&rows(1), &rows(2), 0)?;
    /// let scores = detector.scores(&*model, &Tensor::from_slice(&[0.0, 0.0, 0.0, 0.0, 9.0, 9.0, 9.0, 9.0], [2, 4]))?;
    /// assert!(scores[0] < scores[1]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn scores(&self, model: &dyn Autoencoder, data: &dyn Rows) -> Result<Vec<f64>, DetectorError> {
        let mut scores = Vec::with_capacity(data.rows());
        self.explain(model, data, |_, score, _| scores.push(score))?;
        Ok(scores)
    }

    /// Calls `body` with the index of each row, its score, and the share of each feature in the score. Shares are non-negative
    /// and sum to 1.
    ///
    /// # Errors
    /// If the widths of data, model and detector differ.
    ///
    /// ```
    /// # use latents_anomaly::Recipe;
    /// # use latents_tensor::{Tensor, random::Key};
    /// # let rows = |seed: u64| -> Tensor { Key::new(seed).normal([100, 4]) };
    /// # let (model, detector) = Recipe::new(100, 4).fit(&rows(1), &rows(2), 0)?;
    /// detector.explain(&*model, &rows(3), |_row, _score, shares| {
    ///     assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn explain(
        &self,
        model: &dyn Autoencoder,
        data: &dyn Rows,
        mut body: impl FnMut(usize, f64, &[f64]),
    ) -> Result<(), DetectorError> {
        self.check(model, data)?;
        let (mut row, mut shares) = (0, vec![0.0; self.features.scales.len()]);
        for_each_views(model, data, &self.features, |views| {
            let white = [0, 1].map(|view| self.ellipsoids[view].whitened(&views[view]));
            let white = white.each_ref().map(|white| white.elements());
            let [first, second] = white
                .each_ref()
                .map(|white| white.chunks_exact(self.features.scales.len()));
            for (a, b) in first.zip(second) {
                let score = score_and_shares(a, b, &mut shares);
                body(row, score, &shares);
                row += 1;
            }
        });
        Ok(())
    }

    /// Returns score, p-value, decision, and the `top` features with the largest shares, for each row.
    ///
    /// # Errors
    /// If the widths of data, model and detector differ.
    ///
    /// ```
    /// # use latents_anomaly::Recipe;
    /// # use latents_tensor::{Tensor, random::Key};
    /// # let rows = |seed: u64| -> Tensor { Key::new(seed).normal([100, 4]) };
    /// # let (model, detector) = Recipe::new(100, 4).fit(&rows(1), &rows(2), 0)?;
    /// let found = &detector.detect(&*model, &Tensor::from_slice(&[0.0, 0.0, 9.0, 0.0], [1, 4]), 1)?[0];
    /// assert!(found.anomaly);
    /// assert_eq!(found.features.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn detect(
        &self,
        model: &dyn Autoencoder,
        data: &dyn Rows,
        top: usize,
    ) -> Result<Vec<RowScore>, DetectorError> {
        let mut findings = Vec::with_capacity(data.rows());
        self.explain(model, data, |_, score, shares| {
            findings.push(RowScore {
                score,
                p_value: self.calibration.p_value(score),
                anomaly: score > self.threshold,
                features: largest(shares, top),
            });
        })?;
        Ok(findings)
    }

    fn check(&self, model: &dyn Autoencoder, data: &dyn Rows) -> Result<(), DetectorError> {
        check_width("model", model.input_dim(), "detector", self.features.scales.len())?;
        check_width("data", data.features(), "model", model.input_dim())
    }
}

fn check_data(part: &'static str, model: &dyn Autoencoder, data: &dyn Rows) -> Result<(), DetectorError> {
    match data.rows() {
        // The width is then unknown.
        0 => Err(DetectorError::NoRows(part.trim_end_matches(" data"))),
        _ => check_width(part, data.features(), "model", model.input_dim()),
    }
}

fn check_width(
    part: &'static str,
    found: usize,
    of: &'static str,
    expected: usize,
) -> Result<(), DetectorError> {
    match found == expected {
        true => Ok(()),
        false => Err(DetectorError::Width {
            part,
            found,
            of,
            expected,
        }),
    }
}

/// At most `most` indices, evenly spaced from 0 on.
fn evenly_spaced(rows: usize, most: usize) -> Vec<usize> {
    let count = rows.min(most.max(1));
    let place = |index: usize| (index as u128 * rows as u128 / count as u128) as usize;
    (0..count).map(place).collect()
}

/// Both views of all rows.
fn collect(model: &dyn Autoencoder, data: &dyn Rows, features: &Features) -> Views {
    let shape = [data.rows(), data.features()];
    let mut values = [0, 1].map(|_| Vec::with_capacity(shape[0] * shape[1]));
    for_each_views(model, data, features, |views| {
        for (values, view) in values.iter_mut().zip(views) {
            values.extend_from_slice(&view.elements());
        }
    });
    values.map(|values| Tensor::from_vec(values, shape))
}

fn first_not_finite(views: &Views) -> Option<usize> {
    let first = |view: &Tensor| {
        view.elements()
            .iter()
            .position(|x| !x.is_finite())
            .map(|place| place / view.size(1))
    };
    views.iter().filter_map(first).min()
}

/// ‖a‖² + ‖b‖², and the share of each feature.
fn score_and_shares(a: &[f64], b: &[f64], shares: &mut [f64]) -> f64 {
    for (share, (a, b)) in shares.iter_mut().zip(a.iter().zip(b)) {
        *share = a * a + b * b;
    }
    let score: f64 = shares.iter().sum();
    if score.is_finite() && score > 0.0 {
        shares.iter_mut().for_each(|share| *share /= score);
        return score;
    }
    shares.fill(1.0 / shares.len() as f64);
    if score == 0.0 { 0.0 } else { f64::MAX }
}

/// Indices and values of the `count` largest values, in decreasing order; ties keep the first.
///
/// ```
/// assert_eq!(latents_anomaly::largest(&[0.1, 0.7, 0.2], 2), [(1, 0.7), (2, 0.2)]);
/// ```
pub fn largest(values: &[f64], count: usize) -> Vec<(usize, f64)> {
    let mut pairs: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
    let order = |a: &(usize, f64), b: &(usize, f64)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if count < pairs.len() {
        pairs.select_nth_unstable_by(count, order);
        pairs.truncate(count);
    }
    pairs.sort_unstable_by(order);
    pairs
}

/// The serialised form of a [`Detector`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    config: DetectorConfig,
    scales: Vec<f64>,
    /// Constant features and their values.
    #[serde(default)]
    constants: Vec<(usize, f32)>,
    reconstructions: EllipsoidState,
    residuals: EllipsoidState,
    calibration: Vec<f64>,
}

impl From<Detector> for State {
    fn from(detector: Detector) -> Self {
        let [reconstructions, residuals] = detector.ellipsoids.map(EllipsoidState::from);
        Self {
            config: detector.config,
            scales: detector.features.scales,
            constants: detector.features.constants,
            reconstructions,
            residuals,
            calibration: detector.calibration.scores().to_vec(),
        }
    }
}

impl TryFrom<State> for Detector {
    type Error = DetectorError;

    fn try_from(state: State) -> Result<Self, DetectorError> {
        state.config.validate()?;
        let features = state.scales.len();
        if !state.scales.iter().all(|&scale| scale > 0.0 && scale.is_finite()) {
            return Err(DetectorError::Damaged("a scale is not a positive number"));
        }
        let mut constants = state.constants.iter();
        if !constants.all(|&(feature, value)| feature < features && value.is_finite()) {
            return Err(DetectorError::Damaged(
                "a constant feature is not a feature of the model",
            ));
        }
        let detector = Self {
            config: state.config,
            ellipsoids: [
                state.reconstructions.into_ellipsoid(features)?,
                state.residuals.into_ellipsoid(features)?,
            ],
            features: Features {
                scales: state.scales,
                constants: state.constants,
            },
            calibration: Calibration::new(state.calibration)?,
            threshold: 0.0,
        };
        detector.with_threshold(state.config.threshold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_shares_come_first() {
        assert_eq!(largest(&[0.1, 0.4, 0.1, 0.4], 3), [(1, 0.4), (3, 0.4), (0, 0.1)]);
        assert_eq!(largest(&[1.0], 5), [(0, 1.0)]);
        assert_eq!(largest(&[0.5, 0.5], 0), []);
    }

    #[test]
    fn what_is_not_finite_is_strangest() {
        let mut shares = [0.0; 2];
        assert_eq!(
            score_and_shares(&[f64::NAN, 1.0], &[0.0, 0.0], &mut shares),
            f64::MAX
        );
        assert_eq!(shares, [0.5, 0.5]);
        assert_eq!(score_and_shares(&[1.0, 0.0], &[1.0, 2.0], &mut shares), 6.0);
        assert_eq!(shares, [2.0 / 6.0, 4.0 / 6.0]);
    }

    #[test]
    fn rows_are_chosen_evenly() {
        assert_eq!(evenly_spaced(10, 4), [0, 2, 5, 7]);
        assert_eq!(evenly_spaced(3, 100), [0, 1, 2]);
    }
}
