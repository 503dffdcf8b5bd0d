//! What a training run came to, for programs and for people.

use crate::console::advice;
use crate::tables;
use latents_doctor::Finding;
use latents_run::{REPORT, Report, RunConfig, Trained, epoch_row};
use latents_text::number::{self, counted, duration, figure, percent};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What `--json` prints.
#[derive(Serialize)]
pub(super) struct Answer {
    run: String,
    model: String,
    parameters: usize,
    epochs: usize,
    /// Of all training.
    seconds: f64,
    /// The part of `seconds` in which layers were trained one by one; null where none were.
    pretraining_seconds: Option<f64>,
    seconds_per_epoch: Option<f64>,
    samples_per_second: Option<f64>,
    train_loss: Option<f64>,
    /// Null without validation rows.
    validation_loss: Option<f64>,
    /// The parts of `train_loss` by their names, before any weight that the loss gives them; none where it has only one.
    train_parts: BTreeMap<String, f64>,
    /// As many of `validation_loss`.
    validation_parts: BTreeMap<String, f64>,
    /// Of the rows that `validation_loss` is of, else of the training rows.
    mse: Option<f64>,
    /// The mean squared error of PCA with as many components; null where it cannot be fitted.
    pca_loss: Option<f64>,
    numerics_version: u32,
    parameters_sha256: String,
    /// What the doctor found, the most serious first.
    findings: Vec<Finding>,
}

impl Answer {
    pub(super) fn new(trained: &Trained, report: &Report) -> Self {
        let (run, results) = (&trained.run, &report.results);
        let kept = trained.history.final_epoch().map(epoch_row).unwrap_or_default();
        Self {
            run: run.path().display().to_string(),
            model: run.config.model.kind().to_owned(),
            parameters: run.model.parameter_count(),
            epochs: trained.history.epochs.len(),
            seconds: results.seconds.unwrap_or_default(),
            pretraining_seconds: results.pretraining_seconds,
            seconds_per_epoch: results.seconds_per_epoch,
            samples_per_second: results.samples_per_second,
            train_loss: results.train_loss,
            validation_loss: results.validation_loss,
            train_parts: kept.train_parts.into_iter().collect(),
            validation_parts: kept.validation_parts.into_iter().collect(),
            mse: results.mse,
            pca_loss: report.pca.loss,
            numerics_version: run.config.run.numerics_version,
            parameters_sha256: results.parameters_sha256.clone().unwrap_or_default(),
            findings: report.findings.clone(),
        }
    }

    /// The result compared with PCA's, how long it took, and where everything lies.
    pub(super) fn text(&self, config: &RunConfig, report: &Report) -> String {
        let head = match self.validation_loss {
            Some(_) => "Validation MSE",
            None => "Training MSE",
        };
        let (pca, shown) = (&report.pca, |error: Option<f64>| {
            error.map_or("unknown".to_owned(), figure)
        });
        let mut rows = vec![(config.model.title(), shown(self.mse))];
        rows.extend(pca.loss.map(|loss| (pca.name(), figure(loss))));
        let mut lines = vec![tables::pairs(["", head], &rows)];
        lines.extend(self.mse.zip(pca.loss).map(|(mse, pca)| compared(mse, pca)));
        let loss = self.validation_loss.or(self.train_loss);
        let name = config.model.facts().loss_name;
        if let Some(loss) = loss.filter(|_| name != "Mean squared error") {
            lines.push(format!("loss: {}, {name}", figure(loss)));
        }
        lines.extend(config.kept_when_cut_short().map(|kept| {
            let ended = match config.run.out_of_time {
                true => "the time was up",
                false => "stopped before the end",
            };
            format!("{ended}: {kept}")
        }));
        lines.extend(report.unsaid().into_iter().map(advice));
        lines.push(self.speed());
        lines.push(format!("run folder: {}", self.run));
        let page = Path::new(&self.run).join(REPORT);
        lines.push(format!("open in a browser: {}", page.display()));
        lines.join("\n")
    }

    /// `50 epochs in 2.0 s, 40 ms an epoch, 40,000 samples/s`.
    fn speed(&self) -> String {
        let mut parts = vec![format!(
            "{} in {}",
            counted(self.epochs, "epoch"),
            duration(self.seconds)
        )];
        parts.extend(
            self.pretraining_seconds
                .map(|seconds| format!("{} of it for the layers one by one", duration(seconds))),
        );
        parts.extend(
            self.seconds_per_epoch
                .map(|seconds| format!("{} an epoch", duration(seconds))),
        );
        parts.extend(
            self.samples_per_second
                .map(|rate| format!("{} samples/s", number::count(rate as usize))),
        );
        parts.join(", ")
    }
}

fn compared(loss: f64, pca: f64) -> String {
    let less = 1.0 - loss / pca;
    if less > 0.0 {
        format!(
            "{} less error than PCA with codes of the same size",
            percent(less, 1)
        )
    } else {
        "PCA with codes of the same size does as well or better: train longer, or give other layers"
            .to_owned()
    }
}
