//! Processes blocks of samples: pack, multiply, finish, unpack. Used by the convolution and its transpose.

use super::finish::Finish;
use super::planes::{BLOCK, Pack, Planes, Unpack};
use crate::Real;
use crate::buffer::Buffer;
use crate::parallel::{self, SharedMut};
use crate::simd::Isa;
use std::ops::Range;

/// The least number of blocks × parts of channels, for threads to share.
const CHUNKS: usize = 4;
/// The least number of channels of a part, if a block is split.
const PART: usize = 8;

/// Images in, images out.
pub(super) struct Pass<'a, T> {
    pub isa: Isa,
    pub samples: usize,
    pub source: &'a [T],
    pub planes: Planes,
    /// Channels, and pixels of a channel, of the result.
    pub channels: usize,
    pub pixels: usize,
    pub finish: Option<&'a dyn Finish<T>>,
}

/// A block's part: packed images, and room for channels of the result.
pub(super) struct Part<T> {
    pub planes: *const T,
    /// Channels of the result that are wanted.
    pub channels: Range<usize>,
    /// The first of them, dense planes.
    pub target: *mut T,
    pub samples: usize,
}

/// The wanted channels of one group.
pub(super) struct Rows {
    pub group: usize,
    /// The first, counted over all groups.
    pub first: usize,
    pub count: usize,
    /// Wanted channels of the groups before.
    pub before: usize,
}

impl<T> Part<T> {
    /// The groups that have wanted channels, of `groups` with `each` channels.
    pub(super) fn rows(&self, groups: usize, each: usize) -> impl Iterator<Item = Rows> {
        let of_group = move |group: usize| {
            let rows = within(&self.channels, group, each);
            let first = group * each + rows.start;
            Rows {
                group,
                first,
                count: rows.len(),
                before: first.saturating_sub(self.channels.start),
            }
        };
        (0..groups).map(of_group).filter(|rows| rows.count > 0)
    }
}

impl<T: Real> Pass<'_, T> {
    /// Fills `out`, with `multiply` to make the sums of one part.
    pub(super) fn run(&self, out: &mut [T], multiply: &(dyn Fn(&Part<T>) + Sync)) {
        if out.is_empty() {
            return;
        }
        let blocks = self.samples.div_ceil(BLOCK);
        let parts = CHUNKS.div_ceil(blocks).min(self.channels.div_ceil(PART)).max(1);
        let line = 64 / size_of::<T>();
        let images = self.planes.len().next_multiple_of(line);
        let results = self.channels.div_ceil(parts) * self.pixels * self.planes.lanes;
        let own = images + results.next_multiple_of(line);
        let mut buffer = Buffer::<T>::recycled(own * parallel::threads());
        let Some(room) = buffer.as_mut() else { return };
        // SAFETY: every thread has its own part of the room, and chunks write disjoint channels of disjoint samples.
        let (room, out) = unsafe { (SharedMut::new(room), SharedMut::new(out)) };
        let prepare = |thread| {
            let start = room.get().wrapping_add(thread * own);
            // SAFETY: this thread's own room.
            unsafe { self.planes.clear_border(start) };
            start
        };
        parallel::chunks_with(blocks * parts, prepare, |&mut start, chunk| {
            let (block, part) = (chunk / parts, chunk % parts);
            let part = Part {
                planes: start,
                channels: part * self.channels / parts..(part + 1) * self.channels / parts,
                target: start.wrapping_add(images),
                samples: BLOCK.min(self.samples - block * BLOCK),
            };
            // SAFETY: the block exists, and the room is this thread's.
            unsafe {
                self.pack(block, &part, start);
                multiply(&part);
                self.unpack(block, &part, out.get());
            }
        });
    }

    /// # Safety
    /// The block exists, and `start` has room for its planes.
    unsafe fn pack(&self, block: usize, part: &Part<T>, start: *mut T) {
        let step = self.planes.channels * self.planes.image[0] * self.planes.image[1];
        self.isa.run(Pack {
            planes: &self.planes,
            source: self.source[block * BLOCK * step..].as_ptr(),
            step,
            samples: part.samples,
            target: start,
        });
    }

    /// # Safety
    /// The block exists, and no other thread touches these channels of its samples.
    unsafe fn unpack(&self, block: usize, part: &Part<T>, out: *mut T) {
        let length = self.pixels * self.planes.lanes;
        if let Some(finish) = self.finish {
            // SAFETY: the part's own room.
            unsafe {
                finish.finish(
                    self.isa,
                    part.target,
                    part.channels.start,
                    part.channels.len(),
                    length,
                );
            }
        }
        let step = self.channels * self.pixels;
        self.isa.run(Unpack {
            source: part.target.cast_const(),
            lanes: self.planes.lanes,
            pixels: part.channels.len() * self.pixels,
            target: out.wrapping_add(block * BLOCK * step + part.channels.start * self.pixels),
            step,
            samples: part.samples,
        });
    }
}

/// The part of `wanted` in group `group` of `each` channels, counted within the group.
pub(super) fn within(wanted: &Range<usize>, group: usize, each: usize) -> Range<usize> {
    let local = |channel: usize| channel.saturating_sub(group * each).min(each);
    local(wanted.start)..local(wanted.end)
}
