//! The rows of a table that stand out most, and by which columns.

use super::subject::{Subject, labels};
use crate::passes::evenly;
use latents_anomaly::{Detector, DetectorConfig, RowScore, Threshold};
use latents_data::Dataset;
use latents_report::{Alarm, Alarms};
use latents_text::number::{self, counted, short};

/// Alarms that are listed.
const LISTED: usize = 12;
/// Columns that are named of each.
const FEATURES: usize = 4;
/// Training rows that the detector is fitted on.
const FITTED: usize = 10_000;
/// Of wider tables no column says much by itself, and covariances cost more than the training.
const MOST_COLUMNS: usize = 256;

/// Alarms among the held-out rows of a table, by a detector that is calibrated on them. Nothing where rows are images or
/// none were held out.
pub(super) fn of(page: &Subject<'_>) -> Option<Alarms> {
    let (train, held_out) = (&page.split.train, page.split.validation.as_ref()?);
    if page.image().is_some() || train.columns() > MOST_COLUMNS {
        return None;
    }
    let known = train.select(&evenly(train, FITTED));
    let config = DetectorConfig::default();
    let detector = Detector::fit(page.model, &known, held_out, config).ok()?;
    let findings = detector.detect(page.model, held_out, FEATURES).ok()?;
    let mut strongest: Vec<usize> = (0..findings.len()).collect();
    strongest.sort_by(|&a, &b| findings[b].score.total_cmp(&findings[a].score));
    let count = findings.iter().filter(|finding| finding.anomaly).count();
    let listed = strongest.iter().take(LISTED.min(count.max(5)));
    Some(Alarms {
        about: format!(
            "{} of {} held out are above the threshold; the strongest are listed. The score is the squared distance \
             of a row's reconstruction and residual from those of the training rows, in their own spread.{}",
            number::count(count),
            counted(findings.len(), "row"),
            unreachable(&detector)
        ),
        score_name: "Score".to_owned(),
        rows: listed.map(|&row| alarm(held_out, row, &findings[row])).collect(),
        scores: findings.iter().map(|finding| finding.score).collect(),
        threshold: Some(latents_report::ThresholdLine {
            value: detector.threshold(),
            reason: match config.threshold {
                Threshold::PValue(level) => format!("p \u{2264} {level}"),
                Threshold::Quantile(level) => format!("quantile {level}"),
                Threshold::Contamination(part) => format!("contamination {part}"),
                other => format!("{other:?}"),
            },
        }),
    })
}

/// Where so few rows were held out that no p-value is as small as the level.
fn unreachable(detector: &Detector) -> String {
    let least = detector.calibration().least_p_value();
    match detector.config().threshold {
        Threshold::PValue(level) if level < least => format!(
            " So few held-out rows give no p-value below {}: level {level} cannot be reached, and alarms are what \
             scores above all of them. More rows, or --validation 0.3 in training, hold out more.",
            short(least)
        ),
        _ => String::new(),
    }
}

fn alarm(data: &Dataset, row: usize, finding: &RowScore) -> Alarm {
    let name = |column: usize| match data.column_names().and_then(|names| names.get(column)) {
        Some(name) => name.clone(),
        None => format!("column {}", column + 1),
    };
    Alarm {
        row: data.source_row(row) + 1,
        file: data.file_name(row).map(str::to_owned),
        label: labels(data, &[row]).pop(),
        score: finding.score,
        p_value: Some(finding.p_value),
        features: finding
            .features
            .iter()
            .map(|&(column, share)| (name(column), share))
            .collect(),
    }
}
