//! Where we differ from PyTorch 2.15 by design, why, and which number is right.

use super::Quantity::{self, Gradient, Second, Value};
use super::reference::Case;
use super::{C, V};
use latents_tensor::Algebra;
use latents_testing::Tolerance;
use std::fmt;

/// One number of a case.
pub(crate) struct Place {
    expression: &'static str,
    quantity: Quantity,
    index: usize,
    /// The operands' elements at this place where the expression goes element by element, or the row that the number is of; else
    /// nothing.
    x: Vec<f64>,
    /// What the derivative of an element is multiplied with.
    weight: f64,
    torch: f64,
    exact: Option<f64>,
}

impl Place {
    pub(crate) fn of(case: &Case, quantity: Quantity, index: usize, torch: f64) -> Self {
        let length = case.operands[0].values.len();
        let plain = case.operands.iter().all(|operand| operand.views.is_empty());
        let results = case.expected[0].len();
        let even = case.operands.iter().all(|operand| operand.values.len() == length);
        let last = case.operands[0].shape.last().copied().unwrap_or(1).max(1);
        let order = quantity as usize;
        let x = if plain && even && length == results && length > 0 && !is_of_rows(case.expression) {
            let element = index % length;
            case.operands
                .iter()
                .map(|operand| operand.values[element])
                .collect()
        } else if plain && case.operands.len() == 1 && case.expression.ends_with("(0)") {
            case.operands[0]
                .values
                .iter()
                .skip(index % last)
                .step_by(last)
                .copied()
                .collect()
        } else if plain && case.operands.len() == 1 {
            let row = match quantity {
                Value if results * last == length => index,
                _ => index / last,
            };
            case.operands[0]
                .values
                .chunks(last)
                .nth(row)
                .unwrap_or_default()
                .to_vec()
        } else {
            Vec::new()
        };
        let element = index % length.max(1);
        Self {
            expression: case.expression,
            quantity,
            index,
            x,
            weight: [1.0, C[element % 5], C[element % 5] * V[element % 4]][order],
            torch,
            exact: case.exact.as_ref().and_then(|exact| exact[order][index]),
        }
    }

    fn is_at(&self, number: f64) -> bool {
        self.x.first() == Some(&number)
    }

    fn has(&self, property: impl Fn(f64) -> bool) -> bool {
        self.x.iter().any(|&x| property(x))
    }
}

pub(crate) fn is_of_rows(expression: &str) -> bool {
    [
        "variance",
        "standard",
        "norm",
        "logsum",
        "softmax",
        "log_softmax",
        "cross",
        "topk",
        "keep",
        "cumsum",
        "sort",
    ]
    .iter()
    .any(|start| expression.starts_with(start))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            quantity,
            index,
            x,
            torch,
            exact,
            ..
        } = self;
        write!(
            f,
            "PyTorch's {torch:e}, {quantity:?} {index} at {x:?}; exact {exact:?}"
        )
    }
}

/// The number that is right in place of PyTorch's.
enum Right {
    /// That of mpmath.
    Exact(Tolerance),
    /// This one, which may depend on the place; up to rounding.
    Is(fn(&Place) -> f64),
    /// PyTorch's, computed in another order.
    Same(Tolerance),
}
use Right::{Exact, Is, Same};

/// Numbers of which expressions differ from PyTorch's.
pub(crate) struct Difference {
    expressions: &'static [&'static str],
    quantities: &'static [Quantity],
    applies: fn(&Place) -> bool,
    right: Right,
    reason: &'static str,
}

