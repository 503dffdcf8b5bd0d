//! Measure how well classes can be predicted from codes.

use latents::run::{Job, Probe, ProbeOptions, RunFolder, Settings};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let job = Job::of(&Settings::standard("sparse")?.training("epochs", 5))?;
    let trained = job.train(RunFolder::claim("runs/probe", true)?)?;
    let probe = Probe::new(&trained.run, ProbeOptions::default())?;
    let found = probe.measure()?;
    println!(
        "classification error from codes: {:.3}",
        found.codes.logistic_error
    );
    println!(
        "classification error from raw values: {:.3}",
        found.raw.logistic_error
    );
    Ok(())
}
