//! The standard first autoencoder, 784-32-784 with batches of 256, shared by benches and tables.

use latents::data::{Dataset, OpenOptions, open};
use latents::prelude::*;
use std::path::Path;

/// Multiply-adds of the five products of a step, per row: two forward, three backward (the data needs no gradient).
const MULTIPLY_ADDS_A_ROW: f64 = 5.0 * 784.0 * 32.0;

/// Floating point operations of the matrix products in one epoch.
pub fn operations(data: &Dataset) -> f64 {
    2.0 * MULTIPLY_ADDS_A_ROW * data.rows() as f64
}

/// MNIST's training rows from the folder in `LATENTS_MNIST`; without it, random bytes of the same shape, because the time does
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

/// A newly initialised model.
pub fn model() -> Undercomplete {
    Undercomplete::new(UndercompleteConfig::new(784, 32), 0).expect("a valid configuration")
}

/// Trains for `epochs` and returns the seconds of each: shuffling, gathering, loss, gradients, Adam.
pub fn seconds(model: &mut dyn Trainable, data: &Dataset, epochs: usize) -> Vec<f64> {
    seconds_of_batches(model, data, epochs, TrainerConfig::default().batch_size)
}

/// Like [`seconds`], with the given batch size.
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

/// The median.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
