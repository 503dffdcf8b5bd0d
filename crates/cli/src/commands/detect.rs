//! `latents detect`: which rows are unlike those that were learnt, how sure that is, and which features say so.

mod scorer;
mod scores_file;
mod truth;

use super::write_rows::refuse_source;
use crate::args::{DetectArgs, Part, ScoreKind};
use crate::console::Console;
use crate::failure::{Failure, Outcome};
use crate::numbers::{counted, fixed, grouped, percent, short};
use crate::rows::{self, Split};
use crate::run_folder::Run;
use crate::tables;
use latents_anomaly::Finding;
use latents_autoencoders::Registry;
use latents_classical::Calibration;
use latents_data::Dataset;
use scorer::Scorer;
use scores_file::{check_name, feature_names, write};
use serde::Serialize;
use truth::Truth;

/// Alarms that are printed at most.
const PRINTED: usize = 10;

/// What `--json` prints.
#[derive(Serialize)]
struct Detected {
    /// Null without `--out`.
    out: Option<String>,
    rows: usize,
    alarms: usize,
    /// What scores are.
    score: ScoreKind,
    /// Scores above it are alarms.
    threshold: f64,
    /// What the threshold follows from.
    rule: Rule,
    /// Held-out rows that p-values and thresholds come from.
    calibration_rows: usize,
    /// Null where rows have no labels that say which are anomalies.
    truth: Option<Truth>,
}

#[derive(Serialize)]
#[serde(tag = "kind", content = "at", rename_all = "snake_case")]
enum Rule {
    Level(f64),
    Quantile(f64),
    Contamination(f64),
}

pub(crate) fn run(args: &DetectArgs, registry: &Registry, console: &Console) -> Outcome {
    args.out.as_deref().map(check_name).transpose()?;
    let run = Run::open(&args.run, registry)?;
    let Some(source) = &args.data.data else {
        return Err(Failure::usage("there are no rows to look at").hint(
            "give them with --data; the rows that the run held out are what their scores are compared with",
        ));
    };
    if let Some(out) = &args.out {
        refuse_source(&run, Some(source), out)?;
    }
    let split = Split::beside(&run, &args.own)?;
    let (kind, rule) = (kind(args, &run), rule(args));
    let scorer = Scorer::fit(kind, &run, &split, &rule)?;
    if let Rule::Level(level) = rule {
        note_unreachable(level, scorer.calibration(), console);
    }
    let data = rows::of_any_range(&run, &args.data, console)?;
    console.say(data.describe());
    if rows::absolute(source) == run.config.data.source {
        // What data keep for validation themselves is taken unless the other part was asked for.
        let held_out = split.fraction.is_none() && split.validation.is_some();
        let what = match held_out && args.data.part != Some(Part::Train) {
            true => "the threshold was set on these rows: the expected part of them is above it",
            false => "the model has learnt from these rows: their scores are lower than those of new rows",
        };
        console.note(format!("{source}: {what}"));
    }
    let names = feature_names(&data, &run);
    let findings = scorer.findings(&*run.model, &data, args.features.min(names.len()))?;
    let truth = Truth::of(&data, &findings, &split.train, &run, args, console)?;
    if let Some(out) = &args.out {
        write(out, &data, &findings, &names)?;
    }
    let detected = Detected {
        out: args.out.as_ref().map(|out| out.display().to_string()),
        rows: findings.len(),
        alarms: findings.iter().filter(|finding| finding.anomaly).count(),
        threshold: scorer.threshold(),
        rule,
        score: kind,
        calibration_rows: scorer.calibration().scores().len(),
        truth,
    };
    let text = detected.text(&data, &findings, &names, &run);
    match &args.out {
        // The file is what was asked for.
        Some(_) => console.finish(&detected, text),
        None => console.answer(&detected, text),
    }
    Ok(())
}

/// Says where so few rows were held out that no p-value is as small as the level.
fn note_unreachable(level: f64, calibration: &Calibration, console: &Console) {
    let least = calibration.least_p_value();
    if level < least {
        console.note(format!(
            "no p-value is below {}, by {} that the run held out, so that level {level} cannot be reached: alarms are \
             the rows that score above all of these; train with more rows or with --validation 0.3 to hold out more",
            short(least),
            counted(calibration.scores().len(), "row")
        ));
    }
}

fn rule(args: &DetectArgs) -> Rule {
    match (args.quantile, args.contamination) {
        (Some(quantile), _) => Rule::Quantile(quantile),
        (_, Some(part)) => Rule::Contamination(part),
        _ => Rule::Level(args.level),
    }
}

/// What was asked for; else the error where rows are pictures. Most of their pixels are alike, and a shape that has been
/// measured where nothing varies says little.
fn kind(args: &DetectArgs, run: &Run) -> ScoreKind {
    match (args.score, run.config.data.image_shape()) {
        (Some(kind), _) => kind,
        (None, Some(_)) => ScoreKind::Error,
        (None, None) => ScoreKind::Shape,
    }
}

impl Detected {
    fn text(&self, data: &Dataset, findings: &[Finding], names: &[String], run: &Run) -> String {
        let mut parts = Vec::new();
        if self.alarms > 0 {
            parts.push(strongest(data, findings, names));
        }
        parts.extend(self.truth.as_ref().map(|truth| truth.table(run)));
        parts.push(format!(
            "{} of {}: a score above {}, by {} that the run held out",
            counted(self.alarms, "alarm"),
            counted(self.rows, "row"),
            short(self.threshold),
            counted(self.calibration_rows, "row"),
        ));
        parts.extend(self.out.as_ref().map(|out| format!("scores of all rows: {out}")));
        parts.join("\n")
    }
}

/// The alarms of the highest scores, with what makes them.
fn strongest(data: &Dataset, findings: &[Finding], names: &[String]) -> String {
    let mut alarms: Vec<usize> = (0..findings.len()).filter(|&row| findings[row].anomaly).collect();
    alarms.sort_by(|&a, &b| findings[b].score.total_cmp(&findings[a].score));
    let line = |&row: &usize| {
        let finding = &findings[row];
        let share = |(feature, share): &(usize, f64)| format!("{} {}", names[*feature], percent(*share, 0));
        let shares: Vec<String> = finding.features.iter().map(share).collect();
        let file = data.file_name(row).map(str::to_owned);
        let numbers = [
            grouped(data.source_row(row) + 1),
            short(finding.score),
            fixed(finding.p_value, 4),
        ];
        [shares.join(", ")]
            .into_iter()
            .chain(file)
            .chain(numbers)
            .collect()
    };
    let lines: Vec<Vec<String>> = alarms.iter().take(PRINTED).map(line).collect();
    let what = "Strongest alarms: shares of the score";
    match data.file_names() {
        Some(_) => tables::rows(&[what, "File", "Row", "Score", "p-value"], 2, &lines),
        None => tables::rows(&[what, "Row", "Score", "p-value"], 1, &lines),
    }
}
