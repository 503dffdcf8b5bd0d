//! Gradient checks: what a rule says, beside central differences.
//!
//! For a function f of some tensors, the gradient of s = Σ wᵢ f(x)ᵢ with fixed weights w is compared, element by
//! element, with (s(x + h) − s(x − h)) / 2h. The weights keep errors from cancelling. The second order does the same
//! to g(x) = Σ vᵢ (∂s/∂x)ᵢ, which only `grad` can compute.

use crate::{Tape, Var};
use latents_tensor::Tensor;
use std::fmt;

/// How exact a check has to be.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    /// The step of the central difference, relative to max(1, |x|).
    pub step: f64,
    /// The largest |expected − got| / max(1, |expected|, |got|).
    pub relative: f64,
}

impl Default for Tolerance {
    /// Step 1e-5, relative error 1e-6.
    fn default() -> Self {
        Self {
            step: 1e-5,
            relative: 1e-6,
        }
    }
}

/// A derivative that differs from the central difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// 1 for the gradient, 2 for the gradient of the gradient.
    pub order: usize,
    /// Which input.
    pub input: usize,
    /// Which element of it, in row-major order.
    pub element: usize,
    /// What the central difference says.
    pub expected: f64,
    /// What the rule says.
    pub got: f64,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            order,
            input,
            element,
            expected,
            got,
        } = self;
        write!(
            f,
            "derivative of order {order}: input {input}, element {element}: expected {expected}, got {got}"
        )
    }
}

impl std::error::Error for Mismatch {}

/// Checks the first derivatives of `f` at `inputs` with the default tolerance.
///
/// ```
/// use latents_autograd::gradcheck;
/// use latents_tensor::Tensor;
/// let x = Tensor::from_slice(&[0.3, -1.2], [2]);
/// gradcheck(|x| x[0].tanh() * x[0], &[x]).unwrap();
/// ```
pub fn gradcheck(
    f: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>,
    inputs: &[Tensor<f64>],
) -> Result<(), Mismatch> {
    gradcheck_with(f, inputs, 1, Tolerance::default())
}

/// Checks the first and the second derivatives of `f` at `inputs` with the default tolerance.
pub fn gradcheck2(
    f: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>,
    inputs: &[Tensor<f64>],
) -> Result<(), Mismatch> {
    gradcheck_with(f, inputs, 2, Tolerance::default())
}

/// Checks the derivatives of `f` at `inputs` up to `order` (1 or 2). `f` may return any shape.
///
/// # Errors
/// The first element whose derivative differs from the central difference by more than the tolerance.
///
/// # Panics
/// If `order` is neither 1 nor 2.
pub fn gradcheck_with(
    f: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>,
    inputs: &[Tensor<f64>],
    order: usize,
    tolerance: Tolerance,
) -> Result<(), Mismatch> {
    check(&f, inputs, order, tolerance)
}

type Function<'f> = dyn for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64> + 'f;

/// [`gradcheck_with`], compiled once for all functions. Inline, as what it calls: functions without type parameters would
/// be compiled into every build of this crate, with all that a tape can record.
#[inline]
fn check(
    f: &Function<'_>,
    inputs: &[Tensor<f64>],
    order: usize,
    tolerance: Tolerance,
) -> Result<(), Mismatch> {
    assert!(
        (1..=2).contains(&order),
        "gradcheck: order {order}; 1 and 2 are possible"
    );
    let first = |inputs: &[Tensor<f64>]| -> f64 {
        let tape = Tape::new();
        weighted(f(&variables(&tape, inputs)), 0).item()
    };
    {
        let tape = Tape::new();
        let xs = variables(&tape, inputs);
        let gradients = weighted(f(&xs), 0).backward();
        let rules = |input: usize| gradients.get(xs[input]).cloned();
        compare(1, inputs, &first, &rules, tolerance)?;
    }
    if order == 2 {
        let second = |inputs: &[Tensor<f64>]| -> f64 {
            let tape = Tape::new();
            let xs = variables(&tape, inputs);
            directional(&tape, f, &xs).item()
        };
        let tape = Tape::new();
        let xs = variables(&tape, inputs);
        let gradients = tape.grad(directional(&tape, f, &xs), &xs);
        compare(
            2,
            inputs,
            &second,
            &|input| Some(gradients[input].value()),
            tolerance,
        )?;
    }
    Ok(())
}

#[inline]
fn variables<'t>(tape: &'t Tape<f64>, inputs: &[Tensor<f64>]) -> Vec<Var<'t, f64>> {
    inputs.iter().map(|input| tape.variable(input)).collect()
}

/// Σ wᵢ yᵢ with fixed weights of different sizes and signs.
#[inline]
fn weighted(y: Var<'_, f64>, shift: usize) -> Var<'_, f64> {
    let weight =
        |i: usize| 0.5 + ((i + shift) * 7919 % 97) as f64 / 97.0 * if i % 3 == 1 { -1.0 } else { 1.0 };
    (y * y.tape().input(&Tensor::from_fn(y.shape(), weight))).sum_all()
}

/// Σ over the inputs of Σ vᵢ (∂s/∂x)ᵢ.
#[inline]
fn directional<'t>(tape: &'t Tape<f64>, f: &Function<'_>, xs: &[Var<'t, f64>]) -> Var<'t, f64> {
    let gradients = tape.grad(weighted(f(xs), 0), xs);
    let parts = gradients
        .into_iter()
        .enumerate()
        .map(|(index, gradient)| weighted(gradient, 31 * (index + 1)));
    parts.fold(tape.scalar(0.0), |sum, part| sum + part)
}

fn compare(
    order: usize,
    inputs: &[Tensor<f64>],
    function: &dyn Fn(&[Tensor<f64>]) -> f64,
    rule: &dyn Fn(usize) -> Option<Tensor<f64>>,
    tolerance: Tolerance,
) -> Result<(), Mismatch> {
    let mut moved = inputs.to_vec();
    for input in 0..inputs.len() {
        let gradient = rule(input).map(|gradient| gradient.to_vec());
        for element in 0..inputs[input].len() {
            let at = inputs[input].to_vec()[element];
            let step = tolerance.step * at.abs().max(1.0);
            let mut value_at = |x: f64| {
                moved[input].make_mut()[element] = x;
                function(&moved)
            };
            let (above, below) = (value_at(at + step), value_at(at - step));
            value_at(at);
            let expected = (above - below) / ((at + step) - (at - step));
            let got = gradient.as_ref().map_or(0.0, |gradient| gradient[element]);
            let scale = expected.abs().max(got.abs()).max(1.0);
            // False for NaN on either side, which is a mismatch.
            let close = (expected - got).abs() <= tolerance.relative * scale;
            if !close {
                return Err(Mismatch {
                    order,
                    input,
                    element,
                    expected,
                    got,
                });
            }
        }
    }
    Ok(())
}
