//! Transposition of squares in registers (AVX2).

use std::arch::x86_64::*;

/// Transposes eight rows of eight `f32`: exchanges within pairs, then fours, then eights.
///
/// # Safety
/// The machine has AVX2; both squares are in bounds.
#[inline(always)]
pub(super) unsafe fn eight_by_eight(
    source: *const f32,
    source_step: isize,
    target: *mut f32,
    target_step: isize,
) {
    // Loops over arrays, not closures: in a closure that is not inlined the instruction set is disabled, and every intrinsic
    // becomes a call.
    // SAFETY: row i of a square in bounds; the instructions are there.
    unsafe {
        let zero = _mm256_setzero_ps();
        let (mut rows, mut pairs, mut fours) = ([zero; 8], [zero; 8], [zero; 8]);
        for (i, row) in rows.iter_mut().enumerate() {
            *row = _mm256_loadu_ps(source.offset(i as isize * source_step));
        }
        for i in [0, 2, 4, 6] {
            pairs[i] = _mm256_unpacklo_ps(rows[i], rows[i + 1]);
            pairs[i + 1] = _mm256_unpackhi_ps(rows[i], rows[i + 1]);
        }
        for i in [0, 4] {
            fours[i] = _mm256_shuffle_ps::<0x44>(pairs[i], pairs[i + 2]);
            fours[i + 1] = _mm256_shuffle_ps::<0xee>(pairs[i], pairs[i + 2]);
            fours[i + 2] = _mm256_shuffle_ps::<0x44>(pairs[i + 1], pairs[i + 3]);
            fours[i + 3] = _mm256_shuffle_ps::<0xee>(pairs[i + 1], pairs[i + 3]);
        }
        for i in 0..4 {
            let (left, right) = (fours[i], fours[i + 4]);
            let to = target.offset(i as isize * target_step);
            _mm256_storeu_ps(to, _mm256_permute2f128_ps::<0x20>(left, right));
            let to = target.offset((i as isize + 4) * target_step);
            _mm256_storeu_ps(to, _mm256_permute2f128_ps::<0x31>(left, right));
        }
    }
}

/// Transposes four rows of four `f64`.
///
/// # Safety
/// The machine has AVX2; both squares are in bounds.
#[inline(always)]
pub(super) unsafe fn four_by_four(
    source: *const f64,
    source_step: isize,
    target: *mut f64,
    target_step: isize,
) {
    // SAFETY: row i of a square in bounds; the instructions are there.
    unsafe {
        let row = |i: isize| _mm256_loadu_pd(source.offset(i * source_step));
        let pairs = |i: isize| {
            let (even, odd) = (row(i), row(i + 1));
            [_mm256_unpacklo_pd(even, odd), _mm256_unpackhi_pd(even, odd)]
        };
        let (upper, lower) = (pairs(0), pairs(2));
        for i in 0..2 {
            let (left, right) = (upper[i], lower[i]);
            let to = target.offset(i as isize * target_step);
            _mm256_storeu_pd(to, _mm256_permute2f128_pd::<0x20>(left, right));
            let to = target.offset((i as isize + 2) * target_step);
            _mm256_storeu_pd(to, _mm256_permute2f128_pd::<0x31>(left, right));
        }
    }
}
