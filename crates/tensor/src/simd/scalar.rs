//! The portable path: one element at a time.

use super::{Bits, Lanes, Mask};

impl Mask for bool {}

macro_rules! scalar {
    ($t:ident, $bits:ident) => {
        impl Bits for $bits {
            #[inline(always)]
            fn constant(pattern: u64) -> Self {
                pattern as $bits
            }
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }
            #[inline(always)]
            fn shift_left(self, count: u32) -> Self {
                self << count
            }
            #[inline(always)]
            fn shift_right(self, count: u32) -> Self {
                self >> count
            }
        }

        impl Lanes for $t {
            type Elem = $t;
            type Mask = bool;
            type Bits = $bits;
            const WIDTH: usize = 1;

            #[inline(always)]
            fn splat(value: $t) -> Self {
                value
            }
            #[inline(always)]
            unsafe fn load(source: *const $t) -> Self {
                // SAFETY: the caller says that one element is readable.
                unsafe { source.read() }
            }
            #[inline(always)]
            unsafe fn store(self, target: *mut $t) {
                // SAFETY: the caller says that one element is writable.
                unsafe { target.write(self) }
            }
            #[inline(always)]
            unsafe fn load_first(_: *const $t, _: usize) -> Self {
                0.0
            }
            #[inline(always)]
            unsafe fn store_first(self, _: *mut $t, _: usize) {}
            /// Without the hardware instruction this calls a correctly rounded library routine: slow, same bits.
            #[inline(always)]
            fn fused_mul_add(self, factor: Self, term: Self) -> Self {
                self.mul_add(factor, term)
            }
            #[inline(always)]
            fn square_root(self) -> Self {
                self.sqrt()
            }
            #[inline(always)]
            fn absolute(self) -> Self {
                self.abs()
            }
            #[inline(always)]
            fn round_even(self) -> Self {
                self.round_ties_even()
            }
            #[inline(always)]
            fn floor_lanes(self) -> Self {
                self.floor()
            }
            #[inline(always)]
            fn larger(self, other: Self) -> Self {
                if self > other { self } else { other }
            }
            #[inline(always)]
            fn smaller(self, other: Self) -> Self {
                if self < other { self } else { other }
            }
            #[inline(always)]
            fn as_bits(self) -> $bits {
                self.to_bits()
            }
            #[inline(always)]
            fn of_bits(bits: $bits) -> Self {
                $t::from_bits(bits)
            }
            #[inline(always)]
            fn is_less(self, other: Self) -> bool {
                self < other
            }
            #[inline(always)]
            fn is_less_equal(self, other: Self) -> bool {
                self <= other
            }
            #[inline(always)]
            fn is_equal(self, other: Self) -> bool {
                self == other
            }
            #[inline(always)]
            fn select(mask: bool, if_true: Self, if_false: Self) -> Self {
                if mask { if_true } else { if_false }
            }
        }
    };
}

scalar!(f32, u32);
scalar!(f64, u64);
