//! Small tables of offsets in recycled memory, so that making them allocates nothing.

use crate::Real;
use crate::buffer::Buffer;

/// Offsets in elements, kept in a block of the pool of `T`.
pub(super) struct Table<T: Real> {
    buffer: Buffer<T>,
    length: usize,
}

impl<T: Real> Table<T> {
    pub(super) fn new(offsets: impl Iterator<Item = usize>, length: usize) -> Self {
        let each = size_of::<isize>().div_ceil(size_of::<T>());
        let mut table = Self {
            buffer: Buffer::recycled((length * each).max(1)),
            length,
        };
        let mut count = 0;
        if let Some(elements) = table.buffer.as_mut() {
            let start = elements.as_mut_ptr().cast::<isize>();
            for (index, offset) in offsets.take(length).enumerate() {
                // SAFETY: the block has room for `length` offsets, starts at a cache line, and holds plain numbers that
                // any bits are valid for.
                unsafe { start.add(index).write(offset as isize) };
                count += 1;
            }
        }
        table.length = count;
        table
    }

    pub(super) fn offsets(&self) -> &[isize] {
        // SAFETY: `new` has written these, and they stay until the block goes back to its pool.
        unsafe { std::slice::from_raw_parts(self.buffer.as_slice().as_ptr().cast(), self.length) }
    }
}
