//! pow: exp(y · ln|x|) with the logarithm as an unevaluated sum of two numbers, since y multiplies its error.
//!
//! The arithmetic on such sums is T. J. Dekker's (1971), with the fused multiply-add giving the error of a product.

use super::format::Format;
use super::horner;
use super::log::{Split, split_any};
use crate::simd::{Bits, Lanes};

/// An unevaluated sum; `low` is at most about half a unit in the last place of `high`.
#[derive(Clone, Copy)]
struct Double<L> {
    high: L,
    low: L,
}

impl<L: Lanes> Double<L> {
    /// a + b without error, for |a| ≥ |b| or a = 0.
    #[inline(always)]
    fn sum(a: L, b: L) -> Self {
        let high = a + b;
        let low = (a - high) + b;
        Self { high, low }
    }

    /// a · b without error.
    #[inline(always)]
    fn product(a: L, b: L) -> Self {
        let high = a * b;
        let low = a.fused_mul_add(b, -high);
        Self { high, low }
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        let Self { high, low } = Self::product(self.high, other.high);
        let low = self.high.fused_mul_add(other.low, low);
        let low = self.low.fused_mul_add(other.high, low);
        Self { high, low }
    }

    #[inline(always)]
    fn plus_low(self, low: L) -> Self {
        Self {
            high: self.high,
            low: self.low + low,
        }
    }
}

/// ln x for finite x > 0, to about twice the working precision.
#[inline(always)]
fn ln_double<F: Format, L: Lanes<Elem = F>>(x: L) -> Double<L> {
    let Split {
        exponent,
        fraction: f,
        ..
    } = split_any(x);
    // s = f / (2 + f)
    let denominator = Double::sum(L::splat(F::from_f64(2.0)), f);
    let s_high = f / denominator.high;
    let rest = (-s_high).fused_mul_add(denominator.high, f);
    let rest = (-s_high).fused_mul_add(denominator.low, rest);
    let s = Double {
        high: s_high,
        low: rest / denominator.high,
    };
    // ln(1 + f) = 2s + s·s²·(2/3 + s²·POW(s²))
    let square = s.times(s);
    let beyond = square
        .high
        .fused_mul_add(horner(square.high, F::POW), L::splat(F::TWO_THIRDS_LOW));
    let series = Double::sum(L::splat(F::TWO_THIRDS), beyond);
    let cubic = s.times(square.times(series));
    let twice = Double::sum(s.high + s.high, cubic.high).plus_low(s.low + s.low + cubic.low);
    // e·ln 2, the product with the high part exact; then the larger addend first.
    let whole = Double::sum(exponent * L::splat(F::LN_2_HIGH), twice.high);
    let low = exponent.fused_mul_add(L::splat(F::LN_2_LOW), twice.low + whole.low);
    Double::sum(whole.high, low)
}

/// e^(high + low), with infinity and zero beyond the range.
#[inline(always)]
fn exp_double<F: Format, L: Lanes<Elem = F>>(x: Double<L>) -> L {
    let bounded = L::splat(F::EXP_HIGHEST).smaller(L::splat(F::EXP_LOWEST).larger(x.high));
    let low = L::select(bounded.is_equal(x.high), x.low, L::splat(F::zero()));
    super::exp::exp_with_low(bounded, low)
}

/// Whether y is an integer, and whether an odd one.
#[inline(always)]
fn parity<F: Format, L: Lanes<Elem = F>>(y: L) -> (L::Mask, L::Mask) {
    let integer = y.is_equal(y.floor_lanes());
    let half = y * L::splat(F::from_f64(0.5));
    (integer, integer & !half.is_equal(half.floor_lanes()))
}

/// |x|ʸ if |x| is 0 or ∞, or y is ±∞: it depends only on whether the base is above or below 1 and on the sign of y.
#[inline(always)]
fn at_the_edge<F: Format, L: Lanes<Elem = F>>(size: L, y: L) -> L {
    let (zero, one) = (L::splat(F::zero()), L::splat(F::one()));
    let infinity = L::splat(F::from_f64(f64::INFINITY));
    let grows = (one.is_less(size) & zero.is_less(y)) | (size.is_less(one) & y.is_less(zero));
    L::select(grows, infinity, L::select(size.is_equal(one), one, zero))
}

#[inline(always)]
pub(super) fn pow<F: Format, L: Lanes<Elem = F>>(x: L, y: L) -> L {
    let (zero, one) = (L::splat(F::zero()), L::splat(F::one()));
    let infinity = L::splat(F::from_f64(f64::INFINITY));
    let nan = L::splat(F::from_f64(f64::NAN));
    let size = x.absolute();

    let logarithm = ln_double(size);
    let scaled = Double::product(y, logarithm.high);
    let low = y.fused_mul_add(logarithm.low, scaled.low);
    let ordinary = exp_double(Double {
        high: scaled.high,
        low,
    });

    let edge = size.is_equal(zero) | size.is_equal(infinity) | y.absolute().is_equal(infinity);
    let magnitude = L::select(edge, at_the_edge(size, y), ordinary);

    let (integer, odd) = parity(y);
    let sign_bit = x.as_bits() & L::Bits::constant(F::SIGN);
    let signed = L::of_bits(magnitude.as_bits() ^ sign_bit);
    let result = L::select(odd, signed, magnitude);
    let undefined = x.is_less(zero) & size.is_less(infinity) & !integer;
    let result = L::select(undefined, nan, result);
    let is_nan = !(x.is_equal(x) & y.is_equal(y));
    let result = L::select(is_nan, nan, result);
    L::select(x.is_equal(one) | y.is_equal(zero), one, result)
}
