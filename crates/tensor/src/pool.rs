//! Recycled blocks, so that a training step after the first asks the allocator for nothing.
//!
//! One pool a thread and element type. A block returns to the pool of the thread that drops its last tensor.

use crate::Real;
use crate::buffer::Block;

/// Blocks above this size go back to the allocator at once.
const LARGEST_KEPT: usize = 32 << 20;
/// At most this many bytes wait in a pool.
const MOST_KEPT: usize = 48 << 20;

/// How well a thread's pool serves; see [`statistics`].
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct PoolStatistics {
    /// Requests served by a recycled block.
    pub hits: u64,
    /// Requests that went to the allocator.
    pub misses: u64,
    /// Bytes waiting to be used again.
    pub bytes: usize,
}

/// The counters of the current thread's pool for the element type `T`.
pub fn statistics<T: Real>() -> PoolStatistics {
    T::with_pool(|pool| pool.statistics).unwrap_or_default()
}

/// Gives every recycled block of the current thread and element type back to the allocator.
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
        }
    }
}

/// The size class of a length, and the capacity of its blocks: four steps to each power of two, from 16 elements
/// on, so that at most a fifth of a block lies idle.
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

impl<T: Real> Pool<T> {
    /// A block of at least `length` elements, with any (initialised) content.
    pub(crate) fn take(length: usize) -> Block<T> {
        let (class, capacity) = class_of(length);
        T::with_pool(|pool| {
            let block = pool.classes.get_mut(class).and_then(Vec::pop);
            match &block {
                Some(block) => {
                    pool.statistics.hits += 1;
                    pool.statistics.bytes -= block.bytes();
                }
                None => pool.statistics.misses += 1,
            }
            block
        })
        .flatten()
        .unwrap_or_else(|| Block::zeroed(capacity))
    }

    /// Keeps a block for later, or frees it when the pool is full.
    pub(crate) fn give(block: Block<T>) {
        let bytes = block.bytes();
        if bytes > LARGEST_KEPT {
            return;
        }
        let (class, capacity) = class_of(block.capacity());
        debug_assert_eq!(capacity, block.capacity());
        T::with_pool(|pool| {
            if pool.statistics.bytes + bytes > MOST_KEPT {
                return;
            }
            if pool.classes.len() <= class {
                pool.classes.resize_with(class + 1, Vec::new);
            }
            pool.classes[class].push(block);
            pool.statistics.bytes += bytes;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_dropped_tensor_serves_the_next_one() {
        drop(crate::Tensor::<f64>::zeros([40, 50]));
        let before = statistics::<f64>();
        drop(crate::Tensor::<f64>::zeros([50, 40]));
        let after = statistics::<f64>();
        assert_eq!((after.hits, after.misses), (before.hits + 1, before.misses));
    }
}
