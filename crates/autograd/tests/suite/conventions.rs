//! What the rows promise where a gradient check cannot look: at ties, at kinks, at NaN, and where a logarithm or a division would
//! not be finite. Nearly all of it is what PyTorch 2.15 does; `torch.rs` compares both, and `torch/differences.rs` lists the others:
//! the target's gradient of a cross entropy, and the mixed derivative of a power.

use latents_autograd::catalogue::{Entry, pointwise};
use latents_autograd::{Tape, Var};
use latents_tensor::Tensor;
use latents_testing::Tolerance;

/// A row at a point, and the gradient of each operand that has one.
pub(crate) struct Convention {
    pub(crate) method: &'static str,
    pub(crate) at: &'static [f64],
    pub(crate) gradients: &'static [f64],
    /// The mixed derivative by the first operand and the second.
    pub(crate) mixed: Option<f64>,
}

const fn at(method: &'static str, at: &'static [f64], gradients: &'static [f64]) -> Convention {
    Convention {
        method,
        at,
        gradients,
        mixed: None,
    }
}

const fn mixed(
    method: &'static str,
    at: &'static [f64],
    gradients: &'static [f64],
    mixed: f64,
) -> Convention {
    Convention {
        method,
        at,
        gradients,
        mixed: Some(mixed),
    }
}

/// The gradient of the result, which no rule may take for 1.
const SEED: f64 = 1.75;

/// What the divisor of a binary cross entropy's gradient is clamped to.
const LEAST: f64 = 1e-12f32 as f64;

pub(crate) const CONVENTIONS: &[Convention] = &[
    // No slope at the corner.
    at("abs", &[0.0], &[0.0]),
    at("abs", &[f64::NAN], &[0.0]),
    at("relu", &[0.0], &[0.0]),
    at("relu", &[f64::NAN], &[1.0]),
    at("absolute_error", &[f64::NAN, 1.0], &[0.0, 0.0]),
    at("absolute_error", &[1.0, f64::NAN], &[0.0, 0.0]),
    at("absolute_error", &[0.3, 0.3], &[0.0, 0.0]),
    at("absolute_error", &[0.5, 1.5], &[-1.0, 1.0]),
    at("absolute_error", &[-0.5, -1.5], &[1.0, -1.0]),
    at("absolute_error", &[2.5, 2.0], &[1.0, -1.0]),
    at("absolute_error", &[2.0, 2.5], &[-1.0, 1.0]),
    // A tie shares; no operand is preferred for its sign. NaN comes from either.
    at("maximum", &[f64::NAN, 1.5], &[1.0, 1.0]),
    at("maximum", &[1.5, f64::NAN], &[1.0, 1.0]),
    at("minimum", &[f64::NAN, 1.5], &[1.0, 1.0]),
    at("minimum", &[1.5, f64::NAN], &[1.0, 1.0]),
    at("maximum", &[1.5, 1.5], &[0.5, 0.5]),
    at("maximum", &[0.5, 1.5], &[0.0, 1.0]),
    at("maximum", &[1.5, 0.5], &[1.0, 0.0]),
    at("maximum", &[-0.5, -1.5], &[1.0, 0.0]),
    at("maximum", &[-1.5, -0.5], &[0.0, 1.0]),
    at("maximum", &[2.5, 2.0], &[1.0, 0.0]),
    at("maximum", &[2.0, 2.5], &[0.0, 1.0]),
    at("minimum", &[1.5, 1.5], &[0.5, 0.5]),
    at("minimum", &[0.5, 1.5], &[1.0, 0.0]),
    at("minimum", &[1.5, 0.5], &[0.0, 1.0]),
    at("minimum", &[-0.5, -1.5], &[0.0, 1.0]),
    at("minimum", &[-1.5, -0.5], &[1.0, 0.0]),
    at("minimum", &[2.5, 2.0], &[0.0, 1.0]),
    at("minimum", &[2.0, 2.5], &[1.0, 0.0]),
    // Huber's two pieces have one slope where they meet.
    at("huber_error", &[1.5, 0.5, 1.0], &[1.0, -1.0]),
    at("huber_error", &[-0.5, 0.5, 1.0], &[-1.0, 1.0]),
    // Powers of 0 and of what is so small that its reciprocal overflows.
    at("pow", &[0.0, 0.0], &[0.0, 0.0]),
    at("pow", &[0.0, 1.0], &[1.0, 0.0]),
    at("pow", &[0.0, 2.0], &[0.0, 0.0]),
    at("pow", &[0.0, -1.0], &[f64::NEG_INFINITY, f64::NEG_INFINITY]),
    at("pow", &[1e-320, 0.0], &[0.0, -736.8272408909739]),
    at("pow", &[-1e-320, 0.0], &[0.0, f64::NAN]),
    at("pow", &[1e-320, -1.0], &[f64::NEG_INFINITY, f64::NEG_INFINITY]),
    at("pow", &[-2.0, 3.0], &[12.0, f64::NAN]),
    // The slope of aᵇ is 0 at b = 0, and changes with b at the rate 1/a.
    mixed("pow", &[4.0, 0.0], &[0.0, 1.3862943611198906], 0.25),
    mixed("pow", &[0.5, 0.0], &[0.0, -std::f64::consts::LN_2], 2.0),
    mixed("pow", &[-2.0, 0.0], &[0.0, f64::NAN], f64::NAN),
    mixed("pow", &[-0.5, 0.0], &[0.0, f64::NAN], f64::NAN),
    // Logarithms are clamped to −100, and the divisor to 10⁻¹². The mixed derivative by prediction and target is that of the
    // prediction's gradient one way, and of the clamped logarithms the other: −1 where one of them is constant.
    mixed(
        "binary_cross_entropy",
        &[0.0, 0.5],
        &[-0.5 / LEAST, 100.0],
        -1.0 / LEAST,
    ),
    mixed(
        "binary_cross_entropy",
        &[1.0, 0.5],
        &[0.5 / LEAST, -100.0],
        -1.0 / LEAST,
    ),
    at("binary_cross_entropy", &[0.0, 0.0], &[0.0, 100.0]),
    at("binary_cross_entropy", &[1.0, 1.0], &[0.0, -100.0]),
    at("binary_cross_entropy", &[1e-50, 0.5], &[-0.5 / LEAST, 100.0]),
    // The derivative keeps its digits in both tails, and is continuous at 0.
    mixed(
        "binary_cross_entropy_with_logits",
        &[40.0, 1.0],
        &[-4.248354255291589e-18, -40.0],
        -1.0,
    ),
    mixed(
        "binary_cross_entropy_with_logits",
        &[-40.0, 0.0],
        &[4.248354255291589e-18, 40.0],
        -1.0,
    ),
    mixed(
        "binary_cross_entropy_with_logits",
        &[0.0, 0.25],
        &[0.25, 0.0],
        -1.0,
    ),
    mixed(
        "binary_cross_entropy_with_logits",
        &[-0.0, 0.25],
        &[0.25, 0.0],
        -1.0,
    ),
    // eˣ, not 1 + (eˣ − 1).
    at("expm1", &[-40.0], &[4.248354255291589e-18]),
    // The density is exact where a rounded square would be 30 units off.
    at("erf", &[8.0], &[1.8097067968558261e-28]),
    at("erfc", &[8.0], &[-1.8097067968558261e-28]),
    at("normal_cdf", &[-9.0], &[1.0279773571668917e-18]),
    at("normal_pdf", &[-9.0], &[9.251796214502026e-18]),
    // A mask that is not 0 chooses, whatever its sign.
    at("choose", &[-1.0, 2.0, 3.0], &[1.0, 0.0]),
];

