//! `latents detect`: which rows are unlike those that were learnt, how sure that is, and which features show it.

use crate::args::DetectArgs;
use crate::console::Console;
use crate::failure::{Failure, Outcome};
use crate::tables;
use latents_autoencoders::Registry;
use latents_run::{
    AlarmRule, DetectOptions, Detection, Ranking, RowsFormat, Run, ScoreKind, Truth, refuse_source,
};
use latents_text::number::{self, counted, decimals, figure, percent};
use serde::Serialize;
use std::path::Path;

/// Alarms that are printed at most.
const PRINTED: usize = 10;

/// What `--json` prints.
#[derive(Serialize)]
struct Detected<'a> {
    /// Null without `--out`.
    out: Option<String>,
    rows: usize,
    alarms: usize,
    /// What scores are.
    score: ScoreKind,
    /// Scores above it are alarms.
    threshold: f64,
    /// What the threshold follows from.
    rule: AlarmRule,
    /// Held-out rows that p-values and thresholds come from.
    calibration_rows: usize,
    /// Null where rows have no labels that say which are anomalies.
    truth: Option<&'a Truth>,
}

pub(crate) fn run(args: &DetectArgs, registry: &Registry, console: &Console) -> Outcome {
    args.out.as_deref().map(check_name).transpose()?;
    let run = Run::open_with(registry, &args.run)?;
    if let (Some(out), Some(source)) = (&args.out, &args.data.data) {
        refuse_source(&run, Some(source), out)?;
    }
    let found = Detection::of(&run, &args.options())?;
    console.notes(&found.notes);
    console.say(found.data.describe());
    if let Some(out) = &args.out {
        found.write(out)?;
    }
    let detected = Detected {
        out: args.out.as_ref().map(|out| out.display().to_string()),
        rows: found.findings.len(),
        alarms: found.alarms(),
        score: found.score,
        threshold: found.threshold,
        rule: found.rule,
        calibration_rows: found.calibration_rows,
        truth: found.truth.as_ref(),
    };
    let text = detected.text(&found, &run.config.model.title());
    match &args.out {
        // The file is what was asked for.
        Some(_) => console.finish(&detected, text),
        None => console.answer(&detected, text),
    }
    Ok(())
}

impl DetectArgs {
    fn options(&self) -> DetectOptions {
        DetectOptions::default()
            .data(self.data.choice())
            .score(self.score)
            .rule(match (self.quantile, self.contamination) {
                (Some(quantile), _) => AlarmRule::Quantile(quantile),
                (_, Some(fraction)) => AlarmRule::Contamination(fraction),
                _ => AlarmRule::Level(self.level),
            })
            .anomalies(self.anomalies.clone())
            .features(self.features)
            .run_data(self.own.run_data.clone())
    }
}

fn check_name(out: &Path) -> Outcome {
    match RowsFormat::of(out) {
        Ok(RowsFormat::Csv) => Ok(()),
        _ => Err(Failure::misuse(format!(
            "{}: scores are written as a table with names",
            out.display()
        ))
        .hint("let the name of --out end in .csv")),
    }
}

impl Detected<'_> {
    fn text(&self, found: &Detection, title: &str) -> String {
        let mut parts = Vec::new();
        if self.alarms > 0 {
            parts.push(strongest(found));
        }
        parts.extend(self.truth.map(|truth| ranked(truth, title)));
        parts.push(format!(
            "{} of {}: a score above {}, by {} that the run held out",
            counted(self.alarms, "alarm"),
            counted(self.rows, "row"),
            figure(self.threshold),
            counted(self.calibration_rows, "row"),
        ));
        parts.extend(self.out.as_ref().map(|out| format!("scores of all rows: {out}")));
        parts.join("\n")
    }
}

/// The alarms of the highest scores, with what makes them.
fn strongest(found: &Detection) -> String {
    let line = |&row: &usize| {
        let finding = &found.findings[row];
        let share =
            |(feature, share): &(usize, f64)| format!("{} {}", found.names[*feature], percent(*share, 0));
        let shares: Vec<String> = finding.features.iter().map(share).collect();
        let file = found.data.file_name(row).map(str::to_owned);
        let numbers = [
            (found.data.source_row(row) + 1).to_string(),
            figure(finding.score),
            decimals(finding.p_value, 4),
        ];
        [shares.join(", ")]
            .into_iter()
            .chain(file)
            .chain(numbers)
            .collect()
    };
    let lines: Vec<Vec<String>> = found.strongest().iter().take(PRINTED).map(line).collect();
    let what = "Strongest alarms: shares of the score";
    match found.data.file_names() {
        Some(_) => tables::rows(&[what, "File", "Row", "Score", "p-value"], 2, &lines),
        None => tables::rows(&[what, "Row", "Score", "p-value"], 1, &lines),
    }
}

/// How scores rank known anomalies, compared with simpler methods.
fn ranked(truth: &Truth, title: &str) -> String {
    let shown = |number: Option<f64>| number.map_or(tables::NONE.to_owned(), |number| decimals(number, 4));
    let line = |name: String, ranking: Ranking| {
        vec![
            name,
            shown(ranking.auroc),
            shown(ranking.average_precision),
            shown(ranking.precision_at_n),
        ]
    };
    let pca = format!("error of PCA, {}", counted(truth.pca_components, "component"));
    let lines = [
        line(title.to_owned(), truth.model),
        line(pca, truth.pca),
        line("isolation forest".to_owned(), truth.isolation_forest),
    ];
    let anomalies = number::count(truth.anomalies);
    let [known, precision_at] = [
        format!("{anomalies} known anomalies"),
        format!("Precision at {anomalies}"),
    ];
    let head = [known.as_str(), "AUROC", "Average precision", &precision_at];
    format!(
        "{}\nof the alarms {} are anomalies (precision), of the anomalies {} have an alarm (recall)",
        tables::rows(&head, 1, &lines),
        shown(truth.precision),
        decimals(truth.recall, 4)
    )
}
