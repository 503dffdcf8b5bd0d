//! What the doctor finds, on the terminal and on the page.

use super::baseline::Baseline;
use super::results::kept_epoch;
use crate::config::RunConfig;
use crate::split::Split;
use crate::text::{Text, flag};
use latents_autoencoders::Autoencoder;
use latents_doctor::{Errors, Finding, FindingKind, Patient, Severity, diagnose, diagnose_before};
use latents_report::EpochRow;
use latents_tensor::Rows;
use latents_train::{EpochRecord, History};

/// What is wrong before the first step, for the terminal: all that is more than a note.
pub(crate) fn before_training(config: &RunConfig, split: &Split) -> Vec<Finding> {
    let mut findings = diagnose_before(&config.model, &split.train);
    findings.retain(|finding| finding.severity > Severity::Note);
    findings
}

/// What went wrong in a run. `mse` is that of the rows that `pca` was measured on.
pub(crate) fn diagnosed(
    config: &RunConfig,
    model: &dyn Autoencoder,
    split: &Split,
    epochs: &[EpochRow],
    mse: Option<f64>,
    pca: &Baseline,
) -> Vec<Finding> {
    let history = history(config, epochs);
    let errors = mse.zip(pca.loss).map(|(model, pca)| Errors { model, pca });
    diagnose(&Patient {
        validation: split.validation.as_ref().map(|rows| rows as &dyn Rows),
        history: Some(&history),
        errors,
        ..Patient::new(model, &split.train)
    })
}

fn history(config: &RunConfig, epochs: &[EpochRow]) -> History {
    let record = |row: &EpochRow| EpochRecord {
        epoch: row.epoch,
        train_loss: row.train_loss,
        validation_loss: row.validation_loss,
        seconds: row.seconds,
        ..EpochRecord::default()
    };
    let kept = kept_epoch(epochs, config.training.patience.is_some());
    let last = epochs.last().map(|row| row.epoch);
    History {
        epochs: epochs.iter().map(record).collect(),
        restored_epoch: kept.map(|row| row.epoch).filter(|&epoch| Some(epoch) != last),
        pretraining_seconds: config.run.pretraining_seconds.unwrap_or_default(),
    }
}

/// The findings to show after a training: what matters and was not said before it, nor by the figure of `pca`,
/// where there is one.
pub(crate) fn unsaid<'a>(findings: &'a [Finding], pca: &Baseline) -> Vec<&'a Finding> {
    let is_said = |kind| match kind {
        FindingKind::IdentityCopying
        | FindingKind::WideCode
        | FindingKind::DataRange
        | FindingKind::NoiseRange => true,
        FindingKind::WorseThanPca => pca.loss.is_some(),
        _ => false,
    };
    let matters = |finding: &&Finding| finding.severity > Severity::Note && !is_said(finding.kind);
    findings.iter().filter(matters).collect()
}

pub(super) fn for_report(findings: &[Finding]) -> Vec<latents_report::FindingText> {
    let shown = |finding: &Finding| latents_report::FindingText {
        title: finding.kind.title().to_owned(),
        severity: finding.severity,
        what: finding.what.clone(),
        remedy: Text::quoted(&finding.remedy).worded(flag),
    };
    findings.iter().map(shown).collect()
}
