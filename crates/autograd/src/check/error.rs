//! What a gradient check finds.

use std::fmt;
use std::sync::Arc;

/// Where a check stands: a derivative by one element.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Place {
    /// 1 for the gradient, 2 for the gradient of the gradient.
    pub order: usize,
    /// The name of the operand: `input 0`, or a parameter's.
    pub operand: Arc<str>,
    /// Which element of it, in row-major order.
    pub element: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            order,
            operand,
            element,
        } = self;
        write!(f, "derivative of order {order}: {operand}, element {element}")
    }
}

/// Why a gradient check did not succeed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CheckError {
    /// A rule's derivative differs from the finite difference.
    Mismatch {
        /// Where.
        place: Place,
        /// Which sweep says so: `backward`, which runs fused rules, or `grad`, which records them.
        sweep: &'static str,
        /// The finite difference.
        expected: f64,
        /// How far it may be off.
        error: f64,
        /// What the rule gives.
        got: f64,
    },
    /// The point sits on a kink: the one-sided differences disagree. Says nothing of the rule; check at another point.
    Kink {
        /// Where.
        place: Place,
        /// The derivative from the left.
        left: f64,
        /// The derivative from the right.
        right: f64,
    },
    /// No finite difference can be told from the values of the function: it jumps near the point, is not finite or too noisy.
    Unresolved {
        /// Where.
        place: Place,
        /// The best guess.
        difference: f64,
        /// How far differences of several steps disagree.
        error: f64,
    },
    /// The function itself is not finite at the point.
    NotFinite,
    /// The function stops a gradient that the check does not declare.
    Undeclared {
        /// The name of the stop.
        name: &'static str,
    },
}

impl CheckError {
    /// Whether another point should be tried: this one sits on a kink, or its differences are not resolved.
    pub fn is_of_the_point(&self) -> bool {
        matches!(self, Self::Kink { .. } | Self::Unresolved { .. })
    }
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mismatch {
                place,
                sweep,
                expected,
                error,
                got,
            } => write!(
                f,
                "{place}: expected {expected} (± {error:.0e}, by finite differences), got {got} (by {sweep})"
            ),
            Self::Kink { place, left, right } => write!(
                f,
                "{place}: the point is on a kink: the derivative is {left} from the left and {right} from the right; \
                 check at another point"
            ),
            Self::Unresolved {
                place,
                difference,
                error,
            } => write!(
                f,
                "{place}: finite differences of several steps disagree ({difference} ± {error:.0e}): the function jumps \
                 near the point, is not finite or too noisy; check at another point"
            ),
            Self::NotFinite => write!(f, "the function is not finite at this point"),
            Self::Undeclared { name } => write!(
                f,
                "the gradient is stopped at {name:?}, which the check does not declare; add it to Check::stops if it is \
                 meant"
            ),
        }
    }
}

impl std::error::Error for CheckError {}

/// How exact a check has to be: |expected − got| ≤ `absolute` + `relative` · max(|expected|, |got|), and what rounding adds
/// to the finite difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// The step of the first finite difference, relative to max(1, |x|). Smaller ones follow where a kink is near.
    pub step: f64,
    /// The largest relative error.
    pub relative: f64,
    /// The largest absolute error. Rounding noise is estimated and need not be covered by it.
    pub absolute: f64,
}

impl Default for Tolerance {
    /// Step 1/256, relative error 10⁻⁷, absolute error 0.
    fn default() -> Self {
        Self {
            step: 1.0 / 256.0,
            relative: 1e-7,
            absolute: 0.0,
        }
    }
}

impl Tolerance {
    /// What may be wrong with a derivative of this size.
    pub(super) fn of(&self, size: f64) -> f64 {
        self.absolute + self.relative * size.abs()
    }
}
