//! Sparse codes: a dictionary of 256 strokes, 6 of which represent a digit.
//!
//! `cargo run --release -p latents-examples --example 06_sparse_code`

use latents::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = digits();
    let config = SparseConfig::new(64, 256).penalty("topk:6".parse()?);
    let mut model = Sparse::new(config, 0)?;
    let training = TrainerConfig::default().epochs(20);
    // Units that were active for no digit in the last epoch are reinitialised from digits with large errors.
    for round in 0..5 {
        Trainer::new(training.clone()).fit(&mut model, &data)?;
        let dead = model.dead_units(data.rows() as u64);
        println!(
            "round {round}: {} dead units, mean squared error {:.5}",
            dead.len(),
            evaluate(&model, &data, 256).mse
        );
        if round < 4 {
            model.revive_dead(&dead, &data, round);
        }
    }
    let codes = model.encode_data(&data.to_tensor()); // (rows, 256)
    let digit = codes.select(0, 0).to_vec();
    let mut strokes: Vec<(usize, f32)> = digit
        .into_iter()
        .enumerate()
        .filter(|(_, value)| *value > 0.0)
        .collect();
    strokes.sort_by(|a, b| b.1.total_cmp(&a.1));
    println!("active units of the first digit (unit, activation): {strokes:.2?}");
    Ok(())
}
