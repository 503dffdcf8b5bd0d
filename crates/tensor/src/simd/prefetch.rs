//! Hints to the cache.

/// Prefetches the cache line at `place`. This has no visible effect; any address is allowed.
#[inline(always)]
pub(crate) fn prefetch<T>(_place: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint; it never faults, for any address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(_place.cast());
    }
}

/// Prefetches all cache lines of a slice, for data at addresses that the processor cannot predict, such as the rows of a shuffled
/// batch.
///
/// ```
/// latents_tensor::simd::prefetch_slice(&[1.0f32; 1000]);
/// ```
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
