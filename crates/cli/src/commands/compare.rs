//! `latents compare`: runs in one table.

use crate::args::CompareArgs;
use crate::console::Console;
use crate::failure::Outcome;
use crate::tables;
use latents_autoencoders::Registry;
use latents_run::{Compared, ComparedRun, Run};
use latents_text::number::{duration, figure};
use std::path::Path;

pub(crate) fn run(args: &CompareArgs, registry: &Registry, console: &Console) -> Outcome {
    let runs = args.runs.iter().map(|path| Run::open_with(registry, path));
    let runs: Vec<Run> = runs.collect::<Outcome<_>>()?;
    let compared = Compared::of(&runs, &args.data.choice())?;
    console.notes(&compared.notes);
    console.answer(&compared, table(&compared));
    doubts(&compared).iter().for_each(|doubt| console.note(*doubt));
    Ok(())
}

/// A column for each run.
fn table(compared: &Compared) -> String {
    let mut head = vec![String::new()];
    head.extend(compared.runs.iter().map(|run| name(&run.run)));
    let row = |what: &str, of: &dyn Fn(&ComparedRun) -> String| {
        let mut cells = vec![what.to_owned()];
        cells.extend(compared.runs.iter().map(of));
        cells
    };
    let rows = [
        row("Model", &|run| run.kind.clone()),
        row("Sizes", &|run| run.sizes.clone()),
        row("Parameters", &|run| run.parameters.to_string()),
        row("Data", &|run| name(&run.data)),
        row("Seed", &|run| run.seed.to_string()),
        row("Epochs", &|run| run.epochs.to_string()),
        row("Training time", &|run| duration(run.seconds)),
        row("Measured rows", &|run| run.rows.to_string()),
        row("Its own loss", &|run| figure(run.loss)),
        row("Mean squared error", &|run| figure(run.mse)),
        row("Explained variance", &|run| figure(run.explained_variance)),
        row("MSE of PCA of the same size", &|run| {
            run.pca_mse.map_or("unknown".to_owned(), figure)
        }),
    ];
    tables::rows(&head.iter().map(String::as_str).collect::<Vec<_>>(), 1, &rows)
}

/// What keeps the figures from being compared.
fn doubts(compared: &Compared) -> Vec<&'static str> {
    let mut doubts = Vec::new();
    if !compared.same_data {
        doubts.push("the runs learnt from different data");
    }
    if !compared.same_rows {
        doubts.push(
            "each run was measured on other rows, those that it held out; --data measures all on the same",
        );
    }
    if !compared.same_scaling {
        doubts.push("the runs scale their data differently: their losses and errors do not compare, explained variances do");
    }
    doubts
}

/// The last part of a path.
fn name(path: &str) -> String {
    let last = Path::new(path)
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    last.unwrap_or(path.to_owned())
}
