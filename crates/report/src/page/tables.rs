//! The text and tables of the page.

use super::figures;
use crate::{EpochRow, RunPage, Table};
use latents_text::{number, printable};
use minijinja::{Value, context};

/// The result in one or two sentences.
pub(super) fn summary(run: &RunPage) -> String {
    let mut sentences = Vec::new();
    if let (Some(error), Some(baseline)) = (run.results.mse, run.baselines.first()) {
        sentences.push(comparison(error, baseline.validation_mse, &baseline.name));
    }
    if !run.epochs.is_empty() {
        let time = run
            .results
            .seconds
            .map(|seconds| format!(" in {}", number::duration(seconds)));
        let before = run.results.pretraining_seconds.map(|seconds| {
            format!(
                ", including {} of layer-wise pretraining",
                number::duration(seconds)
            )
        });
        let time = time.unwrap_or_default() + &before.unwrap_or_default();
        let epochs = number::counted(run.epochs.len(), "epoch");
        sentences.push(format!("Trained for {epochs}{time}."));
    }
    if let Some(row) = run.epochs.iter().find(|row| !row.train_loss.is_finite()) {
        sentences.push(format!(
            "The training loss is not finite from epoch {} on.",
            number::count(row.epoch)
        ));
    }
    printable(&sentences.join(" "))
}

fn comparison(error: f64, baseline: f64, name: &str) -> String {
    let digits = number::significant(error, 3);
    let other = format!("{name} ({})", number::significant(baseline, 3));
    let change = error / baseline - 1.0;
    match change {
        _ if !change.is_finite() => format!("Mean squared error {digits}; {other}."),
        _ if change.abs() < 0.005 => format!("Mean squared error {digits}, as good as {other}."),
        _ if change < 0.0 => format!(
            "Mean squared error {digits}, {} below {other}.",
            number::percent(-change, 1)
        ),
        _ => format!(
            "Mean squared error {digits}, {} above {other}.",
            number::percent(change, 1)
        ),
    }
}

/// A table that is specific to the model; `None` if it is empty.
pub(super) fn own(table: &Table) -> Option<Value> {
    if table.rows.is_empty() || table.columns.is_empty() {
        return None;
    }
    let columns: Vec<String> = table.columns.iter().map(|name| printable(name)).collect();
    let rows: Vec<Value> = table
        .rows
        .iter()
        .map(|(name, figures)| {
            let figure = |column| figures.get(column).copied().flatten();
            let cells: Vec<String> = (0..columns.len()).map(|column| cell(figure(column))).collect();
            context! { name => printable(name), cells }
        })
        .collect();
    Some(context! { title => printable(&table.title), about => printable(&table.about), columns, rows })
}

/// A formatted value, or a dash if it is missing.
pub(super) fn cell(figure: Option<f64>) -> String {
    figure.map_or("\u{2013}".to_owned(), |figure| number::significant(figure, 4))
}

/// The key figures: name, value and a remark.
pub(super) fn tiles(run: &RunPage) -> Vec<Value> {
    let results = &run.results;
    let tile = |name: &str, value: Option<String>, remark: String| {
        value.map(|value| context! { name, value, remark => printable(&remark) })
    };
    let four = |value: Option<f64>| value.map(|value| number::significant(value, 4));
    // If the loss is the mean squared error, show it only once.
    let error = four(results.mse).filter(|error| Some(error) != four(results.validation_loss).as_ref());
    let last_loss = results
        .train_loss
        .map(|loss| format!("training {}", number::significant(loss, 4)));
    let per_epoch = results
        .seconds_per_epoch
        .map(|time| format!("{} per epoch", number::duration(time)));
    let loss = match results.validation_loss {
        Some(_) => tile(
            "Validation loss",
            four(results.validation_loss),
            last_loss.unwrap_or_default(),
        ),
        None => tile("Training loss", four(results.train_loss), String::new()),
    };
    let parameters = (run.parameters > 0).then(|| number::count(run.parameters));
    let speed = results.samples_per_second.map(|speed| number::fixed(speed, 0));
    let tiles = [
        loss,
        tile("Mean squared error", error, "of the reconstructions".into()),
        tile(
            "Explained variance",
            results
                .explained_variance
                .map(|fraction| number::percent(fraction, 1)),
            "of the rows".into(),
        ),
        tile(
            "Training time",
            results.seconds.map(number::duration),
            per_epoch.unwrap_or_default(),
        ),
        tile("Samples per second", speed, "during training".into()),
        tile("Parameters", parameters, layer_count(run)),
    ];
    tiles.into_iter().flatten().collect()
}

fn layer_count(run: &RunPage) -> String {
    match run.layers.len() {
        0 => String::new(),
        1 => "in one layer".into(),
        count => format!("in {} layers", number::count(count)),
    }
}

/// The model, layer by layer.
pub(super) fn layers(run: &RunPage) -> Vec<Value> {
    let layer = |row: &crate::LayerEntry| {
        context! {
            name => printable(&row.name),
            shape => printable(&row.output_shape),
            parameters => number::count(row.parameters),
        }
    };
    run.layers.iter().map(layer).collect()
}

/// Settings, most important first.
pub(super) fn facts(run: &RunPage) -> Vec<(String, String)> {
    let settings = run
        .settings
        .iter()
        .map(|(name, value)| (printable(name), printable(value)));
    settings.collect()
}

/// What is needed to reproduce the run bit for bit.
pub(super) fn reproducible(run: &RunPage) -> Vec<(String, String)> {
    let mut facts = vec![("Seed", run.seed.to_string())];
    if run.threads > 0 {
        facts.push(("Threads", number::count(run.threads)));
    }
    if !run.version.is_empty() {
        facts.push(("Version", printable(&run.version)));
    }
    if !run.numerics_version.is_empty() {
        facts.push(("Numerics version", printable(&run.numerics_version)));
    }
    if let Some(hash) = &run.results.parameters_sha256 {
        facts.push(("SHA-256 of the parameters", printable(hash)));
    }
    let owned = facts.into_iter().map(|(name, value)| (name.to_owned(), value));
    owned.collect()
}

/// Largest number of epochs in the table.
const ROWS: usize = 200;

/// The table of epochs. If there are too many, it lists evenly spaced ones and always the first, the best and the last.
pub(super) fn epochs(run: &RunPage) -> Option<Value> {
    let last = run.epochs.len().checked_sub(1)?;
    let every = run.epochs.len().div_ceil(ROWS);
    let best = figures::best_epoch(run).map(|row| row.epoch);
    let chosen = run.epochs.iter().enumerate();
    let chosen =
        chosen.filter(|(index, row)| index % every == 0 || *index == last || Some(row.epoch) == best);
    let rows: Vec<Value> = chosen.map(|(_, row)| epoch(row, best)).collect();
    let note = match every {
        1 => String::new(),
        _ => format!(
            "1 in {every} epochs is listed; history.csv has all {}.",
            number::count(last + 1)
        ),
    };
    let validated = run.epochs.iter().any(|row| row.validation_loss.is_some());
    Some(context! { rows, note, validated, count => number::count(last + 1) })
}

fn epoch(row: &EpochRow, best: Option<usize>) -> Value {
    context! {
        epoch => number::count(row.epoch),
        train => number::significant(row.train_loss, 5),
        validation => row.validation_loss.map_or("–".to_owned(), |loss| number::significant(loss, 5)),
        seconds => number::duration(row.seconds),
        best => Some(row.epoch) == best,
    }
}
