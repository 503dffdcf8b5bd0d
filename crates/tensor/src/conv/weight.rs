//! The gradient of the weight: w[o, c, i, j] = Σ over samples n and pixels p of
//! g[n, o, p] · x[n, c, p · stride + (i, j) · dilation − padding].
//!
//! The sum is long and its outputs are few, so it is split, always in the same way. Within a block of 32 samples each sample has
//! its own lane, a chain over the pixels; the lanes are added as a tree (l + 16, then 8, 4, 2, 1). Blocks are added in order
//! within at most 16 runs of blocks, and so are the runs.

use super::forward::{image_planes, taps};
use super::geometry::Geometry;
use super::planes::{BLOCK, Pack, Planes, lanes_for};
use crate::buffer::Buffer;
use crate::gemm::registers;
use crate::parallel::{self, SharedMut};
use crate::simd::{Isa, Kernel, Lanes};
use crate::{Real, concrete};
use std::ops::Range;

/// The largest number of runs of blocks.
const RUNS: usize = 16;
/// The least number of chunks, for threads to share.
const CHUNKS: usize = 4;
/// The largest number of outputs of a tile, and the least of a chunk.
const OUTPUTS: usize = 4;
/// The largest number of taps of a tile.
const TAPS: usize = 6;
/// Room for the sums of a tile, in whole vectors.
const TILE: usize = 32;

concrete! {
    pub(super) fn weight_gradient<'a, T>(
        isa: Isa,
        geometry: &'a Geometry,
        x: &'a [T],
        gradient: &'a [T],
        out: &'a mut [T],
    ) = weight_gradient_generic(isa, geometry, x, gradient, out);
}

fn weight_gradient_generic<T: Real>(isa: Isa, geometry: &Geometry, x: &[T], gradient: &[T], out: &mut [T]) {
    let blocks = geometry.samples.div_ceil(BLOCK);
    if blocks == 0 || out.is_empty() {
        return out.fill(T::zero());
    }
    let each = blocks.div_ceil(RUNS);
    let runs = blocks.div_ceil(each);
    let outputs = geometry.groups * geometry.outputs;
    let parts = CHUNKS.div_ceil(runs).min(outputs.div_ceil(2 * OUTPUTS)).max(1);
    let lanes = lanes_for(geometry.samples);
    let images = image_planes(geometry, lanes);
    let gradients = Planes::dense(outputs.div_ceil(parts), geometry.output, lanes);
    let table = taps::<T>(geometry, &images);
    let line = 64 / size_of::<T>();
    let image_room = images.len().next_multiple_of(line);
    let own = image_room + gradients.len().next_multiple_of(line);
    let threads = parallel::threads();
    let mut buffer = Buffer::<T>::recycled(own * threads + runs * out.len());
    let Some(room) = buffer.as_mut() else { return };
    let (room, partial) = room.split_at_mut(own * threads);
    // SAFETY: each thread has its own part of the room, each chunk its own part of the partial sums.
    let (shared_room, shared) = unsafe { (SharedMut::new(room), SharedMut::new(partial)) };
    let prepare = |thread| {
        let start = shared_room.get().wrapping_add(thread * own);
        // SAFETY: this thread's own room.
        unsafe { images.clear_border(start) };
        start
    };
    let length = out.len();
    parallel::chunks_with(runs * parts, prepare, |&mut start, chunk| {
        let (run, part) = (chunk / parts, chunk % parts);
        let work = Run {
            isa,
            geometry,
            images,
            table: table.offsets(),
            outputs: part * outputs / parts..(part + 1) * outputs / parts,
            x_room: start,
            g_room: start.wrapping_add(image_room),
        };
        for block in run * each..blocks.min((run + 1) * each) {
            let sums = shared.get().wrapping_add(run * length);
            // SAFETY: the block exists, and the sums of these outputs in this run are this chunk's alone.
            unsafe { work.block(x, gradient, block, block > run * each, sums) };
        }
    });
    out.copy_from_slice(&partial[..length]);
    for run in 1..runs {
        for (sum, &more) in out.iter_mut().zip(&partial[run * length..]) {
            *sum += more;
        }
    }
}

/// Computes some outputs of a run of blocks.
struct Run<'a, T> {
    isa: Isa,
    geometry: &'a Geometry,
    images: Planes,
    table: &'a [isize],
    outputs: Range<usize>,
    x_room: *mut T,
    g_room: *mut T,
}

