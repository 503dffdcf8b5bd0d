//! Recycling of memory blocks, so that after the first training step no step allocates.
//!
//! There is one pool per thread and element type. A block returns to the pool of the thread that drops its last tensor.
//!
//! The memory kept is bounded by the memory used: together with the live blocks it never exceeds the largest sum of live blocks
//! so far, or 48 MiB more than is live now. So a step of any size finds its blocks again, and a step that needs other sizes
//! displaces the old ones.

use crate::buffer::Block;
use crate::{Real, concrete};
use std::fmt;

/// A pool may always keep this many bytes.
const ALWAYS_KEPT: usize = 48 << 20;

/// The counters of a thread's pool; see [`statistics`].
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct PoolStatistics {
    /// Requests served by a recycled block.
    pub hits: u64,
    /// Requests served by the allocator.
    pub misses: u64,
    /// Bytes kept for reuse.
    pub bytes: usize,
}

/// Returns the counters of the current thread's pool for the element type `T`.
///
/// ```
/// # use latents_tensor::{Tensor, pool};
/// drop(Tensor::<f32>::zeros([1000]));
/// let before = pool::statistics::<f32>().hits;
/// drop(Tensor::<f32>::zeros([1000]));
/// assert_eq!(pool::statistics::<f32>().hits, before + 1);
/// ```
pub fn statistics<T: Real>() -> PoolStatistics {
    T::with_pool(|pool| pool.statistics).unwrap_or_default()
}

/// Frees all recycled blocks of the current thread and element type.
///
/// ```
/// # use latents_tensor::{Tensor, pool};
/// drop(Tensor::<f32>::zeros([1000]));
/// pool::clear::<f32>();
/// assert_eq!(pool::statistics::<f32>().bytes, 0);
/// ```
pub fn clear<T: Real>() {
    T::with_pool(|pool| {
        pool.classes.iter_mut().for_each(Vec::clear);
        pool.statistics.bytes = 0;
    });
}

#[doc(hidden)]
pub struct Pool<T> {
    classes: Vec<Vec<Block<T>>>,
    statistics: PoolStatistics,
    /// Bytes taken and not returned. An estimate, since blocks may move between threads.
    live: usize,
    most_live: usize,
}

impl<T> fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.statistics.fmt(f)
    }
}

impl<T> Pool<T> {
    pub(crate) const fn new() -> Self {
        Self {
            classes: Vec::new(),
            statistics: PoolStatistics {
                hits: 0,
                misses: 0,
                bytes: 0,
            },
            live: 0,
            most_live: 0,
        }
    }
}

/// Returns the size class of a length, and the capacity of its blocks: four steps per power of two, from 16 elements on, so that
/// at most a fifth of a block is unused.
fn class_of(length: usize) -> (usize, usize) {
    let length = length.max(16);
    let power = (usize::BITS - (length - 1).leading_zeros()).max(4) as usize; // length ≤ 2^power
    let step = (1usize << power) / 8;
    let half = 1usize << (power - 1);
    let quarter = if length <= half {
        0
    } else {
        (length - half).div_ceil(step)
    };
    ((power - 4) * 4 + quarter, half + quarter * step)
}

concrete! {
    /// Returns a block of at least `length` elements, with any (initialised) content.
    pub(crate) fn take<'a, T>(length: usize) -> Block<T> = Pool::take(length);

    /// Keeps a block for later, or frees it when the pool is full.
    pub(crate) fn give<'a, T>(block: Block<T>) = Pool::give(block);
}

impl<T: Real> Pool<T> {
    fn take(length: usize) -> Block<T> {
        let (class, capacity) = class_of(length);
        T::with_pool(|pool| {
            let block = pool.classes.get_mut(class).and_then(Vec::pop);
            pool.live += capacity * size_of::<T>();
            pool.most_live = pool.most_live.max(pool.live);
            match &block {
                Some(block) => {
                    pool.statistics.hits += 1;
                    pool.statistics.bytes -= block.bytes();
                }
                None => {
                    pool.statistics.misses += 1;
                    pool.make_room();
                }
            }
            block
        })
        .flatten()
        .unwrap_or_else(|| Block::zeroed(capacity))
    }

    fn give(block: Block<T>) {
        let bytes = block.bytes();
        let (class, capacity) = class_of(block.capacity());
        debug_assert_eq!(capacity, block.capacity());
        T::with_pool(|pool| {
            pool.live = pool.live.saturating_sub(bytes);
            if pool.statistics.bytes + bytes > pool.limit() {
                return;
            }
            if pool.classes.len() <= class {
                pool.classes.resize_with(class + 1, Vec::new);
            }
            pool.classes[class].push(block);
            pool.statistics.bytes += bytes;
        });
    }

    /// Returns the number of bytes that may be kept now.
    fn limit(&self) -> usize {
        ALWAYS_KEPT.max(self.most_live.saturating_sub(self.live))
    }

    /// Frees blocks, the largest first, until the rest is within the limit.
    fn make_room(&mut self) {
        let limit = self.limit();
        for class in self.classes.iter_mut().rev() {
            while self.statistics.bytes > limit {
                let Some(block) = class.pop() else { break };
                self.statistics.bytes -= block.bytes();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tensor;

    #[test]
    fn a_class_holds_its_length_and_maps_to_itself() {
        let mut before = 0;
        for length in 0..5000 {
            let (class, capacity) = class_of(length);
            assert!(
                capacity >= length && class >= before,
                "{length}: class {class} of {capacity}"
            );
            assert_eq!(class_of(capacity), (class, capacity), "capacity of {length}");
            before = class;
        }
    }

    /// On a thread of its own, so with a pool of its own.
    fn alone(test: impl FnOnce() + Send + 'static) {
        std::thread::spawn(test).join().unwrap();
    }

    #[test]
    fn a_large_step_finds_its_blocks_again() {
        alone(|| {
            let step = || drop([5 << 20, 7 << 20, 9 << 20].map(|length| Tensor::<f64>::zeros([length])));
            step();
            let before = statistics::<f64>();
            assert!(before.bytes > 2 * ALWAYS_KEPT);
            step();
            let after = statistics::<f64>();
            assert_eq!((after.hits, after.misses), (before.hits + 3, before.misses));
        });
    }

    #[test]
    fn live_and_waiting_blocks_stay_within_what_was_live() {
        alone(|| {
            let mut most = 0;
            for size in [80, 60, 40, 20, 100, 10, 30] {
                let tensors: Vec<Tensor<f64>> = (0..3).map(|i| Tensor::zeros([(size + i) << 17])).collect();
                let live = tensors
                    .iter()
                    .map(|tensor| class_of(tensor.len()).1 * 8)
                    .sum::<usize>();
                most = most.max(live);
                let bound = most.max(live + ALWAYS_KEPT);
                assert!(live + statistics::<f64>().bytes <= bound);
                drop(tensors);
                assert!(statistics::<f64>().bytes <= bound);
            }
        });
    }

    #[test]
    fn a_dropped_tensor_serves_the_next_one() {
        drop(Tensor::<f64>::zeros([40, 50]));
        let before = statistics::<f64>();
        drop(Tensor::<f64>::zeros([50, 40]));
        let after = statistics::<f64>();
        assert_eq!((after.hits, after.misses), (before.hits + 1, before.misses));
    }
}
