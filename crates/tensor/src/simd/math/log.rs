//! ln, log1p and softplus: x = 2ᵉ·(1 + f), and ln(1 + f) = 2 atanh(s) with s = f / (2 + f).

use super::exp::exp_of_minus_abs;
use super::format::Format;
use super::horner;
use crate::simd::{Bits, Lanes};

/// x = 2ᵉ·(1 + f) with √½ ≤ 1 + f < √2, for a positive normal x.
pub(super) struct Split<L: Lanes> {
    /// e + bias in the exponent field, the other bits unspecified.
    field: L::Bits,
    /// e.
    pub(super) exponent: L,
    /// f, exact.
    pub(super) fraction: L,
}

/// Splits x·2^lifted, where `lifted` is 0 or the exponent of `LIFT`.
#[inline(always)]
fn split<F: Format, L: Lanes<Elem = F>>(x: L, lifted: L) -> Split<L> {
    let one = F::one().pattern();
    // Subtracting the bits of √½ (and adding those of 1) moves the border between exponents from 1 to √2.
    let field = x.as_bits().plus(L::Bits::constant(one - F::SQRT_HALF_BITS));
    let mantissa = (field & L::Bits::constant(F::MANTISSA_MASK)).plus(L::Bits::constant(F::SQRT_HALF_BITS));
    let integer = field.shift_right(F::MANTISSA) | L::Bits::constant(F::INTEGER.pattern());
    let bias = L::splat(F::INTEGER + F::from_f64(F::BIAS as f64)) + lifted;
    Split {
        field,
        exponent: L::of_bits(integer) - bias,
        fraction: L::of_bits(mantissa) - L::splat(F::one()),
    }
}

/// Splits a positive x, normal or subnormal.
#[inline(always)]
pub(super) fn split_any<F: Format, L: Lanes<Elem = F>>(x: L) -> Split<L> {
    let subnormal = x.is_less(L::splat(F::SMALLEST_NORMAL));
    let lift = F::from_f64((F::MANTISSA + 2) as f64);
    let zero = L::splat(F::zero());
    split(
        L::select(subnormal, x * L::splat(F::LIFT), x),
        L::select(subnormal, L::splat(lift), zero),
    )
}

/// e·ln 2 + ln(1 + f) + low, with one significant rounding.
///
/// ln(1 + f) = f − (f²/2 − s·(f²/2 + R)), R = s²·LN(s²): the form of K. C. Ng's logarithm in
/// fdlibm, in which everything but the last sum is small compared with f.
#[inline(always)]
fn assemble<F: Format, L: Lanes<Elem = F>>(exponent: L, f: L, low: L) -> L {
    let s = f / (L::splat(F::from_f64(2.0)) + f);
    let z = s * s;
    let half_square = L::splat(F::from_f64(0.5)) * f * f;
    let series = z.fused_mul_add(horner(z, F::LN), half_square);
    let small = s.fused_mul_add(series, exponent.fused_mul_add(L::splat(F::LN_2_LOW), low));
    exponent.fused_mul_add(L::splat(F::LN_2_HIGH), f - (half_square - small))
}

/// `result` for 0 < y < ∞; ∞ at ∞, −∞ at 0, NaN below and at NaN.
#[inline(always)]
fn with_edges<F: Format, L: Lanes<Elem = F>>(y: L, result: L) -> L {
    let (zero, infinity) = (L::splat(F::zero()), L::splat(F::from_f64(f64::INFINITY)));
    let at_zero = L::select(y.is_equal(zero), -infinity, L::splat(F::from_f64(f64::NAN)));
    let above = L::select(y.is_equal(infinity), infinity, result);
    L::select(zero.is_less(y), above, at_zero)
}

#[inline(always)]
pub(super) fn ln<F: Format, L: Lanes<Elem = F>>(x: L) -> L {
    let Split {
        exponent, fraction, ..
    } = split_any(x);
    with_edges(x, assemble(exponent, fraction, L::splat(F::zero())))
}

/// ln(1 + x) for finite x > −1, also if 1 + x rounds; −0 becomes 0.
#[inline(always)]
fn log1p_inside<F: Format, L: Lanes<Elem = F>>(x: L) -> L {
    let one = L::splat(F::one());
    let sum = one + x;
    // The rounding error of the sum, exactly (Knuth's two-sum).
    let x_again = sum - one;
    let lost = (one - (sum - x_again)) + (x - x_again);
    let Split {
        field,
        exponent,
        fraction,
    } = split(sum, L::splat(F::zero()));
    // 2^(1−e), which is 0 if e is so large that the rounding error is negligible.
    let top = L::Bits::constant(((2 * F::BIAS + 1) as u64) << F::MANTISSA);
    let scale = L::of_bits(top.minus(field & L::Bits::constant(F::EXPONENT_MASK)));
    let lost = lost * L::splat(F::from_f64(0.5)) * scale;
    let f = fraction + lost;
    assemble(exponent, f, (fraction - f) + lost)
}

#[inline(always)]
pub(super) fn log1p<F: Format, L: Lanes<Elem = F>>(x: L) -> L {
    let result = with_edges(L::splat(F::one()) + x, log1p_inside(x));
    L::select(x.absolute().is_less(L::splat(F::TINY)), x, result)
}

/// ln(1 + f) for 0 ≤ f ≤ 1, for which no exponent needs to be split off; see [`assemble`].
#[inline(always)]
fn log1p_of_unit<F: Format, L: Lanes<Elem = F>>(f: L) -> L {
    let s = f / (L::splat(F::from_f64(2.0)) + f);
    let z = s * s;
    let half_square = L::splat(F::from_f64(0.5)) * f * f;
    let series = z.fused_mul_add(horner(z, F::LN_UNIT), half_square);
    f - (-s).fused_mul_add(series, half_square)
}

/// max(x, 0) + ln(1 + e^−|x|).
#[inline(always)]
pub(super) fn softplus<F: Format, L: Lanes<Elem = F>>(x: L) -> L {
    x.larger(L::splat(F::zero())) + log1p_of_unit(exp_of_minus_abs(x))
}
