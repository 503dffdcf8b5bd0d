//! What the gradient check of models finds: stops that a model does not declare, and losses that are not their gradient's.

use latents_autograd::{Reduction, Var};
use latents_nn::{Activation, Linear, Module, Sequential, parts};
use latents_tensor::Tensor;
use latents_tensor::random::Key;
use latents_train::testing::check_model;
use latents_train::{Batch, Objective, Parts, Trainable};

/// How a model stops the gradient of its code.
#[derive(Clone, Copy, PartialEq)]
enum Stopping {
    Nowhere,
    ByDetach,
    ByName,
    ByNameUndeclared,
}

struct Model {
    encoder: Sequential<f64>,
    decoder: Sequential<f64>,
    stopping: Stopping,
}

impl Model {
    fn new(stopping: Stopping) -> Self {
        let key = Key::new(3);
        let mut model = Self {
            encoder: Sequential::new()
                .then(Linear::new(4, 2, key.index(0)))
                .then(Activation::Tanh),
            decoder: Sequential::new().then(Linear::new(2, 4, key.index(1))),
            stopping,
        };
        model.name_parameters("");
        model
    }
}

impl Module<f64> for Model {
    fn forward<'t>(&self, x: Var<'t, f64>) -> Var<'t, f64> {
        self.decoder.forward(self.encoder.forward(x))
    }
    parts! { f64: encoder, decoder }
}

impl Trainable<f64> for Model {
    fn input_dim(&self) -> usize {
        4
    }

    fn stops(&self) -> &'static [&'static str] {
        if self.stopping == Stopping::ByName {
            &["code"]
        } else {
            &[]
        }
    }

    fn loss<'t>(&self, _: usize, batch: &Batch<'t, f64>, parts: &mut Parts<f64>) -> Var<'t, f64> {
        let code = self.encoder.forward(batch.x);
        let held = match self.stopping {
            Stopping::Nowhere => code,
            Stopping::ByDetach => code.detach(),
            Stopping::ByName | Stopping::ByNameUndeclared => code.stop("code"),
        };
        let loss = self.decoder.forward(code).mse(batch.x, Reduction::Mean) + (code * held).mean_all();
        parts.add("reconstruction", loss);
        loss
    }
}

fn rows() -> Tensor<f64> {
    Key::new(1).uniform([3, 4])
}

#[test]
fn only_declared_stops_pass() {
    let check = |stopping| check_model(&Model::new(stopping), &rows(), Key::new(2));
    assert!(check(Stopping::Nowhere).is_ok());
    assert!(check(Stopping::ByName).is_ok());
    let message = check(Stopping::ByDetach).unwrap_err().to_string();
    assert!(message.contains("encoder.0.weight"), "{message}");
    let message = check(Stopping::ByNameUndeclared).unwrap_err().to_string();
    assert!(message.contains("code"), "{message}");
}

#[test]
fn an_objective_owns_the_parameters_of_its_prefixes() {
    let objective = Objective::new("decoder", &["decoder."]);
    assert!(objective.owns("decoder.0.weight") && !objective.owns("encoder.0.weight"));
    assert!(!objective.owns("my.decoder.0.weight"));
}
