//! Problems visible in the training history.

use super::{Finding, FindingKind, Severity};
use latents_autoencoders::registry::Facts;
use latents_text::number::brief;
use latents_train::{EpochRecord, History};

/// Minimum number of epochs after the best one before a rise of the validation loss is reported.
const LEAST_EPOCHS: usize = 3;
/// The smallest rise that is reported, as a fraction of the previous fall of the loss, and of the loss itself.
const RISE: [f64; 2] = [0.02, 0.02];
/// Minimum number of epochs before a validation loss that has stopped improving is reported.
const LEAST_TO_STAND: usize = 8;

/// Over-fitting and a diverging loss.
pub(super) fn look(history: &History, facts: Option<&Facts>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = over_fitting(history)
        .or_else(|| standing(history))
        .into_iter()
        .collect();
    // While the weight of a part of the loss increases, the loss may rise as well.
    if !facts.is_some_and(|facts| facts.loss_changes) {
        findings.extend(diverging(history));
    }
    findings
}

/// Whether a loss that started at `first` and reached `low` has risen enough to be reported.
fn rises(first: f64, low: f64, last: f64) -> bool {
    let [of_fall, of_loss] = RISE;
    last - low > (of_fall * (first - low)).max(of_loss * low.abs())
}

/// The validation loss rises from its minimum while the training loss keeps falling.
fn over_fitting(history: &History) -> Option<Finding> {
    let epochs: Vec<(&EpochRecord, f64)> = history
        .epochs
        .iter()
        .filter_map(|record| Some((record, record.validation_loss?)))
        .collect();
    let (first, last) = (epochs.first()?, epochs.last()?);
    let best = epochs.iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
    let falls = last.0.train_loss < best.0.train_loss;
    if last.0.epoch < best.0.epoch + LEAST_EPOCHS || !falls || !rises(first.1, best.1, last.1) {
        return None;
    }
    let kept = history.restored_epoch == Some(best.0.epoch);
    Some(Finding {
        kind: FindingKind::OverFitting,
        severity: if kept { Severity::Note } else { Severity::Warning },
        what: format!(
            "The validation loss rose from {} in epoch {} to {} in epoch {}, while the training loss fell from {} to \
             {}: the model memorises its training rows.{}",
            brief(best.1),
            best.0.epoch,
            brief(last.1),
            last.0.epoch,
            brief(best.0.train_loss),
            brief(last.0.train_loss),
            if kept { " The weights of the best epoch were kept." } else { "" }
        ),
        remedy: match kept {
            true => "No action is needed. Smaller layers, noise (the denoising variant) or more rows may lower the \
                     validation loss further.",
            false => {
                "Stop early with `patience`, train for fewer `epochs`, make `hidden` or `latent` smaller, or train \
                 the denoising variant."
            }
        }
        .to_owned(),
    })
}

/// The validation loss stops improving in the second half of the training, far above a training loss that still falls.
fn standing(history: &History) -> Option<Finding> {
    let epochs = &history.epochs;
    let (half, last) = (epochs.get(epochs.len() / 2)?, epochs.last()?);
    let lowest = |epochs: &[EpochRecord]| {
        let losses = epochs.iter().filter_map(|record| record.validation_loss);
        losses.min_by(f64::total_cmp)
    };
    let (before, after) = (lowest(&epochs[..epochs.len() / 2])?, lowest(epochs)?);
    let end = last.validation_loss?;
    let stands = after > before - RISE[1] * before.abs();
    let falls = last.train_loss > 0.0 && last.train_loss < 0.5 * half.train_loss;
    let is_far = after > 2.0 * last.train_loss;
    let is_kept = history.restored_epoch.is_some();
    (epochs.len() >= LEAST_TO_STAND && !is_kept && stands && falls && is_far).then(|| Finding {
        kind: FindingKind::OverFitting,
        severity: Severity::Warning,
        what: format!(
            "From epoch {} on, the validation loss did not fall below {} (it ends at {}), while the training loss \
             fell from {} to {}: the model memorises its training rows.",
            half.epoch,
            brief(after),
            brief(end),
            brief(half.train_loss),
            brief(last.train_loss)
        ),
        remedy: "Stop early with `patience`, make `hidden` or `latent` smaller, add rows, or train the denoising variant."
            .to_owned(),
    })
}

