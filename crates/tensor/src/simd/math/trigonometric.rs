//! Sine and cosine of an angle given in turns, where the range reduction is exact. The normal draws need them.

use super::format::Format;
use super::horner;
use crate::simd::{Bits, Lanes};

/// (sin 2πt, cos 2πt) for 0 ≤ t ≤ 1.
#[inline(always)]
pub(super) fn sin_cos_of_turns<F: Format, L: Lanes<Elem = F>>(t: L) -> (L, L) {
    let rounder = L::splat(F::ROUNDER);
    let shifted = t.fused_mul_add(L::splat(F::from_f64(4.0)), rounder);
    let quarters = shifted - rounder;
    let rest = quarters.fused_mul_add(L::splat(F::from_f64(-0.25)), t);
    let square = rest * rest;
    let sine = rest * horner(square, F::SIN);
    let cosine = square.fused_mul_add(horner(square, F::COS), L::splat(F::one()));

    // Odd quarters swap the two; the second and third (first and second) turn the sine (cosine) round.
    let half = quarters * L::splat(F::from_f64(0.5));
    let even = half.is_equal(half.floor_lanes());
    let quarter_bits = shifted.as_bits();
    let (one, two) = (L::Bits::constant(1), L::Bits::constant(2));
    let to_sign = F::MANTISSA + F::EXPONENT - 1;
    let sine_sign = (quarter_bits & two).shift_left(to_sign);
    let cosine_sign = (quarter_bits.plus(one) & two).shift_left(to_sign);
    (
        L::of_bits(L::select(even, sine, cosine).as_bits() ^ sine_sign),
        L::of_bits(L::select(even, cosine, sine).as_bits() ^ cosine_sign),
    )
}
