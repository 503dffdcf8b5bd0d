//! Use case: denoising. A denoising autoencoder compared with a median filter and PCA.
//!
//! `cargo run --release -p latents-examples --example 09_denoising`

use latents::autoencoders::Corrupt;
use latents::classical::median_filter;
use latents::metrics::{mse, psnr_from_mse, ssim};
use latents::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let order = Key::new(0).permutation(digits().rows());
    let (train, test) = digits().split_ordered(0.2, &order)?;
    let noise = Corruption::Gaussian { sigma: 0.3 };
    let config = DenoisingConfig::from(NetworkConfig::new(64, 16).hidden([128])).noise(noise);
    let mut model = Denoising::new(config, 0)?;
    let training = TrainerConfig::default().epochs(150).batch_size(32);
    Trainer::new(training).fit(&mut model, &train)?;

    let clean: Tensor = test.to_tensor(); // (rows, 64)
    let noisy = noise.corrupt(&clean, Key::new(7));
    let pictures = |rows: &Tensor| rows.reshape([test.rows(), 8, 8]);
    let pca = Pca::fit(&train, 16)?;
    let cleaned = [
        ("noisy", noisy.clone()),
        (
            "median filter",
            median_filter(&pictures(&noisy), 3)?.reshape(clean.shape()),
        ),
        ("PCA", pca.inverse_transform(&pca.transform(&noisy))),
        ("autoencoder", model.reconstruct_data(&noisy)),
    ];
    println!("{noise}        PSNR (dB)   SSIM");
    for (name, rows) in &cleaned {
        let alike = ssim(&pictures(&clean), &pictures(rows), 1.0);
        let alike = alike.iter().sum::<f64>() / alike.len() as f64;
        println!(
            "{name:19} {:10.2} {alike:6.3}",
            psnr_from_mse(mse(&clean, rows), 1.0)
        );
    }
    Ok(())
}
