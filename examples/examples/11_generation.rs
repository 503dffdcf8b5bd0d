//! Use case: generation. New digits from the prior of a variational autoencoder, and from a mixture fitted to the codes of a
//! plain one. Distances to the nearest training row show that they are not copies.
//!
//! `cargo run --release -p latents-examples --example 11_generation`

use latents::classical::{GaussianMixture, GaussianMixtureConfig, KNearest};
use latents::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let order = Key::new(0).permutation(digits().rows());
    let (train, test) = digits().split_ordered(0.2, &order)?;
    let network = NetworkConfig::new(64, 8).hidden([128]);
    let training = TrainerConfig::default().epochs(100).batch_size(32);
    let mut variational = Variational::new(network.clone(), 0)?;
    Trainer::new(training.clone()).fit(&mut variational, &train)?;
    let mut plain = Undercomplete::new(network, 0)?;
    Trainer::new(training).fit(&mut plain, &train)?;

    let codes = plain.encode_data(&train.to_tensor());
    let density = GaussianMixture::fit(&codes, GaussianMixtureConfig::new(10))?;
    let samples = [
        (
            "variational, prior",
            variational.decode_data(&Key::new(1).normal([200, 8])),
        ),
        (
            "plain, mixture fitted to codes",
            plain.decode_data(&density.sample(200, Key::new(1))),
        ),
        (
            "plain, normal noise as codes",
            plain.decode_data(&Key::new(1).normal([200, 8])),
        ),
        ("held-out digits", test.to_tensor()),
    ];
    let known = KNearest::new(&train, &vec![0; train.rows()], 1)?;
    println!("distance to the nearest training row     mean     min");
    for (name, rows) in &samples {
        let distances = known.nearest(rows, 1).1.to_vec();
        let least = distances.iter().copied().fold(f64::INFINITY, f64::min);
        let mean = distances.iter().sum::<f64>() / distances.len() as f64;
        println!("{name:37} {mean:8.3} {least:7.3}");
    }
    show(&samples[0].1);
    Ok(())
}

/// The first samples, next to each other.
fn show(rows: &Tensor) {
    let shade = |value: f32| [' ', '░', '▒', '▓', '█'][(value.clamp(0.0, 1.0) * 4.0).round() as usize];
    for line in 0..8 {
        let of = |row: usize| (0..8).flat_map(move |x| [shade(rows.at(&[row, line * 8 + x])); 2]);
        println!("{}", (0..4).flat_map(of).collect::<String>());
    }
}
