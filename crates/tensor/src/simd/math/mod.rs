//! Elementary functions over lanes: one source for every instruction set.
//!
//! # Why these are not the platform's functions
//!
//! The functions of the platform's library differ in their last bits between platforms and releases, have no vector form, and
//! branch. These are written over [`Lanes`] for both element types at once (`format.rs` contains their differences) as
//! straight-line code, in which every step is exactly rounded (+, −, ×, ÷, √, fused multiply-add), a selection, or arithmetic on
//! bit patterns. So a lane of a vector and the portable path agree in every bit, and special cases cost a selection instead of a
//! branch. `exp` of eight `f32` takes about twenty instructions.
//!
//! # How they work
//!
//! **Reduce.** The argument is mapped to a small interval. For eˣ: x = n·ln 2 + r with |r| ≤ ln 2 / 2. Adding
//! 1.5·2²³ (1.5·2⁵² for `f64`) to x / ln 2 rounds it to the integer n and leaves n in the low bits of the sum, from which
//! the last step takes it. ln 2 is kept in two parts; the high one has so few bits that n times it is exact,
//! so r is exact even if x is close to a multiple of ln 2 (W. J. Cody and W. Waite, 1980). For ln: the exponent
//! of x is cut off at √2 rather than at 2, so that x = 2ᵉ·(1 + f) with f around 0, exactly.
//!
//! **Approximate.** A polynomial on the small interval, by Horner's rule with one fused multiply-add per coefficient.
//! The coefficients are fitted to minimise the largest error and rounded one after the other, each fit compensating
//! the roundings before it; `tests/reference/coefficients.py` does this and prints the tables of `format.rs`. The
//! leading terms stay outside: exp is 1 + r + r²·q(r), tanh is x + x³·q(x²), so the polynomial's own rounding
//! errors are scaled down by r² or x².
//!
//! **Reconstruct.** 2ⁿ is assembled from bits. If n may leave the range of normal numbers, it is split into two factors, and only
//! the second product rounds: results in the subnormal range are rounded once, and overflow gives infinity.
//!
//! # Where the errors come from
//!
//! With polynomials good for 2⁻²⁶ and better (`f64`: 2⁻⁵⁵), what remains are the roundings of the last steps. A
//! result that ends in `fma(small, …, large)` is off by half a unit in the last place and a little: exp, ln, log1p,
//! and everything near 0. A last division or difference of rounded terms adds their halves: tanh, sigmoid,
//! softplus, erf. Functions that behave like x near 0 are computed as x plus a small term there, never as a difference from
//! 1, so their *relative* error stays small down to the subnormal numbers; a last selection returns tiny x (and −0)
//! unchanged. `docs/numerics.md` lists the largest error of each function, measured over all 2³² inputs.
//!
//! pow multiplies ln|x| by y, and with it the logarithm's error, by up to a hundred (`f64`: seven hundred); it
//! carries the logarithm as a sum of two numbers. erfc and the normal distribution do so with the square in e^(−x²).
//!
//! Sources: W. J. Cody and W. Waite, *Software Manual for the Elementary Functions*, 1980; J.-M. Muller,
//! *Elementary Functions: Algorithms and Implementation*, 3rd ed., 2016; T. J. Dekker, "A floating-point technique for
//! extending the available precision", 1971.

mod erf;
mod exp;
mod format;
mod log;
mod pow;
mod tanh;
mod trigonometric;

use super::Lanes;

