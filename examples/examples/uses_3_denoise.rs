//! Add noise to clean rows, and measure what a model, a median filter and PCA leave of it.

use latents::prelude::*;
use latents::run::{DataChoice, DataSettings, Job, RunFolder, denoise};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let noise = Corruption::Gaussian { sigma: 0.3 };
    let data = DataSettings::default().read(0)?;
    let training = TrainerConfig {
        epochs: 5,
        batch_size: 32,
        ..TrainerConfig::default()
    };
    let job = Job::new(data, DenoisingConfig::new(64, 32).noise(noise), training)?;
    let run = job
        .train(RunFolder::claim("runs/denoise", true)?, |_| Control::Continue)?
        .run;
    let held_out = DataChoice::default().read(&run)?.data;
    let measured = denoise(&run, &held_out, noise, 0, None)?.measured;
    for (method, figures) in measured.iter().flat_map(|measured| measured.methods("model")) {
        println!("{method}: {:.2} dB", figures.psnr);
    }
    Ok(())
}
