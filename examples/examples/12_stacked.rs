//! Layer-wise pretraining: a deep sigmoid network that trains poorly from random weights, but well after pretraining its layers
//! one by one. Its encoder then initialises a classifier.
//!
//! `cargo run --release -p latents-examples --example 12_stacked`

use latents::autoencoders::{Labelled, LayerTraining};
use latents::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let order = Key::new(0).permutation(digits().rows());
    let (train, test) = digits().split_ordered(0.3, &order)?;
    let network = NetworkConfig::new(64, 16)
        .hidden([128, 64, 32])
        .hidden_activation(Activation::Sigmoid);
    let trainer = |epochs| Trainer::new(TrainerConfig::default().epochs(epochs).batch_size(32));

    let layers = LayerTraining::default().epochs(20);
    let mut stacked = Stacked::new(StackedConfig::from(network.clone()).pretraining([layers]), 0)?;
    trainer(20)
        .on_event(|event| {
            if let Event::LayerEpoch { layer, record, .. } = event
                && record.epoch == 20
            {
                println!("layer {layer}: loss {:.5}", record.train_loss);
            }
        })
        .fit(&mut stacked, &train)?;
    let mut scratch = Undercomplete::new(network, 0)?;
    trainer(100).fit(&mut scratch, &train)?;
    println!("mean squared error on held-out digits");
    println!(
        "  pretrained, then 20 epochs of all layers: {:.5}",
        evaluate(&stacked, &test, 256).mse
    );
    println!(
        "  100 epochs from random weights: {:.5}",
        evaluate(&scratch, &test, 256).mse
    );

    let classes = |rows: &Dataset| rows.classes().ok_or("the digits have labels");
    let (known, truth) = (classes(&train)?, classes(&test)?);
    let labelled = Labelled::new(&train, &known)?;
    println!("test error of the classifier after 20 epochs with labels");
    let bodies: [(&str, Box<dyn Autoencoder>); 2] = [
        ("pretrained encoder", Box::new(stacked)),
        ("encoder from random weights", Box::new(scratch)),
    ];
    for (name, body) in bodies {
        let mut classifier = Classifier::new(body, 10, 0)?;
        trainer(20).fit(&mut classifier, &labelled)?;
        println!("  {name}: {:.1} %", 100.0 * classifier.error(&test, &truth));
    }
    Ok(())
}
