//! Elementary functions over lanes: one source for every instruction set.

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

/// Σ coefficients[k]·xᵏ by Horner's rule, one fused multiply-add a coefficient.
#[inline(always)]
fn horner<L: Lanes>(x: L, coefficients: &'static [L::Elem]) -> L {
    let (highest, rest) = coefficients.split_last().expect("a polynomial has a coefficient");
    rest.iter()
        .rev()
        .fold(L::splat(*highest), |sum, c| sum.fused_mul_add(x, L::splat(*c)))
}
