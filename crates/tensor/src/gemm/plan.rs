//! All choices of sizes. They determine the location of data, never the order of a sum, so results do not depend on them.

use super::tile::{most_rows, registers};
use crate::Real;
use crate::simd::{Isa, Kernel, Lanes};

/// Sizes for the caches of current processors; the tests reduce them so that small problems cross every edge.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Bytes of B that a group of panels holds in the first cache.
    pub group: usize,
    /// The longest block of k.
    pub depth: usize,
    /// Bytes of packed B: a part of the second cache, so that it stays there for successive chunks of C.
    pub slab: usize,
    /// Bytes of packed B up to which each thread packs its own copy instead of fetching it from another core.
    pub own: usize,
    /// The least number of multiply-adds in a chunk of C.
    pub chunk: usize,
    /// The largest number of chunks of C.
    pub chunks: usize,
    /// Elements of B in a chunk of packing.
    pub packing: usize,
    /// With more rows of C than this, B is always packed.
    pub in_place_rows: usize,
    /// As `in_place_rows`, for a B of more bytes than `own`. Between two uses in a training it leaves the second cache, and
    /// tiles that read it in place would wait for each of its lines, while a copy fetches them in order.
    pub in_place_rows_of_large: usize,
    /// With more columns of C than this, A is copied if its lines map to the same places of the cache.
    pub in_place_columns: usize,
}

impl Limits {
    pub(super) const STANDARD: Limits = Limits {
        group: 32 << 10,
        depth: 256,
        slab: 1 << 20,
        own: 256 << 10,
        chunk: 256 << 10,
        chunks: 32,
        packing: 16 << 10,
        in_place_rows: 512,
        in_place_rows_of_large: 64,
        in_place_columns: 96,
    };
}

/// Row-major C, any A and B. Pointers come from matrices whose bounds are checked.
#[derive(Clone, Copy)]
pub(super) struct Problem<T> {
    pub rows: usize,
    pub columns: usize,
    pub depth: usize,
    pub a: *const T,
    pub a_row: isize,
    pub a_step: isize,
    pub b: *const T,
    pub b_step: isize,
    pub b_column: isize,
    pub c: *mut T,
    pub c_row: isize,
}

// SAFETY: A and B are only read while the call lasts, and chunks of work write disjoint parts of C.
unsafe impl<T: Sync> Sync for Problem<T> {}

/// How a [`Problem`] is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Elements in a vector.
    pub width: usize,
    /// Vectors in a row of a tile; a panel of B is `vectors · width` columns.
    pub vectors: usize,
    /// Tiles from top to bottom; they differ by at most one row.
    pub tiles: usize,
    /// Length of a block of k; the last may be shorter.
    pub block: usize,
    /// Length of k in a slab, a multiple of `block`.
    pub slab_depth: usize,
    /// Panels in a slab.
    pub slab_panels: usize,
    /// Panels that stay in the first cache together.
    pub group: usize,
    /// Chunks from top to bottom, and from left to right in a slab.
    pub chunks: [usize; 2],
    /// Whether whole panels of B are read in place.
    pub b_in_place: bool,
    /// Whether each thread packs all of a slab.
    pub packs_alone: bool,
    /// Whether A is read in place.
    pub a_in_place: bool,
}

/// The vectors of an instruction set: how wide, and how many registers.
struct Vectors;

impl<T: Real> Kernel<T> for Vectors {
    type Output = (usize, usize);

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) -> (usize, usize) {
        (L::WIDTH, registers(L::WIDTH * size_of::<T>()))
    }
}

impl Plan {
    pub(super) fn new<T: Real>(isa: Isa, problem: &Problem<T>, limits: &Limits) -> Self {
        let (width, registers) = isa.run_wide::<T, _>(Vectors);
        let &Problem {
            rows, columns, depth, ..
        } = problem;
        let vectors = best_tile(rows, columns.div_ceil(width), registers);
        let panel = vectors * width;
        let panels = columns.div_ceil(panel);
        let tiles = rows.div_ceil(most_rows(registers, vectors));
        let blocks = depth.div_ceil(limits.depth);
        let block = depth.div_ceil(blocks.max(1)).max(1);
        let panel_bytes = block * panel * size_of::<T>();
        let slab_panels = (limits.slab / panel_bytes).clamp(1, panels);
        let slab_blocks = (limits.slab / (panel_bytes * slab_panels)).clamp(1, blocks.max(1));
        let slab_bytes = panel_bytes * slab_panels * slab_blocks;
        let in_place_rows = match depth * columns * size_of::<T>() > limits.own {
            true => limits.in_place_rows_of_large,
            false => limits.in_place_rows,
        };
        let b_in_place =
            problem.b_column == 1 && rows <= in_place_rows && keeps_its_places::<T>(problem.b_step, block);
        let work = rows * depth.min(slab_blocks * block) * (slab_panels * panel).min(columns);
        Plan {
            width,
            vectors,
            tiles,
            block,
            slab_depth: slab_blocks * block,
            slab_panels,
            group: (limits.group / panel_bytes).max(1),
            chunks: chunks(tiles, slab_panels, work, limits),
            b_in_place,
            packs_alone: !b_in_place && slab_bytes <= limits.own,
            a_in_place: columns <= limits.in_place_columns
                || if problem.a_step == 1 {
                    keeps_its_places::<T>(problem.a_row, 16)
                } else {
                    problem.a_row == 1 && keeps_its_places::<T>(problem.a_step, block)
                },
        }
    }

