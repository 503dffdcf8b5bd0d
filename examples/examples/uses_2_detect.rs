//! Find the rows that are unlike those that were learnt.

use latents::prelude::*;
use latents::run::{DataChoice, DataSettings, DetectOptions, Detection, Job, RunFolder};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = DataSettings::default().read(0)?;
    let training = TrainerConfig {
        epochs: 5,
        batch_size: 32,
        ..TrainerConfig::default()
    };
    let job = Job::new(data, UndercompleteConfig::new(64, 8), training)?;
    let run = job
        .train(RunFolder::claim("runs/detect", true)?, |_| Control::Continue)?
        .run;
    let options = DetectOptions {
        data: DataChoice::of("digits"),
        ..DetectOptions::default()
    };
    let found = Detection::of(&run, &options)?;
    for row in found.strongest().into_iter().take(3) {
        println!(
            "row {}: p = {:.4}",
            found.data.source_row(row) + 1,
            found.findings[row].p_value
        );
    }
    found.write("runs/scores.csv")?;
    Ok(())
}
