//! Gradient checks: derivative rules compared with finite differences.
//!
//! For a function f of some tensors, the gradient of s = Σ wᵢ f(x)ᵢ with fixed weights w is compared, element by element, with
//! the difference quotient of s ([`difference`]). The weights keep errors from cancelling. The second order does the same with
//! g(x) = Σ vᵢ (∂s/∂x)ᵢ, which only `grad` can compute.
//!
//! Every run of f gets its own tape with the same random key, so noise is the same; discrete choices and declared stops keep the
//! values of the base point ([`crate::held`]).

mod compare;
mod difference;
mod error;

pub use error::{CheckError, Place, Tolerance};

use crate::held::{Entry, Holding, recorded};
use crate::{Tape, Var};
use compare::{Number, compare};
use latents_tensor::Tensor;
use latents_tensor::random::Key;
use std::rc::Rc;
use std::sync::Arc;

/// A tensor that a check differentiates by: an input or a parameter.
#[derive(Clone, Debug)]
pub struct Operand {
    name: Arc<str>,
    key: Option<u64>,
    value: Tensor<f64>,
}

impl Operand {
    /// Creates an operand that is passed to the function.
    pub fn input(name: impl Into<Arc<str>>, value: &Tensor<f64>) -> Self {
        Self {
            name: name.into(),
            key: None,
            value: value.clone(),
        }
    }

    /// Creates a parameter, which the function gets from the tape by its key ([`Tape::keyed_leaf`]), with the value of the check.
    ///
    /// ```
    /// # use latents_autograd::{Check, Operand}; use latents_tensor::Tensor;
    /// let (name, value) = ("weight".into(), Tensor::scalar(3.0));
    /// let weight = Operand::parameter(1, &name, &value);
    /// Check::new().run(&[weight], |tape, _| tape.keyed_leaf(1, &name, &value).square()).unwrap();
    /// ```
    pub fn parameter(key: u64, name: &Arc<str>, value: &Tensor<f64>) -> Self {
        Self {
            name: name.clone(),
            key: Some(key),
            value: value.clone(),
        }
    }

    fn on<'t>(&self, tape: &'t Tape<f64>) -> Var<'t, f64> {
        match self.key {
            Some(key) => tape.keyed_leaf(key, &self.name, &self.value),
            None => tape.variable(&self.value),
        }
    }
}

/// A gradient check of any function of tensors, with options for order, tolerance, noise and stopped gradients.
///
/// ```
/// use latents_autograd::{Check, Operand};
/// use latents_tensor::Tensor;
/// let x = Operand::input("x", &Tensor::from_slice(&[0.3, -1.2], [2]));
/// // Noise is drawn from the tape's key, which is the same in every run.
/// let noisy = Check::new().order(2).run(&[x], |tape, x| {
///     let noise = tape.input(&tape.next_key().normal([2]));
///     (x[0] + noise).tanh()
/// });
/// assert!(noisy.is_ok());
/// ```
#[derive(Clone, Debug)]
pub struct Check<'c> {
    order: usize,
    tolerance: Tolerance,
    key: Key,
    training: bool,
    stops: &'c [&'c str],
}

impl Default for Check<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'c> Check<'c> {
    /// Creates a check of order 1 in training mode, with the default tolerance, the key of seed 0 and no stopped gradients.
    pub fn new() -> Self {
        Self {
            order: 1,
            tolerance: Tolerance::default(),
            key: Key::new(0),
            training: true,
            stops: &[],
        }
    }

    /// Sets the highest order of derivatives, 1 or 2.
    ///
    /// # Panics
    /// If `order` is not 1 or 2.
    #[must_use]
    #[track_caller]
    pub fn order(mut self, order: usize) -> Self {
        assert!(
            (1..=2).contains(&order),
            "gradient check: order {order}; 1 and 2 are possible"
        );
        self.order = order;
        self
    }

