//! What batches carry: targets, masks, conditions and weights reach the model that reads them, and no other.

use latents_autograd::Var;
use latents_nn::{Linear, Module, SgdConfig, parts};
use latents_tensor::Tensor;
use latents_tensor::random::Key;
use latents_train::{Batch, Examples, Fields, Parts, Trainable, Trainer, TrainerConfig};

/// Least squares of the target, weighed by row.
struct Regression {
    layer: Linear,
    fields: Fields,
}

impl Regression {
    fn new(fields: Fields) -> Self {
        let mut model = Self {
            layer: Linear::new(3, 2, Key::new(1)),
            fields,
        };
        model.name_parameters("");
        model
    }
}

impl Module for Regression {
    fn forward<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.layer.forward(x)
    }
    parts! { f32: layer }
}

impl Trainable for Regression {
    fn input_dim(&self) -> usize {
        3
    }
    fn reads(&self) -> Fields {
        self.fields
    }
    fn loss<'t>(&self, _: usize, batch: &Batch<'t>, parts: &mut Parts) -> Var<'t> {
        let errors = (self.forward(batch.x) - batch.prediction_target()).square();
        let weighed = batch.weight.map_or(errors, |weight| errors * weight);
        let loss = weighed.sum_all() * errors.lit(1.0 / batch.rows() as f64);
        parts.add("squares", loss);
        loss
    }
}

fn options() -> TrainerConfig {
    TrainerConfig::default()
        .epochs(200)
        .batch_size(7)
        .optimizer(SgdConfig::default().learning_rate(0.1))
}

#[test]
fn a_target_and_weights_are_learned_from() {
    let x: Tensor = Key::new(2).normal([40, 3]);
    let truth: Tensor = Key::new(3).normal([3, 2]);
    let target = x.matmul(&truth);
    // Half of the rows have a wrong target, and no weight.
    let wrong = Tensor::from_fn([40, 2], |i| {
        if i / 2 % 2 == 0 {
            target.at(&[i / 2, i % 2])
        } else {
            9.0
        }
    });
    let weight = Tensor::from_fn([40, 1], |row| if row % 2 == 0 { 1.0 } else { 0.0 });
    let examples = Examples {
        target: Some(&wrong),
        weight: Some(&weight),
        ..Examples::from(&x)
    };
    let mut model = Regression::new(Fields {
        target: true,
        weight: true,
        ..Fields::NONE
    });
    let fitted = Trainer::new(options()).fit(&mut model, examples);
    assert!(fitted.unwrap().epochs[199].train_loss < 1e-4);
    let learned = model.layer.weight().value().transpose();
    assert!(learned.allclose(&truth, 1e-2, 1e-2), "{learned} {truth}");
}

#[test]
fn tables_that_a_model_would_ignore_are_refused() {
    let x: Tensor = Key::new(2).normal([10, 3]);
    let (target, short) = (x.narrow(1, 0, 2), x.narrow(0, 0, 9));
    let refused = |fields: Fields, examples: Examples<'_>| {
        let mut model = Regression::new(fields);
        let fitted = Trainer::new(options()).fit(&mut model, examples);
        fitted.unwrap_err().to_string()
    };
    let with_target = Examples {
        target: Some(&target),
        ..Examples::from(&x)
    };
    assert_eq!(
        refused(Fields::NONE, with_target),
        "target is given: the model does not use it; leave it out"
    );
    let reads = Fields {
        target: true,
        weight: true,
        ..Fields::NONE
    };
    let too_short = Examples {
        target: Some(&short),
        ..with_target
    };
    assert_eq!(
        refused(reads, too_short),
        "target is 9 rows: must have as many rows as the inputs, 10"
    );
    let wide = Examples {
        weight: Some(&target),
        ..with_target
    };
    assert_eq!(refused(reads, wide), "weight is 2 columns: must have one column");
}

/// A frozen parameter keeps its value, and the others learn.
#[test]
fn frozen_parameters_stay() {
    let x: Tensor = Key::new(2).normal([20, 3]);
    let target = x.narrow(1, 0, 2);
    let mut model = Regression::new(Fields {
        target: true,
        ..Fields::NONE
    });
    model.visit_mut(&mut |parameter| {
        if parameter.name().ends_with("bias") {
            parameter.value_mut().make_mut().fill(0.25);
            parameter.set_frozen(true);
        }
    });
    let before = model.layer.weight().value().clone();
    let examples = Examples {
        target: Some(&target),
        ..Examples::from(&x)
    };
    Trainer::new(options()).fit(&mut model, examples).unwrap();
    assert_eq!(model.layer.bias().unwrap().value().to_vec(), [0.25, 0.25]);
    assert_ne!(*model.layer.weight().value(), before);
}
