//! Sample new rows, measure their distances to the training rows, and write them as an image.

use latents::run::{Drawing, Job, RowsFormat, RunFolder, SampleOptions, Sampling, Settings, write_rows};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let job = Job::of(&Settings::standard("variational")?.training("epochs", 5))?;
    let trained = job.train(RunFolder::claim("runs/sample", true)?)?;
    let drawn = Sampling::of(&trained.run, &SampleOptions::default())?;
    println!("codes from {}: {:?}", drawn.density, drawn.nearest);
    let (out, rows) = ("runs/samples.png".as_ref(), Drawing::Rows(&drawn.samples));
    write_rows(out, RowsFormat::Png, rows, drawn.training.as_ref(), &trained.run)?;
    Ok(())
}
