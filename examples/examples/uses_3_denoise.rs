//! Add noise to clean rows, and compare how well a model, a median filter and PCA remove it.

use latents::prelude::*;
use latents::run::{DataChoice, Job, RunFolder, Settings, denoise};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::standard("denoising")?.model("noise", "gaussian:0.3");
    let job = Job::of(&settings.training("epochs", 5))?;
    let trained = job.train(RunFolder::claim("runs/denoise", true)?)?;
    let held_out = DataChoice::default().read(&trained.run)?.data;
    let noise = Corruption::Gaussian { sigma: 0.3 };
    let made = denoise(&trained.run, &held_out, noise, 0, None)?;
    for (method, figures) in made.measured.iter().flat_map(|found| found.methods("model")) {
        println!("{method}: {:.2} dB", figures.psnr);
    }
    Ok(())
}