/// The training loss ends far above its minimum.
fn diverging(history: &History) -> Option<Finding> {
    let losses: Vec<f64> = history.epochs.iter().map(|record| record.train_loss).collect();
    let (&first, &last) = (losses.first()?, losses.last()?);
    let (best, &low) = losses.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1))?;
    let far = last > first || last - low > 0.5 * (first - low);
    let diverges = !last.is_finite() || (far && rises(first, low, last));
    diverges.then(|| Finding {
        kind: FindingKind::DivergingLoss,
        severity: Severity::Serious,
        what: format!(
            "The training loss rose from {} in epoch {} to {} in epoch {}.",
            brief(low),
            history.epochs[best].epoch,
            brief(last),
            history.epochs[losses.len() - 1].epoch
        ),
        remedy: "Divide `learning_rate` by 10, clip gradients with `clip_norm` 1, or standardise the \
                 data (`scale` standard)."
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(losses: &[(f64, Option<f64>)]) -> History {
        let record = |(index, &(train_loss, validation_loss)): (usize, &(f64, Option<f64>))| EpochRecord {
            epoch: index + 1,
            train_loss,
            validation_loss,
            ..EpochRecord::default()
        };
        History {
            epochs: losses.iter().enumerate().map(record).collect(),
            ..History::default()
        }
    }

    fn kinds(losses: &[(f64, Option<f64>)]) -> Vec<FindingKind> {
        look(&history(losses), None)
            .iter()
            .map(|finding| finding.kind)
            .collect()
    }

    #[test]
    fn a_rise_on_validation_alone_is_over_fitting() {
        let ill = [
            (9.0, 9.0),
            (5.0, 6.0),
            (3.0, 5.0),
            (2.0, 5.5),
            (1.0, 6.0),
            (0.5, 7.0),
        ];
        let ill: Vec<_> = ill
            .iter()
            .map(|&(train, validation)| (train, Some(validation)))
            .collect();
        assert_eq!(kinds(&ill), [FindingKind::OverFitting]);
        // Too soon to tell, a wobble, and a loss that goes on falling.
        assert_eq!(kinds(&ill[..5]), []);
        let healthy = [
            (9.0, 9.0),
            (5.0, 6.0),
            (4.0, 5.0),
            (3.9, 5.02),
            (3.8, 5.05),
            (3.7, 5.04),
        ];
        let healthy: Vec<_> = healthy
            .iter()
            .map(|&(train, validation)| (train, Some(validation)))
            .collect();
        assert_eq!(kinds(&healthy), []);
        assert_eq!(kinds(&[]), []);
    }

    #[test]
    fn a_validation_loss_that_stands_while_training_goes_on_is_over_fitting() {
        let losses = |validation: fn(f64) -> f64| -> Vec<_> {
            (0..10)
                .map(|epoch| 1.0 / f64::from(1u32 << epoch))
                .map(|train| (train, Some(validation(train))))
                .collect()
        };
        assert_eq!(kinds(&losses(|train| train.max(0.2))), [FindingKind::OverFitting]);
        assert_eq!(kinds(&losses(|train| 1.1 * train)), []);
        assert_eq!(kinds(&losses(|train| 0.001 + train)), []);
        assert_eq!(
            kinds(&losses(|train| train.max(0.2))[..7]),
            [],
            "too soon to tell"
        );
        assert_eq!(kinds(&losses(|train| train - 9.0)), []);
    }

    #[test]
    fn kept_weights_make_over_fitting_a_note() {
        let ill = [(9.0, 9.0), (3.0, 5.0), (2.0, 6.0), (1.0, 7.0), (0.5, 8.0)];
        let ill: Vec<_> = ill
            .iter()
            .map(|&(train, validation)| (train, Some(validation)))
            .collect();
        let severity = |restored_epoch| {
            let history = History {
                restored_epoch,
                ..history(&ill)
            };
            look(&history, None)[0].severity
        };
        assert_eq!(
            (severity(None), severity(Some(2))),
            (Severity::Warning, Severity::Note)
        );
    }

    #[test]
    fn a_training_loss_that_rises_diverges() {
        assert_eq!(
            kinds(&[(1.0, None), (0.5, None), (40.0, None)]),
            [FindingKind::DivergingLoss]
        );
        assert_eq!(
            kinds(&[(1.0, None), (0.5, None), (f64::NAN, None)]),
            [FindingKind::DivergingLoss]
        );
        assert_eq!(kinds(&[(1.0, None), (0.5, None), (0.55, None)]), []);
        assert_eq!(kinds(&[(-10.0, None), (-30.0, None), (-29.5, None)]), []);
    }
}
