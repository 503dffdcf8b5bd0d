//! Measure how well classes can be predicted from codes.

use latents::prelude::*;
use latents::run::{Job, Probe, ProbeOptions, RunFolder, Settings};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let job = Job::of(&Settings::standard("sparse")?.training("epochs", 5))?;
    let trained = job.train(RunFolder::claim("runs/probe", true)?, |_| Control::Continue)?;
    let probe = Probe::new(&trained.run, ProbeOptions::default())?;
    let found = probe.measure(&mut |_| Control::Continue)?;
    println!("error from codes: {:.3}", found.codes.logistic_error);
    println!("error from the values: {:.3}", found.raw.logistic_error);
    Ok(())
}
