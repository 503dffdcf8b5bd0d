//! From scores to decisions: conformal p-values, false discovery rate control, thresholds.

use latents_error::ConfigError;

/// Scores of normal held-out rows, used to calibrate other scores.
///
/// ```
/// use latents_classical::Calibration;
/// let held_out = Calibration::new((1..=99).map(f64::from).collect())?;
/// assert_eq!(held_out.p_value(50.5), 0.5);
/// assert_eq!(held_out.p_value(1000.0), 0.01);
/// # Ok::<(), latents_classical::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Sorted in increasing order.
    scores: Vec<f64>,
}

impl Calibration {
    /// Creates a calibration from held-out scores.
    ///
    /// # Errors
    /// If there are no scores, or if one is NaN.
    ///
    /// ```
    /// # use latents_classical::Calibration;
    /// assert!(Calibration::new(vec![0.3, 0.1]).is_ok());
    /// assert!(Calibration::new(vec![]).is_err());
    /// ```
    pub fn new(mut scores: Vec<f64>) -> Result<Self, ConfigError> {
        check(&scores)?;
        scores.sort_unstable_by(f64::total_cmp);
        Ok(Self { scores })
    }

    /// The held-out scores in increasing order.
    ///
    /// ```
    /// # use latents_classical::Calibration;
    /// assert_eq!(Calibration::new(vec![0.3, 0.1])?.scores(), [0.1, 0.3]);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn scores(&self) -> &[f64] {
        &self.scores
    }

    /// The conformal p-value (1 + #{held out ≥ score}) / (n + 1) (Vovk, Gammerman & Shafer 2005).
    ///
    /// If a normal row is exchangeable with the held-out rows, the probability of a p-value ≤ α is at most α. No p-value is
    /// below 1 / (n + 1), so small levels need many held-out rows. NaN gets the smallest p-value.
    ///
    /// ```
    /// # use latents_classical::Calibration;
    /// assert_eq!(Calibration::new(vec![1.0, 2.0, 3.0])?.p_value(2.5), 0.5);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn p_value(&self, score: f64) -> f64 {
        let below = match score.is_nan() {
            true => self.scores.len(),
            false => self.scores.partition_point(|&held_out| held_out < score),
        };
        (1 + self.scores.len() - below) as f64 / (self.scores.len() + 1) as f64
    }

    /// The smallest possible p-value, 1 / (n + 1).
    ///
    /// ```
    /// # use latents_classical::Calibration;
    /// assert_eq!(Calibration::new(vec![1.0, 2.0, 3.0])?.least_p_value(), 0.25);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn least_p_value(&self) -> f64 {
        1.0 / (self.scores.len() + 1) as f64
    }

    /// The held-out score above which p-values are at most `level`. If `level` is below [`least_p_value`](Self::least_p_value),
    /// the largest held-out score.
    ///
    /// ```
    /// # use latents_classical::Calibration;
    /// assert_eq!(Calibration::new(vec![1.0, 2.0, 3.0])?.score_at_level(0.5), 2.0);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn score_at_level(&self, level: f64) -> f64 {
        let count = self.scores.len();
        // The same quotient as in `p_value`: a product with the level could round to the other side.
        let p_value = |above: usize| (1 + above) as f64 / (count + 1) as f64;
        let above = (1..count).take_while(|&above| p_value(above) <= level).last();
        self.scores[count - 1 - above.unwrap_or(0)]
    }

    /// The p-value of each score.
    ///
    /// ```
    /// # use latents_classical::Calibration;
    /// assert_eq!(Calibration::new(vec![1.0, 2.0, 3.0])?.p_values(&[0.0, 9.0]), [1.0, 0.25]);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn p_values(&self, scores: &[f64]) -> Vec<f64> {
        scores.iter().map(|&score| self.p_value(score)).collect()
    }

    /// The score that a fraction 1 − `level` of the held-out rows exceeds (see [`quantile`]).
    ///
    /// # Errors
    /// If `level` is not in [0, 1].
    ///
    /// ```
    /// # use latents_classical::Calibration;
    /// assert_eq!(Calibration::new(vec![1.0, 2.0, 3.0])?.threshold(0.75)?, 2.5);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn threshold(&self, level: f64) -> Result<f64, ConfigError> {
        quantile(&self.scores, level)
    }
}

