//! Data that the output does not fit, and features that never change.

use super::columns::Columns;
use super::sample::places;
use super::{Finding, FindingKind, Severity};
use latents_autoencoders::Corruption;
use latents_autoencoders::registry::Facts;
use latents_text::number::{brief, counted};

/// Values so large that a network with the usual weights learns slowly or not at all.
const LARGE: f64 = 50.0;
/// A noise of so many times the data's variance explains the data by itself.
const NOISY: f64 = 2.0;

/// Values that the output cannot reach, or that are far from the scale that networks learn at.
pub(super) fn range(facts: &Facts, columns: &Columns) -> Vec<Finding> {
    let (low, high) = columns.range();
    let mut findings = Vec::new();
    match &facts.output_range {
        Some(range) if low < range.low || high > range.high => {
            findings.push(unreachable(range.name, (range.low, range.high), (low, high)))
        }
        Some(_) => {}
        None if low < -LARGE || high > LARGE => findings.push(unscaled(low, high)),
        None => {}
    }
    findings.extend(noisy(facts, columns.mean_variance()));
    findings
}

fn unreachable(name: &str, (from, to): (f64, f64), (low, high): (f64, f64)) -> Finding {
    let allowed = match to.is_finite() {
        true => format!("[{from}, {to}]"),
        false => "numbers of 0 and more".to_owned(),
    };
    Finding {
        kind: FindingKind::DataRange,
        severity: Severity::Serious,
        what: format!(
            "The values lie between {} and {}, and {name} reaches only {allowed}.",
            brief(low),
            brief(high)
        ),
        remedy: "Scale the data with --scale min-max or min-max-columns, or take --output linear (for a variational \
                 model with --likelihood gaussian:learned)."
            .to_owned(),
    }
}

fn unscaled(low: f64, high: f64) -> Finding {
    Finding {
        kind: FindingKind::DataRange,
        severity: Severity::Warning,
        what: format!(
            "The values lie between {} and {}: far from the scale of 1 that the first weights are made for, so \
             training is slow or unstable, and large columns outweigh small ones.",
            brief(low),
            brief(high)
        ),
        remedy: "Scale the data with --scale standard.".to_owned(),
    }
}

/// A fixed noise that is larger than what there is to explain: the best model is then the mean row.
fn noisy(facts: &Facts, variance: f64) -> Option<Finding> {
    let (likelihood, noise) = facts.fixed_variance.clone()?;
    (noise > NOISY * variance).then(|| Finding {
        kind: FindingKind::DataRange,
        severity: Severity::Warning,
        what: format!(
            "The likelihood {} has noise of variance {}, and the features have a variance of {} on average: noise \
             alone explains the data, so codes need not carry information.",
            likelihood,
            brief(noise),
            brief(variance)
        ),
        remedy: "Let the variance be learnt with --likelihood gaussian:learned, give a smaller one, or scale the \
                 data with --scale standard."
            .to_owned(),
    })
}

/// Specks of 0 and 1 among values that go beyond these: they are no extremes.
pub(super) fn specks(facts: &Facts, columns: &Columns) -> Option<Finding> {
    let (low, high) = columns.range();
    let speckled = matches!(facts.noise, Some(Corruption::SaltAndPepper { fraction }) if fraction > 0.0);
    (speckled && (low < 0.0 || high > 1.0)).then(|| Finding {
        kind: FindingKind::NoiseRange,
        severity: Severity::Warning,
        what: format!(
            "Salt-and-pepper noise sets values to 0 or 1, for the lowest and the highest, and the values lie between \
             {} and {}.",
            brief(low),
            brief(high)
        ),
        remedy: "Scale the data to [0, 1] with --scale min-max or min-max-columns, or take another noise, such as \
                 gaussian:0.3 or masking:0.25."
            .to_owned(),
    })
}

/// Columns that never change.
pub(super) fn constant(columns: &Columns) -> Option<Finding> {
    let constant = columns.constant();
    let (found, all) = (constant.len(), columns.low.len());
    if found == 0 {
        return None;
    }
    let everything = found == all;
    Some(Finding {
        kind: FindingKind::ConstantFeatures,
        severity: if everything { Severity::Serious } else { Severity::Note },
        what: match found {
            1 => format!(
                "1 of {} has the same value in all training rows: number {}.",
                counted(all, "feature"),
                places(&constant)
            ),
            _ => format!(
                "{found} of {} have the same value in all training rows: numbers {}.",
                counted(all, "feature"),
                places(&constant)
            ),
        },
        remedy: match everything {
            true => "There is nothing to learn; check that the right data was read.",
            false => {
                "They do no harm, as with pixels that are always black, but errors that are means over features look \
                 smaller; in a table they can be left out."
            }
        }
        .to_owned(),
    })
}
