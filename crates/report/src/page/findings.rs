//! Findings of the doctor, most serious first.

use crate::{FindingText, RunPage, Severity};
use latents_text::printable;
use minijinja::{Value, context};

/// Findings with their severity as a word, a sign and a CSS class, so that it does not depend on colour.
pub(super) fn view(run: &RunPage) -> Vec<Value> {
    let mut findings: Vec<&FindingText> = run.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let shown = findings.into_iter().map(|finding| {
        let (word, sign, class) = match finding.severity {
            Severity::Serious => ("Serious", "\u{25B2}", "serious"),
            Severity::Warning => ("Warning", "\u{25C6}", "warning"),
            Severity::Note => ("Note", "\u{25CF}", "note"),
        };
        context! {
            word, sign, class,
            title => printable(&finding.title),
            what => printable(&finding.what),
            remedy => printable(&finding.remedy),
        }
    });
    shown.collect()
}