/// The elementary functions of an element type, over vectors of any width.
#[doc(hidden)]
pub trait Math: Sized {
    /// eˣ.
    fn exp_lanes<L: Lanes<Elem = Self>>(x: L) -> L;
    /// eˣ − 1.
    fn expm1_lanes<L: Lanes<Elem = Self>>(x: L) -> L;
    /// eˣ − 1 − x.
    fn exp_remainder_lanes<L: Lanes<Elem = Self>>(x: L) -> L;
    /// Natural logarithm.
    fn ln_lanes<L: Lanes<Elem = Self>>(x: L) -> L;
    /// ln(1 + x).
    fn log1p_lanes<L: Lanes<Elem = Self>>(x: L) -> L;
    /// Hyperbolic tangent.
    fn tanh_lanes<L: Lanes<Elem = Self>>(x: L) -> L;
    /// 1 / (1 + e⁻ˣ).
    fn sigmoid_lanes<L: Lanes<Elem = Self>>(x: L) -> L;
    /// ln(1 + eˣ).
    fn softplus_lanes<L: Lanes<Elem = Self>>(x: L) -> L;
    /// The error function.
    fn erf_lanes<L: Lanes<Elem = Self>>(x: L) -> L;
    /// 1 − erf(x).
    fn erfc_lanes<L: Lanes<Elem = Self>>(x: L) -> L;
    /// The standard normal distribution function Φ.
    fn normal_cdf_lanes<L: Lanes<Elem = Self>>(x: L) -> L;
    /// The standard normal density φ.
    fn normal_pdf_lanes<L: Lanes<Elem = Self>>(x: L) -> L;
    /// xʸ.
    fn pow_lanes<L: Lanes<Elem = Self>>(x: L, y: L) -> L;
    /// (sin 2πt, cos 2πt) for 0 ≤ t ≤ 1.
    fn sin_cos_of_turns_lanes<L: Lanes<Elem = Self>>(t: L) -> (L, L);
}

macro_rules! math {
    ($t:ident) => {
        impl Math for $t {
            #[inline(always)]
            fn exp_lanes<L: Lanes<Elem = Self>>(x: L) -> L {
                exp::exp(x)
            }
            #[inline(always)]
            fn expm1_lanes<L: Lanes<Elem = Self>>(x: L) -> L {
                exp::expm1(x)
            }
            #[inline(always)]
            fn exp_remainder_lanes<L: Lanes<Elem = Self>>(x: L) -> L {
                exp::exp_remainder(x)
            }
            #[inline(always)]
            fn ln_lanes<L: Lanes<Elem = Self>>(x: L) -> L {
                log::ln(x)
            }
            #[inline(always)]
            fn log1p_lanes<L: Lanes<Elem = Self>>(x: L) -> L {
                log::log1p(x)
            }
            #[inline(always)]
            fn tanh_lanes<L: Lanes<Elem = Self>>(x: L) -> L {
                tanh::tanh(x)
            }
            #[inline(always)]
            fn sigmoid_lanes<L: Lanes<Elem = Self>>(x: L) -> L {
                exp::sigmoid(x)
            }
            #[inline(always)]
            fn softplus_lanes<L: Lanes<Elem = Self>>(x: L) -> L {
                log::softplus(x)
            }
            #[inline(always)]
            fn erf_lanes<L: Lanes<Elem = Self>>(x: L) -> L {
                erf::erf(x)
            }
            #[inline(always)]
            fn erfc_lanes<L: Lanes<Elem = Self>>(x: L) -> L {
                erf::erfc(x)
            }
            #[inline(always)]
            fn normal_cdf_lanes<L: Lanes<Elem = Self>>(x: L) -> L {
                erf::normal_cdf(x)
            }
            #[inline(always)]
            fn normal_pdf_lanes<L: Lanes<Elem = Self>>(x: L) -> L {
                erf::normal_pdf(x)
            }
            #[inline(always)]
            fn pow_lanes<L: Lanes<Elem = Self>>(x: L, y: L) -> L {
                pow::pow(x, y)
            }
            #[inline(always)]
            fn sin_cos_of_turns_lanes<L: Lanes<Elem = Self>>(t: L) -> (L, L) {
                trigonometric::sin_cos_of_turns(t)
            }
        }
    };
}

math!(f32);
math!(f64);

/// Σ coefficients[k]·xᵏ by Horner's rule, one fused multiply-add per coefficient.
#[inline(always)]
fn horner<L: Lanes>(x: L, coefficients: &'static [L::Elem]) -> L {
    let (highest, rest) = coefficients.split_last().expect("a polynomial has a coefficient");
    rest.iter()
        .rev()
        .fold(L::splat(*highest), |sum, c| sum.fused_mul_add(x, L::splat(*c)))
}
