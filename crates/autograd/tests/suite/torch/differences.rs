//! Where we differ from PyTorch 2.15 by design, why, and which number is right.

use super::Quantity::{self, Gradient, Second, Value};
use super::reference::Case;
use super::{C, V};
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

fn is_of_rows(expression: &str) -> bool {
    expression.contains('(') && !expression.starts_with("powf") || expression.starts_with("cross")
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
const CLOSE: Tolerance = Tolerance::relative(1e-13);
/// Of differences of numbers around 1.
const ROUNDING: Tolerance = Tolerance::absolute(1e-15);

pub(crate) const DIFFERENCES: &[Difference] = &[
    differ(
        &["sigmoid", "silu", "softplus"],
        &[Gradient, Second],
        |place| place.is_at(20.0),
        Exact(Tolerance::absolute(1e-15)),
        "y(1 − y) of a y that is rounded next to 1; and PyTorch's softplus is linear from 20 on",
    ),
    differ(
        &["expm1", "exp_remainder"],
        &[Gradient, Second],
        |place| place.has(|x| x < -30.0),
        Exact(CLOSE),
        "ours is eˣ, PyTorch's y + 1",
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
        &["powf(0)", "pow"],
        &[Gradient, Second],
        |place| place.x.first().is_some_and(|x| x.is_nan()),
        Is(|_| f64::NAN),
        "0 · aᵇ⁻¹ where a is NaN",
    ),
    differ(
        &["variance(-1)", "variance(-1) unbiased"],
        &[Gradient],
        |place| place.has(f64::is_infinite),
        Is(|_| f64::NAN),
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
        ANY,
        Same(ROUNDING),
        "rounded terms that cancel",
    ),
    differ(
        &["norm(-1)"],
        &[Value, Gradient, Second],
        |place| place.has(|x| x != 0.0),
        Exact(CLOSE),
        "PyTorch's squares over- or underflow",
    ),
    differ(
        &["norm(-1)"],
        &[Second],
        |place| !place.has(|x| x != 0.0),
        Is(|_| 0.0),
        "the derivatives of the gradient at 0 are 0, as it is itself",
    ),
    differ(
        &["logsumexp(-1)"],
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
        ANY,
        Exact(CLOSE),
        "PyTorch loses digits in x − ln Σ eˣ, and in softmax as the exponential of its rounded logarithm",
    ),
    differ(
        &["binary_cross_entropy_with_logits"],
        &[Value, Gradient],
        |place| place.has(|x| x.abs() >= 16.0),
        Exact(CLOSE),
        "PyTorch loses a tail in a difference",
    ),
];
