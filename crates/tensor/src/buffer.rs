//! Storage, aligned to 64 bytes, that tensors share and copy on write.

use crate::Real;
use crate::pool::{give, take};
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering, fence};

/// The offset of the elements in a block: the header fills one cache line, the data start on the next.
const ALIGNMENT: usize = 64;

struct Header {
    owners: AtomicUsize,
    capacity: usize,
}

/// An allocation: a header, then `capacity` initialised elements. Owned by one [`Buffer`] family or pool.
#[doc(hidden)]
pub(crate) struct Block<T> {
    header: NonNull<Header>,
    marker: PhantomData<T>,
}

impl<T> Block<T> {
    fn layout(capacity: usize) -> Layout {
        capacity
            .checked_mul(size_of::<T>())
            .and_then(|bytes| bytes.checked_add(ALIGNMENT))
            .and_then(|bytes| Layout::from_size_align(bytes, ALIGNMENT).ok())
            .unwrap_or_else(|| panic!("a tensor of {capacity} elements does not fit the address space"))
    }

    pub(crate) fn capacity(&self) -> usize {
        // SAFETY: the header lives as long as the block.
        unsafe { self.header.as_ref().capacity }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.capacity() * size_of::<T>()
    }
}

impl<T: Real> Block<T> {
    /// Allocates a new block. All-zero bytes are the number 0.0, so its elements are initialised.
    pub(crate) fn zeroed(capacity: usize) -> Self {
        let layout = Self::layout(capacity);
        // SAFETY: the layout is never empty, as it includes the header.
        let Some(header) = NonNull::new(unsafe { alloc(layout) }.cast::<Header>()) else {
            handle_alloc_error(layout)
        };
        // Before the first touch, which `alloc_zeroed` would already be.
        prefer_large_pages(header.as_ptr().cast(), layout.size());
        // SAFETY: freshly allocated, aligned and large enough.
        unsafe {
            header.cast::<u8>().write_bytes(0, layout.size());
            header.write(Header {
                owners: AtomicUsize::new(1),
                capacity,
            })
        };
        Self {
            header,
            marker: PhantomData,
        }
    }
}

/// Asks for pages of 2 MiB for a large block that has not been touched yet. A kernel that reads several such blocks at once (an
/// optimiser's step, for example) would otherwise need a new page of 4 KiB, and its look-up, for every thousand numbers.
#[cfg(target_os = "linux")]
fn prefer_large_pages(start: *mut u8, bytes: usize) {
    const PAGE: usize = 2 << 20;
    let first = start.align_offset(PAGE);
    if bytes < first.saturating_add(PAGE) || bytes < 2 * PAGE {
        return;
    }
    let length = (bytes - first) / PAGE * PAGE;
    // SAFETY: whole pages within a block of ours. It is advice: contents stay, and a refusal changes nothing.
    unsafe { libc::madvise(start.add(first).cast(), length, libc::MADV_HUGEPAGE) };
}

#[cfg(not(target_os = "linux"))]
fn prefer_large_pages(_: *mut u8, _: usize) {}

impl<T> Drop for Block<T> {
    fn drop(&mut self) {
        let layout = Self::layout(self.capacity());
        // SAFETY: allocated with this layout; the owner is gone. `Header` and elements need no drop.
        unsafe { dealloc(self.header.as_ptr().cast(), layout) }
    }
}

// SAFETY: a block is plain memory behind a unique pointer.
unsafe impl<T: Send> Send for Block<T> {}

/// A shared, reference-counted block of elements. Cloning shares it; [`Buffer::as_mut`] requires a unique owner.
pub(crate) struct Buffer<T: Real> {
    header: NonNull<Header>,
    marker: PhantomData<T>,
}

// SAFETY: shared access is read-only and the count is atomic, as in `Arc`.
unsafe impl<T: Real> Send for Buffer<T> {}
// SAFETY: as above.
unsafe impl<T: Real> Sync for Buffer<T> {}

impl<T: Real> Buffer<T> {
    /// Returns at least `length` elements with unspecified (but initialised) values.
    pub(crate) fn recycled(length: usize) -> Self {
        let block = std::mem::ManuallyDrop::new(take::<T>(length));
        // SAFETY: the block is ours alone; its count restarts at one.
        unsafe { block.header.as_ref() }
            .owners
            .store(1, Ordering::Relaxed);
        Self {
            header: block.header,
            marker: PhantomData,
        }
    }

    pub(crate) fn capacity(&self) -> usize {
        // SAFETY: the header lives as long as any owner.
        unsafe { self.header.as_ref().capacity }
    }

    fn elements(&self) -> *mut T {
        // SAFETY: the elements start one alignment after the header, in the same allocation.
        unsafe { self.header.as_ptr().cast::<u8>().add(ALIGNMENT).cast() }
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        // SAFETY: `capacity` initialised elements; no unique borrow exists while this one does.
        unsafe { std::slice::from_raw_parts(self.elements(), self.capacity()) }
    }

    pub(crate) fn is_unique(&self) -> bool {
        // SAFETY: the header lives as long as any owner.
        let unique = unsafe { self.header.as_ref() }.owners.load(Ordering::Relaxed) == 1;
        // Pairs with the release in `drop`: what former owners read happened before we write.
        fence(Ordering::Acquire);
        unique
    }

    /// Returns the elements for writing, if they are not shared.
    pub(crate) fn as_mut(&mut self) -> Option<&mut [T]> {
        // SAFETY: the only owner is borrowed uniquely, so no other reference exists.
        self.is_unique()
            .then(|| unsafe { std::slice::from_raw_parts_mut(self.elements(), self.capacity()) })
    }
}

impl<T: Real> Clone for Buffer<T> {
    fn clone(&self) -> Self {
        // SAFETY: the header lives as long as any owner.
        let before = unsafe { self.header.as_ref() }
            .owners
            .fetch_add(1, Ordering::Relaxed);
        assert!(before < usize::MAX / 2, "too many owners of one buffer");
        Self {
            header: self.header,
            marker: PhantomData,
        }
    }
}

impl<T: Real> Drop for Buffer<T> {
    fn drop(&mut self) {
        // SAFETY: the header lives until the last owner is gone, which is decided here.
        if unsafe { self.header.as_ref() }
            .owners
            .fetch_sub(1, Ordering::Release)
            == 1
        {
            fence(Ordering::Acquire);
            give(Block::<T> {
                header: self.header,
                marker: PhantomData,
            });
        }
    }
}
