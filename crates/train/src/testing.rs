//! Gradient checks of models (feature `testing`).
//!
//! The strategies and [`for_all`] are those of `latents_nn::testing`.

use crate::{Batch, Parts, Trainable};
use latents_autograd::{Check, CheckError};
pub use latents_nn::testing::*;
use latents_tensor::Tensor;
use latents_tensor::random::Key;

/// Checks the gradient of every objective with respect to its parameters, of order 1 and 2, for rows (batch, input) in training
/// and in evaluation mode. Random numbers are fixed by the key; stopped gradients are those that the model
/// [declares](Trainable::stops).
///
/// ```
/// use latents_autoencoders::{Family, UndercompleteConfig};
/// use latents_tensor::{Tensor, random::Key};
/// use latents_train::testing::check_model;
/// let model = UndercompleteConfig::new(5, 3).build::<f64>(1)?;
/// let rows: Tensor<f64> = Key::new(2).uniform([4, 5]);
/// check_model(&model, &rows, Key::new(3))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The first wrong derivative, or one that cannot be checked at this point; [`for_all`] draws another point in that case.
pub fn check_model(model: &dyn Trainable<f64>, rows: &Tensor<f64>, key: Key) -> Result<(), CheckError> {
    for objective in 0..model.objectives().len() {
        for training in [true, false] {
            check_objective(model, objective, rows, key, training)?;
        }
    }
    Ok(())
}

fn check_objective(
    model: &dyn Trainable<f64>,
    objective: usize,
    rows: &Tensor<f64>,
    key: Key,
    training: bool,
) -> Result<(), CheckError> {
    let owner = &model.objectives()[objective];
    let frozen = owner.frozen(model);
    let owned = operands(&[], |f| {
        model.visit(&mut |parameter| {
            if owner.owns(parameter.name()) {
                f(parameter);
            }
        });
    });
    let check = Check::new()
        .order(2)
        .key(key)
        .stops(model.stops())
        .training(training);
    check.run(&owned, |tape, _| {
        tape.set_frozen(&frozen);
        model.loss(objective, &Batch::of(tape.input(rows)), &mut Parts::new())
    })
}
