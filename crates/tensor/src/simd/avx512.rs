//! 512-bit vectors, for the matrix product alone (see [`Isa::run_wide`](super::Isa::run_wide)).
//!
//! SAFETY, for every block of this file: values of these types exist only inside a kernel that
//! `dispatch` entered after it had made sure that the machine has AVX-512 F, DQ, BW and VL, so the intrinsics may be
//! called.

use super::{Bits, Lanes, Mask};
use std::arch::x86_64::*;
use std::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Not, Sub};

macro_rules! operator {
    ($name:ident, $trait:ident, $method:ident, $intrinsic:ident) => {
        impl $trait for $name {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($intrinsic(self.0, other.0)) }
            }
        }
    };
}

macro_rules! avx512_bits {
    ($name:ident, $t:ident, $splat:ident, $add:ident, $sub:ident, $left:ident, $right:ident) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $name(__m512i);

        operator!($name, BitAnd, bitand, _mm512_and_si512);
        operator!($name, BitOr, bitor, _mm512_or_si512);
        operator!($name, BitXor, bitxor, _mm512_xor_si512);

        impl Bits for $name {
            #[inline(always)]
            fn constant(pattern: u64) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($splat(pattern as $t)) }
            }
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($add(self.0, other.0)) }
            }
            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($sub(self.0, other.0)) }
            }
            #[inline(always)]
            fn shift_left(self, count: u32) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($left(self.0, $splat(count as $t))) }
            }
            #[inline(always)]
            fn shift_right(self, count: u32) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($right(self.0, $splat(count as $t))) }
            }
        }
    };
}

avx512_bits!(
    Bits32x16,
    i32,
    _mm512_set1_epi32,
    _mm512_add_epi32,
    _mm512_sub_epi32,
    _mm512_sllv_epi32,
    _mm512_srlv_epi32
);
avx512_bits!(
    Bits64x8,
    i64,
    _mm512_set1_epi64,
    _mm512_add_epi64,
    _mm512_sub_epi64,
    _mm512_sllv_epi64,
    _mm512_srlv_epi64
);

macro_rules! avx512 {
    (
        $name:ident, $mask:ident, $bits:ident, $t:ident, $v:ident, $m:ident, $width:literal,
        $splat:ident, $load:ident, $store:ident, $load_masked:ident, $store_masked:ident,
        $add:ident, $sub:ident, $mul:ident, $div:ident, $fma:ident, $sqrt:ident, $round:ident, $max:ident, $min:ident,
        $absolute:ident, $xor:ident, $to_bits:ident, $of_bits:ident, $compare:ident, $blend:ident, $transpose:path
    ) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $name($v);

        #[derive(Clone, Copy)]
        pub(crate) struct $mask($m);

        impl Mask for $mask {}

        impl BitAnd for $mask {
            type Output = Self;
            #[inline(always)]
            fn bitand(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }
        }
        impl BitOr for $mask {
            type Output = Self;
            #[inline(always)]
            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }
        impl Not for $mask {
            type Output = Self;
            #[inline(always)]
            fn not(self) -> Self {
                Self(!self.0)
            }
        }

        operator!($name, Add, add, $add);
        operator!($name, Sub, sub, $sub);
        operator!($name, Mul, mul, $mul);
        operator!($name, Div, div, $div);

        impl Neg for $name {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($xor(self.0, $splat(-0.0))) }
            }
        }

        impl super::lanes::sealed::Sealed for $name {}

        impl Lanes for $name {
            type Elem = $t;
            type Mask = $mask;
            type Bits = $bits;
            const WIDTH: usize = $width;

            #[inline(always)]
            fn splat(value: $t) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($splat(value)) }
            }
            #[inline(always)]
            unsafe fn load(source: *const $t) -> Self {
                // SAFETY: the caller says that WIDTH elements are readable.
                unsafe { Self($load(source)) }
            }
            #[inline(always)]
            unsafe fn store(self, target: *mut $t) {
                // SAFETY: the caller says that WIDTH elements are writable.
                unsafe { $store(target, self.0) }
            }
            #[inline(always)]
            unsafe fn load_first(source: *const $t, count: usize) -> Self {
                debug_assert!(count < $width);
                // SAFETY: masked lanes are not read.
                unsafe { Self($load_masked(((1u32 << count) - 1) as $m, source)) }
            }
            #[inline(always)]
            unsafe fn store_first(self, target: *mut $t, count: usize) {
                debug_assert!(count < $width);
                // SAFETY: masked lanes are not written.
                unsafe { $store_masked(target, ((1u32 << count) - 1) as $m, self.0) }
            }
            #[inline(always)]
            unsafe fn transpose(source: *const $t, source_step: isize, target: *mut $t, target_step: isize) {
                const HALF: isize = $width / 2;
                // SAFETY: four quarters of squares that the caller says are in bounds.
                unsafe {
                    for (row, column) in [(0, 0), (0, HALF), (HALF, 0), (HALF, HALF)] {
                        let from = source.offset(row * source_step + column);
                        $transpose(
                            from,
                            source_step,
                            target.offset(column * target_step + row),
                            target_step,
                        );
                    }
                }
            }
            #[inline(always)]
            fn fused_mul_add(self, factor: Self, term: Self) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($fma(self.0, factor.0, term.0)) }
            }
            #[inline(always)]
            fn square_root(self) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($sqrt(self.0)) }
            }
            #[inline(always)]
            fn absolute(self) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($absolute(self.0)) }
            }
            #[inline(always)]
            fn round_even(self) -> Self {
                // SAFETY: see the head of the file.
                unsafe {
                    Self($round::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(
                        self.0,
                    ))
                }
            }
            #[inline(always)]
            fn floor_lanes(self) -> Self {
                // SAFETY: see the head of the file.
                unsafe {
                    Self($round::<{ _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC }>(
                        self.0,
                    ))
                }
            }
            #[inline(always)]
            fn larger(self, other: Self) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($max(self.0, other.0)) }
            }
            #[inline(always)]
            fn smaller(self, other: Self) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($min(self.0, other.0)) }
            }
            #[inline(always)]
            fn as_bits(self) -> $bits {
                // SAFETY: see the head of the file.
                unsafe { $bits($to_bits(self.0)) }
            }
            #[inline(always)]
            fn of_bits(bits: $bits) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($of_bits(bits.0)) }
            }
            #[inline(always)]
            fn is_less(self, other: Self) -> $mask {
                // SAFETY: see the head of the file.
                unsafe { $mask($compare::<_CMP_LT_OQ>(self.0, other.0)) }
            }
            #[inline(always)]
            fn is_less_equal(self, other: Self) -> $mask {
                // SAFETY: see the head of the file.
                unsafe { $mask($compare::<_CMP_LE_OQ>(self.0, other.0)) }
            }
            #[inline(always)]
            fn is_equal(self, other: Self) -> $mask {
                // SAFETY: see the head of the file.
                unsafe { $mask($compare::<_CMP_EQ_OQ>(self.0, other.0)) }
            }
            #[inline(always)]
            fn select(mask: $mask, if_true: Self, if_false: Self) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($blend(mask.0, if_false.0, if_true.0)) }
            }
        }
    };
}

