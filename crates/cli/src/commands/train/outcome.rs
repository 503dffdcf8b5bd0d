//! What a training run came to, for programs and for people.

use crate::numbers::{duration, grouped, short};
use crate::page::baseline_name;
use crate::run_config::RunConfig;
use crate::tables;
use latents_nn::Module;
use latents_report::Results;
use serde::Serialize;
use std::path::Path;

/// What `--json` prints.
#[derive(Serialize)]
pub(super) struct Trained {
    run: String,
    model: String,
    parameters: usize,
    epochs: usize,
    seconds: f64,
    seconds_per_epoch: f64,
    samples_per_second: f64,
    train_loss: f64,
    validation_loss: Option<f64>,
    pca_loss: f64,
    numerics_version: u32,
    parameters_sha256: String,
}

impl Trained {
    pub(super) fn new(
        config: &RunConfig,
        model: &crate::model::Model,
        results: &Results,
        epochs: usize,
        pca_loss: f64,
        run: &Path,
    ) -> Self {
        Self {
            run: run.display().to_string(),
            model: config.model.name().to_owned(),
            parameters: model.parameter_count(),
            epochs,
            seconds: results.seconds.unwrap_or_default(),
            seconds_per_epoch: results.seconds_per_epoch.unwrap_or_default(),
            samples_per_second: results.samples_per_second.unwrap_or_default(),
            train_loss: results.train_loss.unwrap_or_default(),
            validation_loss: results.validation_loss,
            pca_loss,
            numerics_version: config.run.numerics_version,
            parameters_sha256: results.parameters_sha256.clone().unwrap_or_default(),
        }
    }

    /// The result beside PCA's, how long it took, and where everything lies.
    pub(super) fn text(&self, config: &RunConfig, report: &Path) -> String {
        let head = match self.validation_loss {
            Some(_) => "Validation loss (MSE)",
            None => "Training loss (MSE)",
        };
        let loss = self.validation_loss.unwrap_or(self.train_loss);
        let rows = [
            (config.model.title(), short(loss)),
            (baseline_name(config), short(self.pca_loss)),
        ];
        format!(
            "{}\n{}\n{} epochs in {}, {} an epoch, {} samples/s\nrun folder: {}\nopen in a browser: {}",
            tables::pairs(["", head], &rows),
            compared(loss, self.pca_loss),
            self.epochs,
            duration(self.seconds),
            duration(self.seconds_per_epoch),
            grouped(self.samples_per_second as usize),
            self.run,
            report.display(),
        )
    }
}

fn compared(loss: f64, pca: f64) -> String {
    let percent = 100.0 * (1.0 - loss / pca);
    match percent {
        percent if percent.is_nan() => String::new(),
        percent if percent > 0.0 => format!("{percent:.1} % less error than PCA with codes of the same size"),
        _ => "PCA with codes of the same size does as well or better: train longer, or give hidden layers with --hidden".to_owned(),
    }
}
