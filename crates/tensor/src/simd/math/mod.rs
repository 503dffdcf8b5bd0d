//! Elementary functions over lanes: one source for every instruction set.

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
}

impl Math for f32 {
    #[inline(always)]
    fn exp_lanes<L: Lanes<Elem = Self>>(_x: L) -> L {
        unimplemented!()
    }
    #[inline(always)]
    fn expm1_lanes<L: Lanes<Elem = Self>>(_x: L) -> L {
        unimplemented!()
    }
    #[inline(always)]
    fn ln_lanes<L: Lanes<Elem = Self>>(_x: L) -> L {
        unimplemented!()
    }
    #[inline(always)]
    fn log1p_lanes<L: Lanes<Elem = Self>>(_x: L) -> L {
        unimplemented!()
    }
    #[inline(always)]
    fn tanh_lanes<L: Lanes<Elem = Self>>(_x: L) -> L {
        unimplemented!()
    }
    #[inline(always)]
    fn sigmoid_lanes<L: Lanes<Elem = Self>>(_x: L) -> L {
        unimplemented!()
    }
    #[inline(always)]
    fn softplus_lanes<L: Lanes<Elem = Self>>(_x: L) -> L {
        unimplemented!()
    }
    #[inline(always)]
    fn erf_lanes<L: Lanes<Elem = Self>>(_x: L) -> L {
        unimplemented!()
    }
    #[inline(always)]
    fn pow_lanes<L: Lanes<Elem = Self>>(_x: L, _y: L) -> L {
        unimplemented!()
    }
}

impl Math for f64 {
    #[inline(always)]
    fn exp_lanes<L: Lanes<Elem = Self>>(_x: L) -> L {
        unimplemented!()
    }
    #[inline(always)]
    fn expm1_lanes<L: Lanes<Elem = Self>>(_x: L) -> L {
        unimplemented!()
    }
    #[inline(always)]
    fn ln_lanes<L: Lanes<Elem = Self>>(_x: L) -> L {
        unimplemented!()
    }
    #[inline(always)]
    fn log1p_lanes<L: Lanes<Elem = Self>>(_x: L) -> L {
        unimplemented!()
    }
    #[inline(always)]
    fn tanh_lanes<L: Lanes<Elem = Self>>(_x: L) -> L {
        unimplemented!()
    }
    #[inline(always)]
    fn sigmoid_lanes<L: Lanes<Elem = Self>>(_x: L) -> L {
        unimplemented!()
    }
    #[inline(always)]
    fn softplus_lanes<L: Lanes<Elem = Self>>(_x: L) -> L {
        unimplemented!()
    }
    #[inline(always)]
    fn erf_lanes<L: Lanes<Elem = Self>>(_x: L) -> L {
        unimplemented!()
    }
    #[inline(always)]
    fn pow_lanes<L: Lanes<Elem = Self>>(_x: L, _y: L) -> L {
        unimplemented!()
    }
}