avx512!(
    F32x16,
    Mask32x16,
    Bits32x16,
    f32,
    __m512,
    __mmask16,
    16,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_maskz_loadu_ps,
    _mm512_mask_storeu_ps,
    _mm512_add_ps,
    _mm512_sub_ps,
    _mm512_mul_ps,
    _mm512_div_ps,
    _mm512_fmadd_ps,
    _mm512_sqrt_ps,
    _mm512_roundscale_ps,
    _mm512_max_ps,
    _mm512_min_ps,
    _mm512_abs_ps,
    _mm512_xor_ps,
    _mm512_castps_si512,
    _mm512_castsi512_ps,
    _mm512_cmp_ps_mask,
    _mm512_mask_blend_ps,
    super::transpose::eight_by_eight
);
avx512!(
    F64x8,
    Mask64x8,
    Bits64x8,
    f64,
    __m512d,
    __mmask8,
    8,
    _mm512_set1_pd,
    _mm512_loadu_pd,
    _mm512_storeu_pd,
    _mm512_maskz_loadu_pd,
    _mm512_mask_storeu_pd,
    _mm512_add_pd,
    _mm512_sub_pd,
    _mm512_mul_pd,
    _mm512_div_pd,
    _mm512_fmadd_pd,
    _mm512_sqrt_pd,
    _mm512_roundscale_pd,
    _mm512_max_pd,
    _mm512_min_pd,
    _mm512_abs_pd,
    _mm512_xor_pd,
    _mm512_castpd_si512,
    _mm512_castsi512_pd,
    _mm512_cmp_pd_mask,
    _mm512_mask_blend_pd,
    super::transpose::four_by_four
);

#[cfg(test)]
mod tests {
    use super::super::{Isa, Kernel};
    use super::*;
    use crate::Real;

    /// Every operation, one result vector each, of vectors at `x`, `y` and `z`.
    struct Operations<'a, T> {
        operands: [&'a [T; 16]; 3],
        results: &'a mut Vec<Vec<f64>>,
    }

    impl<T: Real> Kernel<T> for Operations<'_, T> {
        type Output = ();

