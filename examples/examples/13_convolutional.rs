//! Convolutions: the same code size with a fraction of the parameters, for images.
//!
//! `cargo run --release -p latents-examples --example 13_convolutional`

use latents::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let order = Key::new(0).permutation(digits().rows());
    let (train, test) = digits().split_ordered(0.2, &order)?;
    let plain = NetworkConfig::new(64, 8).hidden([128]);
    let convolution = ConvolutionConfig::new([8, 8, 1], [8, 16]); // 8×8 → 4×4 → 2×2
    let networks = [
        ("fully connected", plain),
        (
            "convolutional",
            NetworkConfig::new(64, 8).convolution(convolution),
        ),
    ];
    let training = TrainerConfig::default().epochs(60).batch_size(32);
    println!("{:16} {:>10} {:>8}", "", "parameters", "MSE");
    for (name, network) in networks {
        let mut model = Undercomplete::new(network, 0)?;
        Trainer::new(training.clone()).fit(&mut model, &train)?;
        let mse = evaluate(&model, &test, 256).mse;
        println!("{name:16} {:10} {mse:8.5}", model.parameter_count());
    }
    println!("{:16} {:>10} {:8.5}", "PCA", "", Pca::fit(&train, 8)?.mse(&test));
    Ok(())
}