    /// Sets the tolerance.
    ///
    /// ```
    /// # use latents_autograd::{Check, Operand, Tolerance}; use latents_tensor::Tensor;
    /// let x = [Operand::input("x", &Tensor::scalar(0.3))];
    /// let check = Check::new().tolerance(Tolerance { relative: 1e-4, ..Tolerance::default() });
    /// check.run(&x, |_, x| x[0].exp()).unwrap();
    /// ```
    #[must_use]
    pub fn tolerance(mut self, tolerance: Tolerance) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Sets the random key of every run's tape.
    #[must_use]
    pub fn key(mut self, key: Key) -> Self {
        self.key = key;
        self
    }

    /// Selects training mode (the default) or evaluation mode.
    #[must_use]
    pub fn training(mut self, training: bool) -> Self {
        self.training = training;
        self
    }

    /// Declares the stops ([`Var::stop`]) that the function makes intentionally: their values are held at the base point.
    #[must_use]
    pub fn stops(mut self, names: &'c [&'c str]) -> Self {
        self.stops = names;
        self
    }

    /// Checks `f` at `operands`. `f` is called many times with a tape and the operands as its leaves, and may return any shape.
    ///
    /// # Errors
    /// The first wrong derivative; otherwise the first that could not be checked at this point, with the reason.
    pub fn run(
        &self,
        operands: &[Operand],
        f: impl for<'t> Fn(&'t Tape<f64>, &[Var<'t, f64>]) -> Var<'t, f64>,
    ) -> Result<(), CheckError> {
        self.run_dyn(operands, &f)
    }

    /// Implements [`Check::run`], compiled once for all functions.
    fn run_dyn(&self, operands: &[Operand], f: &Function<'_>) -> Result<(), CheckError> {
        let first = self.first(operands, f)?;
        let second = match self.order {
            2 => self.second(operands, f)?,
            _ => None,
        };
        first.or(second).map_or(Ok(()), Err)
    }

    /// Checks order 1 by both sweeps. Returns an error about the point as a value, and one about the rule or the function as
    /// `Err`.
    fn first(&self, operands: &[Operand], f: &Function<'_>) -> Result<Option<CheckError>, CheckError> {
        let held = {
            let tape = self.tape(Holding::Record(Vec::new()));
            f(&tape, &put(&tape, operands));
            self.held(&tape)?
        };
        let value = |operands: &[Operand]| {
            let tape = self.tape(Holding::Replay(held.clone(), 0));
            weighted(f(&tape, &put(&tape, operands)), 0).number()
        };
        let claims = |operands: &[Operand]| {
            let tape = self.tape(Holding::Replay(held.clone(), 0));
            let leaves = put(&tape, operands);
            let s = weighted(f(&tape, &leaves), 0).sum;
            tape.holding.replace(Holding::Off);
            let fused = s.backward();
            let fused = leaves.iter().map(|&leaf| match fused.get(leaf) {
                Some(gradient) => gradient.to_vec(),
                None => vec![0.0; leaf.len()],
            });
            vec![
                ("backward", fused.collect()),
                ("grad", values(&tape.grad(s, &leaves))),
            ]
        };
        compare(1, operands, &value, &claims, self.tolerance)
    }

    /// Checks order 2: the gradient of a directional derivative.
    fn second(&self, operands: &[Operand], f: &Function<'_>) -> Result<Option<CheckError>, CheckError> {
        let held = {
            let tape = self.tape(Holding::Record(Vec::new()));
            directional(&tape, f, &put(&tape, operands));
            self.held(&tape)?
        };
        let value = |operands: &[Operand]| {
            let tape = self.tape(Holding::Replay(held.clone(), 0));
            directional(&tape, f, &put(&tape, operands)).number()
        };
        let claims = |operands: &[Operand]| {
            let tape = self.tape(Holding::Replay(held.clone(), 0));
            let leaves = put(&tape, operands);
            let g = directional(&tape, f, &leaves).sum;
            tape.holding.replace(Holding::Off);
            vec![("grad", values(&tape.grad(g, &leaves)))]
        };
        compare(2, operands, &value, &claims, self.tolerance)
    }

    fn tape(&self, holding: Holding) -> Tape<f64> {
        let tape = Tape::new();
        tape.set_key(self.key);
        tape.set_training(self.training);
        tape.holding.replace(holding);
        tape
    }

    /// Returns the values held at the base point, or an error for an undeclared stop.
    fn held(&self, tape: &Tape<f64>) -> Result<Rc<[Entry]>, CheckError> {
        let held = recorded(&tape.holding);
        let stray = held
            .iter()
            .find(|entry| entry.stop && !self.stops.contains(&entry.name));
        match stray {
            Some(entry) => Err(CheckError::Undeclared { name: entry.name }),
            None => Ok(held),
        }
    }
}

