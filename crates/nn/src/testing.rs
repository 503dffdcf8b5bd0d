//! Property-based gradient checks of modules, with the feature `testing`.
//!
//! The strategies come from `latents_autograd::testing`.

use crate::{Module, Parameter};
pub use latents_autograd::testing::*;
use latents_autograd::{Check, CheckError, Operand, Tape, Var};
use latents_tensor::Tensor;
use proptest::prelude::*;
use std::fmt;
use std::sync::Arc;

/// Returns the operands of a gradient check: the inputs, named `input 0`, `input 1`, …, and every unfrozen parameter that `visit`
/// visits, under its own name.
pub fn operands(inputs: &[Tensor<f64>], visit: impl FnOnce(&mut dyn FnMut(&Parameter<f64>))) -> Vec<Operand> {
    let inputs = inputs.iter().enumerate();
    let mut all: Vec<_> = inputs
        .map(|(index, input)| Operand::input(format!("input {index}"), input))
        .collect();
    visit(&mut |parameter| {
        if parameter.is_frozen() {
            return;
        }
        let name: Arc<str> = format!("parameter {}", parameter.name()).into();
        all.push(Operand::parameter(parameter.id(), &name, parameter.value()));
    });
    all
}

/// A module and an input. `Debug` prints the kind of the module, its parameters and the input.
pub struct Case<M> {
    /// The module.
    pub module: M,
    /// Its input; the first axis is the batch.
    pub input: Tensor<f64>,
}

impl<M: Module<f64>> fmt::Debug for Case<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parameters = Vec::new();
        self.module
            .visit(&mut |parameter| parameters.push(format!("{} = {}", parameter.name(), parameter.value())));
        writeln!(f, "{} with {}", self.module.kind(), parameters.join(", "))?;
        write!(f, "on {}", self.input)
    }
}

/// Checks the gradients of random modules at random inputs, of order 1 and 2, with respect to the input and every parameter, in
/// training and in evaluation mode. Noise is the same in every run; `stops` lists the names of gradients that the module
/// stops intentionally ([`Var::stop`]).
///
/// Draw the parameters too: a check at all-zero parameters proves little.
///
/// ```
/// use latents_nn::testing::{Case, check_module, tensors};
/// use latents_nn::{Dropout, Linear, Sequential, Activation};
/// use latents_tensor::random::Key;
/// use proptest::prelude::*;
/// let sizes = (1..4usize, 1..4usize, 0..3usize, any::<u64>());
/// let cases = sizes.prop_flat_map(|(inputs, outputs, rows, seed)| {
///     tensors([rows, inputs], &[-2.0..2.0]).prop_map(move |input| Case {
///         module: Sequential::new()
///             .then(Linear::new(inputs, outputs, Key::new(seed)))
///             .then(Activation::Tanh)
///             .then(Dropout::new(0.5)),
///         input,
///     })
/// });
/// check_module("a layer with dropout", cases, &[]);
/// ```
///
/// # Panics
/// As in [`for_all`].
#[track_caller]
pub fn check_module<M: Module<f64>>(what: &str, cases: impl Strategy<Value = Case<M>>, stops: &[&str]) {
    for_all(what, cases, |case| {
        [true, false]
            .into_iter()
            .try_for_each(|training| check_one(case, stops, training))
    });
}

fn check_one<M: Module<f64>>(case: &Case<M>, stops: &[&str], training: bool) -> Result<(), CheckError> {
    let operands = operands(std::slice::from_ref(&case.input), |f| case.module.visit(f));
    uses_every_parameter(case, training);
    let check = Check::new().order(2).stops(stops).training(training);
    check.run(&operands, |_, x| curved(case.module.forward(x[0])))
}

/// Adds curvature: a linear module has no second derivative, so its second-order rules would not be checked.
fn curved(y: Var<'_, f64>) -> Var<'_, f64> {
    y + y.square() * 0.5
}

/// A parameter that `visit` visits but `forward` does not use would pass every check.
fn uses_every_parameter<M: Module<f64>>(case: &Case<M>, training: bool) {
    let tape = Tape::new();
    tape.set_training(training);
    let gradients = case
        .module
        .forward(tape.variable(&case.input))
        .sum_all()
        .backward();
    case.module.visit(&mut |parameter| {
        assert!(
            parameter.is_frozen() || gradients.of_key(parameter.id()).is_some(),
            "the result does not depend on parameter {}",
            parameter.name()
        );
    });
}
