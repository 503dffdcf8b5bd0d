//! exp, expm1 and sigmoid: range reduction x = n·ln 2 + r, a polynomial in r, and 2ⁿ assembled from bits.

use super::format::Format;
use super::horner;
use crate::simd::{Bits, Lanes};

/// x = n·ln 2 + (high + low) with |high + low| ≤ ln 2 / 2.
pub(super) struct Reduced<L> {
    /// The low bits of this number hold n + offset.
    shifted: L,
    /// n·ln 2 without its low part, taken off exactly.
    pub(super) high: L,
    /// −n times the low part of ln 2.
    pub(super) low: L,
}

/// Splits x; `offset` is added to n where [`Reduced::power`] finds it.
#[inline(always)]
pub(super) fn reduce<F: Format, L: Lanes<Elem = F>>(x: L, offset: i32) -> Reduced<L> {
    let rounder = L::splat(F::ROUNDER + F::from_f64(offset as f64));
    let shifted = x.fused_mul_add(L::splat(F::LOG2_E), rounder);
    let n = shifted - rounder;
    Reduced {
        shifted,
        high: n.fused_mul_add(L::splat(-F::LN_2_HIGH), x),
        low: n * L::splat(-F::LN_2_LOW),
    }
}

impl<F: Format, L: Lanes<Elem = F>> Reduced<L> {
    /// The bits whose exponent field holds n + offset, modulo the width of the field and the sign.
    #[inline(always)]
    fn power(&self) -> L::Bits {
        self.shifted.as_bits().shift_left(F::MANTISSA)
    }

    /// 2ⁿ; the offset must be the bias of the exponent (less k, for 2ⁿ⁻ᵏ).
    #[inline(always)]
    pub(super) fn two_to_n(&self) -> L {
        L::of_bits(self.power())
    }

    /// e to the remainder: 1 + r + r²·q(r).
    #[inline(always)]
    pub(super) fn exp_of_rest(&self) -> L {
        let r = self.high + self.low;
        let one = L::splat(F::one());
        horner(r, F::EXP).fused_mul_add(r, one).fused_mul_add(r, one)
    }
}

/// Half of the exponent's range: 2ⁿ may lie outside the normal numbers, 2ⁿ⁺ᵏ and 2⁻ᵏ do not.
#[inline(always)]
fn half_range<F: Format>() -> i32 {
    1 << (F::EXPONENT - 2)
}

#[inline(always)]
pub(super) fn exp<F: Format, L: Lanes<Elem = F>>(x: L) -> L {
    let bounded = L::splat(F::EXP_HIGHEST).smaller(L::splat(F::EXP_LOWEST).larger(x));
    let reduced = reduce(bounded, F::BIAS - half_range::<F>());
    scale_both_ways(bounded, reduced)
}

/// e^(x + low) for EXP_LOWEST ≤ x ≤ EXP_HIGHEST and a low that is tiny compared with x.
#[inline(always)]
pub(super) fn exp_with_low<F: Format, L: Lanes<Elem = F>>(x: L, low: L) -> L {
    let mut reduced = reduce(x, F::BIAS - half_range::<F>());
    reduced.low = reduced.low + low;
    scale_both_ways(x, reduced)
}

/// 2ⁿ·eʳ, where n may lie beyond the exponents of normal numbers on either side.
///
/// 2ⁿ = 2^(n−k) · 2^k for x ≥ 0 and 2^(n+k) · 2^−k for x < 0: the sign bit, moved down by one, is 2k in the
/// exponent field. The second product rounds once, also into infinity and the subnormal numbers.
#[inline(always)]
fn scale_both_ways<F: Format, L: Lanes<Elem = F>>(x: L, reduced: Reduced<L>) -> L {
    let twice_k = (x.as_bits() & L::Bits::constant(F::SIGN)).shift_right(1);
    let first = L::of_bits(reduced.power().plus(twice_k));
    let k_up = L::Bits::constant(((F::BIAS + half_range::<F>()) as u64) << F::MANTISSA);
    let second = L::of_bits(k_up.minus(twice_k));
    reduced.exp_of_rest() * first * second
}

/// exp(−|x|), in (0, 1].
#[inline(always)]
pub(super) fn exp_of_minus_abs<F: Format, L: Lanes<Elem = F>>(x: L) -> L {
    let negative = L::of_bits(x.as_bits() | L::Bits::constant(F::SIGN));
    let k = half_range::<F>();
    let reduced = reduce(L::splat(F::EXP_LOWEST).larger(negative), F::BIAS + k);
    let second = L::of_bits(L::Bits::constant(((F::BIAS - k) as u64) << F::MANTISSA));
    reduced.exp_of_rest() * reduced.two_to_n() * second
}

#[inline(always)]
pub(super) fn expm1<F: Format, L: Lanes<Elem = F>>(x: L) -> L {
    let bounded = L::splat(F::EXP_HIGHEST).smaller(L::splat(F::EXPM1_LOWEST).larger(x));
    let reduced = reduce(bounded, F::BIAS - 1);
    let r = reduced.high + reduced.low;
    // expm1(r) = high + tail; then 2ⁿ·(high + tail) + (2ⁿ − 1), all halved so that 2¹²⁸ (2¹⁰²⁴) fits.
    let tail = (r * r).fused_mul_add(horner(r, F::EXP), reduced.low);
    let scale = reduced.two_to_n();
    let half = L::splat(F::from_f64(0.5));
    let sum = scale.fused_mul_add(reduced.high, scale - half);
    let half_result = scale.fused_mul_add(tail, sum);
    let result = half_result + half_result;
    // Keeps −0 and the subnormal numbers, which the halving would round.
    L::select(x.absolute().is_less(L::splat(F::TINY)), x, result)
}

/// eˣ − 1 − x. With E this function, m = expm1 and h = x / 2, E(x) = m(h)² + 2 E(h): a sum of non-negative terms. The
/// polynomial gives E(h) = h²·q(h) if no power of two is split off.
#[inline(always)]
pub(super) fn exp_remainder<F: Format, L: Lanes<Elem = F>>(x: L) -> L {
    let half = L::splat(F::from_f64(0.5));
    let h = half * x;
    let of_half = h * h * horner(h, F::EXP);
    let m = h + of_half;
    let near = m.fused_mul_add(m, of_half + of_half);
    // ∞ if x is: the difference would be ∞ − ∞.
    let far = expm1(x) - L::splat(F::EXP_HIGHEST).smaller(x);
    L::select(x.absolute().is_less(L::splat(F::from_f64(2.0 / 3.0))), near, far)
}

/// 1 / (1 + e⁻ˣ). With t = e^−|x| and q = t / (1 + t) that is t − t·q for x < 0 and 1 − q for x ≥ 0.
///
/// t / (1 + t) alone would contain the full rounding error of 1 + t; here it is multiplied by t, which is small where it matters.
#[inline(always)]
pub(super) fn sigmoid<F: Format, L: Lanes<Elem = F>>(x: L) -> L {
    let one = L::splat(F::one());
    let t = exp_of_minus_abs(x);
    let quotient = t / (one + t);
    let base = L::select(x.is_less(L::splat(F::zero())), t, one);
    (-base).fused_mul_add(quotient, base)
}