impl<T: Real> Run<'_, T> {
    /// # Safety
    /// The block exists; the rooms, and the outputs' part of `sums`, are ours.
    unsafe fn block(&self, x: &[T], gradient: &[T], block: usize, add: bool, sums: *mut T) {
        let (geometry, images) = (self.geometry, &self.images);
        let [pixels, places] = geometry.pixels();
        let samples = BLOCK.min(geometry.samples - block * BLOCK);
        let gradients = Planes::dense(self.outputs.len(), geometry.output, images.lanes);
        let step = images.channels * pixels;
        self.isa.run(Pack {
            planes: images,
            source: x[block * BLOCK * step..].as_ptr(),
            step,
            samples,
            target: self.x_room,
        });
        let step = geometry.groups * geometry.outputs * places;
        let first = block * BLOCK * step + self.outputs.start * places;
        self.isa.run(Pack {
            planes: &gradients,
            source: gradient[first..].as_ptr(),
            step,
            samples,
            target: self.g_room,
        });
        let mut done = 0;
        for group in 0..geometry.groups {
            let rows = super::pass::within(&self.outputs, group, geometry.outputs);
            if rows.is_empty() {
                continue;
            }
            let row = group * geometry.outputs + rows.start;
            let [down, across] = geometry.options.stride;
            self.isa.run_wide(Dots {
                g: self.g_room.wrapping_add(done * gradients.channel()),
                g_row: gradients.channel(),
                rows: rows.len(),
                x: self
                    .x_room
                    .wrapping_add(group * geometry.inputs * images.channel()),
                x_step: [down * images.width * images.lanes, across * images.lanes],
                table: self.table,
                count: geometry.output,
                lanes: images.lanes,
                add,
                sums: sums.wrapping_add(row * self.table.len()),
            });
            done += rows.len();
        }
    }
}

/// Products of rows of gradients with taps of images, summed over pixels and samples.
struct Dots<'a, T> {
    /// Row `r`, dense, at `g + r·g_row`.
    g: *const T,
    g_row: usize,
    rows: usize,
    /// Tap `k` of the first pixel at `x + table[k]`; the next pixels down and across.
    x: *const T,
    x_step: [usize; 2],
    table: &'a [isize],
    count: [usize; 2],
    lanes: usize,
    /// Whether to add to the sums.
    add: bool,
    /// `(r, k)` at `sums + r·table.len() + k`.
    sums: *mut T,
}

impl<T: Real> Kernel<T> for Dots<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        let wide = const { registers(L::WIDTH * size_of::<L::Elem>()) == 32 };
        let most = if wide { TAPS } else { TAPS / 2 };
        let taps = self.table.len();
        let (down, across) = (self.rows.div_ceil(OUTPUTS), taps.div_ceil(most));
        let mut sums = [T::zero(); TILE * BLOCK];
        for tile in 0..down {
            let (row, end) = (tile * self.rows / down, (tile + 1) * self.rows / down);
            for column in 0..across {
                let (tap, last) = (column * taps / across, (column + 1) * taps / across);
                // SAFETY: rows and taps of this product; whoever made it promises its bounds.
                unsafe { self.tile::<L>(row..end, tap..last, &mut sums) };
            }
        }
    }
}

