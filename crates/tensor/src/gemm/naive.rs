//! The reference: the definition of the product, one element after the other. Every fast path gives these bits.

use super::{MatMut, MatRef, Start};
use crate::Real;

/// Like [`gemm`](super::gemm) without an epilogue, written as in the definition. Slow; for tests.
///
/// # Panics
/// If the shapes do not match.
#[track_caller]
pub fn naive<T: Real>(a: MatRef<'_, T>, b: MatRef<'_, T>, mut c: MatMut<'_, T>, start: Start) {
    assert_eq!(
        (a.columns(), c.rows(), c.columns()),
        (b.rows(), a.rows(), b.columns()),
        "naive: shapes"
    );
    for row in 0..c.rows() {
        for column in 0..c.columns() {
            let place = row as isize * c.row_stride() + column as isize * c.column_stride();
            let output = c.start().wrapping_offset(place);
            // SAFETY: the constructors of the matrices checked that every index of theirs lies in their slices.
            unsafe {
                let mut sum = if start == Start::Output {
                    *output
                } else {
                    T::zero()
                };
                for p in 0..a.columns() {
                    sum = element(&a, row, p).fused_mul_add(element(&b, p, column), sum);
                }
                *output = sum;
            }
        }
    }
}

/// # Safety
/// The index must lie in the matrix.
unsafe fn element<T: Copy>(matrix: &MatRef<'_, T>, row: usize, column: usize) -> T {
    let place = row as isize * matrix.row_stride() + column as isize * matrix.column_stride();
    // SAFETY: the caller's index lies in the matrix, which lies in its slice.
    unsafe { *matrix.start().offset(place) }
}
