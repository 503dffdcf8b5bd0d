//! `Algebra`: the operations that pointwise formulas are written in, so that one text serves scalars, vectors, and (in
//! `latents-autograd`) recorded variables and printed formulas.

use crate::Real;
use crate::simd::{Lanes, Math};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// Passes the list of methods of [`Algebra`], except `lit`, to a macro: documentation, the method with its operands, and its
/// implementation on [`Lanes`]. Algebras that treat the methods uniformly are generated from it.
#[doc(hidden)]
#[macro_export]
macro_rules! algebra_methods {
    ($with:ident) => {
        $with! {
            /// √x.
            sqrt(x) => x.square_root();
            /// |x|.
            abs(x) => x.absolute();
            /// The largest integer that is at most `self`.
            floor(x) => x.floor_lanes();
            /// The larger of two: `if self > other { self } else { other }`, or NaN if either is NaN.
            maximum(x, other) => {
                // If the comparison fails because of a NaN, the sum is NaN.
                let larger = L::select(L::is_less(other, x), x, other);
                L::select(x.is_equal(x) & other.is_equal(other), larger, x + other)
            };
            /// The smaller of two: `if self < other { self } else { other }`, or NaN if either is NaN.
            minimum(x, other) => {
                let smaller = L::select(L::is_less(x, other), x, other);
                L::select(x.is_equal(x) & other.is_equal(other), smaller, x + other)
            };
            /// 1 if `self < other`, otherwise 0.
            less(x, other) => L::select(L::is_less(x, other), x.lit(1.0), x.lit(0.0));
            /// 1 if `self <= other`, otherwise 0.
            less_equal(x, other) => L::select(L::is_less_equal(x, other), x.lit(1.0), x.lit(0.0));
            /// 1 if `self == other`, otherwise 0.
            equal(x, other) => L::select(x.is_equal(other), x.lit(1.0), x.lit(0.0));
            /// `if_true` if `self` is not 0, otherwise `if_false`.
            choose(x, if_true, if_false) => L::select(x.is_equal(x.lit(0.0)), if_false, if_true);
            /// eˣ.
            exp(x) => L::Elem::exp_lanes(x);
            /// eˣ − 1, accurate near 0.
            expm1(x) => L::Elem::expm1_lanes(x);
            /// eˣ − 1 − x, accurate near 0.
            exp_remainder(x) => L::Elem::exp_remainder_lanes(x);
            /// Natural logarithm.
            ln(x) => L::Elem::ln_lanes(x);
            /// ln(1 + x), accurate near 0.
            log1p(x) => L::Elem::log1p_lanes(x);
            /// Hyperbolic tangent.
            tanh(x) => L::Elem::tanh_lanes(x);
            /// 1 / (1 + e⁻ˣ).
            sigmoid(x) => L::Elem::sigmoid_lanes(x);
            /// ln(1 + eˣ).
            softplus(x) => L::Elem::softplus_lanes(x);
            /// The error function.
            erf(x) => L::Elem::erf_lanes(x);
            /// The complementary error function 1 − erf(x), accurate in the tail.
            erfc(x) => L::Elem::erfc_lanes(x);
            /// The standard normal distribution function Φ(x) = ½·erfc(−x/√2), accurate in the tail.
            normal_cdf(x) => L::Elem::normal_cdf_lanes(x);
            /// The standard normal density φ(x) = e^(−x²/2) / √(2π).
            normal_pdf(x) => L::Elem::normal_pdf_lanes(x);
            /// xʸ, with the special cases of IEEE 754.
            pow(x, exponent) => L::Elem::pow_lanes(x, exponent);
        }
    };
}

/// Restricts implementations of [`Algebra`] to the crates of this workspace.
pub mod sealed {
    /// Implemented only by the crates of this workspace.
    pub trait Algebra {}
    impl<L: crate::simd::Lanes> Algebra for L {}
}

macro_rules! algebra {
    ($($(#[$doc:meta])* $method:ident($x:ident $(, $operand:ident)*) => $on_lanes:expr;)+) => {
        /// Arithmetic, elementary functions and selection.
        ///
        /// Implemented for every [`Lanes`] type, including `f32` and `f64`, which give the same bits as the vectors. The trait
        /// is sealed: the only other implementations are those of the crate `latents-autograd`, for variables and for formulas
        /// as text.
        ///
        /// ```
        /// use latents_tensor::Algebra;
        /// /// softplus(x) − ½ x
        /// fn centred<A: Algebra>(x: A) -> A {
        ///     Algebra::softplus(x) - x.lit(0.5) * x
        /// }
        /// assert_eq!(centred(100.0f64), 50.0);
        /// ```
        pub trait Algebra:
            sealed::Algebra
            + Copy
            + Add<Output = Self>
            + Sub<Output = Self>
            + Mul<Output = Self>
            + Div<Output = Self>
            + Neg<Output = Self>
        {
            /// Returns the constant `value` in the type of `self`.
            #[must_use]
            fn lit(self, value: f64) -> Self;
            $(
                $(#[$doc])*
                #[must_use]
                fn $method(self $(, $operand: Self)*) -> Self;
            )+
        }

        impl<L: Lanes> Algebra for L {
            #[inline(always)]
            fn lit(self, value: f64) -> Self {
                L::splat(L::Elem::from_f64(value))
            }
            $(
                #[inline(always)]
                fn $method(self $(, $operand: Self)*) -> Self {
                    let $x = self;
                    $on_lanes
                }
            )+
        }
    };
}
algebra_methods!(algebra);
