//! Train a model, write the run with its report, and load it again.

use latents::run::{Job, Run, RunFolder, Settings};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let job = Job::of(&Settings::standard("variational")?.training("epochs", 5))?;
    let trained = job.train(RunFolder::claim("runs/train", true)?)?;
    let report = trained.report()?;
    println!(
        "mean squared error {:.4?}, PCA {:.4?}",
        report.results.mse, report.pca.loss
    );
    let run = Run::open("runs/train")?;
    println!("{}, {} epochs", run.config.model.title(), run.history()?.len());
    Ok(())
}
