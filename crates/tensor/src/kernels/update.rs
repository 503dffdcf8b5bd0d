//! A formula that changes several slices in place, in one pass: an optimiser's step.
//!
//! A step reads a parameter, its gradient and its moments, and writes the parameter and the moments. Composed of tensor
//! operations, it would go through memory once per operation; here every element is read and written once. Every element is
//! computed independently, so neither the vector width nor the split into chunks affects the bits.

use crate::parallel::SharedMut;
use crate::simd::{Isa, Kernel, Lanes, MOST_LANES, load_each, pointers};
use crate::{Algebra, Real, parallel};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// A formula that maps `M` elements to new ones and reads `R` more, written once for every [`Algebra`].
///
/// Each run of a kernel uses its own copy: behind a reference, its numbers would have to be read again after every store, which
/// might have changed them.
///
/// ```
/// use latents_tensor::{Algebra, Update, update_in_place};
/// #[derive(Clone, Copy)]
/// struct Momentum;
/// impl Update<2, 1> for Momentum {
///     fn eval<A: Algebra>(&self, [value, velocity]: [A; 2], [gradient]: [A; 1]) -> [A; 2] {
///         let velocity = velocity * velocity.lit(0.5) + gradient;
///         [value - velocity * velocity.lit(0.1), velocity]
///     }
/// }
/// let (mut value, mut velocity, gradient) = ([1.0f64, 2.0], [0.0, 2.0], [10.0, -1.0]);
/// update_in_place(&Momentum, [&mut value, &mut velocity], [&gradient]);
/// assert_eq!((value, velocity), ([0.0, 2.0], [10.0, 0.0]));
/// ```
pub trait Update<const M: usize, const R: usize>: Copy + Sync {
    /// Whether results closer to 0 than the smallest normal number are stored as 0.
    ///
    /// Otherwise a decaying weight, or the moment of an unused one, would stay just above 0 forever, and products of such
    /// numbers are up to a hundred times as slow.
    const STORES_NORMAL: bool = false;

    /// Computes the new values. Mark it `#[inline(always)]` if speed matters.
    fn eval<A: Algebra>(&self, changed: [A; M], read: [A; R]) -> [A; M];
}

/// The number of elements in a chunk: a few slices of this length fit in the second-level cache.
const CHUNK: usize = 4096;

/// Applies `formula` to element `i` of every slice, for all `i`, and writes the results to `changed`. Returns whether all new
/// elements of the first slice are finite; a separate pass would have to read them again.
///
/// # Panics
/// If the slices have different lengths.
#[track_caller]
pub fn update_in_place<T: Real, U: Update<M, R>, const M: usize, const R: usize>(
    formula: &U,
    changed: [&mut [T]; M],
    read: [&[T]; R],
) -> bool {
    let length = changed.first().map_or(0, |slice| slice.len());
    assert!(
        changed.iter().all(|slice| slice.len() == length) && read.iter().all(|slice| slice.len() == length),
        "update_in_place: the slices have different lengths"
    );
    let isa = Isa::active();
    let all_finite = AtomicBool::new(true);
    // SAFETY: chunk `index` touches elements index·CHUNK .. (index + 1)·CHUNK, disjoint from the others', and the
    // slices are borrowed until the chunks are done.
    let changed = changed.map(|slice| unsafe { SharedMut::new(slice) });
    parallel::chunks(length.div_ceil(CHUNK), &|index| {
        let start = index * CHUNK;
        let count = CHUNK.min(length - start);
        // SAFETY: in bounds by the line above and disjoint by the index.
        let changed = changed
            .each_ref()
            .map(|shared| unsafe { std::slice::from_raw_parts_mut(shared.get().add(start), count) });
        let read = read.map(|slice| &slice[start..][..count]);
        let is_finite = isa.run(Run {
            formula: *formula,
            changed,
            read,
            length: count,
        });
        if !is_finite {
            all_finite.store(false, Relaxed);
        }
    });
    all_finite.into_inner()
}

struct Run<'a, T, U, const M: usize, const R: usize> {
    formula: U,
    changed: [&'a mut [T]; M],
    read: [&'a [T]; R],
    length: usize,
}

impl<T: Real, U: Update<M, R>, const M: usize, const R: usize> Kernel<T> for Run<'_, T, U, M, R> {
    /// Whether the first slice is finite.
    type Output = bool;

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) -> bool {
        let length = self.length;
        let Self {
            formula,
            changed,
            read,
            ..
        } = self;
        assert!(
            changed.iter().all(|slice| slice.len() == length)
                && read.iter().all(|slice| slice.len() == length)
        );
        let (mut targets, mut sources) = ([std::ptr::null_mut(); M], [std::ptr::null(); M]);
        for (operand, slice) in changed.into_iter().enumerate() {
            targets[operand] = slice.as_mut_ptr();
            sources[operand] = targets[operand].cast_const();
        }
        let read = pointers(&read);
        let whole = length - length % L::WIDTH;
        let mut start = 0;
        let zero = L::splat(T::zero());
        // x · 0 is 0, but NaN where x is NaN or infinite; and NaN stays in a sum.
        let mut doubt = zero;
        while start < whole {
            // SAFETY: start + WIDTH ≤ length, the length of every slice; all are loaded before any is stored.
            unsafe {
                let old = load_each::<L, M>(&sources, &[1; M], start, L::WIDTH);
                let new = formula.eval(old, load_each::<L, R>(&read, &[1; R], start, L::WIDTH));
                doubt = new[0].fused_mul_add(zero, doubt);
                for (target, &value) in targets.iter().zip(&new) {
                    stored::<T, L, U, M, R>(value).store(target.add(start));
                }
            }
            start += L::WIDTH;
        }
        const { assert!(L::WIDTH <= MOST_LANES) };
        let mut doubts = [T::zero(); MOST_LANES];
        // SAFETY: there is room for a vector, by the assertion.
        unsafe { doubt.store(doubts.as_mut_ptr()) };
        let rest = length - whole;
        if rest > 0 {
            // SAFETY: `rest` elements remain in every slice.
            unsafe {
                let old = load_each::<L, M>(&sources, &[1; M], start, rest);
                let new = formula.eval(old, load_each::<L, R>(&read, &[1; R], start, rest));
                for (target, &value) in targets.iter().zip(&new) {
                    stored::<T, L, U, M, R>(value).store_first(target.add(start), rest);
                }
                for index in whole..length {
                    doubts[0] += *targets[0].add(index) * T::zero();
                }
            }
        }
        doubts == [T::zero(); MOST_LANES]
    }
}

