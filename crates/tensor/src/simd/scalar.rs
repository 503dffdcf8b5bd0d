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

        impl super::lanes::sealed::Sealed for $t {}

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

/// If fma is a library routine (the portable path on a machine or build without the instruction), an incorrect one would break
/// the guarantee of equal bits: these cases detect routines that round twice, flush, or lose a sign.
#[cfg(test)]
mod tests {
    use super::Lanes;
    use std::hint::black_box;

    fn single(a: f32, b: f32, c: f32) -> f32 {
        black_box(a).fused_mul_add(black_box(b), black_box(c))
    }

    fn double(a: f64, b: f64, c: f64) -> f64 {
        black_box(a).fused_mul_add(black_box(b), black_box(c))
    }

    #[test]
    fn fused_multiply_add_rounds_once() {
        // (1 + e)(1 − e) − 1 = −e²: a rounded product would leave 0.
        let e = f32::EPSILON;
        assert_eq!(single(1.0 + e, 1.0 - e, -1.0), -e * e);
        let e = f64::EPSILON;
        assert_eq!(double(1.0 + e, 1.0 - e, -1.0), -e * e);
        // (2¹² + 1)² · 2⁻²⁴ = 1 + 2⁻¹¹ + 2⁻²⁴ is a tie of f32. In f64 the last term vanishes, and the second rounding
        // goes to even.
        let power = |exponent: i32| f32::from_bits(((127 + exponent) as u32) << 23);
        let (even, last) = (1.0 + power(-11), power(-100));
        let square = |term: f32| single(4097.0, 4097.0 * power(-24), term);
        assert_eq!(
            (square(0.0), square(-last), square(last)),
            (even, even, even + f32::EPSILON)
        );
        // (2²⁷ + 1)² = 2⁵⁴ + 2²⁸ + 1, in steps of 4: the tie is at + 2.
        let (root, even) = (134217729.0f64, 18014398777917440.0);
        let square = |term: f64| double(root, root, term);
        assert_eq!(
            (square(0.0), square(1.0), square(1.0 + f64::EPSILON)),
            (even, even, even + 4.0)
        );
    }

    #[test]
    fn fused_multiply_add_at_the_edges() {
        let (least, least64) = (f32::from_bits(1), f64::from_bits(1));
        assert_eq!(single(least, 0.5, least), f32::from_bits(2));
        assert_eq!(single(least, 0.5, 0.0).to_bits(), 0);
        assert_eq!(single(least, 0.75, 0.0), least);
        assert_eq!(double(least64, 0.5, least64), f64::from_bits(2));
        assert_eq!(double(least64, 0.75, 0.0), least64);
        assert_eq!(double(least64, least64, 0.0).to_bits(), 0);
        // The product overflows, the result does not.
        assert_eq!(single(f32::MAX, 2.0, -f32::MAX), f32::MAX);
        assert_eq!(double(f64::MAX, 2.0, -f64::MAX), f64::MAX);
        assert_eq!(single(f32::MAX, 2.0, 0.0), f32::INFINITY);
        // Signs of zero: a sum of opposite zeros is +0, an underflowing product keeps its sign.
        assert_eq!(double(-0.0, 1.0, 0.0).to_bits(), 0.0f64.to_bits());
        assert_eq!(double(-0.0, 1.0, -0.0).to_bits(), (-0.0f64).to_bits());
        assert_eq!(double(1.0, -1.0, 1.0).to_bits(), 0.0f64.to_bits());
        assert_eq!(double(-least64, 0.25, -0.0).to_bits(), (-0.0f64).to_bits());
        assert_eq!(single(-0.0, 1.0, -0.0).to_bits(), (-0.0f32).to_bits());
        let inf = f64::INFINITY;
        assert_eq!((double(inf, 1.0, 1.0), double(1.0, 1.0, -inf)), (inf, -inf));
        assert!(
            double(inf, 0.0, 1.0).is_nan()
                && double(inf, 1.0, -inf).is_nan()
                && double(0.0, 1.0, f64::NAN).is_nan()
        );
    }
}
