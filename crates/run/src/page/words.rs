//! The settings and remarks of the page.

use crate::config::RunConfig;
use crate::split::Split;
use latents_text::number::{self, counted};

/// Names of columns on the page.
const NAMED: usize = 40;

/// What was read, and the names of the columns.
pub(super) fn data_lines(split: &Split) -> Vec<String> {
    let mut lines = split.describe();
    if let Some(names) = split.train.column_names() {
        let dots = if names.len() > NAMED { ", …" } else { "" };
        let shown: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
        lines.push(format!("columns: {}{dots}", shown.join(", ")));
    }
    lines
}

/// All settings of the model and its training, as in `config.toml`.
pub(super) fn settings(config: &RunConfig) -> Vec<(String, String)> {
    let text = config.to_toml().unwrap_or_default();
    let table: toml::Table = toml::from_str(&text).unwrap_or_default();
    let mut settings = Vec::new();
    for part in ["model", "training"] {
        if let Some(value) = table.get(part) {
            flatten(part, value, &mut settings);
        }
    }
    settings
}

/// A line for each value, by its place in the tables: `training.optimizer.learning_rate`.
fn flatten(place: &str, value: &toml::Value, settings: &mut Vec<(String, String)>) {
    match value {
        toml::Value::Table(table) => table
            .iter()
            .for_each(|(key, value)| flatten(&format!("{place}.{key}"), value, settings)),
        toml::Value::String(text) => settings.push((place.to_owned(), text.clone())),
        value => settings.push((place.to_owned(), value.to_string())),
    }
}

/// `40 rows`, or `40 of 1,797 rows` where some were chosen.
pub(super) fn chosen_rows(chosen: usize, all: usize) -> String {
    match chosen == all {
        true => counted(all, "row"),
        false => format!("{} of {}", number::count(chosen), counted(all, "row")),
    }
}

pub(super) fn notes(config: &RunConfig, split: &Split) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(kept) = config.kept_when_cut_short() {
        let ended = match config.run.out_of_time {
            true => "The time that the training had was up",
            false => "The training was stopped before its end",
        };
        notes.push(format!("{ended}; {kept}."));
    }
    if split.validation.is_none() {
        notes.push("No rows were held out: all results are on the training rows.".to_owned());
    }
    notes
}
