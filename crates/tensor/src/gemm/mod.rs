//! Matrix multiplication: `C = A·B` (or `C += A·B`) for matrices of any strides, followed by a formula on each element.
//!
//! # Guarantee
//! Element `(i, j)` is **one chain** of fused multiply-adds over `k` in increasing order:
//!
//! ```text
//! sum = 0, or C[i, j]
//! for p in 0..k { sum = fma(A[i, p], B[p, j], sum) }
//! ```
//!
//! [`naive`] implements this text as a program, and every path below gives its bits: for any instruction set, any number of
//! threads, any strides, and NaN, infinities and −0.0 in the data. So the sum is never split (no partial sums, no `C += block`),
//! `k` is never padded (a padded `0·∞` would be NaN), and lanes hold *different* elements of C, so they are never combined.
//!
//! # Why it is fast
//! A core does two vector fused multiply-adds a cycle, each of which takes four cycles, but fetches only two or
//! three vectors a cycle. So a **tile** of C stays in registers: with `R` rows and `V` vectors a row, one step of
//! `k` loads `V` vectors of B and broadcasts `R` elements of A for `R·V` fused multiply-adds, of which at least eight
//! must be independent. With 16 registers `6×2` and `4×3` are the best tiles, with 32 registers `12×2` and `8×3`;
//! [`plan`](self) takes the one that wastes least on the edges, and cuts the rows evenly (32 rows are 6+6+5+5+5+5,
//! not 6+6+6+6+6+2).
//!
//! Around the tile, four loops keep operands where the tile can reach them:
//!
//! ```text
//! for each slab of B                    packed once, or a small one by each thread; stays in the second cache
//!   for each chunk of C                 rows × panels; the unit of work that threads take
//!     for each block of k               the tile resumes from C: the chain goes on where it stopped
//!       for each group of panels        a panel is V vectors wide; a group stays in the first cache
//!         for each tile's rows
//!           for each panel              the tile
//! ```
//!
//! A small slab is packed by every thread for itself: fetching lines that another core has just written costs more than packing
//! them again.
//!
//! Avoiding copies matters as much. A broadcast does not depend on the direction of A, so A is read in place unless its stride
//! maps its lines to the same places of the cache. B is read in place if it lies along `n` and A has too few rows to pay for the
//! copy. Only a B that lies along `k` must be packed, by transposing small squares in registers.
//!
//! # Overview of the files
//! `matrix` (strided views with checked bounds) · `tile` (the inner loop) · `block` (the loops of one chunk) ·
//! `plan` (all sizes) · `pack` (copies) · `drive` (slabs, threads) · `epilogue` (bias and activation on
//! finished elements) · `matmul`, `linear` (tensors) · `naive` (the reference).

mod block;
mod drive;
mod epilogue;
mod linear;
mod matmul;
mod matrix;
mod naive;
mod pack;
mod plan;
#[cfg(test)]
mod tests;
mod tile;

pub use epilogue::{BiasThen, Epilogue, Finished, Nothing};
pub use linear::linear_into;
pub use matmul::matmul_into;
pub use matrix::{MatMut, MatRef};
pub use naive::naive;
pub(crate) use tile::{most_rows, registers};

use crate::Real;
use crate::simd::Isa;

/// The start of the sum of each element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Start {
    /// Zero: `C = A·B`; the previous elements of C are not read.
    Zero,
    /// The element of C: `C += A·B`, still one chain.
    Output,
}

/// Computes `C = A·B` or `C += A·B`, then applies `epilogue` to every element; A is m×k, B is k×n, C is m×n.
///
/// Allocates nothing once the thread's pool is warm. The work is split over threads (see [`crate::parallel`]), with the same bits
/// for any number of them.
///
/// ```
/// use latents_tensor::gemm::{self, MatMut, MatRef, Nothing, Start};
/// use latents_tensor::simd::Isa;
/// let a = [1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0];
/// let mut c = [0.0; 4];
/// let a = MatRef::row_major(&a, 2, 3);
/// gemm::gemm(Isa::active(), a, a.transpose(), MatMut::row_major(&mut c, 2, 2), Start::Zero, &Nothing);
/// assert_eq!(c, [14.0, 32.0, 32.0, 77.0]);
/// ```
///
/// # Panics
/// If the shapes do not match.
#[track_caller]
pub fn gemm<T: Real, E: Epilogue<T>>(
    isa: Isa,
    a: MatRef<'_, T>,
    b: MatRef<'_, T>,
    c: MatMut<'_, T>,
    start: Start,
    epilogue: &E,
) {
    assert!(
        a.columns() == b.rows() && c.rows() == a.rows() && c.columns() == b.columns(),
        "gemm: A is {}×{}, B is {}×{}, C is {}×{}; they must be m×k, k×n and m×n",
        a.rows(),
        a.columns(),
        b.rows(),
        b.columns(),
        c.rows(),
        c.columns()
    );
    drive::any_output(
        isa,
        a,
        b,
        c,
        start,
        epilogue::needed(epilogue),
        &plan::Limits::STANDARD,
    );
}
