//! `latents compare`: runs side by side.

use crate::args::CompareArgs;
use crate::console::Console;
use crate::failure::Outcome;
use crate::numbers::{duration, grouped, short};
use crate::rows::{self, Split};
use crate::run_folder::Run;
use crate::tables;
use latents_autoencoders::{Registry, try_evaluate};
use latents_classical::Pca;
use latents_data::Dataset;
use serde::Serialize;
use std::path::Path;

/// What `--json` prints.
#[derive(Serialize)]
struct Compared {
    /// Whether all runs learnt from the same data.
    same_data: bool,
    /// Whether all were measured on the same rows.
    same_rows: bool,
    /// Whether all see the rows in the same units, so that their errors compare.
    same_scaling: bool,
    runs: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    run: String,
    kind: String,
    sizes: String,
    parameters: usize,
    data: String,
    seed: u64,
    epochs: usize,
    seconds: f64,
    rows: usize,
    loss: f64,
    mse: f64,
    explained_variance: f64,
    pca_components: usize,
    /// Null where PCA cannot be fitted, or the run's own data cannot be read.
    pca_mse: Option<f64>,
}

pub(crate) fn run(args: &CompareArgs, registry: &Registry, console: &Console) -> Outcome {
    let runs: Vec<Run> = args
        .runs
        .iter()
        .map(|path| Run::open(path, registry))
        .collect::<Outcome<_>>()?;
    let lines = runs
        .iter()
        .map(|run| line(run, args, console))
        .collect::<Outcome<Vec<Line>>>()?;
    let same = |alike: &dyn Fn(&Run, &Run) -> bool| runs.windows(2).all(|pair| alike(&pair[0], &pair[1]));
    let same_data = same(&|a, b| a.config.data.source == b.config.data.source);
    let same_split = same(&|a, b| {
        let held_out = |run: &Run| {
            run.config
                .data
                .validation
                .map(|part| (part.to_bits(), run.config.training.seed))
        };
        held_out(a) == held_out(b)
    });
    let compared = Compared {
        same_data,
        same_rows: args.data.data.is_some() || (same_data && same_split),
        same_scaling: same(&|a, b| a.config.data.scaling == b.config.data.scaling),
        runs: lines,
    };
    console.answer(&compared, compared.table());
    compared.notes().iter().for_each(|note| console.note(note));
    Ok(())
}

fn line(run: &Run, args: &CompareArgs, console: &Console) -> Outcome<Line> {
    let epochs = run.history()?;
    let (training, measured) = parts(run, args, console)?;
    let measured = &measured;
    let evaluation = try_evaluate(&*run.model, measured, run.config.training.batch_size)?;
    let model = &run.config.model;
    let most = training.as_ref().map_or(usize::MAX, Dataset::rows);
    let components = model.latent_dim().min(model.input_dim()).min(most);
    Ok(Line {
        run: run.path().display().to_string(),
        kind: model.kind().to_owned(),
        sizes: model.sizes_text(),
        parameters: run.model.parameter_count(),
        data: run.config.data.source.clone(),
        seed: run.config.training.seed,
        epochs: epochs.len(),
        seconds: run.config.seconds(&epochs),
        rows: evaluation.rows,
        loss: evaluation.loss,
        mse: evaluation.mse,
        explained_variance: evaluation.explained_variance,
        pca_components: components,
        pca_mse: training.and_then(|training| pca_mse(&training, measured, components)),
    })
}

/// The rows that PCA is fitted to, and those that all is measured on.
fn parts(run: &Run, args: &CompareArgs, console: &Console) -> Outcome<(Option<Dataset>, Dataset)> {
    let own = Split::of_run(run, None);
    if args.data.data.is_none() {
        let split = own?;
        let measured = split.measured().clone();
        return Ok((Some(split.train), measured));
    }
    let training = match own {
        Ok(split) => Some(split.train),
        Err(failure) => {
            console.note(format!("{}: no PCA beside it: {failure}", run.path().display()));
            None
        }
    };
    Ok((training, rows::for_model(run, &args.data, console)?))
}

fn pca_mse(training: &Dataset, measured: &Dataset, components: usize) -> Option<f64> {
    let mse = Pca::fit(training, components).ok()?.mse(measured);
    mse.is_finite().then_some(mse)
}

impl Compared {
    /// A column for each run.
    fn table(&self) -> String {
        let mut head = vec![String::new()];
        head.extend(self.runs.iter().map(|line| name(&line.run)));
        let row = |what: &str, of: &dyn Fn(&Line) -> String| {
            let mut cells = vec![what.to_owned()];
            cells.extend(self.runs.iter().map(of));
            cells
        };
        let rows = [
            row("Model", &|line| line.kind.clone()),
            row("Sizes", &|line| line.sizes.clone()),
            row("Parameters", &|line| grouped(line.parameters)),
            row("Data", &|line| name(&line.data)),
            row("Seed", &|line| line.seed.to_string()),
            row("Epochs", &|line| grouped(line.epochs)),
            row("Training time", &|line| duration(line.seconds)),
            row("Measured rows", &|line| grouped(line.rows)),
            row("Its own loss", &|line| short(line.loss)),
            row("Mean squared error", &|line| short(line.mse)),
            row("Explained variance", &|line| short(line.explained_variance)),
            row("MSE of PCA, as many numbers", &|line| {
                line.pca_mse.map_or("unknown".to_owned(), short)
            }),
        ];
        tables::rows(&head.iter().map(String::as_str).collect::<Vec<_>>(), 1, &rows)
    }

    /// What keeps the figures from being compared.
    fn notes(&self) -> Vec<&'static str> {
        let mut notes = Vec::new();
        if !self.same_data {
            notes.push("the runs learnt from different data");
        }
        if !self.same_rows {
            notes.push("each run was measured on other rows, those that it held out; --data measures all on the same");
        }
        if !self.same_scaling {
            notes.push("the runs scale their data differently: their losses and errors do not compare, explained variances do");
        }
        notes
    }
}

/// The last part of a path.
fn name(path: &str) -> String {
    let last = Path::new(path)
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    last.unwrap_or(path.to_owned())
}
