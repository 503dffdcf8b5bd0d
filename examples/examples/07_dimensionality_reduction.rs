//! Use case: dimensionality reduction. How well do codes with 8 dimensions preserve the neighbourhoods of 64 pixels?
//!
//! `cargo run --release -p latents-examples --example 07_dimensionality_reduction`

use latents::metrics::{NeighbourhoodConfig, neighbour_accuracy, neighbourhood};
use latents::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let order = Key::new(0).permutation(digits().rows());
    let (train, test) = digits().split_ordered(0.3, &order)?;
    let mut model = Undercomplete::new(NetworkConfig::new(64, 8).hidden([128]), 0)?;
    let training = TrainerConfig::default().epochs(100).batch_size(32);
    Trainer::new(training).fit(&mut model, &train)?;

    let pixels: Tensor = test.to_tensor(); // (rows, 64)
    let pca = Pca::fit(&train, 8)?;
    let codes = [
        (
            "autoencoder",
            model.encode_data(&pixels),
            evaluate(&model, &test, 256).mse,
        ),
        ("PCA", pca.transform(&pixels), pca.mse(&test)),
    ];
    let classes = test.classes().ok_or("the digits have labels")?;
    println!("8 dims, by     MSE  trustworthiness  continuity  5 nearest agree");
    for (name, codes, mse) in codes {
        let kept = neighbourhood(&pixels, &codes, NeighbourhoodConfig::default())?;
        let agree = neighbour_accuracy(&codes, &classes, 5, 5000, 0)?;
        println!(
            "{name:11} {mse:8.5}  {:15.4}  {:10.4}  {:13.1} %",
            kept.trustworthiness,
            kept.continuity,
            100.0 * agree
        );
    }
    let agree = neighbour_accuracy(&pixels, &classes, 5, 5000, 0)?;
    println!("all 64 pixels {:53.1} %", 100.0 * agree);
    Ok(())
}
