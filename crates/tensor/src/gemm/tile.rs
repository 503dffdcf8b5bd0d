//! The inner loop: a tile of C in registers, over a run of `k`.

use crate::simd::{Lanes, prefetch};
use num_traits::Zero;
use std::hint::black_box;
use std::mem::MaybeUninit;

/// The largest number of rows of a tile, for any vectors.
pub(super) const MOST_ROWS: usize = 12;
/// The largest number of vectors in a row of a tile.
pub(super) const MOST_VECTORS: usize = 3;
/// The number of steps of k by which lines are prefetched.
pub(super) const AHEAD: isize = 12;
/// Rows of A that share a pointer.
const GROUP: usize = 3;

/// The operands of one tile. Strides are in elements.
#[derive(Clone, Copy)]
pub(super) struct Tile<T> {
    /// `(i, p)` of A at `a + i·a_row + p·a_step`.
    pub a: *const T,
    pub a_row: isize,
    pub a_step: isize,
    /// Vectors `v` of row `p` of B at `b + p·b_step + v·WIDTH`; all of them are readable.
    pub b: *const T,
    pub b_step: isize,
    /// Row `i` of C at `c + i·c_row`.
    pub c: *mut T,
    pub c_row: isize,
    /// The length of the run of `k`.
    pub depth: usize,
    /// Whether the sums start from C, or from 0.
    pub resume: bool,
}

/// Returns the number of registers for vectors of this width.
pub(crate) const fn registers(vector_bytes: usize) -> usize {
    if vector_bytes == 64 { 32 } else { 16 }
}

/// Returns the largest number of rows of a tile with `vectors` per row for which the sums, a row of B and one broadcast stay in
/// registers.
pub(crate) const fn most_rows(registers: usize, vectors: usize) -> usize {
    match (registers, vectors) {
        (32, 1 | 2) => 12,
        (32, _) => 8,
        (_, 1) => 8,
        (_, 2) => 6,
        _ => 4,
    }
}

/// Computes a tile of `rows` × `columns`, where `columns` fills `vectors` vectors, the last one possibly partially.
///
/// A tile whose last vector is partial works on a copy of C, so that lanes past the edge stay untouched. Both kinds share one
/// call of `whole`, because each call is half of the code of a product.
///
/// # Safety
/// The operands in [`Tile`] must be readable, and the elements of C in the tile writable by this thread alone; in a
/// partial tile only these are touched. `rows ≤ most_rows(…, vectors)`.
#[inline(always)]
pub(super) unsafe fn run<L: Lanes>(tile: &Tile<L::Elem>, rows: usize, vectors: usize, columns: usize) {
    let mut copy = [MaybeUninit::<Row<L>>::uninit(); MOST_ROWS];
    let mut inner = *tile;
    let is_partial = columns != vectors * L::WIDTH;
    if is_partial {
        inner.c = copy.as_mut_ptr().cast::<L::Elem>();
        inner.c_row = (MOST_VECTORS * L::WIDTH) as isize;
        if tile.resume {
            // SAFETY: the copy has room for every tile; of C only `columns` elements of each row are read.
            unsafe { exchange::<L, true>(tile, &inner, rows, columns) };
        }
    }
    // SAFETY: the caller's promises, and the copy's vectors are full.
    unsafe { whole::<L>(&inner, rows, vectors) };
    if is_partial {
        // SAFETY: as above; of C only `columns` elements of each row are written.
        unsafe { exchange::<L, false>(tile, &inner, rows, columns) };
    }
}

/// Copies the tile of C to (`IN`) or from the copy.
///
/// # Safety
/// As [`run`], and the copy has room.
#[inline(always)]
unsafe fn exchange<L: Lanes, const IN: bool>(
    tile: &Tile<L::Elem>,
    copy: &Tile<L::Elem>,
    rows: usize,
    columns: usize,
) {
    let (full, rest) = (columns / L::WIDTH, columns % L::WIDTH);
    for row in 0..rows as isize {
        // SAFETY: the caller's promises.
        unsafe {
            let (c, copy) = (tile.c.offset(row * tile.c_row), copy.c.offset(row * copy.c_row));
            let (from, to) = if IN { (c, copy) } else { (copy, c) };
            for vector in 0..full {
                L::load(from.add(vector * L::WIDTH)).store(to.add(vector * L::WIDTH));
            }
            let (from, to) = (from.add(full * L::WIDTH), to.add(full * L::WIDTH));
            match IN {
                true => L::load_first(from, rest).store(to),
                false => L::load(from).store_first(to, rest),
            }
        }
    }
}

