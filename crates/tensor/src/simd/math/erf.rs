//! erf: an odd polynomial up to 1, 1 − exp(q(x)) from there on, where q approximates ln erfc.

use super::exp::reduce;
use super::format::Format;
use super::horner;
use crate::simd::{Bits, Lanes};

#[inline(always)]
pub(super) fn erf<F: Format, L: Lanes<Elem = F>>(x: L) -> L {
    let one = L::splat(F::one());
    let size = x.absolute();
    let near = size.fused_mul_add(horner(size * size, F::ERF), size);

    let bounded = L::splat(F::ERF_HIGHEST).smaller(size);
    let logarithm = horner(bounded - L::splat(F::ERF_MIDDLE), F::ERF_TAIL);
    let reduced = reduce(logarithm, F::BIAS);
    let far = one - reduced.exp_of_rest() * reduced.two_to_n();

    let sign = x.as_bits() & L::Bits::constant(F::SIGN);
    let result = L::select(size.is_less(one), near, far);
    L::of_bits(result.as_bits() | sign)
}
