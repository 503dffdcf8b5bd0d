//! How well scores rank the rows that are known to be anomalies, beside PCA's errors and an isolation forest.

use crate::args::DetectArgs;
use crate::console::Console;
use crate::failure::{Failure, Outcome};
use crate::numbers::{counted, grouped};
use crate::run_folder::Run;
use crate::tables;
use latents_anomaly::Finding;
use latents_autoencoders::row_errors;
use latents_classical::Pca;
use latents_classical::{IsolationForest, IsolationForestConfig};
use latents_data::Dataset;
use latents_metrics as metrics;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Truth {
    /// Rows that are known to be anomalies.
    anomalies: usize,
    /// Alarms for them, as a part of all alarms. Null without alarms.
    precision: Option<f64>,
    /// Alarms for them, as a part of the anomalies.
    recall: f64,
    model: Ranking,
    pca: Ranking,
    pca_components: usize,
    isolation_forest: Ranking,
}

#[derive(Clone, Copy, Serialize)]
struct Ranking {
    auroc: Option<f64>,
    average_precision: Option<f64>,
    /// The part of anomalies among as many of the highest scores as there are anomalies.
    precision_at_n: Option<f64>,
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
    pub(super) fn of(
        data: &Dataset,
        findings: &[Finding],
        training: &Dataset,
        run: &Run,
        args: &DetectArgs,
        console: &Console,
    ) -> Outcome<Option<Self>> {
        let Some(labels) = labels(data, args, console)? else {
            return Ok(None);
        };
        let anomalies = labels.iter().filter(|&&label| label).count();
        if anomalies == 0 || anomalies == labels.len() {
            console.note(format!(
                "{}: all rows are of one kind by their labels, so there is no ranking to measure",
                data.name()
            ));
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

    pub(super) fn table(&self, run: &Run) -> String {
        let shown = |figure: Option<f64>| figure.map_or("–".to_owned(), |figure| format!("{figure:.4}"));
        let line = |name: String, ranking: Ranking| {
            vec![
                name,
                shown(ranking.auroc),
                shown(ranking.average_precision),
                shown(ranking.precision_at_n),
            ]
        };
        let lines = [
            line(run.config.model.title(), self.model),
            line(
                format!("error of PCA, {}", counted(self.pca_components, "component")),
                self.pca,
            ),
            line("isolation forest".to_owned(), self.isolation_forest),
        ];
        let names = [
            format!("{} known anomalies", grouped(self.anomalies)),
            format!("Precision at {}", grouped(self.anomalies)),
        ];
        let head = [&names[0], "AUROC", "Average precision", &names[1]];
        let precision = shown(self.precision);
        format!(
            "{}\nof the alarms {precision} are anomalies (precision), of the anomalies {:.4} have an alarm (recall)",
            tables::rows(&head, 1, &lines),
            self.recall
        )
    }
}

fn pca_errors(pca: &Pca, data: &Dataset) -> Vec<f64> {
    let errors = |batch| row_errors(&batch, &pca.inverse_transform(&pca.transform(&batch)));
    data.batches::<f32>(1024).flat_map(errors).collect()
}

/// Which rows are anomalies by their labels.
fn labels(data: &Dataset, args: &DetectArgs, console: &Console) -> Outcome<Option<Vec<bool>>> {
    let (Some(names), Some(classes)) = (data.class_names(), data.classes()) else {
        return match args.anomalies.is_empty() {
            true => Ok(None),
            false => Err(Failure::new(format!(
                "{}: --anomalies names labels, and the rows have none",
                data.name()
            ))
            .hint("name the column of a CSV file, or the array of an .npz file, with --labels")),
        };
    };
    if let Some(unknown) = args.anomalies.iter().find(|label| !names.contains(label)) {
        let what = format!("{}: no label {unknown:?} among {}", data.name(), names.join(", "));
        return Err(Failure::usage(what).hint("give --anomalies labels that rows have"));
    }
    let anomalous: Vec<bool> = match args.anomalies.is_empty() {
        false => names.iter().map(|name| args.anomalies.contains(name)).collect(),
        true if names.iter().all(|name| says(name).is_some()) => {
            names.iter().map(|name| says(name) == Some(true)).collect()
        }
        true => {
            console.note(format!(
                "{}: the labels do not say which rows are anomalies; --anomalies names those that do",
                data.name()
            ));
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
