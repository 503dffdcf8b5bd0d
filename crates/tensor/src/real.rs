//! `Real`: the two element types, `f32` and `f64`.

use crate::Concrete;
use crate::simd::{Isa, Kernel, Lanes, Math};
use num_traits::{Bounded, NumAssign};
use std::fmt::{Debug, Display, LowerExp};
use std::iter::Sum;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// An element type of [`Tensor`](crate::Tensor): `f32` or `f64`.
///
/// The trait is sealed: every kernel is tested for exactly these two types.
pub trait Real:
    sealed::Sealed
    + NumAssign
    + Bounded
    + PartialOrd
    + Lanes<Elem = Self>
    + Math
    + Sum
    + Default
    + Debug
    + Display
    + LowerExp
    + Send
    + Sync
    + 'static
{
    /// The name in messages and listings: `"f32"` or `"f64"`.
    const NAME: &'static str;

    /// The smallest positive number of full precision.
    const SMALLEST_NORMAL: Self;

    /// A power of two. Numbers below its reciprocal can be squared without loss after multiplication by it, and the largest
    /// numbers after division by it.
    #[doc(hidden)]
    const SQUARE_SCALE: f64;

    /// Converts to the nearest value of this type.
    fn from_f64(value: f64) -> Self;

    /// Converts to `f64`.
    fn to_f64(self) -> f64;

    /// Calls this type's instance of a function; see [`concrete!`](crate::concrete!).
    #[doc(hidden)]
    #[track_caller]
    fn concrete<'a, C: Concrete>(input: C::Input<'a, Self>) -> C::Output<'a, Self>;

    /// Runs a kernel with the vectors of an instruction set.
    #[doc(hidden)]
    fn dispatch<K: Kernel<Self>>(isa: Isa, kernel: K) -> K::Output;

    /// Runs a kernel with the widest vectors of an instruction set.
    #[doc(hidden)]
    fn dispatch_wide<K: Kernel<Self>>(isa: Isa, kernel: K) -> K::Output;

    /// Calls `f` with the recycled blocks of this type on the current thread.
    #[doc(hidden)]
    fn with_pool<R>(f: impl FnOnce(&mut crate::pool::Pool<Self>) -> R) -> Option<R>;
}

macro_rules! real {
    ($t:ident, $instance:ident, $pool:ident, $wide:ident, $square_exponent:literal) => {
        thread_local! {
            static $pool: std::cell::RefCell<crate::pool::Pool<$t>> =
                const { std::cell::RefCell::new(crate::pool::Pool::new()) };
        }

        impl Real for $t {
            const NAME: &'static str = stringify!($t);
            const SMALLEST_NORMAL: Self = $t::MIN_POSITIVE;
            const SQUARE_SCALE: f64 = f64::from_bits((1023 + $square_exponent) << 52);

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $t
            }

            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }

            #[inline(always)]
            fn concrete<'a, C: Concrete>(input: C::Input<'a, Self>) -> C::Output<'a, Self> {
                C::$instance(input)
            }

            #[inline]
            fn dispatch<K: Kernel<Self>>(isa: Isa, kernel: K) -> K::Output {
                crate::simd::dispatch::$t(isa, kernel)
            }

            #[inline]
            fn dispatch_wide<K: Kernel<Self>>(isa: Isa, kernel: K) -> K::Output {
                crate::simd::dispatch::$wide(isa, kernel)
            }

            fn with_pool<R>(f: impl FnOnce(&mut crate::pool::Pool<Self>) -> R) -> Option<R> {
                // `None` while the thread shuts down: the block is then freed.
                $pool.try_with(|pool| f(&mut pool.borrow_mut())).ok()
            }
        }
    };
}

real!(f32, single, POOL_F32, f32_wide, 96);
real!(f64, double, POOL_F64, f64_wide, 600);
