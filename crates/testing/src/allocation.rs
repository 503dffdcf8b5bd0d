//! A counting allocator, for tests of loops that must not allocate.
#![allow(unsafe_code, reason = "a global allocator is unsafe to implement")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system allocator with a counter of requests from all threads.
///
/// ```
/// use latents_testing::Counting;
/// #[global_allocator]
/// static ALLOCATOR: Counting = Counting::new();
///
/// let before = ALLOCATOR.requests();
/// let numbers = vec![1, 2, 3];
/// assert_eq!(ALLOCATOR.requests(), before + 1);
/// # drop(numbers);
/// ```
#[derive(Debug)]
pub struct Counting {
    requests: AtomicUsize,
}

impl Counting {
    /// An allocator without requests.
    #[allow(clippy::new_without_default, reason = "a static needs a constant function")]
    pub const fn new() -> Self {
        Self {
            requests: AtomicUsize::new(0),
        }
    }

    /// The number of requests so far: allocations and reallocations.
    ///
    /// ```
    /// # use latents_testing::Counting;
    /// static ALLOCATOR: Counting = Counting::new();
    /// assert_eq!(ALLOCATOR.requests(), 0);
    /// ```
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

// SAFETY: every call is passed on unchanged to the system's allocator, which keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.requests.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(block, layout) }
    }
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.requests.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(block, layout, size) }
    }
}
