//! 256-bit vectors with fused multiply-add.
//!
//! SAFETY, for every block of this file: values of these types exist only inside a kernel that
//! `dispatch` entered after it had made sure that the machine has AVX2 and FMA, so the intrinsics may be called.

use super::{Bits, Lanes, Mask};
use std::arch::x86_64::*;
use std::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Not, Sub};

/// For a tail of `n` elements the window that starts at `WIDTH − n` selects the first `n` lanes.
static TAIL_32: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];
static TAIL_64: [i64; 8] = [-1, -1, -1, -1, 0, 0, 0, 0];

macro_rules! avx2_bits {
    ($name:ident, $t:ident, $splat:ident, $add:ident, $sub:ident, $left:ident, $right:ident) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $name(__m256i);

        impl BitAnd for $name {
            type Output = Self;
            #[inline(always)]
            fn bitand(self, other: Self) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self(_mm256_and_si256(self.0, other.0)) }
            }
        }
        impl BitOr for $name {
            type Output = Self;
            #[inline(always)]
            fn bitor(self, other: Self) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self(_mm256_or_si256(self.0, other.0)) }
            }
        }
        impl BitXor for $name {
            type Output = Self;
            #[inline(always)]
            fn bitxor(self, other: Self) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self(_mm256_xor_si256(self.0, other.0)) }
            }
        }

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
                unsafe { Self($left(self.0, _mm_cvtsi32_si128(count as i32))) }
            }
            #[inline(always)]
            fn shift_right(self, count: u32) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($right(self.0, _mm_cvtsi32_si128(count as i32))) }
            }
        }
    };
}

avx2_bits!(
    U32x8,
    i32,
    _mm256_set1_epi32,
    _mm256_add_epi32,
    _mm256_sub_epi32,
    _mm256_sll_epi32,
    _mm256_srl_epi32
);
avx2_bits!(
    U64x4,
    i64,
    _mm256_set1_epi64x,
    _mm256_add_epi64,
    _mm256_sub_epi64,
    _mm256_sll_epi64,
    _mm256_srl_epi64
);

macro_rules! avx2 {
    (
        $name:ident, $mask:ident, $t:ident, $v:ident, $width:literal, $tail:ident,
        $splat:ident, $load:ident, $store:ident, $maskload:ident, $maskstore:ident,
        $add:ident, $sub:ident, $mul:ident, $div:ident, $fma:ident, $sqrt:ident, $round:ident, $cmp:ident,
        $and:ident, $or:ident, $xor:ident, $andnot:ident, $blend:ident, $ones:expr,
        $transpose:path,
        $max:ident, $min:ident, $bits:ident, $to_bits:ident, $of_bits:ident
    ) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $name(pub(crate) $v);

        #[derive(Clone, Copy)]
        pub(crate) struct $mask(pub(crate) $v);

        impl Mask for $mask {}

        impl BitAnd for $mask {
            type Output = Self;
            #[inline(always)]
            fn bitand(self, other: Self) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($and(self.0, other.0)) }
            }
        }
        impl BitOr for $mask {
            type Output = Self;
            #[inline(always)]
            fn bitor(self, other: Self) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($or(self.0, other.0)) }
            }
        }
        impl Not for $mask {
            type Output = Self;
            #[inline(always)]
            fn not(self) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($xor(self.0, $ones)) }
            }
        }
        impl Add for $name {
            type Output = Self;
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($add(self.0, other.0)) }
            }
        }
        impl Sub for $name {
            type Output = Self;
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($sub(self.0, other.0)) }
            }
        }
        impl Mul for $name {
            type Output = Self;
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($mul(self.0, other.0)) }
            }
        }
        impl Div for $name {
            type Output = Self;
            #[inline(always)]
            fn div(self, other: Self) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($div(self.0, other.0)) }
            }
        }
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
                // SAFETY: the window lies in the table as count < WIDTH; masked lanes are not read.
                unsafe {
                    let window = _mm256_loadu_si256($tail.as_ptr().add($width - count).cast());
                    Self($maskload(source, window))
                }
            }
            #[inline(always)]
            unsafe fn store_first(self, target: *mut $t, count: usize) {
                debug_assert!(count < $width);
                // SAFETY: the window lies in the table as count < WIDTH; masked lanes are not written.
                unsafe {
                    let window = _mm256_loadu_si256($tail.as_ptr().add($width - count).cast());
                    $maskstore(target, window, self.0)
                }
            }
            #[inline(always)]
            unsafe fn transpose(source: *const $t, source_step: isize, target: *mut $t, target_step: isize) {
                // SAFETY: the caller's promises are those of the function.
                unsafe { $transpose(source, source_step, target, target_step) }
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
                unsafe { Self($andnot($splat(-0.0), self.0)) }
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
                unsafe { $mask($cmp::<_CMP_LT_OQ>(self.0, other.0)) }
            }
            #[inline(always)]
            fn is_less_equal(self, other: Self) -> $mask {
                // SAFETY: see the head of the file.
                unsafe { $mask($cmp::<_CMP_LE_OQ>(self.0, other.0)) }
            }
            #[inline(always)]
            fn is_equal(self, other: Self) -> $mask {
                // SAFETY: see the head of the file.
                unsafe { $mask($cmp::<_CMP_EQ_OQ>(self.0, other.0)) }
            }
            #[inline(always)]
            fn select(mask: $mask, if_true: Self, if_false: Self) -> Self {
                // SAFETY: see the head of the file.
                unsafe { Self($blend(if_false.0, if_true.0, mask.0)) }
            }
        }
    };
}

avx2!(
    F32x8,
    Mask32x8,
    f32,
    __m256,
    8,
    TAIL_32,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_maskload_ps,
    _mm256_maskstore_ps,
    _mm256_add_ps,
    _mm256_sub_ps,
    _mm256_mul_ps,
    _mm256_div_ps,
    _mm256_fmadd_ps,
    _mm256_sqrt_ps,
    _mm256_round_ps,
    _mm256_cmp_ps,
    _mm256_and_ps,
    _mm256_or_ps,
    _mm256_xor_ps,
    _mm256_andnot_ps,
    _mm256_blendv_ps,
    _mm256_castsi256_ps(_mm256_set1_epi32(-1)),
    super::transpose::eight_by_eight,
    _mm256_max_ps,
    _mm256_min_ps,
    U32x8,
    _mm256_castps_si256,
    _mm256_castsi256_ps
);
avx2!(
    F64x4,
    Mask64x4,
    f64,
    __m256d,
    4,
    TAIL_64,
    _mm256_set1_pd,
    _mm256_loadu_pd,
    _mm256_storeu_pd,
    _mm256_maskload_pd,
    _mm256_maskstore_pd,
    _mm256_add_pd,
    _mm256_sub_pd,
    _mm256_mul_pd,
    _mm256_div_pd,
    _mm256_fmadd_pd,
    _mm256_sqrt_pd,
    _mm256_round_pd,
    _mm256_cmp_pd,
    _mm256_and_pd,
    _mm256_or_pd,
    _mm256_xor_pd,
    _mm256_andnot_pd,
    _mm256_blendv_pd,
    _mm256_castsi256_pd(_mm256_set1_epi64x(-1)),
    super::transpose::four_by_four,
    _mm256_max_pd,
    _mm256_min_pd,
    U64x4,
    _mm256_castpd_si256,
    _mm256_castsi256_pd
);
