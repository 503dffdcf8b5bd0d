//! Metrics of how well scores rank anomalies above other rows.
//!
//! Labels are true for rows that should score high. All metrics depend only on the order of the scores. Equal scores share one
//! position, so the order of the rows does not matter. NaN counts as the highest score, because a row that a model cannot score
//! is anomalous.

/// Groups of equal scores, in decreasing order of score: (true labels, rows) of each group.
fn groups(labels: &[bool], scores: &[f64]) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    let key = |row: usize| {
        if scores[row].is_nan() {
            f64::NAN
        } else {
            scores[row] + 0.0
        }
    };
    order.sort_unstable_by(|&a, &b| key(b).total_cmp(&key(a)));
    order
        .chunk_by(|&a, &b| key(a).total_cmp(&key(b)).is_eq())
        .map(|rows| (rows.iter().filter(|&&row| labels[row]).count(), rows.len()))
        .collect()
}

#[track_caller]
fn counts(measure: &str, labels: &[bool], scores: &[f64]) -> (usize, usize) {
    assert_eq!(
        labels.len(),
        scores.len(),
        "{measure}: {} labels for {} scores",
        labels.len(),
        scores.len()
    );
    let positives = labels.iter().filter(|&&label| label).count();
    (positives, labels.len() - positives)
}

/// The area under the ROC curve: the probability that a row with a true label scores higher than one with a false label,
/// counting equal scores as one half (Hanley & McNeil 1982).
///
/// `None` if one of the classes has no rows.
///
/// ```
/// use latents_metrics::auroc;
/// assert_eq!(auroc(&[false, true, false, true], &[0.1, 0.4, 0.4, 0.8]), Some(0.875));
/// ```
///
/// # Panics
/// If the numbers of labels and scores differ.
#[track_caller]
pub fn auroc(labels: &[bool], scores: &[f64]) -> Option<f64> {
    let (positives, negatives) = counts("auroc", labels, scores);
    if positives == 0 || negatives == 0 {
        return None;
    }
    // Twice the number of correctly ordered pairs, counting a tie once: integers, so that nothing is rounded until the end.
    let (mut twice, mut above) = (0u128, 0u128);
    for (hits, rows) in groups(labels, scores) {
        let misses = (rows - hits) as u128;
        twice += misses * (2 * above + hits as u128);
        above += hits as u128;
    }
    Some(twice as f64 / (2.0 * positives as f64 * negatives as f64))
}

/// Average precision, as in scikit-learn: Σ (Rᵢ − Rᵢ₋₁)·Pᵢ over the thresholds i, with precision P and recall R.
///
/// `None` if no label is true.
///
/// # Panics
/// If the numbers of labels and scores differ.
///
/// ```
/// use latents_metrics::average_precision;
/// assert_eq!(average_precision(&[true, false, true], &[0.9, 0.8, 0.7]), Some(0.5 + 1.0 / 3.0));
/// ```
#[track_caller]
pub fn average_precision(labels: &[bool], scores: &[f64]) -> Option<f64> {
    let (positives, _) = counts("average_precision", labels, scores);
    if positives == 0 {
        return None;
    }
    let (mut sum, mut above, mut taken) = (0.0, 0, 0);
    for (hits, rows) in groups(labels, scores) {
        above += hits;
        taken += rows;
        sum += hits as f64 * (above as f64 / taken as f64);
    }
    Some(sum / positives as f64)
}

/// Precision at `count`: the fraction of true labels among the `count` highest scores. If equal scores cross the boundary, the
/// group counts with its own fraction of true labels, which is the mean over all its orders.
///
/// If `count` is the number of true labels, this is also the recall, known as R-precision. `None` if `count` is 0 or exceeds
/// the number of rows.
///
/// # Panics
/// If the numbers of labels and scores differ.
///
/// ```
/// use latents_metrics::precision_at;
/// assert_eq!(precision_at(2, &[true, false, true], &[0.9, 0.8, 0.7]), Some(0.5));
/// ```
#[track_caller]
pub fn precision_at(count: usize, labels: &[bool], scores: &[f64]) -> Option<f64> {
    counts("precision_at", labels, scores);
    if count == 0 || count > scores.len() {
        return None;
    }
    let (mut hits_above, mut left) = (0.0, count);
    for (hits, rows) in groups(labels, scores) {
        let taken = rows.min(left);
        hits_above += hits as f64 * (taken as f64 / rows as f64);
        left -= taken;
        if left == 0 {
            break;
        }
    }
    Some(hits_above / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_the_share_of_pairs_in_order() {
        // A small table with ties, pair by pair.
        let scores: Vec<f64> = (0..60).map(|i| f64::from(i * 37 % 23)).collect();
        let labels: Vec<bool> = (0..60).map(|i| i * 7 % 5 < 2).collect();
        let (mut sum, mut pairs) = (0.0, 0.0);
        for i in 0..60 {
            for j in 0..60 {
                if labels[i] && !labels[j] {
                    pairs += 1.0;
                    sum += if scores[i] > scores[j] { 1.0 } else { 0.0 };
                    sum += if scores[i] == scores[j] { 0.5 } else { 0.0 };
                }
            }
        }
        assert!((auroc(&labels, &scores).unwrap() - sum / pairs).abs() < 1e-15);
        let negated: Vec<f64> = scores.iter().map(|score| -score).collect();
        assert!((auroc(&labels, &negated).unwrap() - (1.0 - sum / pairs)).abs() < 1e-15);
    }

    #[test]
    fn a_missing_class_has_no_measure() {
        assert_eq!(auroc(&[true, true], &[0.0, 1.0]), None);
        assert_eq!(auroc(&[false, false], &[0.0, 1.0]), None);
        assert_eq!(auroc(&[], &[]), None);
        assert_eq!(average_precision(&[false], &[1.0]), None);
        assert_eq!(average_precision(&[true], &[1.0]), Some(1.0));
        assert_eq!(precision_at(0, &[true], &[1.0]), None);
        assert_eq!(precision_at(2, &[true], &[1.0]), None);
    }

    #[test]
    fn equal_scores_are_one_place_whatever_their_order() {
        let (labels, scores) = ([true, false, false, true], [1.0, 1.0, -0.0, 0.0]);
        let reversed = [true, false, false, true];
        assert_eq!(auroc(&labels, &scores), Some(0.5));
        assert_eq!(average_precision(&labels, &scores), Some(0.5));
        assert_eq!(precision_at(1, &labels, &scores), Some(0.5));
        assert_eq!(precision_at(1, &reversed, &[0.0, -0.0, 1.0, 1.0]), Some(0.5));
        assert_eq!(precision_at(3, &labels, &scores), Some(0.5));
    }

    #[test]
    fn not_a_number_ranks_first() {
        let labels = [false, true, false];
        for nan in [f64::NAN, -f64::NAN] {
            assert_eq!(auroc(&labels, &[1.0, nan, f64::INFINITY]), Some(1.0));
            assert_eq!(precision_at(1, &labels, &[1.0, nan, f64::INFINITY]), Some(1.0));
        }
    }

    #[test]
    #[should_panic(expected = "auroc: 1 labels for 2 scores")]
    fn lengths_must_agree() {
        let _ = auroc(&[true], &[0.0, 1.0]);
    }
}