    /// Returns the largest number of rows of C in a chunk.
    pub(super) fn rows_of_chunk(&self, rows: usize) -> usize {
        self.tiles.div_ceil(self.chunks[0]) * rows.div_ceil(self.tiles)
    }

    /// Returns the first row of a tile.
    pub(super) fn row_of_tile(&self, tile: usize, rows: usize) -> usize {
        tile * rows / self.tiles
    }
}

/// Returns the number of vectors per row of the tile for which the whole product takes the fewest cycles.
fn best_tile(rows: usize, vectors: usize, registers: usize) -> usize {
    let half_cycles = |wide: usize| {
        let tiles = rows.div_ceil(most_rows(registers, wide));
        let (height, taller) = (rows / tiles, rows % tiles);
        // A step of k: two multiply-adds or two loads per cycle, four cycles of latency.
        let step = |height: usize, vectors: usize| (height * vectors).max(height + vectors).max(8);
        let panel = |vectors| taller * step(height + 1, vectors) + (tiles - taller) * step(height, vectors);
        let rest = vectors % wide;
        vectors / wide * panel(wide) + if rest > 0 { panel(rest) } else { 0 }
    };
    // In a tie prefer two vectors: with AVX2 they are one cache line.
    (1..=vectors.min(3))
        .min_by_key(|&wide| (half_cycles(wide), wide != 2))
        .unwrap_or(1)
}

/// Returns whether `count` lines, `stride` elements apart, fit in a first cache of 64 sets × 8 ways.
fn keeps_its_places<T>(stride: isize, count: usize) -> bool {
    let bytes = stride.unsigned_abs() * size_of::<T>();
    // Lines map to the same set again after 4096 / gcd(bytes, 4096) steps.
    let sets = (4096usize >> bytes.trailing_zeros().min(12)).min(64);
    count <= sets * 8
}

/// Returns the number of chunks of C, vertically and horizontally: by rows if there are enough of them, so that a thread gets the
/// same rows from one product to the next; by columns if C is flat.
fn chunks(tiles: usize, panels: usize, work: usize, limits: &Limits) -> [usize; 2] {
    let wanted = (work / limits.chunk).clamp(1, limits.chunks);
    if tiles >= wanted / 2 {
        [wanted.min(tiles), 1]
    } else {
        let across = wanted.min(panels);
        [(wanted / across).clamp(1, tiles), across]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_waste_little_on_the_edges() {
        assert_eq!(best_tile(256, 4, 16), 2, "32 columns are two panels of 16");
        assert_eq!(best_tile(32, 3, 16), 3, "24 columns are one panel");
        assert_eq!(best_tile(1000, 1, 16), 1);
        assert_eq!(best_tile(256, 2, 32), 2);
    }

    #[test]
    fn a_stride_of_a_power_of_two_fights_for_places() {
        assert!(keeps_its_places::<f32>(784, 256));
        assert!(keeps_its_places::<f32>(32, 256));
        assert!(!keeps_its_places::<f32>(1024, 16));
        assert!(!keeps_its_places::<f32>(256, 256));
        assert!(keeps_its_places::<f64>(0, 8), "one place, read again and again");
    }

    #[test]
    fn flat_outputs_are_cut_by_columns() {
        let limits = Limits::STANDARD;
        assert_eq!(chunks(43, 2, 6_422_528, &limits), [24, 1]);
        let [down, across] = chunks(6, 49, 6_422_528, &limits);
        assert_eq!((down, across), (1, 24));
        assert_eq!(chunks(1, 1, 100, &limits), [1, 1]);
    }
}
