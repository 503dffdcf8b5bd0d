//! Data outside the range of the output, and constant features.

use super::columns::Columns;
use super::sample::places;
use super::{Finding, FindingKind, Severity};
use latents_autoencoders::Corruption;
use latents_autoencoders::registry::Facts;
use latents_text::number::{brief, counted};

/// Networks with the usual initial weights learn slowly or not at all from values above this magnitude.
const LARGE: f64 = 50.0;
/// A noise variance of more than this multiple of the data's variance explains the data without codes.
const NOISY: f64 = 2.0;

/// Finds values that the output cannot reach, or that are far from the scale that networks learn at.
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
        false => "values of 0 and above".to_owned(),
    };
    Finding {
        kind: FindingKind::DataRange,
        severity: Severity::Serious,
        what: format!(
            "The values range from {} to {}, but {name} can only produce {allowed}.",
            brief(low),
            brief(high)
        ),
        remedy: "Scale the data (`scale` min-max or min-max-columns), or use `output_activation` linear (for a variational \
                 model together with `likelihood` gaussian:learned)."
            .to_owned(),
    }
}

fn unscaled(low: f64, high: f64) -> Finding {
    Finding {
        kind: FindingKind::DataRange,
        severity: Severity::Warning,
        what: format!(
            "The values range from {} to {}, far from the scale of 1 that the initial weights assume. Training \
             will be slow or unstable, and large columns will dominate small ones.",
            brief(low),
            brief(high)
        ),
        remedy: "Standardise the data (`scale` standard).".to_owned(),
    }
}

/// A fixed noise variance above the variance of the data: the best model then reconstructs the mean row.
fn noisy(facts: &Facts, variance: f64) -> Option<Finding> {
    let (likelihood, noise) = facts.fixed_variance.clone()?;
    (noise > NOISY * variance).then(|| Finding {
        kind: FindingKind::DataRange,
        severity: Severity::Warning,
        what: format!(
            "The likelihood {} has a noise variance of {}, but the mean variance of the features is {}: the noise \
             alone explains the data, so the codes need not carry information.",
            likelihood,
            brief(noise),
            brief(variance)
        ),
        remedy: "Learn the variance with `likelihood` gaussian:learned, set a smaller one, or standardise the \
                 data (`scale` standard)."
            .to_owned(),
    })
}

/// Salt-and-pepper noise with values of 0 and 1 in data that exceed this range.
pub(super) fn specks(facts: &Facts, columns: &Columns) -> Option<Finding> {
    let (low, high) = columns.range();
    let speckled = matches!(facts.noise, Some(Corruption::SaltAndPepper { fraction }) if fraction > 0.0);
    (speckled && (low < 0.0 || high > 1.0)).then(|| Finding {
        kind: FindingKind::NoiseRange,
        severity: Severity::Warning,
        what: format!(
            "Salt-and-pepper noise sets values to 0 or 1 as the minimum and the maximum, but the values range from \
             {} to {}.",
            brief(low),
            brief(high)
        ),
        remedy: "Scale the data to [0, 1] (`scale` min-max or min-max-columns), or use another `noise`, such as \
                 gaussian:0.3 or masking:0.25."
            .to_owned(),
    })
}

/// Finds constant columns.
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
                "1 of {} has the same value in all training rows: column {}.",
                counted(all, "feature"),
                places(&constant)
            ),
            _ => format!(
                "{found} of {} have the same value in all training rows: columns {}.",
                counted(all, "feature"),
                places(&constant)
            ),
        },
        remedy: match everything {
            true => "There is nothing to learn. Check that the correct data was read.",
            false => {
                "Constant features, such as pixels that are always black, do no harm, but they lower errors that are \
                 averaged over features. In tabular data you can remove them."
            }
        }
        .to_owned(),
    })
}