fn check(scores: &[f64]) -> Result<(), ConfigError> {
    if scores.is_empty() {
        return Err(ConfigError::new(
            "scores",
            "empty",
            "there must be at least one score",
        ));
    }
    match scores.iter().position(|score| score.is_nan()) {
        Some(row) => Err(ConfigError::new(
            "scores",
            format!("NaN in row {}", row + 1),
            "must be a number",
        )),
        None => Ok(()),
    }
}

/// Selects the rows to flag such that the expected fraction of false alarms among them is at most `level` (Benjamini & Hochberg
/// 1995): the rows with the k smallest p-values, for the largest k with p₍ₖ₎ ≤ k·level / n.
///
/// The bound holds for conformal p-values from one calibration set (Bates et al. 2023). NaN is never flagged.
///
/// ```
/// # use latents_classical::alarms_at;
/// assert_eq!(alarms_at(0.1, &[0.01, 0.5, 0.03]), [true, false, true]);
/// ```
pub fn alarms_at(level: f64, p_values: &[f64]) -> Vec<bool> {
    let mut sorted: Vec<f64> = p_values.iter().copied().filter(|p| !p.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let step = level / p_values.len() as f64;
    let last = sorted
        .iter()
        .enumerate()
        .rfind(|&(index, &p)| p <= (index + 1) as f64 * step);
    match last {
        Some((_, &largest)) => p_values.iter().map(|&p| p <= largest).collect(),
        None => vec![false; p_values.len()],
    }
}

/// The quantile at `level` in [0, 1], with linear interpolation as in NumPy. Scores above it count as alarms.
///
/// # Errors
/// If there are no scores, if one is NaN, or if `level` is not in [0, 1].
///
/// ```
/// # use latents_classical::quantile;
/// assert_eq!(quantile(&[4.0, 1.0, 3.0, 2.0], 0.5)?, 2.5);
/// # Ok::<(), latents_classical::ConfigError>(())
/// ```
pub fn quantile(scores: &[f64], level: f64) -> Result<f64, ConfigError> {
    check(scores)?;
    if !(0.0..=1.0).contains(&level) {
        return Err(ConfigError::new("quantile", level, "must be between 0 and 1"));
    }
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let place = level * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place as usize], sorted[place.ceil() as usize]);
    let share = place - place.floor();
    Ok(if below == above || share == 0.0 {
        below
    } else {
        below + (above - below) * share
    })
}

/// The threshold that a fraction `contamination` of these scores exceeds: the quantile at 1 − contamination.
///
/// # Errors
/// If there are no scores, if one is NaN, or if the fraction is not in (0, 0.5].
///
/// ```
/// # use latents_classical::contamination_threshold;
/// assert_eq!(contamination_threshold(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.25)?, 4.0);
/// # Ok::<(), latents_classical::ConfigError>(())
/// ```
pub fn contamination_threshold(scores: &[f64], contamination: f64) -> Result<f64, ConfigError> {
    if !(contamination > 0.0 && contamination <= 0.5) {
        let requirement = "the fraction of anomalies must be above 0 and at most 0.5";
        return Err(ConfigError::new("contamination", contamination, requirement));
    }
    quantile(scores, 1.0 - contamination)
}

#[cfg(test)]
mod tests {
    use super::*;
    use latents_tensor::Algebra;
    use latents_tensor::random::Key;

    #[test]
    fn p_values_count_scores_at_least_as_high() {
        let held_out = Calibration::new(vec![3.0, 1.0, 2.0, 2.0]).unwrap();
        let p_values = held_out.p_values(&[0.0, 1.0, 2.0, 2.5, 3.0, 4.0, f64::NAN]);
        assert_eq!(p_values, [1.0, 1.0, 0.8, 0.4, 0.4, 0.2, 0.2]);
    }

    #[test]
    fn the_score_at_a_level_is_where_p_values_fall_to_it() {
        let held_out = Calibration::new((1..=99).map(f64::from).collect()).unwrap();
        assert_eq!(held_out.least_p_value(), 0.01);
        for level in [0.01, 0.02, 0.05, 0.29, 0.5, 0.995, 1.0] {
            let threshold = held_out.score_at_level(level);
            for score in (0..1000).map(|tenth| f64::from(tenth) / 10.0) {
                let reported = held_out.p_value(score) <= level;
                assert!(reported == (score > threshold) || level == 1.0, "{level} {score}");
            }
        }
        // Too few rows for the level: only what is stranger than all of them.
        assert_eq!(held_out.score_at_level(0.001), 99.0);
        assert_eq!(Calibration::new(vec![4.0]).unwrap().score_at_level(0.01), 4.0);
    }

