//! The loops of one chunk of C: blocks of k, groups of panels, rows of tiles.

use super::epilogue::Finish;
use super::pack::{CopyA, Slab};
use super::plan::{Plan, Problem};
use super::tile::{self, Tile};
use crate::Real;
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
    /// Room for the rows of A of this chunk over a block of k, if they are copied.
    pub copy: Option<*mut T>,
    pub tiles: Range<usize>,
    pub panels: Range<usize>,
    /// Whether sums resume from C at the slab's first k.
    pub resume: bool,
    /// Runs on the finished elements; `None` while k goes on in another slab.
    pub finish: Option<&'a dyn Finish<T>>,
}

impl<T: Real> Chunk<'_, T> {
    /// # Safety
    /// Tiles, panels and slab lie in the problem, `packed` holds the panels that are not read in place, and no
    /// other thread touches this chunk's part of C, or `copy`.
    pub(super) unsafe fn run(&self) {
        let mut start = 0;
        // Also runs once for k = 0: the sums are then 0, or C, and must still be finished.
        loop {
            let depth = self.plan.block.min(self.slab.depth - start);
            // SAFETY: the caller's promises.
            let a = unsafe { self.block_of_a(start, depth) };
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

    /// The rows of A of this chunk, over a block of k: in place or, tile by tile, copied.
    ///
    /// # Safety
    /// As [`Chunk::run`].
    unsafe fn block_of_a(&self, start: usize, depth: usize) -> BlockOfA<T> {
        let problem = self.problem;
        let first_row = self.row_of(self.tiles.start);
        let step = (self.slab.first_k + start) as isize * problem.a_step;
        let a = |row: usize| problem.a.wrapping_offset(row as isize * problem.a_row + step);
        let Some(target) = self.copy else {
            return BlockOfA {
                first: a(first_row),
                next: problem.a_row,
                row: problem.a_row,
                step: Some(problem.a_step),
            };
        };
        for tile in self.tiles.clone() {
            let row = self.row_of(tile);
            self.isa.run_wide(CopyA {
                a: a(row),
                a_row: problem.a_row,
                a_step: problem.a_step,
                rows: self.row_of(tile + 1) - row,
                depth,
                // SAFETY: the tiles before this one fill what lies before.
                target: unsafe { target.add((row - first_row) * depth) },
            });
        }
        let along_k = problem.a_step == 1;
        BlockOfA {
            first: target,
            next: depth as isize,
            row: if along_k { depth as isize } else { 1 },
            step: along_k.then_some(1),
        }
    }

    fn row_of(&self, tile: usize) -> usize {
        self.plan.row_of_tile(tile, self.problem.rows)
    }

    /// Returns the start of the rows of a panel, at the slab's first k, and their stride.
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

/// The location of a chunk's rows of A.
struct BlockOfA<T> {
    first: *const T,
    /// From the first row of one tile to that of the next, for each row between them.
    next: isize,
    /// From row to row in a tile.
    row: isize,
    /// From one k to the next; `None` where all rows of a tile lie between.
    step: Option<isize>,
}

/// One block of k of a [`Chunk`], compiled for each instruction set.
struct Block<'a, T> {
    chunk: &'a Chunk<'a, T>,
    a: BlockOfA<T>,
    start: usize,
    depth: usize,
}

impl<T: Real> Kernel<T> for Block<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        let Chunk {
            plan, tiles, panels, ..
        } = self.chunk;
        let first_row = self.chunk.row_of(tiles.start);
        let mut group = panels.start;
        while group < panels.end {
            let end = panels.end.min(group + plan.group);
            for tile in tiles.clone() {
                let row = self.chunk.row_of(tile);
                let rows = self.chunk.row_of(tile + 1) - row;
                let a = self
                    .a
                    .first
                    .wrapping_offset((row - first_row) as isize * self.a.next);
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
                a_step: self.a.step.unwrap_or(rows as isize),
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

    /// Applies the epilogue to finished elements while they are in the first cache.
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
