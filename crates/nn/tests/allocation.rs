//! After warm-up a training step asks the allocator for nothing.

use latents_autograd::{Reduction, Tape};
use latents_nn::{
    Activation, Adam, AdamW, Conv2d, Conv2dOptions, ConvTranspose2d, Dropout, Flatten, Linear, Module,
    Optimizer, RmsProp, Sequential, Sgd, Unflatten, clip_by_global_norm,
};
use latents_tensor::Tensor;
use latents_tensor::random::Key;
use latents_testing::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting::new();

fn model() -> Sequential<f32> {
    let key = Key::new(1);
    Sequential::new()
        .then(Linear::new(64, 48, key.index(0)))
        .then(Activation::Relu)
        .then(Dropout::new(0.1))
        .then(Linear::new(48, 8, key.index(1)))
        .then(Activation::Silu)
        .then(Linear::new(8, 48, key.index(2)))
        .then(Activation::Tanh)
        .then(Linear::new(48, 64, key.index(3)).without_bias())
        .then(Activation::Sigmoid)
}

fn convolutional() -> Sequential<f32> {
    let (key, window) = (Key::new(1), Conv2dOptions::default().stride(2).padding(1));
    Sequential::new()
        .then(Unflatten::new([1, 8, 8]))
        .then(Conv2d::new(1, 6, [3; 2], window, key.index(0)))
        .then(Activation::Relu)
        .then(ConvTranspose2d::new(6, 1, [3; 2], window, [1; 2], key.index(1)))
        .then(Activation::Sigmoid)
        .then(Flatten)
}

/// Requests in each of the steps after warm-up.
fn requests(
    mut model: Sequential<f32>,
    optimizer: &mut dyn Optimizer<f32>,
    batch: &Tensor<f32>,
) -> Vec<usize> {
    let mut tape = Tape::new();
    let mut counts = Vec::with_capacity(20);
    for step in 0..20 {
        let before = ALLOCATOR.requests();
        tape.set_key(Key::new(2).step(step));
        let x = tape.input(batch);
        let mut gradients = model.forward(x).mse(x, Reduction::Mean).backward();
        tape.reset();
        clip_by_global_norm(&mut gradients, 0.01);
        optimizer.step(&mut model, &gradients);
        drop(gradients);
        counts.push(ALLOCATOR.requests() - before);
    }
    assert!(counts[0] > 0, "the first step is counted");
    counts.split_off(4)
}

#[test]
fn a_training_step_allocates_nothing() {
    let optimizers: [(&str, Box<dyn Optimizer<f32>>); 4] = [
        ("sgd", Box::new(Sgd::new(0.1))),
        ("adam", Box::new(Adam::new(1e-3))),
        ("adamw", Box::new(AdamW::new(1e-3))),
        ("rmsprop", Box::new(RmsProp::new(1e-3))),
    ];
    latents_tensor::parallel::team(|| {
        for (name, mut optimizer) in optimizers {
            // Long enough for several chunks in every kernel.
            let batch = Key::new(3).uniform::<f32>([512, 64]);
            let counts = requests(model(), &mut *optimizer, &batch);
            assert!(counts.iter().all(|&count| count == 0), "{name}: {counts:?}");
        }
        let batch = Key::new(3).uniform::<f32>([512, 64]);
        let counts = requests(convolutional(), &mut Adam::new(1e-3), &batch);
        assert!(
            counts.iter().all(|&count| count == 0),
            "convolutional: {counts:?}"
        );
    });
}