    #[test]
    fn ordinary_rows_have_small_p_values_as_seldom_as_these_say() {
        let draw = |seed, count| Key::new(seed).normal::<f64>([count]).to_vec();
        let held_out = Calibration::new(draw(1, 2000)).unwrap();
        let p_values = held_out.p_values(&draw(2, 20_000));
        for level in [0.01, 0.1, 0.5] {
            let share = p_values.iter().filter(|&&p| p <= level).count() as f64 / 20_000.0;
            // Four deviations of what 2000 held-out rows leave open.
            let deviation = Algebra::sqrt(level * (1.0 - level) / 2000.0);
            assert!((share - level).abs() < 4.0 * deviation, "{level} {share}");
        }
    }

    #[test]
    fn false_discoveries_are_bounded() {
        // Of 1000 rows 100 are anomalies; the mean over 40 draws of the share of false alarms.
        let (mut shares, mut found) = (0.0, 0);
        for seed in 0..40 {
            let normal = |step, count| Key::new(seed).step(step).normal::<f64>([count]).to_vec();
            let held_out = Calibration::new(normal(0, 2000)).unwrap();
            let mut scores = normal(1, 1000);
            scores[..100].iter_mut().for_each(|score| *score += 4.0);
            let alarms = alarms_at(0.2, &held_out.p_values(&scores));
            let (right, all) = (count(&alarms[..100]), count(&alarms));
            shares += (all - right) as f64 / all.max(1) as f64;
            found += right;
        }
        assert!(shares / 40.0 < 0.2, "{}", shares / 40.0);
        assert!(found > 40 * 80, "{found}");
    }

    fn count(alarms: &[bool]) -> usize {
        alarms.iter().filter(|&&alarm| alarm).count()
    }

    #[test]
    fn the_example_of_benjamini_and_hochberg() {
        // Their section 3.3: fifteen p-values, of which four are found at 0.05.
        let p_values = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
            0.6528, 0.7590, 1.0,
        ];
        let alarms = alarms_at(0.05, &p_values);
        assert!(alarms.iter().enumerate().all(|(row, &alarm)| alarm == (row < 4)));
        assert_eq!(count(&alarms_at(0.05, &[0.2, f64::NAN, 0.9])), 0);
        assert_eq!(alarms_at(0.05, &[]), [false; 0]);
        // Later p-values may carry earlier ones that would fail alone.
        assert_eq!(alarms_at(0.05, &[0.04, 0.045]), [true, true]);
    }

    #[test]
    fn quantiles_are_linear_between_scores() {
        let scores = [4.0, 1.0, 3.0, 2.0];
        let at = |level| quantile(&scores, level).unwrap();
        assert_eq!([at(0.0), at(0.5), at(0.9), at(1.0)], [1.0, 2.5, 3.7, 4.0]);
        assert_eq!(contamination_threshold(&scores, 0.5).unwrap(), 2.5);
        assert_eq!(quantile(&[f64::INFINITY; 3], 0.3).unwrap(), f64::INFINITY);
        let of_ten = contamination_threshold(&(0..10).map(f64::from).collect::<Vec<_>>(), 0.2).unwrap();
        assert_eq!((0..10).filter(|&score| f64::from(score) > of_ten).count(), 2);
    }

    #[test]
    fn what_is_no_threshold_is_an_error() {
        let message = |result: Result<f64, ConfigError>| result.unwrap_err().to_string();
        assert_eq!(
            message(quantile(&[], 0.5)),
            "scores is empty: there must be at least one score"
        );
        assert_eq!(
            message(quantile(&[1.0, f64::NAN], 0.5)),
            "scores is NaN in row 2: must be a number"
        );
        assert_eq!(
            message(quantile(&[1.0], 1.5)),
            "quantile is 1.5: must be between 0 and 1"
        );
        assert_eq!(
            message(contamination_threshold(&[1.0], f64::NAN)),
            "contamination is NaN: the fraction of anomalies must be above 0 and at most 0.5"
        );
        assert!(Calibration::new(vec![]).is_err());
    }
}
