//! Where we differ from PyTorch 2.15 by design, and why.

use super::Quantity::{self, Gradient, Second, Value};
use std::fmt;

/// Elements of a quantity in which expressions differ from PyTorch.
pub(crate) struct Difference {
    expressions: &'static [&'static str],
    quantities: &'static [Quantity],
    /// Whether it applies, from the operands' elements (where the expression goes element by element), our result and PyTorch's.
    applies: fn(&[f64], f64, f64) -> bool,
    reason: &'static str,
}

impl Difference {
    pub(crate) fn explains(
        &self,
        expression: &str,
        quantity: Quantity,
        x: &[f64],
        got: f64,
        expected: f64,
    ) -> bool {
        self.expressions.contains(&expression)
            && self.quantities.contains(&quantity)
            && (self.applies)(x, got, expected)
    }
}

impl fmt::Debug for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} of {:?} ({})",
            self.quantities, self.expressions, self.reason
        )
    }
}

const fn differ(
    expressions: &'static [&'static str],
    quantities: &'static [Quantity],
    applies: fn(&[f64], f64, f64) -> bool,
    reason: &'static str,
) -> Difference {
    Difference {
        expressions,
        quantities,
        applies,
        reason,
    }
}

/// Equal but for digits that one of them has lost.
fn near(got: f64, expected: f64) -> bool {
    (got - expected).abs() <= 1e-6 * expected.abs()
}

/// Terms of about 1 that cancel.
fn rounding(got: f64, expected: f64) -> bool {
    (got - expected).abs() <= 1e-15
}

/// Equal but for the 10⁻¹² that PyTorch adds to a divisor.
fn near_divisor(got: f64, expected: f64) -> bool {
    (got - expected).abs() <= 1e-10 * expected.abs() + 1e-10
}

pub(crate) const DIFFERENCES: &[Difference] = &[
    differ(
        &["sigmoid", "silu", "softplus"],
        &[Gradient, Second],
        |_, got, expected| near(got, expected),
        "y(1 − y) of a rounded y, which has other digits in PyTorch",
    ),
    differ(
        &["softplus"],
        &[Second],
        |x, got, expected| x[0] == 20.0 && got != 0.0 && expected == 0.0,
        "PyTorch's softplus is linear from 20 on",
    ),
    differ(
        &["expm1"],
        &[Gradient, Second],
        |x, got, expected| x[0] < -30.0 && got != 0.0 && expected == 0.0,
        "ours is eˣ, PyTorch's y + 1",
    ),
    differ(
        &["elu(0.5)"],
        &[Gradient, Second],
        |x, got, _| x[0].is_nan() && got.is_nan(),
        "NaN has no gradient; PyTorch passes it",
    ),
    differ(
        &["elu(0.5)"],
        &[Second],
        |x, _, expected| x[0] == 0.0 && expected == 0.0,
        "ours is the derivative from below",
    ),
    differ(
        &["gelu", "powf(2.5)"],
        &[Second],
        |x, got, expected| x[0].abs() >= 1e300 && !got.is_nan() && expected.is_nan(),
        "PyTorch multiplies 0 with ∞ on the way",
    ),
    differ(
        &["powf(0)", "pow"],
        &[Gradient, Second],
        |x, got, expected| x[0].is_nan() && got.is_nan() && expected == 0.0,
        "0 · aᵇ⁻¹ where a is NaN",
    ),
    differ(
        &["pow"],
        &[Second],
        |x, _, _| x[1] == 0.0,
        "PyTorch takes aᵇ for constant at b = 0, where its slope changes with b at the rate 1/a",
    ),
    differ(
        &["pow"],
        &[Second],
        |x, got, expected| x[0] == 0.0 && (got.is_nan() || expected.is_nan()),
        "0 · ∞ at a = 0, in another order",
    ),
    differ(
        &["variance(-1)", "variance(-1) unbiased"],
        &[Gradient],
        |_, got, expected| got.is_nan() && expected.is_infinite(),
        "a deviation from an infinite mean",
    ),
    differ(
        &[
            "variance(-1)",
            "variance(-1) unbiased",
            "standard_deviation(-1)",
            "standard_deviation(-1) unbiased",
        ],
        &[Gradient, Second],
        |_, got, expected| rounding(got, expected),
        "rounded terms that cancel",
    ),
    differ(
        &[
            "norm(-1)",
            "standard_deviation(-1)",
            "standard_deviation(-1) unbiased",
        ],
        &[Value, Gradient, Second],
        |_, got, expected| got != 0.0 && expected == 0.0,
        "PyTorch's squares over- or underflow",
    ),
    differ(
        &["norm(-1)"],
        &[Second],
        |_, got, expected| got == 0.0 && expected.is_nan(),
        "the derivatives of the gradient at 0 are 0, as it is itself",
    ),
    differ(
        &["logsumexp(-1)"],
        &[Gradient],
        |_, got, expected| got.is_nan() && expected == 0.0,
        "NaN throughout where the largest element is infinite, as softmax is in PyTorch too",
    ),
    differ(
        &["logsumexp(-1)", "log_softmax(-1)", "cross_entropy mean"],
        &[Value, Gradient, Second],
        |_, got, expected| near(got, expected) || rounding(got, expected),
        "PyTorch loses digits in x − ln Σ eˣ, and in softmax as the exponential of its rounded logarithm",
    ),
    differ(
        &["binary_cross_entropy", "bce sum", "bce mean", "bce batch mean"],
        &[Second],
        |_, got, expected| near_divisor(got, expected),
        "PyTorch adds 10⁻¹² to the divisor, from which the first derivative was held away",
    ),
    differ(
        &["binary_cross_entropy"],
        &[Second],
        |x, _, _| x[0].min(1.0 - x[0]) < 1e-12,
        "the second derivative where logarithms and divisors are held",
    ),
    differ(
        &["binary_cross_entropy"],
        &[Gradient],
        |x, _, _| x[0] < 1e-43,
        "by the target, ours is that of the held logarithm; PyTorch's is not held",
    ),
    differ(
        &["binary_cross_entropy_with_logits"],
        &[Value],
        |x, got, expected| x[0] == f64::NEG_INFINITY && got == f64::INFINITY && expected.is_nan(),
        "PyTorch multiplies 0 with ∞ on the way",
    ),
    differ(
        &["binary_cross_entropy_with_logits"],
        &[Value, Gradient],
        |x, got, expected| x[0].abs() >= 16.0 && (near(got, expected) || got != 0.0 && expected == 0.0),
        "PyTorch loses a tail in a difference",
    ),
];