/// Returns a result as it is stored: see [`Update::STORES_NORMAL`]. NaN stays NaN.
#[inline(always)]
fn stored<T: Real, L: Lanes<Elem = T>, U: Update<M, R>, const M: usize, const R: usize>(value: L) -> L {
    if !U::STORES_NORMAL {
        return value;
    }
    let is_tiny = value.absolute().is_less(L::splat(T::SMALLEST_NORMAL));
    L::select(is_tiny, L::splat(T::zero()), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    struct Mix;

    impl Update<2, 2> for Mix {
        #[inline(always)]
        fn eval<A: Algebra>(&self, [a, b]: [A; 2], [c, d]: [A; 2]) -> [A; 2] {
            let b = b * b.lit(0.9) + c * c / (d.abs() + d.lit(0.5));
            [a - b.sqrt() * d, b]
        }
    }

    fn operands<T: Real>(length: usize) -> [Vec<T>; 4] {
        std::array::from_fn(|operand| {
            (0..length)
                .map(|i| T::from_f64(((i * 7 + operand * 3) % 23) as f64 * 0.25 - 1.0).abs())
                .collect()
        })
    }

    fn check<T: Real>(length: usize) {
        let [mut a, mut b, c, d] = operands::<T>(length);
        let expected: Vec<[T; 2]> = (0..length)
            .map(|i| Mix.eval([a[i], b[i]], [c[i], d[i]]))
            .collect();
        update_in_place(&Mix, [&mut a, &mut b], [&c, &d]);
        for i in 0..length {
            assert!(
                a[i] == expected[i][0] && b[i] == expected[i][1],
                "{} element {i} of {length}",
                T::NAME
            );
        }
    }

    #[test]
    fn equals_the_formula_on_plain_numbers() {
        for length in (0..40).chain([CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5]) {
            check::<f32>(length);
            check::<f64>(length);
        }
    }

    #[test]
    fn what_is_not_finite_is_told_wherever_it_is() {
        for length in [1, 7, 40, CHUNK + 3] {
            for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                for place in [0, length / 2, length - 1] {
                    let mut values = vec![f32::MAX; length];
                    assert!(update_in_place(&Half::<true>, [&mut values], []));
                    values[place] = value;
                    assert!(
                        !update_in_place(&Half::<true>, [&mut values], []),
                        "{value} at {place} of {length}"
                    );
                }
            }
        }
        assert!(update_in_place(&Half::<true>, [&mut [0.0f64; 0]], []));
    }

    #[derive(Clone, Copy)]
    struct Half<const STORES_NORMAL: bool>;

    impl<const STORES_NORMAL: bool> Update<1, 0> for Half<STORES_NORMAL> {
        const STORES_NORMAL: bool = STORES_NORMAL;

        #[inline(always)]
        fn eval<A: Algebra>(&self, [value]: [A; 1], []: [A; 0]) -> [A; 1] {
            [value * value.lit(0.5)]
        }
    }

    fn halves<T: Real>() {
        let least = T::SMALLEST_NORMAL;
        let [two, three] = [2.0, 3.0].map(T::from_f64);
        let old = [
            least,
            T::zero() - least,
            two * least,
            T::zero() - three * least,
            T::one() / T::zero(),
        ];
        for length in 1..40 {
            let values: Vec<T> = old.into_iter().cycle().take(length).collect();
            let (mut normal, mut all) = (values.clone(), values.clone());
            update_in_place(&Half::<true>, [&mut normal], []);
            update_in_place(&Half::<false>, [&mut all], []);
            for (index, value) in values.into_iter().enumerate() {
                let half = value / two;
                let kept = if half.absolute() < least { T::zero() } else { half };
                assert!(normal[index] == kept && all[index] == half, "{} {value}", T::NAME);
            }
        }
    }

    #[test]
    fn a_formula_may_store_normal_numbers_alone() {
        halves::<f32>();
        halves::<f64>();
        let mut nan = [f32::NAN];
        update_in_place(&Half::<true>, [&mut nan], []);
        assert!(nan[0].is_nan());
    }

    #[test]
    #[should_panic(expected = "different lengths")]
    fn slices_of_different_lengths_are_refused() {
        let [mut a, mut b, c, d] = operands::<f32>(8);
        update_in_place(&Mix, [&mut a, &mut b], [&c, &d[..7]]);
    }
}
