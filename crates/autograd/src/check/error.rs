//! Errors of gradient checks.

use std::fmt;
use std::sync::Arc;

/// The derivative that an error is about: its order and the element it is taken by.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Place {
    /// 1 for the gradient, 2 for the gradient of the gradient.
    pub order: usize,
    /// The name of the operand: `input 0`, or a parameter's.
    pub operand: Arc<str>,
    /// The index of the element, in row-major order.
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

/// Why a gradient check failed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CheckError {
    /// A rule's derivative differs from the finite difference.
    Mismatch {
        /// The derivative that differs.
        place: Place,
        /// The sweep that computed the derivative: `backward`, which runs fused rules, or `grad`, which records them.
        sweep: &'static str,
        /// The finite difference.
        expected: f64,
        /// The allowed error.
        error: f64,
        /// The derivative that the rule computed.
        got: f64,
    },
    /// The point is on a kink: the one-sided differences disagree. This is not an error of the rule; check at another point.
    Kink {
        /// The derivative that was checked.
        place: Place,
        /// The derivative from the left.
        left: f64,
        /// The derivative from the right.
        right: f64,
    },
    /// The values of the function determine no finite difference: it jumps near the point, is not finite or is too noisy.
    Unresolved {
        /// The derivative that was checked.
        place: Place,
        /// The best estimate.
        difference: f64,
        /// The disagreement between differences of several steps.
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
    /// Returns whether to try another point: this one is on a kink, or its differences are not resolved.
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

/// The tolerance of a check: |expected − got| ≤ `absolute` + `relative` · max(|expected|, |got|), plus the estimated rounding
/// error of the finite difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// The step of the first finite difference, relative to max(1, |x|). Smaller steps are tried near a kink.
    pub step: f64,
    /// The largest relative error.
    pub relative: f64,
    /// The largest absolute error. Rounding errors are estimated separately and need not be included.
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
    /// Returns the error allowed for a derivative of this size.
    pub(super) fn of(&self, size: f64) -> f64 {
        self.absolute + self.relative * size.abs()
    }
}
