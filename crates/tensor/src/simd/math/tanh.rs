//! tanh: an odd polynomial near 0, 1 − 2 / (e²ˣ + 1) from there on.

use super::exp::reduce;
use super::format::Format;
use super::horner;
use crate::simd::{Bits, Lanes};

/// The argument from which the second formula is used: about tanh(x) = ½, so that its difference does not cancel.
const BORDER: f64 = 0.5625;

#[inline(always)]
pub(super) fn tanh<F: Format, L: Lanes<Elem = F>>(x: L) -> L {
    let (one, two) = (L::splat(F::one()), L::splat(F::from_f64(2.0)));
    let size = x.absolute();
    let bounded = L::splat(F::TANH_HIGHEST).smaller(size);
    let reduced = reduce(bounded + bounded, F::BIAS);
    let denominator = reduced.exp_of_rest().fused_mul_add(reduced.two_to_n(), one);
    let far = one - two / denominator;

    let square = size * size;
    let near = (size * square).fused_mul_add(horner(square, F::TANH), size);

    let is_near = size.is_less(L::splat(F::from_f64(BORDER)));
    let sign = x.as_bits() & L::Bits::constant(F::SIGN);
    L::of_bits(L::select(is_near, near, far).as_bits() | sign)
}
