//! The charts of the page. A chart without data is left out.

use super::markup::safe;
use super::thumbnails::{pictures, shown_size};
use crate::chart::{Bar, BarChart, Histogram, LineChart, POINTS, Scatter, Series};
use crate::pictures::{Palette, Range};
use crate::{EpochRow, RunPage, ThresholdLine};
use latents_tensor::ShapeError;
use latents_text::number;
use minijinja::{Value, context};

/// Chart of the loss by epoch.
pub(super) fn loss(run: &RunPage) -> Option<Value> {
    if run.epochs.is_empty() {
        return None;
    }
    let mut series = vec![curve("training", run, |row| Some(row.train_loss))];
    if run.epochs.iter().any(|row| row.validation_loss.is_some()) {
        series.push(curve("validation", run, |row| row.validation_loss));
    }
    let mark = best_epoch(run).map(|row| {
        let loss = number::significant(row.validation_loss.unwrap_or(f64::NAN), 4);
        (
            row.epoch as f64,
            format!(
                "lowest validation loss {loss}, epoch {}",
                number::count(row.epoch)
            ),
        )
    });
    let chart = LineChart {
        title: "Loss by epoch".into(),
        x_label: "Epoch".into(),
        y_label: or_loss(&run.loss_name).to_owned(),
        series,
        mark,
        ..LineChart::default()
    };
    Some(safe(chart.svg()))
}

fn or_loss(name: &str) -> &str {
    match name.is_empty() {
        true => "Loss",
        false => name,
    }
}

/// Chart of the parts of the loss by epoch.
pub(super) fn parts(run: &RunPage) -> Option<Value> {
    let point = |&(epoch, value): &(usize, f64)| (epoch as f64, value);
    let series: Vec<Series> = run
        .loss_parts
        .iter()
        .filter(|part| !part.points.is_empty())
        .map(|part| Series {
            name: part.name.clone(),
            points: part.points.iter().map(point).collect(),
        })
        .collect();
    let chart = LineChart {
        title: "Parts of the loss by epoch".into(),
        x_label: "Epoch".into(),
        y_label: or_loss(&run.parts_name).to_owned(),
        series,
        ..LineChart::default()
    };
    (!chart.series.is_empty()).then(|| safe(chart.svg()))
}

fn curve(name: &str, run: &RunPage, loss: impl Fn(&EpochRow) -> Option<f64>) -> Series {
    let point = |row: &EpochRow| Some((row.epoch as f64, loss(row)?));
    Series {
        name: name.to_owned(),
        points: run.epochs.iter().filter_map(point).collect(),
    }
}

/// The epoch with the lowest validation loss, unless it is the last one.
pub(super) fn best_epoch(run: &RunPage) -> Option<&EpochRow> {
    let finite = |row: &&EpochRow| row.validation_loss.is_some_and(f64::is_finite);
    let loss = |row: &&EpochRow| row.validation_loss.unwrap_or(f64::INFINITY);
    let best = run
        .epochs
        .iter()
        .filter(finite)
        .min_by(|a, b| loss(a).total_cmp(&loss(b)))?;
    let last = run.epochs.last()?;
    (best.epoch != last.epoch).then_some(best)
}

/// Chart that compares the run's error with the baselines.
pub(super) fn baselines(run: &RunPage) -> Option<Value> {
    let error = run.results.mse.filter(|_| !run.baselines.is_empty())?;
    let name = if run.model.is_empty() {
        "This run"
    } else {
        &run.model
    };
    let mut bars = vec![Bar {
        label: name.to_owned(),
        value: error,
        highlight: true,
    }];
    bars.extend(run.baselines.iter().map(|baseline| Bar {
        label: baseline.name.clone(),
        value: baseline.validation_mse,
        highlight: false,
    }));
    let chart = BarChart {
        title: "Comparison with baselines".into(),
        label: "Mean squared error (lower is better)".into(),
        bars,
        ..BarChart::default()
    };
    Some(safe(chart.svg()))
}

/// Histogram of the reconstruction error per row.
pub(super) fn errors(run: &RunPage) -> Option<Value> {
    let chart = Histogram {
        title: "Reconstruction error per row".into(),
        x_label: "Mean squared error".into(),
        values: run.row_errors.clone(),
        threshold: run.threshold.as_ref().map(threshold),
        ..Histogram::default()
    };
    (!run.row_errors.is_empty()).then(|| safe(chart.svg()))
}

/// Position and label of the threshold line.
pub(super) fn threshold(threshold: &ThresholdLine) -> (f64, String) {
    let value = number::significant(threshold.value, 3);
    let reason = match threshold.reason.is_empty() {
        true => String::new(),
        false => format!(": {}", threshold.reason),
    };
    (threshold.value, format!("threshold {value}{reason}"))
}

/// Scatter chart of the codes, and a sentence on how many rows it shows.
#[track_caller]
pub(super) fn latent(run: &RunPage) -> Option<Value> {
    let map = run.latent.as_ref()?;
    let shape = map.points.shape();
    let labelled = map.labels.is_empty() || map.labels.len() == shape.first().copied().unwrap_or(0);
    if shape.len() != 2 || shape[1] != 2 || !labelled {
        let reason = format!(
            "points (rows, 2) and a label for each or none, not {} labels",
            map.labels.len()
        );
        ShapeError::new("latent map", reason, &[shape]).raise();
    }
    if shape[0] == 0 {
        return None;
    }
    let values = map.points.to_vec();
    let points: Vec<(f64, f64)> = values
        .chunks_exact(2)
        .map(|point| (point[0].into(), point[1].into()))
        .collect();
    let every = points.len().div_ceil(POINTS).max(1);
    let (shown, all) = (points.len().div_ceil(every), map.chosen_from.max(points.len()));
    let drawn = match shown == all {
        true => format!("The chart shows all {} rows.", number::count(all)),
        false => format!(
            "The chart shows {} of {} rows, evenly spaced.",
            number::count(shown),
            number::count(all)
        ),
    };
    let chart = Scatter {
        title: "Codes in two dimensions".into(),
        x_label: map.axes[0].clone(),
        y_label: map.axes[1].clone(),
        points,
        labels: map.labels.clone(),
        rows: map.rows.clone(),
        ..Scatter::default()
    };
    Some(context! { chart => safe(chart.svg()), drawn, labelled => !map.labels.is_empty() })
}

/// Largest number of units shown.
const FILTERS: usize = 128;

/// The weights of the first layer as images.
#[track_caller]
pub(super) fn filters(run: &RunPage) -> Option<Value> {
    let filters = run
        .filters
        .as_ref()
        .filter(|filters| !filters.weights.is_empty())?;
    crate::pictures::check(&filters.weights, filters.image);
    let units = filters.weights.size(0);
    let shown = units.min(FILTERS);
    let pictures = pictures(
        &filters.weights,
        0..shown,
        filters.image,
        Palette::Diverging,
        Range::SymmetricEach,
    );
    let count = match shown == units {
        true => format!("all {} units", number::count(units)),
        false => format!("the first {shown} of {} units", number::count(units)),
    };
    let (width, height) = shown_size(filters.image);
    Some(context! { pictures, width, height, count })
}
