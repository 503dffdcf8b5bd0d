//! The table of the strongest alarms, with the features that contribute most to each score.

use super::figures;
use super::markup::safe;
use crate::RunPage;
use crate::chart::Histogram;
use latents_text::{number, printable};
use minijinja::{Value, context};

/// Largest number of alarms in the table.
const ROWS: usize = 50;
/// Largest number of features listed for an alarm.
const FEATURES: usize = 5;

/// The table of alarms; `None` if no detector was run.
pub(super) fn view(run: &RunPage) -> Option<Value> {
    let alarms = run.alarms.as_ref()?;
    let rows: Vec<Value> = alarms.rows.iter().take(ROWS).map(row).collect();
    let any = |has: fn(&crate::Alarm) -> bool| alarms.rows.iter().any(has);
    let score_name = match alarms.score_name.is_empty() {
        true => "Score".to_owned(),
        false => printable(&alarms.score_name),
    };
    Some(context! {
        about => printable(&alarms.about),
        histogram => histogram(alarms, &score_name),
        score_name,
        rows,
        named => any(|alarm| alarm.file.is_some()),
        labelled => any(|alarm| alarm.label.is_some()),
        tested => any(|alarm| alarm.p_value.is_some()),
        explained => any(|alarm| !alarm.features.is_empty()),
    })
}

fn histogram(alarms: &crate::Alarms, name: &str) -> Option<Value> {
    let chart = Histogram {
        title: format!("{name}, all rows"),
        x_label: name.to_owned(),
        values: alarms.scores.clone(),
        threshold: alarms.threshold.as_ref().map(figures::threshold),
        size: (960.0, 300.0),
        ..Histogram::default()
    };
    (!alarms.scores.is_empty()).then(|| safe(chart.svg()))
}

fn row(alarm: &crate::Alarm) -> Value {
    let features = alarm.features.iter().take(FEATURES).map(|(name, share)| {
        let width = if share.is_finite() {
            share.clamp(0.0, 1.0) * 100.0
        } else {
            0.0
        };
        context! { name => printable(name), share => number::percent(*share, 1), width => format!("{width:.0}") }
    });
    context! {
        row => number::count(alarm.row),
        file => alarm.file.as_deref().map(printable),
        label => alarm.label.as_deref().map(printable),
        score => number::significant(alarm.score, 4),
        p_value => alarm.p_value.map(|p| number::significant(p, 2)),
        features => features.collect::<Vec<_>>(),
    }
}