impl Convention {
    /// Whether a sweep that starts with the gradient [`SEED`] gives these gradients, in the order of the operands that have
    /// one, and then the mixed derivative.
    pub(crate) fn is_kept(&self, derivatives: &[f64]) -> bool {
        let near = |(&got, expected): (&f64, f64)| Tolerance::relative(1e-7).is_near(got, expected);
        let expected = self
            .gradients
            .iter()
            .copied()
            .chain(self.mixed)
            .map(|derivative| derivative * SEED);
        derivatives.iter().zip(expected).all(near)
    }

    /// The derivatives that the recorded rule of `f` gives here.
    pub(crate) fn recorded(
        &self,
        entry: &Entry,
        f: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>,
    ) -> Vec<f64> {
        let tape = Tape::new();
        let x: Vec<_> = self
            .at
            .iter()
            .map(|&x| tape.variable(&Tensor::scalar(x)))
            .collect();
        let gradients = tape.grad(f(&x) * SEED, &x);
        let mixed = self.mixed.map(|_| tape.grad(gradients[0], &[x[1]])[0].item());
        entry
            .ruled
            .iter()
            .map(|&place| gradients[place].item())
            .chain(mixed)
            .collect()
    }
}

pub(crate) fn conventions_of(entry: &Entry) -> impl Iterator<Item = &'static Convention> {
    let method = entry.method;
    CONVENTIONS
        .iter()
        .filter(move |convention| convention.method == method)
}

#[test]
fn rows_keep_their_conventions_in_both_sweeps() {
    let mut kept = 0;
    for entry in pointwise().into_iter().flatten() {
        for convention in conventions_of(entry) {
            let recorded = convention.recorded(entry, entry.double);
            assert!(
                convention.is_kept(&recorded),
                "{}{:?}: {recorded:?} by grad",
                entry.method,
                convention.at
            );
            let tape = Tape::new();
            let x: Vec<_> = convention
                .at
                .iter()
                .map(|&x| tape.variable(&Tensor::scalar(x)))
                .collect();
            let gradients = ((entry.double)(&x) * SEED).backward();
            let gradient = |&place: &usize| gradients.get(x[place]).map_or(0.0, Tensor::item);
            let fused: Vec<f64> = entry.ruled.iter().map(gradient).collect();
            assert!(
                convention.is_kept(&fused),
                "{}{:?}: {fused:?} by backward",
                entry.method,
                convention.at
            );
            kept += 1;
        }
    }
    assert_eq!(
        kept,
        CONVENTIONS.len(),
        "a convention names a row that does not exist"
    );
}
