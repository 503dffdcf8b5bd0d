//! Copies of operands in the order in which tiles read them.

use super::plan::{Plan, Problem};
use super::tile::AHEAD;
use crate::Real;
use crate::simd::{Isa, Kernel, Lanes, prefetch};

/// A run of B's columns: `depth` rows of `columns` elements, to be packed `panel` elements a row, padded with zeros.
/// (Padding columns is harmless: lanes past the edge of C are never stored. Padding k would not be.)
pub(super) struct PackPanel<T> {
    pub b: *const T,
    pub b_step: isize,
    pub b_column: isize,
    pub depth: usize,
    pub columns: usize,
    pub panel: usize,
    /// Room for `depth · panel` elements.
    pub target: *mut T,
}

impl<T: Real> Kernel<T> for PackPanel<T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        // SAFETY: whoever made this panel promises its bounds (see `pack_slab`).
        unsafe {
            if self.b_column == 1 {
                self.rows::<L>();
            } else if self.b_step == 1 {
                self.squares::<L>();
            } else {
                self.elements(0..self.depth, 0..self.columns);
            }
            self.pad();
        }
    }
}

impl<T: Real> PackPanel<T> {
    /// B lies along n: copy rows.
    ///
    /// # Safety
    /// The fields describe readable and writable memory.
    #[inline(always)]
    unsafe fn rows<L: Lanes<Elem = T>>(&self) {
        for p in 0..self.depth {
            // SAFETY: row p has `columns` elements here and `panel ≥ columns` there.
            unsafe {
                let from = self.b.offset(p as isize * self.b_step);
                copy_run::<L>(from, self.target.add(p * self.panel), self.columns);
            }
        }
    }

    /// B lies along k: transpose squares in registers, and the edges element by element.
    ///
    /// # Safety
    /// As [`PackPanel::rows`].
    #[inline(always)]
    unsafe fn squares<L: Lanes<Elem = T>>(&self) {
        let (across, down) = (
            self.columns / L::WIDTH * L::WIDTH,
            self.depth / L::WIDTH * L::WIDTH,
        );
        // SAFETY: squares and edges cover depth × columns once and stay inside.
        unsafe {
            for column in (0..across).step_by(L::WIDTH) {
                let from = self.b.offset(column as isize * self.b_column);
                for p in (0..down).step_by(L::WIDTH) {
                    let to = self.target.add(p * self.panel + column);
                    L::transpose(from.add(p), self.b_column, to, self.panel as isize);
                }
            }
            self.elements(down..self.depth, 0..across);
            self.elements(0..self.depth, across..self.columns);
        }
    }

    /// Any strides.
    ///
    /// # Safety
    /// As [`PackPanel::rows`]; the ranges lie in the panel.
    #[inline(always)]
    unsafe fn elements(&self, depth: std::ops::Range<usize>, columns: std::ops::Range<usize>) {
        for p in depth {
            for column in columns.clone() {
                // SAFETY: the caller's ranges lie in the panel.
                unsafe {
                    let place = p as isize * self.b_step + column as isize * self.b_column;
                    *self.target.add(p * self.panel + column) = *self.b.offset(place);
                }
            }
        }
    }

    /// # Safety
    /// As [`PackPanel::rows`].
    #[inline(always)]
    unsafe fn pad(&self) {
        if self.columns == self.panel {
            return;
        }
        for p in 0..self.depth {
            // SAFETY: the rest of row p of the target.
            unsafe {
                let rest = self.target.add(p * self.panel + self.columns);
                std::slice::from_raw_parts_mut(rest, self.panel - self.columns).fill(T::zero());
            }
        }
    }
}

/// Packs panel `index` of a slab.
///
/// # Safety
/// The slab lies in the problem; `target` has room for the panel, and no other thread uses it meanwhile.
pub(super) unsafe fn pack_panel<T: Real>(
    isa: Isa,
    problem: &Problem<T>,
    plan: &Plan,
    slab: &Slab,
    index: usize,
    target: *mut T,
) {
    let panel = plan.vectors * plan.width;
    let first = slab.first_column + index * panel;
    let columns = panel.min(problem.columns - first);
    let place = slab.first_k as isize * problem.b_step + first as isize * problem.b_column;
    isa.run_wide(PackPanel {
        b: problem.b.wrapping_offset(place),
        b_step: problem.b_step,
        b_column: problem.b_column,
        depth: slab.depth,
        columns,
        panel: columns.div_ceil(plan.width) * plan.width,
        target,
    });
}

/// A part of B: `depth` rows from `first_k` on, `panels` panels from `first_column` on.
#[derive(Clone, Copy)]
pub(super) struct Slab {
    pub first_k: usize,
    pub depth: usize,
    pub first_column: usize,
    pub panels: usize,
}

/// Rows of A over a block of k, to be copied so that a tile finds its elements without gaps.
pub(super) struct CopyA<T> {
    pub a: *const T,
    pub a_row: isize,
    pub a_step: isize,
    pub rows: usize,
    pub depth: usize,
    /// Room for `rows · depth` elements.
    pub target: *mut T,
}

impl<T: Real> Kernel<T> for CopyA<T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        // SAFETY: whoever made this copy promises its bounds (see `Chunk::block_of_a`).
        unsafe {
            if self.a_step == 1 {
                self.along_k::<L>();
            } else if self.a_row == 1 {
                self.along_rows::<L>();
            } else {
                self.elements();
            }
        }
    }
}

impl<T: Real> CopyA<T> {
    /// A lies along k, and so does the copy: row after row. (A broadcast does not depend on the direction.)
    ///
    /// # Safety
    /// The fields describe readable and writable memory.
    #[inline(always)]
    unsafe fn along_k<L: Lanes<Elem = T>>(&self) {
        for row in 0..self.rows {
            // SAFETY: row `row` has `depth` elements here and there.
            unsafe {
                let from = self.a.offset(row as isize * self.a_row);
                copy_run::<L>(from, self.target.add(row * self.depth), self.depth);
            }
        }
    }

    /// A lies along its rows: step after step, each with all rows.
    ///
    /// # Safety
    /// As [`CopyA::along_k`].
    #[inline(always)]
    unsafe fn along_rows<L: Lanes<Elem = T>>(&self) {
        for p in 0..self.depth {
            // SAFETY: step `p` has `rows` elements here and there.
            unsafe {
                let from = self.a.offset(p as isize * self.a_step);
                prefetch(from.wrapping_offset(AHEAD * self.a_step));
                copy_run::<L>(from, self.target.add(p * self.rows), self.rows);
            }
        }
    }

    /// Any strides: step after step.
    ///
    /// # Safety
    /// As [`CopyA::along_k`].
    #[inline(always)]
    unsafe fn elements(&self) {
        for p in 0..self.depth {
            for row in 0..self.rows {
                // SAFETY: row and step lie in A, and the target has room for all of them.
                unsafe {
                    let place = p as isize * self.a_step + row as isize * self.a_row;
                    *self.target.add(p * self.rows + row) = *self.a.offset(place);
                }
            }
        }
    }
}

/// # Safety
/// `count` elements are readable at `from` and writable at `to`.
#[inline(always)]
unsafe fn copy_run<L: Lanes>(from: *const L::Elem, to: *mut L::Elem, count: usize) {
    let whole = count - count % L::WIDTH;
    // SAFETY: every access stays below `count`.
    unsafe {
        for start in (0..whole).step_by(L::WIDTH) {
            L::load(from.add(start)).store(to.add(start));
        }
        if whole < count {
            L::load_first(from.add(whole), count - whole).store_first(to.add(whole), count - whole);
        }
    }
}
