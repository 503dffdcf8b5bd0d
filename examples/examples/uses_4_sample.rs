//! Draw new rows, see how far they are from those that were learnt, and write them as an image.

use latents::prelude::*;
use latents::run::{DataSettings, Drawing, Format, Job, RunFolder, SampleOptions, Sampling, write_rows};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = DataSettings::default().read(0)?;
    let training = TrainerConfig {
        epochs: 5,
        batch_size: 32,
        ..TrainerConfig::default()
    };
    let job = Job::new(data, VariationalConfig::new(64, 8), training)?;
    let run = job
        .train(RunFolder::claim("runs/sample", true)?, |_| Control::Continue)?
        .run;
    let drawn = Sampling::of(
        &run,
        &SampleOptions {
            count: 16,
            ..SampleOptions::default()
        },
    )?;
    println!("codes from {}: {:?}", drawn.density, drawn.nearest);
    let rows = Drawing::Rows(&drawn.samples);
    write_rows(
        "runs/samples.png".as_ref(),
        Format::Png,
        rows,
        drawn.training.as_ref(),
        &run,
    )?;
    Ok(())
}
