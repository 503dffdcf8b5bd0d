//! `latents summary`: what is in a run folder.

use crate::args::SummaryArgs;
use crate::console::Console;
use crate::failure::Outcome;
use crate::tables;
use latents_autoencoders::Registry;
use latents_run::{Run, RunConfig, layer_rows};
use serde::Serialize;

/// What `--json` prints.
#[derive(Serialize)]
struct Summary {
    run: String,
    model: String,
    parameters: usize,
    layers: Vec<Layer>,
    config: RunConfig,
}

#[derive(Serialize)]
struct Layer {
    name: String,
    output_shape: String,
    parameters: usize,
}

pub(crate) fn run(args: &SummaryArgs, registry: &Registry, console: &Console) -> Outcome {
    let run = Run::open_with(registry, &args.run)?;
    let layers = layer_rows(&*run.model);
    let config = &run.config;
    let text = format!(
        "{}\n{}\ntrained on {} ({}), {} epochs, seed {}, {}\n{}",
        config.model.title(),
        tables::layers(&layers),
        config.data.source,
        config.data.scaling,
        config.training.epochs,
        config.training.seed,
        config.run.created,
        config.run.command,
    );
    let layer = |row: &latents_report::LayerEntry| Layer {
        name: row.name.clone(),
        output_shape: row.output_shape.clone(),
        parameters: row.parameters,
    };
    let summary = Summary {
        run: run.path().display().to_string(),
        model: config.model.kind().to_owned(),
        parameters: run.model.parameter_count(),
        layers: layers.iter().map(layer).collect(),
        config: config.clone(),
    };
    console.answer(&summary, text);
    Ok(())
}