        #[inline(always)]
        fn run<L: Lanes<Elem = T>>(self) {
            self.results.resize(24, Vec::new());
            for start in (0..16).step_by(L::WIDTH) {
                // SAFETY: start + WIDTH ≤ 16, the length of the operands.
                let [x, y, z] = self
                    .operands
                    .map(|operand| unsafe { L::load(operand.as_ptr().add(start)) });
                let truth = |mask| L::select(mask, L::splat(T::one()), L::splat(T::zero()));
                let (bits, low) = (x.as_bits(), L::Bits::constant(0x7f));
                let results = [
                    x + y,
                    x - y,
                    x * y,
                    x / y,
                    -x,
                    x.fused_mul_add(y, z),
                    x.square_root(),
                    x.absolute(),
                    x.round_even(),
                    x.floor_lanes(),
                    x.larger(y),
                    x.smaller(y),
                    truth(x.is_less(y)),
                    truth(x.is_less_equal(y)),
                    truth(x.is_equal(y)),
                    truth(!x.is_less(y) & y.is_equal(y)),
                    truth(x.is_less(y) | x.is_equal(z)),
                    L::of_bits(bits & low),
                    L::of_bits(bits | low),
                    L::of_bits(bits ^ low),
                    L::of_bits(bits.plus(low)),
                    L::of_bits(bits.minus(low)),
                    L::of_bits(bits.shift_left(3)),
                    L::of_bits(bits.shift_right(5)),
                ];
                for (result, all) in results.into_iter().zip(self.results.iter_mut()) {
                    let mut lanes = [T::zero(); 16];
                    // SAFETY: WIDTH ≤ 16.
                    unsafe { result.store(lanes.as_mut_ptr()) };
                    all.extend(lanes[..L::WIDTH].iter().map(|lane| lane.to_f64()));
                }
            }
        }
    }

    fn agrees<T: Real>() {
        let numbers = |values: [f64; 16]| values.map(T::from_f64);
        let (inf, nan) = (f64::INFINITY, f64::NAN);
        let x = numbers([
            0.0, -0.0, 1.0, -1.5, 2.5, 3.5, -2.5, inf, -inf, nan, 1e-3, 7.25, -8.0, 0.5, -0.5, 1e9,
        ]);
        let y = numbers([
            -0.0, 0.0, 3.0, -1.5, nan, 0.1, 2.0, inf, 1.0, 2.0, 0.0, -7.25, 9.0, 0.3, -0.7, 1e-9,
        ]);
        let z = numbers([
            1.0, -1.0, 1e-9, 4.0, 5.0, nan, 0.1, 0.2, 0.3, 0.4, 0.5, inf, -8.0, 0.7, 0.8, -1.0,
        ]);
        let run = |isa: Isa| {
            let mut results = Vec::new();
            isa.run_wide(Operations {
                operands: [&x, &y, &z],
                results: &mut results,
            });
            results
        };
        let bits = |value: f64| if value.is_nan() { 1 } else { value.to_bits() };
        let expected = run(Isa::Portable);
        for &isa in Isa::available() {
            for (operation, (got, want)) in run(isa).into_iter().zip(&expected).enumerate() {
                let same = got.iter().zip(want).all(|(got, want)| bits(*got) == bits(*want));
                assert!(
                    same,
                    "operation {operation} on {}: {got:?}, not {want:?}",
                    isa.name()
                );
            }
        }
    }

    #[test]
    fn every_operation_agrees_with_the_portable_one() {
        agrees::<f32>();
        agrees::<f64>();
    }

    /// Tails and squares.
    struct Moves<'a, T> {
        source: &'a [T; 256],
        target: &'a mut [T; 256],
        count: usize,
    }

    impl<T: Real> Kernel<T> for Moves<'_, T> {
        type Output = usize;

        #[inline(always)]
        fn run<L: Lanes<Elem = T>>(self) -> usize {
            let (from, to) = (self.source.as_ptr(), self.target.as_mut_ptr());
            // SAFETY: a square of at most 16 × 16, or fewer than WIDTH elements.
            unsafe {
                if self.count == 0 {
                    L::transpose(from, 16, to, 16);
                } else if self.count < L::WIDTH {
                    L::load_first(from, self.count).store_first(to, self.count);
                }
            }
            L::WIDTH
        }
    }

    fn moves<T: Real>(isa: Isa) {
        let source: [T; 256] = std::array::from_fn(|i| T::from_f64(i as f64 + 1.0));
        for count in 0..16 {
            let mut target = [T::zero(); 256];
            let width = isa.run_wide(Moves {
                source: &source,
                target: &mut target,
                count,
            });
            let expected: [T; 256] = std::array::from_fn(|i| match count {
                0 if i / 16 < width && i % 16 < width => source[i % 16 * 16 + i / 16],
                1.. if count < width && i < count => source[i],
                _ => T::zero(),
            });
            assert_eq!(target, expected, "{count} of {width}");
        }
    }

    #[test]
    fn tails_and_squares_move_what_they_say() {
        for &isa in Isa::available() {
            moves::<f32>(isa);
            moves::<f64>(isa);
        }
    }
}
