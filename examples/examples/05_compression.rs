//! Use case: compression. Digits are compressed to 8 latent dimensions of one byte each, stored, and decoded.
//!
//! `cargo run --release -p latents-examples --example 05_compression`

use latents::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let order = Key::new(0).permutation(digits().rows());
    let (train, test) = digits().split_ordered(0.2, &order)?;
    let config = NetworkConfig::new(64, 8)
        .hidden([128])
        .latent_activation(Activation::Sigmoid);
    let mut model = Undercomplete::new(config, 0)?;
    let training = TrainerConfig::default().epochs(150).batch_size(32);
    Trainer::new(training).validation(&test).fit(&mut model, &train)?;

    let originals: Tensor = test.to_tensor(); // (rows, 64)
    let codes = model.encode_data(&originals); // (rows, 8)
    let bytes: Vec<u8> = codes
        .to_vec()
        .iter()
        .map(|code| (code * 255.0).round() as u8)
        .collect();
    let restored = Tensor::from_vec(
        bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect(),
        codes.shape(),
    );
    let images = model.decode_data(&restored); // (rows, 64)

    let mse = (&images - &originals).square().mean_all();
    println!(
        "{} images of 64 bytes each were compressed to {} bytes in total: 1/8",
        test.rows(),
        bytes.len()
    );
    println!(
        "mean squared error {mse:.5}; PCA with 8 unquantised components: {:.5}",
        Pca::fit(&train, 8)?.mse(&test)
    );
    show(&originals, &images, 0);
    Ok(())
}

/// A digit and its reconstruction, next to each other.
fn show(originals: &Tensor, images: &Tensor, row: usize) {
    let shade = |value: f32| [' ', '░', '▒', '▓', '█'][(value.clamp(0.0, 1.0) * 4.0).round() as usize];
    for line in 0..8 {
        let picture = |tensor: &Tensor| -> String {
            (0..8)
                .flat_map(|column| [shade(tensor.at(&[row, line * 8 + column])); 2])
                .collect()
        };
        println!("{}   {}", picture(originals), picture(images));
    }
}
