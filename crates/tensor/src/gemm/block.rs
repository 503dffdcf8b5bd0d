//! The loops of one chunk of C: blocks of k, groups of panels, rows of tiles.

use super::epilogue::Finish;
use super::pack::{CopyA, Slab};
use super::plan::{Plan, Problem};
use super::tile::{self, Tile};
use crate::Real;
use crate::buffer::Buffer;
use crate::simd::{Isa, Kernel, Lanes};
use std::ops::Range;

/// One chunk: tiles of rows × panels of a slab, over the slab's k.
pub(super) struct Chunk<'a, T> {
    pub isa: Isa,
    pub problem: &'a Problem<T>,
    pub plan: &'a Plan,
    pub slab: &'a Slab,
    /// Packed panels (see [`panel_of_b`]).
    pub packed: *const T,
    pub tiles: Range<usize>,
    pub panels: Range<usize>,
    /// Whether sums resume from C at the slab's first k.
    pub resume: bool,
    /// Runs on the finished elements; `None` while k goes on in another slab.
    pub finish: Option<&'a dyn Finish<T>>,
}

impl<T: Real> Chunk<'_, T> {
    /// # Safety
    /// Tiles, panels and slab lie in the problem, `packed` holds the panels that are not read in place, and nobody
    /// else touches this chunk's part of C.
    pub(super) unsafe fn run(&self) {
        let rows = self.rows();
        let mut copy = (!self.plan.a_in_place).then(|| Buffer::<T>::recycled(rows.len() * self.plan.block));
        let target = copy.as_mut().and_then(Buffer::as_mut).map(<[T]>::as_mut_ptr);
        let mut start = 0;
        // Runs once for k = 0 too: then the sums are 0, or C, and still to be finished.
        loop {
            let depth = self.plan.block.min(self.slab.depth - start);
            let a = self.block_of_a(start, depth, &rows, target);
            self.isa.run_wide(Block {
                chunk: self,
                a,
                start,
                depth,
            });
            start += depth;
            if start == self.slab.depth {
                break;
            }
        }
    }

    fn rows(&self) -> Range<usize> {
        let row = |tile| self.plan.row_of_tile(tile, self.problem.rows);
        row(self.tiles.start)..row(self.tiles.end)
    }

    /// The block of A, in place or copied: its first element and the strides of rows and steps.
    fn block_of_a(
        &self,
        start: usize,
        depth: usize,
        rows: &Range<usize>,
        copy: Option<*mut T>,
    ) -> StridedA<T> {
        let problem = self.problem;
        let step = (self.slab.first_k + start) as isize;
        let place = rows.start as isize * problem.a_row + step * problem.a_step;
        let a = problem.a.wrapping_offset(place);
        let Some(target) = copy else {
            return StridedA {
                first: a,
                row: problem.a_row,
                step: problem.a_step,
            };
        };
        let copy = CopyA {
            a,
            a_row: problem.a_row,
            a_step: problem.a_step,
            rows: rows.len(),
            depth,
            target,
        };
        // SAFETY: rows × depth from `a` on lie in A, and the buffer has room for a whole block.
        let (row, step) = unsafe { copy.copy() };
        StridedA {
            first: target,
            row,
            step,
        }
    }

    /// Where the rows of a panel start, at the slab's first k, and their stride.
    ///
    /// Packed panels follow each other, each `slab.depth` rows of the panel's width; where whole panels are read in
    /// place, only a last one that is not whole is packed.
    fn panel_of_b(&self, panel: usize, whole: bool) -> (*const T, isize) {
        let width = self.plan.vectors * self.plan.width;
        let problem = self.problem;
        if self.plan.b_in_place && whole {
            let column = self.slab.first_column + panel * width;
            let place = self.slab.first_k as isize * problem.b_step + column as isize;
            return (problem.b.wrapping_offset(place), problem.b_step);
        }
        let before = if self.plan.b_in_place { 0 } else { panel };
        let columns = width.min(problem.columns - self.slab.first_column - panel * width);
        let stride = columns.div_ceil(self.plan.width) * self.plan.width;
        let place = before * width * self.slab.depth;
        (self.packed.wrapping_add(place), stride as isize)
    }
}

struct StridedA<T> {
    first: *const T,
    row: isize,
    step: isize,
}

/// One block of k of a [`Chunk`], compiled for each instruction set.
struct Block<'a, T> {
    chunk: &'a Chunk<'a, T>,
    a: StridedA<T>,
    start: usize,
    depth: usize,
}

impl<T: Real> Kernel<T> for Block<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        let Chunk {
            plan,
            problem,
            tiles,
            panels,
            ..
        } = self.chunk;
        let first_row = plan.row_of_tile(tiles.start, problem.rows);
        let mut group = panels.start;
        while group < panels.end {
            let end = panels.end.min(group + plan.group);
            for tile in tiles.clone() {
                let row = plan.row_of_tile(tile, problem.rows);
                let rows = plan.row_of_tile(tile + 1, problem.rows) - row;
                let a = self
                    .a
                    .first
                    .wrapping_offset((row - first_row) as isize * self.a.row);
                for panel in group..end {
                    self.tile::<L>(panel, row, rows, a);
                }
                self.finish(row, rows, group..end);
            }
            group = end;
        }
    }
}

impl<T: Real> Block<'_, T> {
    #[inline(always)]
    fn tile<L: Lanes<Elem = T>>(&self, panel: usize, row: usize, rows: usize, a: *const T) {
        let Chunk {
            plan, problem, slab, ..
        } = self.chunk;
        let width = plan.vectors * L::WIDTH;
        let column = slab.first_column + panel * width;
        let columns = width.min(problem.columns - column);
        let (b, b_step) = self.chunk.panel_of_b(panel, columns == width);
        // SAFETY: the chunk's promises (see `Chunk::run`): the tile lies in C and is ours, the rows of A and B from
        // this block's k on are readable, and panels that are not whole are padded to whole vectors.
        unsafe {
            let tile = Tile {
                a,
                a_row: self.a.row,
                a_step: self.a.step,
                b: b.wrapping_offset(self.start as isize * b_step),
                b_step,
                c: problem.c.offset(row as isize * problem.c_row + column as isize),
                c_row: problem.c_row,
                depth: self.depth,
                resume: self.chunk.resume || self.start > 0,
            };
            tile::run::<L>(&tile, rows, columns.div_ceil(L::WIDTH), columns);
        }
    }

    /// Hands finished elements to the epilogue while they are in the first cache.
    #[inline(always)]
    fn finish(&self, row: usize, rows: usize, panels: Range<usize>) {
        let Chunk {
            plan,
            problem,
            slab,
            finish: Some(finish),
            isa,
            ..
        } = self.chunk
        else {
            return;
        };
        if self.start + self.depth < slab.depth {
            return;
        }
        let width = plan.vectors * plan.width;
        let column = slab.first_column + panels.start * width;
        let end = problem.columns.min(slab.first_column + panels.end * width);
        // SAFETY: rows × (column..end) of C, which belong to this chunk.
        unsafe {
            let c = problem.c.offset(row as isize * problem.c_row + column as isize);
            finish.finish(*isa, c, problem.c_row, rows, column, end - column);
        }
    }
}
