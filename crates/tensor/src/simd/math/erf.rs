//! erf, erfc, and the distribution function Φ and density φ of the standard normal distribution.
//!
//! Near 0, erf is an odd polynomial. In the tail, erfc(z) = e^(−z²) · (e^(z²)·erfc(z)): the second factor varies slowly, and
//! the exponential takes the square as an unevaluated sum of two numbers, since e to a rounded −z² would be off by z² units in
//! the last place. So erfc and Φ keep their relative accuracy in the tails, where they are tiny.

use super::exp::exp_with_low;
use super::format::Format;
use super::horner;
use crate::simd::{Bits, Lanes};

/// The argument from which the formula for the tail replaces 1 − erf(x).
const BORDER: f64 = 0.5;

/// erf(x) for |x| ≤ 1.
#[inline(always)]
fn erf_near_zero<F: Format, L: Lanes<Elem = F>>(x: L) -> L {
    x.fused_mul_add(horner(x * x, F::ERF), x)
}

/// e^(z²)·erfc(z) at z + z_low, for z from [`BORDER`] on.
#[inline(always)]
fn scaled_erfc<F: Format, L: Lanes<Elem = F>>(z: L, z_low: L) -> L {
    let (shift, middle) = (L::splat(F::from_f64(2.5)), L::splat(F::from_f64(23.0 / 128.0)));
    let sum = z + shift;
    let lost = (z.smaller(shift) - (sum - z.larger(shift))) + z_low;
    let t = L::splat(F::one()) / sum;
    // What the sum and the division lost: t + low is 1 / (z + shift) to about twice the precision.
    let rest = (-t).fused_mul_add(lost, (-t).fused_mul_add(sum, L::splat(F::one())));
    let low = t * rest;
    let polynomial = horner((t - middle) + low, F::ERFC);
    t.fused_mul_add(polynomial, low * polynomial)
}

/// e^(x·y), with the product unrounded; it must lie in the range of the exponential.
#[inline(always)]
fn exp_of_product<F: Format, L: Lanes<Elem = F>>(x: L, y: L) -> L {
    let high = x * y;
    exp_with_low(high, x.fused_mul_add(y, -high))
}

/// |x|, or `highest` where that is larger; NaN stays NaN.
#[inline(always)]
fn bounded<F: Format, L: Lanes<Elem = F>>(x: L, highest: F) -> L {
    L::splat(highest).smaller(x.absolute())
}

/// erfc(z) from [`BORDER`] on.
#[inline(always)]
fn tail<F: Format, L: Lanes<Elem = F>>(x: L) -> L {
    let z = bounded(x, F::ERFC_HIGHEST);
    exp_of_product(z, -z) * scaled_erfc(z, L::splat(F::zero()))
}

#[inline(always)]
pub(super) fn erf<F: Format, L: Lanes<Elem = F>>(x: L) -> L {
    let one = L::splat(F::one());
    let size = x.absolute();
    let sign = x.as_bits() & L::Bits::constant(F::SIGN);
    let result = L::select(size.is_less(one), erf_near_zero(size), one - tail(size));
    L::of_bits(result.as_bits() | sign)
}

#[inline(always)]
pub(super) fn erfc<F: Format, L: Lanes<Elem = F>>(x: L) -> L {
    let (one, two) = (L::splat(F::one()), L::splat(F::from_f64(2.0)));
    let tail = tail(x);
    let far = L::select(x.is_less(L::splat(F::zero())), two - tail, tail);
    let is_near = x.absolute().is_less(L::splat(F::from_f64(BORDER)));
    L::select(is_near, one - erf_near_zero(x), far)
}

/// Φ(x) = ½·erfc(−x/√2).
#[inline(always)]
pub(super) fn normal_cdf<F: Format, L: Lanes<Elem = F>>(x: L) -> L {
    let (half, one) = (L::splat(F::from_f64(0.5)), L::splat(F::one()));
    let (root, root_low) = (L::splat(F::ROOT_HALF), L::splat(F::ROOT_HALF_LOW));
    let near = half.fused_mul_add(erf_near_zero(x * root), half);

    let size = bounded(x, F::NORMAL_HIGHEST);
    let z = size * root;
    let z_low = size.fused_mul_add(root_low, size.fused_mul_add(root, -z));
    let tail = exp_of_product(size, size * -half) * (half * scaled_erfc(z, z_low));
    let far = L::select(x.is_less(L::splat(F::zero())), tail, one - tail);
    L::select(z.is_less(L::splat(F::from_f64(BORDER))), near, far)
}

/// φ(x) = e^(−x²/2) / √(2π).
#[inline(always)]
pub(super) fn normal_pdf<F: Format, L: Lanes<Elem = F>>(x: L) -> L {
    let size = bounded(x, F::NORMAL_HIGHEST);
    let exponential = exp_of_product(size, size * L::splat(F::from_f64(-0.5)));
    exponential * L::splat(F::from_f64(0.398_942_280_401_432_7))
}
