//! Lesson 4: the standard first autoencoder. With a folder of MNIST's IDX files as its argument, it trains 784-32-784 with the
//! usual tutorial defaults: ReLU and sigmoid, Glorot-uniform weights, Adam with learning rate 1e-3, mean squared error, 50
//! epochs of shuffled batches of 256. Without an argument, it trains on the embedded digits.
//!
//! `cargo run --release -p latents-examples --example 04_first_autoencoder [-- FOLDER]`

// ANCHOR: program
use latents::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let source = std::env::args().nth(1).unwrap_or("digits".into());
    let data = open(&source, &OpenOptions::default())?;
    let test = data.validation.unwrap_or(data.train.clone());

    let mut model = Undercomplete::new(UndercompleteConfig::new(data.train.columns(), 32), 0)?;
    Trainer::default()
        .validation(&test)
        .on_event(|event| {
            if let Event::Epoch(epoch) = event {
                println!("epoch {:2}: {:.5?}", epoch.epoch, epoch.validation_loss);
            }
        })
        .fit(&mut model, &data.train)?;

    let codes = model.encode_data(&test.to_tensor()); // (rows, 32)
    let mse = evaluate(&model, &test, 256).mse;
    println!("codes {}: MSE {mse:.5}", codes.shape());
    println!("PCA: MSE {:.5}", Pca::fit(&data.train, 32)?.mse(&test));
    Ok(save_state(&model, "model.safetensors")?)
}
// ANCHOR_END: program
