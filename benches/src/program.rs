//! The program that everyone learns first, 784-32-784 on batches of 256, as benches and tables run it.

use latents::data::{Dataset, OpenOptions, open};
use latents::prelude::*;
use std::path::Path;

/// Multiply-adds of the five products of a step, for one row: two forward, three back (the data need no gradient).
const MULTIPLY_ADDS_A_ROW: f64 = 5.0 * 784.0 * 32.0;

/// Floating point operations of one epoch's matrix products.
pub fn operations(data: &Dataset) -> f64 {
    2.0 * MULTIPLY_ADDS_A_ROW * data.rows() as f64
}

/// MNIST's training rows, from the folder that `LATENTS_MNIST` names; without it, as many random bytes: the time does
/// not depend on the values.
pub fn data() -> Dataset {
    let folder = std::env::var("LATENTS_MNIST").unwrap_or_default();
    if Path::new(&folder).is_dir() {
        match open(&folder, &OpenOptions::default()) {
            Ok(loaded) => return loaded.train,
            Err(error) => panic!("LATENTS_MNIST={folder}: {error}"),
        }
    }
    let mut pixels = vec![0; 60_000 * 784];
    Key::new(0).below_into(256, &mut pixels);
    let pixels: Vec<u8> = pixels.into_iter().map(|pixel| pixel as u8).collect();
    let data = Dataset::new("random bytes", pixels, 784).expect("rows of 784");
    data.with_scaling(Scaling::Divide { by: 255.0 })
        .expect("a scaling")
}

/// A fresh model.
pub fn model() -> Undercomplete {
    Undercomplete::new(UndercompleteConfig::new(784, 32), 0).expect("a valid configuration")
}

/// Trains for `epochs` and returns the seconds of each: shuffling, gathering, loss, gradients, Adam.
pub fn seconds(model: &mut dyn Trainable, data: &Dataset, epochs: usize) -> Vec<f64> {
    seconds_of_batches(model, data, epochs, TrainerConfig::default().batch_size)
}

/// As [`seconds`], with so many rows in a step.
pub fn seconds_of_batches(
    model: &mut dyn Trainable,
    data: &Dataset,
    epochs: usize,
    batch_size: usize,
) -> Vec<f64> {
    let trainer = Trainer::new(TrainerConfig::default().epochs(epochs).batch_size(batch_size));
    let history = trainer.fit(model, data).expect("the training runs");
    history.epochs.iter().map(|epoch| epoch.seconds).collect()
}

/// The middle of some figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
