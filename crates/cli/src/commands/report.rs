//! `latents report`: the page and the image of a run, again from its files and data.

use crate::args::ReportArgs;
use crate::console::Console;
use crate::failure::Outcome;
use latents_autoencoders::Registry;
use latents_run::{Run, report};
use serde::Serialize;

/// What `--json` prints.
#[derive(Serialize)]
struct Reported {
    report: String,
    reconstructions: String,
}

pub(crate) fn run(args: &ReportArgs, registry: &Registry, console: &Console) -> Outcome {
    let run = Run::open_with(registry, &args.run)?;
    let split = run.split(args.data.as_deref())?;
    split.describe().iter().for_each(|line| console.say(line));
    let written = report(&run, &split)?;
    console.findings(&written.report.unsaid());
    let reported = Reported {
        report: written.page.display().to_string(),
        reconstructions: written.picture.display().to_string(),
    };
    console.finish(
        &reported,
        format!("wrote {} and {}", reported.report, reported.reconstructions),
    );
    Ok(())
}
