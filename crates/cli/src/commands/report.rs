//! `latents report`: the page and the picture of a run, anew from its files and data.

use crate::args::ReportArgs;
use crate::console::Console;
use crate::failure::{Failure, Outcome};
use crate::numbers::{counted, grouped};
use crate::page::{self, Page};
use crate::rows::Split;
use crate::run_folder::{PICTURE, REPORT, Run};
use latents_autoencoders::{Registry, try_evaluate};
use serde::Serialize;

/// What `--json` prints.
#[derive(Serialize)]
struct Reported {
    report: String,
    reconstructions: String,
}

pub(crate) fn run(args: &ReportArgs, registry: &Registry, console: &Console) -> Outcome {
    let run = Run::open(&args.run, registry)?;
    let epochs = run.history()?;
    let folder = run.folder()?;
    let split = Split::of_run(&run, args.data.as_deref())?;
    check_rows(&run, &split)?;
    split.describe().iter().for_each(|line| console.say(line));
    let measured = split.measured();
    let evaluation = try_evaluate(&*run.model, measured, run.config.training.batch_size)?;
    let kept = page::kept_epoch(&epochs, run.config.training.patience.is_some());
    let results = page::results(
        &run.config,
        &*run.model,
        &split,
        &evaluation,
        &epochs,
        kept.map(|epoch| epoch.train_loss),
    );
    let pca = page::Baseline::of(&split, run.config.model.latent_dim());
    let findings = page::diagnosed(&run.config, &*run.model, &split, &epochs, results.mse, &pca);
    page::told(&findings, &pca)
        .iter()
        .for_each(|line| console.say(line));
    Page {
        config: &run.config,
        model: &*run.model,
        split: &split,
        epochs: &epochs,
        results,
        pca: &pca,
        findings: &findings,
    }
    .write(&folder)?;
    let place = |name| run.path().join(name).display().to_string();
    let reported = Reported {
        report: place(REPORT),
        reconstructions: place(PICTURE),
    };
    console.finish(
        &reported,
        format!("wrote {} and {}", reported.report, reported.reconstructions),
    );
    Ok(())
}

/// Refuses data of which other rows would have been learnt: the page would show them as the run's.
fn check_rows(run: &Run, split: &Split) -> Outcome {
    let rows = split.train.rows();
    match run.config.run.train_rows {
        Some(learnt) if learnt != rows => Err(Failure::new(format!(
            "the run learnt {}, and these data have {} to learn",
            counted(learnt, "row"),
            grouped(rows)
        ))
        .hint("give the data that the run was trained on; eval and detect look at others")),
        _ => Ok(()),
    }
}
