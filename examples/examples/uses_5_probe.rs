//! Measure how well classes can be predicted from codes.

use latents::prelude::*;
use latents::run::{DataSettings, Job, Probe, ProbeOptions, RunFolder};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = DataSettings::default().read(0)?;
    let training = TrainerConfig {
        epochs: 5,
        batch_size: 32,
        ..TrainerConfig::default()
    };
    let job = Job::new(data, SparseConfig::new(64, 128), training)?;
    let run = job
        .train(RunFolder::claim("runs/probe", true)?, |_| Control::Continue)?
        .run;
    let probe = Probe::new(&run, ProbeOptions::default())?;
    let found = probe.measure(&mut |_| Control::Continue)?;
    println!("error from codes: {:.3}", found.codes.logistic_error);
    println!(
        "error from the values themselves: {:.3}",
        found.raw.logistic_error
    );
    Ok(())
}
