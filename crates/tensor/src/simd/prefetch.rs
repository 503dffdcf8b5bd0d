//! Hints to the cache.

/// Asks for the cache line at `place` ahead of its use. Changes nothing that a program can see; any address will do.
#[inline(always)]
pub(crate) fn prefetch<T>(_place: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint; it never faults, whatever the address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(_place.cast());
    }
}

/// Asks for all cache lines of a slice ahead of their use: for data that lie where the processor cannot foresee, as
/// the rows of a shuffled batch do.
#[inline(always)]
pub fn prefetch_slice<T>(slice: &[T]) {
    const LINE: usize = 64;
    let bytes = size_of_val(slice);
    let start = slice.as_ptr().cast::<u8>();
    for offset in (0..bytes).step_by(LINE) {
        prefetch(start.wrapping_add(offset));
    }
    if bytes > 0 {
        prefetch(start.wrapping_add(bytes - 1));
    }
}
