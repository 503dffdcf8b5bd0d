//! Every layer, loss and optimiser, compiled once for `f32` and `f64`: in debug and test builds only, for the reason that
//! `shared.rs` of latents-autograd gives.

use crate::*;
use latents_autograd::Tape;
use latents_tensor::random::Key;
use latents_tensor::{Real, Tensor};

#[used]
static SINGLE: fn(&Tensor<f32>) -> Result<String, StateError> = everything;
#[used]
static DOUBLE: fn(&Tensor<f64>) -> Result<String, StateError> = everything;

fn everything<T: Real>(value: &Tensor<T>) -> Result<String, StateError> {
    let mut model = Sequential::new()
        .then(Linear::new(1, 1, Key::new(0)).without_bias())
        .then(Linear::from_tensors(value.clone(), None))
        .then(Dropout::new(0.5))
        .then(Unflatten::new([1, 1, 1]))
        .then(Conv2d::new(1, 1, [1; 2], Conv2dOptions::default(), Key::new(0)))
        .then(ConvTranspose2d::new(
            1,
            1,
            [1; 2],
            Conv2dOptions::default(),
            [0; 2],
            Key::new(0),
        ))
        .then(Flatten)
        .then(Sequential::new().then(Activation::Relu));
    let tape = Tape::new();
    let x = model.forward(tape.input(value));
    let mut gradients = Loss::Mse.of(x, x, Reduction::Mean).backward();
    clip_by_global_norm(&mut gradients, 1.0);
    clip_by_value(&mut gradients, 1.0);
    let optimizers: [Box<dyn Optimizer<T>>; 4] = [
        Box::new(Sgd::new(0.1)),
        Box::new(Adam::new(0.1)),
        Box::new(AdamW::new(0.1)),
        Box::new(RmsProp::new(0.1)),
    ];
    for mut optimizer in optimizers {
        optimizer.step(&mut model, &gradients);
        optimizer.load_state(&model, "".as_ref())?;
        optimizer.save_state(&model, "".as_ref())?;
    }
    load_state(&mut model, "")?;
    save_state(&model, "")?;
    Snapshot::of(&model).restore(&mut model);
    Ok(parameters_sha256(&model))
}