type Function<'f> = dyn for<'t> Fn(&'t Tape<f64>, &[Var<'t, f64>]) -> Var<'t, f64> + 'f;

/// A sum on a tape, with its summands, whose size determines the rounding error.
struct Sum<'t> {
    sum: Var<'t, f64>,
    parts: Vec<Var<'t, f64>>,
}

impl Sum<'_> {
    fn number(&self) -> Number {
        let sizes = |part: &Var<'_, f64>| part.value().to_vec().iter().map(|x| x.abs()).sum::<f64>();
        Number {
            value: self.sum.item(),
            magnitude: self.parts.iter().map(sizes).sum(),
        }
    }
}

fn put<'t>(tape: &'t Tape<f64>, operands: &[Operand]) -> Vec<Var<'t, f64>> {
    operands.iter().map(|operand| operand.on(tape)).collect()
}

fn values(gradients: &[Var<'_, f64>]) -> Vec<Vec<f64>> {
    gradients
        .iter()
        .map(|gradient| gradient.value().to_vec())
        .collect()
}

/// Σ wᵢ yᵢ with fixed weights of different sizes and signs.
fn weighted(y: Var<'_, f64>, shift: usize) -> Sum<'_> {
    let weight =
        |i: usize| 0.5 + ((i + shift) * 7919 % 97) as f64 / 97.0 * if i % 3 == 1 { -1.0 } else { 1.0 };
    let part = y * y.tape().input(&Tensor::from_fn(y.shape(), weight));
    Sum {
        sum: part.sum_all(),
        parts: vec![part],
    }
}

/// Σ over the operands of Σ vᵢ (∂s/∂x)ᵢ.
fn directional<'t>(tape: &'t Tape<f64>, f: &Function<'_>, leaves: &[Var<'t, f64>]) -> Sum<'t> {
    let s = weighted(f(tape, leaves), 0);
    let gradients = tape.grad(s.sum, leaves);
    let parts = gradients
        .into_iter()
        .enumerate()
        .map(|(index, gradient)| weighted(gradient, 31 * (index + 1)));
    // Terms that cancel in the gradient had the size of what was differentiated.
    let nothing = Sum {
        sum: tape.scalar(0.0),
        parts: s.parts,
    };
    parts.fold(nothing, |all, part| Sum {
        sum: all.sum + part.sum,
        parts: [all.parts, part.parts].concat(),
    })
}

/// Checks the first derivatives of `f` at `inputs` with the default tolerance.
///
/// ```
/// use latents_autograd::gradcheck;
/// use latents_tensor::Tensor;
/// let x = Tensor::from_slice(&[0.3, -1.2], [2]);
/// gradcheck(|x| x[0].tanh() * x[0], &[x]).unwrap();
/// ```
///
/// # Errors
/// As in [`Check::run`].
pub fn gradcheck(
    f: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>,
    inputs: &[Tensor<f64>],
) -> Result<(), CheckError> {
    Check::new().run(&numbered(inputs), |_, x| f(x))
}

/// Checks the first and second derivatives of `f` at `inputs` with the default tolerance.
///
/// ```
/// # use latents_autograd::gradcheck2; use latents_tensor::Tensor;
/// gradcheck2(|x| x[0].tanh(), &[Tensor::from_slice(&[0.3, -1.2], [2])]).unwrap();
/// ```
///
/// # Errors
/// As in [`Check::run`].
pub fn gradcheck2(
    f: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>,
    inputs: &[Tensor<f64>],
) -> Result<(), CheckError> {
    Check::new().order(2).run(&numbered(inputs), |_, x| f(x))
}

/// Names operands `input 0`, `input 1`, …
pub(crate) fn numbered(inputs: &[Tensor<f64>]) -> Vec<Operand> {
    let named = |(index, input)| Operand::input(format!("input {index}"), input);
    inputs.iter().enumerate().map(named).collect()
}
