//! The settings and remarks of the page.

use crate::rows::Split;
use crate::run_config::RunConfig;

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

pub(super) fn settings(config: &RunConfig) -> Vec<(String, String)> {
    let training = &config.training;
    let mut settings = vec![
        ("Epochs", training.epochs.to_string()),
        ("Batch size", training.batch_size.to_string()),
        ("Optimiser", training.optimizer.to_string()),
    ];
    if let Some(patience) = training.patience {
        settings.push((
            "Stops",
            format!("after {patience} epochs without a lower validation loss"),
        ));
    }
    settings
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

pub(super) fn notes(config: &RunConfig, split: &Split) -> Vec<String> {
    let mut notes = Vec::new();
    if config.run.out_of_time {
        notes.push(format!(
            "The time that the training had was up; {}.",
            config.kept_when_out_of_time()
        ));
    } else if config.run.interrupted {
        let kept = match config.training.patience {
            Some(_) => "the best weights are kept",
            None => "these are the weights it had then",
        };
        notes.push(format!("The training was stopped before its end; {kept}."));
    }
    if split.validation.is_none() {
        notes.push("No rows were held out: all figures are of the rows that the model learnt.".to_owned());
    }
    notes
}
