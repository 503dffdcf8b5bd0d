//! Find anomalous rows.

use latents::run::{DataChoice, DetectOptions, Detection, Job, RunFolder, Settings};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let job = Job::of(&Settings::standard("undercomplete")?.training("epochs", 5))?;
    let trained = job.train(RunFolder::claim("runs/detect", true)?)?;
    let options = DetectOptions::default().data(DataChoice::of("digits"));
    let found = Detection::of(&trained.run, &options)?;
    for row in found.strongest().into_iter().take(3) {
        println!("row {}: p = {:.4}", row + 1, found.findings[row].p_value);
    }
    found.write("runs/scores.csv")?;
    Ok(())
}