impl<T: Real> Dots<'_, T> {
    /// # Safety
    /// Rows and taps exist, and there are no more of them than a tile holds.
    #[inline(always)]
    unsafe fn tile<L: Lanes<Elem = T>>(
        &self,
        rows: Range<usize>,
        taps: Range<usize>,
        sums: &mut [T; TILE * BLOCK],
    ) {
        let wide = const { registers(L::WIDTH * size_of::<L::Elem>()) == 32 };
        let g = self.g.wrapping_add(rows.start * self.g_row);
        let table = &self.table[taps.clone()];
        macro_rules! sizes {
            ($lane:ident: $($rows:literal x $taps:literal $(if $wide:ident)?,)*) => {
                // SAFETY: the caller's promises are those of `multiply`; the lanes exist.
                unsafe {
                    match (rows.len(), taps.len()) {
                        $(($rows, $taps) $(if $wide)? => self.multiply::<L, $rows, $taps>(g, table, $lane, sums),)*
                        (rows, taps) => unreachable!("no tile of {rows} × {taps}"),
                    }
                }
            };
        }
        for lane in (0..self.lanes).step_by(L::WIDTH) {
            sizes! {
                lane:
                1 x 1, 1 x 2, 1 x 3, 1 x 4 if wide, 1 x 5 if wide, 1 x 6 if wide,
                2 x 1, 2 x 2, 2 x 3, 2 x 4 if wide, 2 x 5 if wide, 2 x 6 if wide,
                3 x 1, 3 x 2, 3 x 3, 3 x 4 if wide, 3 x 5 if wide, 3 x 6 if wide,
                4 x 1, 4 x 2, 4 x 3, 4 x 4 if wide, 4 x 5 if wide, 4 x 6 if wide,
            }
        }
        let mut joined = [T::zero(); TILE];
        join::<L>(sums, rows.len() * taps.len(), self.lanes, &mut joined);
        for (index, row) in rows.enumerate() {
            for (tap, &value) in taps.clone().zip(&joined[index * taps.len()..]) {
                // SAFETY: an output that is ours.
                unsafe {
                    let place = self.sums.add(row * self.table.len() + tap);
                    *place = if self.add { *place + value } else { value };
                }
            }
        }
    }

    /// The chains of `R × V` outputs in the samples from `lane` on; output `i` goes to `sums[i · 32 + lane]`.
    ///
    /// # Safety
    /// `R` rows from `g` on, `V` taps, and a vector of samples from `lane` on exist.
    #[allow(
        clippy::needless_range_loop,
        reason = "indices over constant bounds unroll into registers"
    )]
    #[inline(always)]
    unsafe fn multiply<L: Lanes<Elem = T>, const R: usize, const V: usize>(
        &self,
        g: *const T,
        table: &[isize],
        lane: usize,
        out: &mut [T; TILE * BLOCK],
    ) {
        let mut sums = [[L::splat(T::zero()); V]; R];
        let mut places = [0; V];
        places.copy_from_slice(&table[..V]);
        let mut g = g.wrapping_add(lane);
        // SAFETY: the caller's promises cover all rows, taps and pixels.
        unsafe {
            for y in 0..self.count[0] {
                let mut x = self.x.wrapping_add(y * self.x_step[0] + lane);
                for _ in 0..self.count[1] {
                    let mut taps = [L::splat(T::zero()); V];
                    for tap in 0..V {
                        taps[tap] = L::load(x.offset(places[tap]));
                    }
                    for row in 0..R {
                        let factor = L::load(g.add(row * self.g_row));
                        for tap in 0..V {
                            sums[row][tap] = factor.fused_mul_add(taps[tap], sums[row][tap]);
                        }
                    }
                    g = g.wrapping_add(self.lanes);
                    x = x.wrapping_add(self.x_step[1]);
                }
            }
        }
        for row in 0..R {
            for tap in 0..V {
                let place = &mut out[(row * V + tap) * BLOCK + lane..][..L::WIDTH];
                // SAFETY: a vector's room.
                unsafe { sums[row][tap].store(place.as_mut_ptr()) };
            }
        }
    }
}

/// Adds the lanes of `count` outputs: lane l and l + 16, then l + 8, 4, 2, 1. Lanes without a sample are 0.
#[inline(always)]
fn join<L: Lanes>(
    sums: &mut [L::Elem; TILE * BLOCK],
    count: usize,
    lanes: usize,
    joined: &mut [L::Elem; TILE],
) {
    const HALF: usize = BLOCK / 2;
    let zero = <L::Elem as num_traits::Zero>::zero();
    let mut turned = [zero; HALF * TILE];
    let count = count.next_multiple_of(L::WIDTH);
    // SAFETY: `sums` has 32 rows of 32 lanes and `turned` 16 rows of 32, and a tile has at most 32 outputs.
    unsafe {
        let (rows, turned_rows) = (sums.as_mut_ptr(), turned.as_mut_ptr());
        for row in 0..count {
            for lane in (0..HALF).step_by(L::WIDTH) {
                let place = rows.add(row * BLOCK + lane);
                let far = if lanes > HALF {
                    L::load(place.add(HALF))
                } else {
                    L::splat(zero)
                };
                (L::load(place) + far).store(place);
            }
        }
        for row in (0..count).step_by(L::WIDTH) {
            for lane in (0..HALF).step_by(L::WIDTH) {
                let to = turned_rows.add(lane * TILE + row);
                L::transpose(rows.add(row * BLOCK + lane), BLOCK as isize, to, TILE as isize);
            }
        }
        for row in (0..count).step_by(L::WIDTH) {
            let mut lanes = HALF / 2;
            while lanes > 0 {
                for lane in 0..lanes {
                    let place = turned_rows.add(lane * TILE + row);
                    (L::load(place) + L::load(place.add(lanes * TILE))).store(place);
                }
                lanes /= 2;
            }
            L::load(turned_rows.add(row)).store(joined.as_mut_ptr().add(row));
        }
    }
}
