//! The error of a VQ-VAE on MNIST's test images, for the table of docs/variants/vq.md. `benches/peers/torch_vq.py` is the same
//! program in PyTorch, with the same arguments.
//!
//! ```text
//! LATENTS_MNIST=FOLDER cargo run --release -p latents-benches --features tables --example vq_table -- IMAGES SEED…
//! ```

use latents::data::{Dataset, OpenOptions, open};
use latents::prelude::*;

fn main() {
    let numbers: Vec<u64> = std::env::args()
        .skip(1)
        .map(|word| word.parse().expect("IMAGES SEED…, all whole numbers"))
        .collect();
    let (images, seeds) = numbers.split_first().expect("IMAGES SEED…");
    let folder = std::env::var("LATENTS_MNIST").expect("LATENTS_MNIST names the folder of MNIST");
    let loaded = open(&folder, &OpenOptions::default()).expect("MNIST");
    let first: Vec<usize> = (0..*images as usize).collect();
    let train = loaded.train.select(&first);
    let test = loaded.validation.expect("test images");
    for &seed in seeds {
        run(&train, &test, seed);
    }
}

fn run(train: &Dataset, test: &Dataset, seed: u64) {
    let convolution = ConvolutionConfig::new([28, 28, 1], [16, 32])
        .latent_channels(16)
        .kernel(4);
    let config = VqConfig::from(NetworkConfig::image_code(convolution)).shared(true);
    let mut model = Vq::new(config, seed).expect("a valid configuration");
    let options = TrainerConfig::default().epochs(8).batch_size(64).seed(seed);
    Trainer::new(options)
        .fit(&mut model, train)
        .expect("the training runs");
    let mse = evaluate(&model, test, 1000).mse;
    let section = &model.sections(&test.to_tensor())[0];
    let perplexity = section.rows[0].1[1].unwrap_or(f64::NAN);
    println!("seed {seed}: test MSE {mse:.6}, perplexity {perplexity:.1} of 64");
}
