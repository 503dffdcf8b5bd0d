//! The inner loop of the product: the tile of the matrix product, with the rows of B at the offsets in a table.

use crate::Real;
use crate::gemm::{most_rows, registers};
use crate::simd::{Kernel, Lanes};
use std::hint::black_box;

/// Rows of A that share a pointer.
const GROUP: usize = 3;
const MOST_ROWS: usize = 12;
/// Vectors in a row of a tile.
const VECTORS: usize = 2;

/// Rows × pixels of a product: element (row, pixel, sample) of C is the chain over k of A[row, k] with the sample's
/// element at `pixel + table[k]` of B.
pub(super) struct Tiles<'a, T> {
    /// `(row, k)` of A at `a + row·table.len() + k`.
    pub a: *const T,
    pub rows: usize,
    pub table: &'a [isize],
    /// Pixels down and across.
    pub count: [usize; 2],
    /// The first pixel in B, and the steps to the next down and across.
    pub b: *const T,
    pub b_step: [isize; 2],
    /// The same in C, and the step between rows.
    pub c: *mut T,
    pub c_step: [isize; 2],
    pub c_row: isize,
    /// Elements of a pixel that hold samples.
    pub samples: usize,
}

impl<T: Real> Kernel<T> for Tiles<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        let most = const { most_rows(registers(L::WIDTH * size_of::<L::Elem>()), VECTORS) };
        let tiles = self.rows.div_ceil(most);
        for tile in 0..tiles {
            let (first, end) = (tile * self.rows / tiles, (tile + 1) * self.rows / tiles);
            // SAFETY: rows of this product; whoever made it promises its bounds.
            unsafe { self.rows_of::<L>(first, end - first) };
        }
    }
}

impl<T: Real> Tiles<'_, T> {
    /// # Safety
    /// The rows lie in the product.
    #[inline(always)]
    unsafe fn rows_of<L: Lanes<Elem = T>>(&self, first: usize, rows: usize) {
        let a = self.a.wrapping_add(first * self.table.len());
        let c = self.c.wrapping_offset(first as isize * self.c_row);
        for y in 0..self.count[0] as isize {
            for x in 0..self.count[1] as isize {
                let b = self.b.wrapping_offset(y * self.b_step[0] + x * self.b_step[1]);
                let c = c.wrapping_offset(y * self.c_step[0] + x * self.c_step[1]);
                for lane in (0..self.samples).step_by(VECTORS * L::WIDTH) {
                    let (b, c) = (b.wrapping_add(lane), c.wrapping_add(lane));
                    // SAFETY: a pixel of the product, and lanes up to whole vectors, of which a pixel has an even number
                    // where the second is asked for.
                    unsafe {
                        if self.samples - lane > L::WIDTH {
                            self.tile::<L, VECTORS>(a, b, c, rows);
                        } else {
                            self.tile::<L, 1>(a, b, c, rows);
                        }
                    }
                }
            }
        }
    }

    /// # Safety
    /// As for [`multiply`].
    #[inline(always)]
    unsafe fn tile<L: Lanes<Elem = T>, const V: usize>(
        &self,
        a: *const T,
        b: *const T,
        c: *mut T,
        rows: usize,
    ) {
        let wide = const { registers(L::WIDTH * size_of::<L::Elem>()) == 32 };
        macro_rules! sizes {
            ($($rows:literal $(if $wide:ident)?,)*) => {
                // SAFETY: the caller's promises are those of `multiply`.
                unsafe {
                    match rows {
                        $($rows $(if $wide)? => multiply::<L, $rows, V>(a, self.table, b, c, self.c_row),)*
                        _ => unreachable!("no tile of {rows} rows"),
                    }
                }
            };
        }
        sizes! {
            1, 2, 3, 4, 5, 6,
            7 if wide, 8 if wide, 9 if wide, 10 if wide, 11 if wide, 12 if wide,
        }
    }
}

/// `R·V` independent chains of fused multiply-adds.
///
/// # Safety
/// `R` rows of A of the table's length are readable, `V` vectors of B at each place of the table, and `V` vectors of each
/// of the `R` rows of C are writable.
#[allow(
    clippy::needless_range_loop,
    reason = "indices over constant bounds unroll into registers"
)]
#[inline(always)]
unsafe fn multiply<L: Lanes, const R: usize, const V: usize>(
    a: *const L::Elem,
    table: &[isize],
    b: *const L::Elem,
    c: *mut L::Elem,
    c_row: isize,
) {
    let depth = table.len();
    // As in the tile of the matrix product: groups of rows with pointers that the compiler treats as unrelated.
    let first = a;
    let mut a = [first; MOST_ROWS / GROUP];
    for group in 0..MOST_ROWS / GROUP {
        a[group] = black_box(first.wrapping_add(group * GROUP * depth));
    }
    let mut sums = [[L::splat(num_traits::Zero::zero()); V]; R];
    // SAFETY: the caller's promises cover every address; pointers past the last step are not read.
    unsafe {
        for &place in table {
            let b = b.offset(place);
            let mut row_of_b = [L::splat(num_traits::Zero::zero()); V];
            for vector in 0..V {
                row_of_b[vector] = L::load(b.add(vector * L::WIDTH));
            }
            for row in 0..R {
                let element = L::splat(*a[row / GROUP].add(row % GROUP * depth));
                for vector in 0..V {
                    sums[row][vector] = element.fused_mul_add(row_of_b[vector], sums[row][vector]);
                }
            }
            for group in 0..R.div_ceil(GROUP) {
                a[group] = a[group].wrapping_add(1);
            }
        }
        for row in 0..R {
            for vector in 0..V {
                sums[row][vector].store(c.offset(row as isize * c_row).add(vector * L::WIDTH));
            }
        }
    }
}
