//! Train a model, write its run with a report, and read it again.

use latents::prelude::*;
use latents::run::{DataSettings, Job, Run, RunFolder};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = DataSettings::default().read(0)?;
    let training = TrainerConfig {
        epochs: 5,
        batch_size: 32,
        ..TrainerConfig::default()
    };
    let job = Job::new(data, VariationalConfig::new(64, 8), training)?;
    let trained = job.train(RunFolder::claim("runs/train", true)?, |_| Control::Continue)?;
    let report = trained.report()?;
    println!(
        "mean squared error {:.4?}, of PCA {:.4?}",
        report.results.mse, report.pca.loss
    );
    let run = Run::open("runs/train")?;
    println!("{} of {} epochs", run.config.model.title(), run.history()?.len());
    Ok(())
}
