//! Lesson 3: a training loop by hand, without `Trainer`.
//!
//! `cargo run --release -p latents-examples --example 03_training_loop`

use latents::prelude::*;
use latents::tensor::parallel;

fn main() {
    let data = digits();
    let key = Key::new(1);

    // 64 pixels → 8 latent dimensions → 64 pixels.
    let weights = key.purpose("weights");
    let mut model = Sequential::<f32>::new()
        .then(Linear::new(64, 8, weights.index(0)))
        .then(Activation::Tanh)
        .then(Linear::new(8, 64, weights.index(1)))
        .then(Activation::Sigmoid);
    model.name_parameters("");
    let mut adam = Adam::new(3e-3);
    let mut tape = Tape::new();

    // Inside a team, threads stay ready between kernels: a step runs a few dozen kernels of microseconds each.
    parallel::team(|| {
        for epoch in 1..=20 {
            let order = key.purpose("shuffle").step(epoch).permutation(data.rows());
            let (mut sum, mut batches) = (0.0, 0);
            for batch in data.batches(64).ordered(&order) {
                let x = tape.input(&batch); // (64, 64): batch, pixels
                let loss = model.forward(x).mse(x, Reduction::Mean);
                sum += loss.item();
                batches += 1;
                let gradients = loss.backward();
                // Clears the tape and keeps its memory. Using a variable of the previous step would not compile here.
                tape.reset();
                adam.step(&mut model, &gradients);
            }
            println!("epoch {epoch:2}  loss {:.5}", sum / batches as f32);
        }
    });
}