/// A row of the copy in [`run`].
type Row<L> = [L; MOST_VECTORS];

/// Selects the loop compiled for the run-time sizes.
///
/// # Safety
/// As [`run`], and `vectors` full vectors of C in each row.
#[inline(always)]
unsafe fn whole<L: Lanes>(tile: &Tile<L::Elem>, rows: usize, vectors: usize) {
    const { assert!(most_rows(16, 1) == 8 && most_rows(16, 2) == 6 && most_rows(16, 3) == 4) };
    macro_rules! sizes {
        ($($rows:literal x $vectors:literal $(if $wide:ident)?,)*) => {
            // SAFETY: the caller's promises are those of `multiply`.
            unsafe {
                match (rows, vectors) {
                    $(($rows, $vectors) $(if $wide)? => multiply::<L, $rows, $vectors>(tile),)*
                    _ => unreachable!("no tile of {rows} rows and {vectors} vectors"),
                }
            }
        };
    }
    let wide = const { registers(L::WIDTH * size_of::<L::Elem>()) == 32 };
    sizes! {
        1 x 1, 2 x 1, 3 x 1, 4 x 1, 5 x 1, 6 x 1, 7 x 1, 8 x 1,
        9 x 1 if wide, 10 x 1 if wide, 11 x 1 if wide, 12 x 1 if wide,
        1 x 2, 2 x 2, 3 x 2, 4 x 2, 5 x 2, 6 x 2,
        7 x 2 if wide, 8 x 2 if wide, 9 x 2 if wide, 10 x 2 if wide, 11 x 2 if wide, 12 x 2 if wide,
        1 x 3, 2 x 3, 3 x 3, 4 x 3,
        5 x 3 if wide, 6 x 3 if wide, 7 x 3 if wide, 8 x 3 if wide,
    }
}

/// The loop itself: `R·V` independent chains of fused multiply-adds.
///
/// # Safety
/// As [`run`], for a tile of `R` rows and `V` full vectors.
#[allow(
    clippy::needless_range_loop,
    reason = "indices over constant bounds unroll into registers"
)]
#[inline(always)]
unsafe fn multiply<L: Lanes, const R: usize, const V: usize>(tile: &Tile<L::Elem>) {
    let (a_row, a_step, b_step) = (tile.a_row, tile.a_step, tile.b_step);
    // Addresses of A in groups of three rows, each group from its own pointer that the compiler treats as unrelated to the
    // others. It would otherwise step through all rows with one chain of dependent additions, which takes as long as the
    // multiply-adds themselves.
    let mut a = [tile.a; MOST_ROWS / GROUP];
    for group in 0..MOST_ROWS / GROUP {
        a[group] = black_box(tile.a.wrapping_offset((group * GROUP) as isize * a_row));
    }
    let mut b = tile.b;
    // SAFETY: the caller's promises cover every address of these rows, vectors and steps; the pointers move past the
    // last step without being read there.
    unsafe {
        let mut sums = [[L::splat(L::Elem::zero()); V]; R];
        for row in 0..R {
            let c = tile.c.offset(row as isize * tile.c_row);
            prefetch(c);
            if tile.resume {
                for vector in 0..V {
                    sums[row][vector] = L::load(c.add(vector * L::WIDTH));
                }
            }
        }
        for _ in 0..tile.depth {
            // Operands in place are a line or more apart from step to step, which the processor does not predict.
            prefetch(a[0].wrapping_offset(AHEAD * a_step));
            for vector in 0..V {
                prefetch(b.wrapping_offset(AHEAD * b_step).wrapping_add(vector * L::WIDTH));
            }
            let mut row_of_b = [L::splat(L::Elem::zero()); V];
            for vector in 0..V {
                row_of_b[vector] = L::load(b.add(vector * L::WIDTH));
            }
            for row in 0..R {
                let element = L::splat(*a[row / GROUP].offset((row % GROUP) as isize * a_row));
                for vector in 0..V {
                    sums[row][vector] = element.fused_mul_add(row_of_b[vector], sums[row][vector]);
                }
            }
            for group in 0..R.div_ceil(GROUP) {
                a[group] = a[group].wrapping_offset(a_step);
            }
            b = b.wrapping_offset(b_step);
        }
        for row in 0..R {
            for vector in 0..V {
                let c = tile.c.offset(row as isize * tile.c_row);
                sums[row][vector].store(c.add(vector * L::WIDTH));
            }
        }
    }
}
