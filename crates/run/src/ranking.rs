//! `Truth`: how well scores rank the rows that are known to be anomalies, compared with PCA's errors and an isolation forest.

use crate::error::{Outcome, RunError};
use crate::run::Run;
use crate::text::Text;
use crate::text::setting::{ANOMALIES, LABEL};
use latents_anomaly::RowScore;
use latents_autoencoders::row_errors;
use latents_classical::Pca;
use latents_classical::{IsolationForest, IsolationForestConfig};
use latents_data::Dataset;
use latents_metrics as metrics;
use serde::Serialize;

/// How alarms and scores compare with labels, and how PCA and an isolation forest do.
#[derive(Clone, Debug, Serialize)]
pub struct Truth {
    /// Rows that are known to be anomalies.
    pub anomalies: usize,
    /// Alarms for them, as a fraction of all alarms; null without alarms.
    pub precision: Option<f64>,
    /// Alarms for them, as a fraction of the anomalies.
    pub recall: f64,
    /// By the scores.
    pub model: Ranking,
    /// By the errors of PCA.
    pub pca: Ranking,
    /// Its components.
    pub pca_components: usize,
    /// By an isolation forest.
    pub isolation_forest: Ranking,
}

/// How well scores rank known anomalies.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Ranking {
    /// The area under the ROC curve.
    pub auroc: Option<f64>,
    /// The mean of the precision over the anomalies.
    pub average_precision: Option<f64>,
    /// The fraction of anomalies among as many of the highest scores as there are anomalies.
    pub precision_at_n: Option<f64>,
}

impl Ranking {
    fn of(labels: &[bool], scores: &[f64]) -> Self {
        let anomalies = labels.iter().filter(|&&label| label).count();
        Self {
            auroc: metrics::auroc(labels, scores),
            average_precision: metrics::average_precision(labels, scores),
            precision_at_n: metrics::precision_at(anomalies, labels, scores),
        }
    }
}

impl Truth {
    /// Nothing where no labels say which rows are anomalies.
    pub(crate) fn of(
        data: &Dataset,
        findings: &[RowScore],
        training: &Dataset,
        run: &Run,
        named: &[String],
        notes: &mut Vec<Text>,
    ) -> Outcome<Option<Self>> {
        let Some(labels) = labels(data, named, notes)? else {
            return Ok(None);
        };
        let anomalies = labels.iter().filter(|&&label| label).count();
        if anomalies == 0 || anomalies == labels.len() {
            notes.push(Text::from(format!(
                "{}: all rows are of one kind by their labels, so there is no ranking to measure",
                data.name()
            )));
            return Ok(None);
        }
        let scores: Vec<f64> = findings.iter().map(|finding| finding.score).collect();
        let alarms = findings.iter().filter(|finding| finding.anomaly).count();
        let pairs = findings.iter().zip(&labels);
        let right = pairs
            .filter(|(finding, label)| finding.anomaly && **label)
            .count();
        let latent = run.config.model.latent_dim();
        // With all components nothing would be left over.
        let components = latent
            .min(training.columns().saturating_sub(1).max(1))
            .min(training.rows());
        let pca = Pca::fit(training, components)?;
        let forest = IsolationForest::fit(training, IsolationForestConfig::default())?;
        Ok(Some(Self {
            anomalies,
            precision: (alarms > 0).then(|| right as f64 / alarms as f64),
            recall: right as f64 / anomalies as f64,
            model: Ranking::of(&labels, &scores),
            pca: Ranking::of(&labels, &pca_errors(&pca, data)),
            pca_components: components,
            isolation_forest: Ranking::of(&labels, &forest.scores(data)),
        }))
    }
}

fn pca_errors(pca: &Pca, data: &Dataset) -> Vec<f64> {
    let errors = |batch| row_errors(&batch, &pca.inverse_transform(&pca.transform(&batch)));
    data.batches::<f32>(1024).flat_map(errors).collect()
}

/// Which rows are anomalies by their labels.
fn labels(data: &Dataset, named: &[String], notes: &mut Vec<Text>) -> Outcome<Option<Vec<bool>>> {
    let (Some(names), Some(classes)) = (data.class_names(), data.classes()) else {
        return match named.is_empty() {
            true => Ok(None),
            false => Err(RunError::new(format!(
                "{}: {ANOMALIES} names labels, and the rows have none",
                data.name()
            ))
            .hint(format!(
                "name the column of a CSV file, or the array of an .npz file, with {LABEL}"
            ))),
        };
    };
    if let Some(unknown) = named.iter().find(|label| !names.contains(label)) {
        let what = format!("{}: no label {unknown:?} among {}", data.name(), names.join(", "));
        return Err(RunError::misuse(what).hint(format!("give {ANOMALIES} labels that rows have")));
    }
    let anomalous: Vec<bool> = match named.is_empty() {
        false => names.iter().map(|name| named.contains(name)).collect(),
        true if names.iter().all(|name| says(name).is_some()) => {
            names.iter().map(|name| says(name) == Some(true)).collect()
        }
        true => {
            notes.push(Text::from(format!(
                "{}: the labels do not say which rows are anomalies; {ANOMALIES} names those that do",
                data.name()
            )));
            return Ok(None);
        }
    };
    Ok(Some(classes.into_iter().map(|class| anomalous[class]).collect()))
}

/// Whether a label says of itself that its rows are anomalies.
fn says(label: &str) -> Option<bool> {
    match label.to_lowercase().as_str() {
        "0" | "false" | "no" | "normal" | "inlier" => Some(false),
        "1" | "true" | "yes" | "anomaly" | "outlier" => Some(true),
        _ => None,
    }
}
