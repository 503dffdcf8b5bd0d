//! `Algebra`: what a pointwise formula may be written in, so that one text serves scalars, vectors, and (in the
//! crate above) recorded variables and a printer of formulas.

use crate::Real;
use crate::simd::{Lanes, Math};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// Arithmetic, elementary functions and selection.
///
/// Implemented for every [`Lanes`] type, so for `f32` and `f64` too: those give the same bits as the vectors.
pub trait Algebra:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// The constant `value`, in the company of `self`.
    #[must_use]
    fn lit(self, value: f64) -> Self;
    /// √x.
    #[must_use]
    fn sqrt(self) -> Self;
    /// |x|.
    #[must_use]
    fn abs(self) -> Self;
    /// The largest integer that is not greater.
    #[must_use]
    fn floor(self) -> Self;
    /// The larger of two: `if self > other { self } else { other }`, and NaN where either is NaN.
    #[must_use]
    fn maximum(self, other: Self) -> Self;
    /// The smaller of two: `if self < other { self } else { other }`, and NaN where either is NaN.
    #[must_use]
    fn minimum(self, other: Self) -> Self;
    /// 1 where `self < other`, else 0.
    #[must_use]
    fn less(self, other: Self) -> Self;
    /// 1 where `self <= other`, else 0.
    #[must_use]
    fn less_equal(self, other: Self) -> Self;
    /// 1 where `self == other`, else 0.
    #[must_use]
    fn equal(self, other: Self) -> Self;
    /// `if_true` where `self` is not 0, else `if_false`.
    #[must_use]
    fn choose(self, if_true: Self, if_false: Self) -> Self;
    /// eˣ.
    #[must_use]
    fn exp(self) -> Self;
    /// eˣ − 1, exact near 0.
    #[must_use]
    fn expm1(self) -> Self;
    /// Natural logarithm.
    #[must_use]
    fn ln(self) -> Self;
    /// ln(1 + x), exact near 0.
    #[must_use]
    fn log1p(self) -> Self;
    /// Hyperbolic tangent.
    #[must_use]
    fn tanh(self) -> Self;
    /// 1 / (1 + e⁻ˣ).
    #[must_use]
    fn sigmoid(self) -> Self;
    /// ln(1 + eˣ).
    #[must_use]
    fn softplus(self) -> Self;
    /// The error function.
    #[must_use]
    fn erf(self) -> Self;
    /// xʸ, with IEEE 754's special cases.
    #[must_use]
    fn pow(self, exponent: Self) -> Self;
}

impl<L: Lanes> Algebra for L {
    #[inline(always)]
    fn lit(self, value: f64) -> Self {
        L::splat(L::Elem::from_f64(value))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        self.square_root()
    }
    #[inline(always)]
    fn abs(self) -> Self {
        self.absolute()
    }
    #[inline(always)]
    fn floor(self) -> Self {
        self.floor_lanes()
    }
    #[inline(always)]
    fn maximum(self, other: Self) -> Self {
        // Where the comparison fails because of a NaN, the sum of both carries it.
        let larger = L::select(L::is_less(other, self), self, other);
        L::select(self.is_equal(self) & other.is_equal(other), larger, self + other)
    }
    #[inline(always)]
    fn minimum(self, other: Self) -> Self {
        let smaller = L::select(L::is_less(self, other), self, other);
        L::select(self.is_equal(self) & other.is_equal(other), smaller, self + other)
    }
    #[inline(always)]
    fn less(self, other: Self) -> Self {
        L::select(L::is_less(self, other), self.lit(1.0), self.lit(0.0))
    }
    #[inline(always)]
    fn less_equal(self, other: Self) -> Self {
        L::select(L::is_less_equal(self, other), self.lit(1.0), self.lit(0.0))
    }
    #[inline(always)]
    fn equal(self, other: Self) -> Self {
        L::select(self.is_equal(other), self.lit(1.0), self.lit(0.0))
    }
    #[inline(always)]
    fn choose(self, if_true: Self, if_false: Self) -> Self {
        L::select(self.is_equal(self.lit(0.0)), if_false, if_true)
    }
    #[inline(always)]
    fn exp(self) -> Self {
        L::Elem::exp_lanes(self)
    }
    #[inline(always)]
    fn expm1(self) -> Self {
        L::Elem::expm1_lanes(self)
    }
    #[inline(always)]
    fn ln(self) -> Self {
        L::Elem::ln_lanes(self)
    }
    #[inline(always)]
    fn log1p(self) -> Self {
        L::Elem::log1p_lanes(self)
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        L::Elem::tanh_lanes(self)
    }
    #[inline(always)]
    fn sigmoid(self) -> Self {
        L::Elem::sigmoid_lanes(self)
    }
    #[inline(always)]
    fn softplus(self) -> Self {
        L::Elem::softplus_lanes(self)
    }
    #[inline(always)]
    fn erf(self) -> Self {
        L::Elem::erf_lanes(self)
    }
    #[inline(always)]
    fn pow(self, exponent: Self) -> Self {
        L::Elem::pow_lanes(self, exponent)
    }
}