impl Difference {
    pub(crate) fn explains(&self, place: &Place, got: f64) -> bool {
        let applies = self.expressions.contains(&place.expression)
            && self.quantities.contains(&place.quantity)
            && (self.applies)(place);
        applies
            && match self.right {
                Exact(tolerance) => place.exact.is_some_and(|exact| tolerance.is_near(got, exact)),
                Is(right) => Tolerance::relative(1e-13).is_near(got, right(place)),
                Same(tolerance) => tolerance.is_near(got, place.torch),
            }
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
    applies: fn(&Place) -> bool,
    right: Right,
    reason: &'static str,
) -> Difference {
    Difference {
        expressions,
        quantities,
        applies,
        right,
        reason,
    }
}

const ANY: fn(&Place) -> bool = |_| true;
/// Up to rounding, or a few of the smallest numbers.
const CLOSE: Tolerance = Tolerance::relative(1e-13).or_absolute(5e-323);
/// Of differences of numbers around 1.
const ROUNDING: Tolerance = Tolerance::absolute(1e-15);

/// Rows whose squares over- or underflow.
const OUT_OF_RANGE: fn(&Place) -> bool =
    |place| place.has(|x| x.is_finite() && (x.abs() >= 1e150 || x != 0.0 && x.abs() <= 1e-150));
const IN_RANGE: fn(&Place) -> bool = |place| !OUT_OF_RANGE(place);

/// −t ln p − (1 − t) ln(1 − p): its gradients with clamped logarithms and divisor, and their derivatives.
fn cross_entropy(place: &Place) -> f64 {
    let &[p, t] = &place.x[..] else { return f64::NAN };
    let (least, least_of_ln) = (f64::from(1e-12f32), 3.720_075_976_020_836e-44);
    let (is_of_target, variance) = (place.index >= 36, p * (1.0 - p));
    let divisor = variance.max(least);
    let by_p = (p - t) / divisor;
    let by_t = Algebra::ln((1.0 - p).max(least_of_ln)) - Algebra::ln(p.max(least_of_ln));
    let of_divisor = if variance > least {
        by_p * (1.0 - 2.0 * p) / divisor
    } else {
        0.0
    };
    let reciprocal = |x: f64| if x > least_of_ln { 1.0 / x } else { 0.0 };
    place.weight
        * match (place.quantity, is_of_target) {
            (Gradient, false) => by_p,
            (Gradient, true) => by_t,
            (_, false) => 1.0 / divisor - of_divisor - reciprocal(1.0 - p) - reciprocal(p),
            (_, true) => -1.0 / divisor,
        }
}

/// Second derivatives of aᵇ at b = 0, and at a = 0 for b ≥ 0.
fn power(place: &Place) -> f64 {
    let &[a, b] = &place.x[..] else { return f64::NAN };
    let of_exponent = place.index >= 121;
    let changes = if a.abs() < 1e-300 {
        f64::from(u8::from(b <= 1.0))
    } else {
        1.0 / a
    };
    place.weight
        * match (a == 0.0, of_exponent) {
            (true, false) => 0.0,
            (true, true) => changes,
            (false, false) => 1.0 / a,
            (false, true) => changes + Algebra::ln(a) * Algebra::ln(a),
        }
}

/// The squares of the largest numbers of the first row of `with_nan`, 2, 1 and 0, and of the second of `ties`, the first two of
/// four that are −1.
fn largest(place: &Place) -> f64 {
    let kept = place.expression.starts_with("keep");
    let (column, is_tie) = (place.index % 4, place.x == [-1.0; 4]);
    // The place in the result of each element that is chosen, and where the numbers begin.
    let rank = match (is_tie, kept, column) {
        (true, _, 0 | 1) => Some(2 + column),
        (true, ..) => None,
        (false, true, 0 | 2) => Some(column),
        (false, false, 0) => Some(1),
        (false, false, 2) => Some(0),
        (false, false, 3) if place.expression == "topk(3, -1)" => Some(2),
        _ => None,
    };
    let value = |index: usize| {
        if kept {
            [1.0, 0.0, 4.0, 0.0][index]
        } else {
            [4.0, 1.0, 0.0][index]
        }
    };
    match place.quantity {
        Value => value(place.index),
        Gradient => rank.map_or(0.0, |rank| 2.0 * place.x[column] * C[rank]),
        Second => rank.map_or(0.0, |rank| 2.0 * C[rank] * V[place.index % 4]),
    }
}

pub(crate) const DIFFERENCES: &[Difference] = &[
    differ(
        &["sigmoid", "silu", "softplus"],
        &[Gradient, Second],
        |place| place.is_at(20.0),
        Exact(Tolerance::absolute(1e-15)),
        "y(1 − y) of a y that is rounded next to 1; and PyTorch's softplus is linear from 20 on",
    ),
    differ(
        &["expm1"],
        &[Gradient, Second],
        |place| place.has(|x| x < -30.0),
        Exact(CLOSE),
        "ours is eˣ, PyTorch's y + 1",
    ),
    differ(
        &["exp_remainder"],
        &[Value, Gradient, Second],
        ANY,
        Exact(CLOSE),
        "PyTorch's is a difference",
    ),
    differ(
        &["exp_remainder"],
        &[Value, Gradient, Second],
        |place| place.is_at(f64::INFINITY),
        Is(|_| f64::INFINITY),
        "PyTorch subtracts ∞ from ∞",
    ),
    differ(
        &["elu(0.5)"],
        &[Gradient, Second],
        |place| place.has(f64::is_nan),
        Is(|_| f64::NAN),
        "NaN has no gradient; PyTorch passes it",
    ),
    differ(
        &["elu(0.5)"],
        &[Second],
        |place| place.is_at(0.0),
        Is(|place| 0.5 * place.weight),
        "ours is the derivative from below",
    ),
    differ(
        &["gelu"],
        &[Second],
        |place| place.has(|x| x.abs() == 1e300),
        Is(|_| 0.0),
        "PyTorch multiplies 0 with ∞ on the way",
    ),
    differ(
        &["powf(2.5)"],
        &[Second],
        |place| place.is_at(f64::NEG_INFINITY),
        Is(|_| f64::INFINITY),
        "the power 0.5 of −∞ is ∞ in IEEE 754",
    ),
    differ(
        &["powf(0.5)"],
        &[Value, Gradient, Second],
        |place| place.has(|x| x.is_infinite() || x == 0.0),
        Is(|place| match (place.quantity, place.x[0] == 0.0) {
            (Value, false) | (Gradient, true) => f64::INFINITY,
            (Gradient, false) => 0.0,
            _ => place.weight * -0.0,
        }),
        "IEEE 754's powers of −∞ and −0; PyTorch takes the square root",
    ),
    differ(
        &["powf(0)", "powf(1)", "pow"],
        &[Gradient, Second],
        |place| place.x.first().is_some_and(|x| x.is_nan()),
        Is(|_| f64::NAN),
        "0 · aᵇ⁻¹ where a is NaN",
    ),
    differ(
        &["pow"],
        &[Second],
        |place| {
            place.x.get(1) == Some(&0.0)
                && (place.x[0] < 0.0 && place.x[0] != 0.0 || place.is_at(f64::INFINITY))
        },
        Is(|_| f64::NAN),
        "the logarithm of a negative number, or 0 · ∞",
    ),
    differ(
        &["pow"],
        &[Second],
        |place| place.x.len() == 2 && (place.x[1] == 0.0 || place.x[0] == 0.0),
        Is(power),
        "PyTorch takes aᵇ for constant at b = 0, where its slope changes with b at the rate 1/a; and 0 · ∞ at a = 0",
    ),
    differ(
        &["topk(2, -1)", "topk(3, -1)", "keep_top_k(2)"],
        &[Value, Gradient, Second],
        |place| place.has(f64::is_nan) || place.x == [-1.0; 4],
        Is(largest),
        "NaN is chosen last, and of equal numbers the first; in PyTorch NaN comes first, and a tie is open",
    ),
    differ(
        &["huber_error"],
        &[Second],
        |place| place.index == 12,
        Is(|_| 0.843_75),
        "δ, which has no gradient itself, is a variable of the gradients; in PyTorch it is a number",
    ),
    differ(
        &["variance(-1)", "variance(-1) unbiased", "variance(0)"],
        &[Gradient],
        |place| place.has(f64::is_infinite),
        Is(|_| f64::NAN),
        "a deviation from an infinite mean",
    ),
    differ(
        &[
            "norm(-1)",
            "standard_deviation(-1)",
            "standard_deviation(-1) unbiased",
        ],
        &[Value, Gradient, Second],
        OUT_OF_RANGE,
        Exact(Tolerance::relative(2e-13).or_absolute(5e-323)),
        "PyTorch's squares over- or underflow",
    ),
    differ(
        &["standard_deviation(-1)", "standard_deviation(-1) unbiased"],
        &[Second],
        |place| place.is_at(5e-324),
        Exact(Tolerance::absolute(1e307)),
        "the rounding of terms of 10³²³",
    ),
    differ(
        &["standard_deviation(-1)", "standard_deviation(-1) unbiased"],
        &[Second],
        |place| place.is_at(3e-310),
        Is(|_| f64::NAN),
        "a difference of infinite second derivatives, of a deviation below the smallest normal number",
    ),
    differ(
        &["standard_deviation(0)"],
        &[Second],
        |place| place.is_at(0.3),
        Is(|_| 0.0),
        "of one element, which nothing depends on",
    ),
    differ(
        &["norm(-1)"],
        &[Second],
        |place| !place.has(|x| x != 0.0),
        Is(|_| 0.0),
        "the derivatives of the gradient at 0 are 0, as it is itself",
    ),
    differ(
        &["logsumexp(-1)", "logsumexp(0)"],
        &[Gradient],
        |place| place.has(f64::is_infinite),
        Is(|_| f64::NAN),
        "NaN throughout where the largest element is infinite, as softmax is in PyTorch too",
    ),
    differ(
        &[
            "logsumexp(-1)",
            "log_softmax(-1)",
            "cross_entropy sum",
            "cross_entropy mean",
            "cross_entropy of the first",
        ],
        &[Value, Gradient, Second],
        |place| !place.has(f64::is_infinite),
        Exact(CLOSE.or_absolute(1e-15)),
        "PyTorch loses digits in x − ln Σ eˣ, and in softmax as the exponential of its rounded logarithm",
    ),
    differ(
        &[
            "cross_entropy sum",
            "cross_entropy mean",
            "cross_entropy of the first",
            "logsumexp(0, -1)",
        ],
        &[Gradient, Second],
        |place| place.has(|x| x == f64::NEG_INFINITY || x == 1e8 || x == 0.1 || x == -2.5),
        Same(Tolerance::relative(1e-7).or_absolute(1e-15)),
        "the same, in rows that have no exact numbers here",
    ),
    differ(
        &[
            "variance(-1)",
            "variance(-1) unbiased",
            "variance(0)",
            "variance(0, -1) kept",
            "standard_deviation(-1)",
            "standard_deviation(-1) unbiased",
            "standard_deviation(0)",
            "standard_deviation(0, -1) kept",
            "norm(0)",
            "logsumexp(-1)",
            "logsumexp(0)",
            "softmax(-1)",
            "softmax(0)",
            "log_softmax(-1)",
            "log_softmax(0)",
            "conv2d tanh without bias",
            "conv_transpose2d sigmoid",
        ],
        &[Gradient, Second],
        IN_RANGE,
        Same(ROUNDING),
        "rounded terms that cancel",
    ),
    differ(
        &["binary_cross_entropy", "bce sum", "bce mean", "bce batch mean"],
        &[Second],
        |place| place.x.is_empty() || place.has(|x| (0.1..0.9).contains(&x)),
        Same(Tolerance::relative(1e-10).or_absolute(1e-10)),
        "PyTorch adds 10⁻¹² to the divisor, to which the first derivative's is clamped",
    ),
    differ(
        &["binary_cross_entropy"],
        &[Gradient, Second],
        |place| place.x.first().is_some_and(|p| p.min(1.0 - p) < 1e-12),
        Is(cross_entropy),
        "the logarithms of the target's gradient are clamped as those of the value, and 10⁻¹² is added to no divisor",
    ),
    differ(
        &["binary_cross_entropy_with_logits"],
        &[Value],
        |place| place.has(f64::is_infinite),
        Is(|place| match &place.x[..] {
            [z, t] if (*z > 0.0) == (*t == 1.0) && (*t == 1.0 || *t == 0.0) => 0.0,
            _ => f64::INFINITY,
        }),
        "the limit, where PyTorch multiplies 0 with ∞",
    ),
    differ(
        &["binary_cross_entropy_with_logits"],
        &[Value, Gradient],
        |place| place.has(|x| x.abs() >= 16.0),
        Exact(CLOSE),
        "PyTorch loses a tail in a difference",
    ),
];
