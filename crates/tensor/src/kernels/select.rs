//! The largest elements of a row without sorting it.
//!
//! The row is split into groups, a few for each element to find, and the largest of each group is computed: one pass of vertical
//! maxima. The k-th largest of these maxima is at most the k-th largest of the row, because k elements reach it. So only the
//! groups whose maximum reaches it, about k, are examined again, and little more than k elements remain to be sorted.
//!
//! The groups depend on the vector width. The result does not: it is the beginning of the row in sorted order, which is unique.

use crate::Real;
use crate::compare::is_nan;
use crate::simd::{Kernel, Lanes};
use std::cell::RefCell;
use std::cmp::{Ordering, Reverse};

/// The capacity for maxima of groups, and for candidates. A row that needs more is sorted in another way.
const ROOM: usize = 1024;
/// The number of groups per element to find: many groups leave few candidates, few groups are found faster.
const GROUPS_EACH: usize = 8;

/// An element and its position as one number: larger numbers come first in descending order. Ties (−0 equals 0) are in the order
/// of their positions, NaN after all numbers.
type SortKey = u128;

fn sort_key<T: Real>(element: T, place: usize) -> SortKey {
    let bits = (element + T::zero()).to_f64().to_bits();
    let ordered = match bits >> 63 {
        _ if is_nan(element) => 0,
        0 => bits | 1 << 63,
        _ => !bits,
    };
    (u128::from(ordered) << 64) | u128::from(!(place as u64))
}

fn place_of(key: SortKey) -> usize {
    !(key as u64) as usize
}

thread_local! {
    /// The keys of a long row that is sorted whole. Kept, so that the next one does not allocate.
    static KEYS: RefCell<Vec<SortKey>> = const { RefCell::new(Vec::new()) };
}

/// Finds the positions and values of the `count` largest elements of each row, largest first.
pub(crate) struct LargestOfRows<'a, T> {
    /// Rows of `length` elements.
    pub(crate) rows: &'a [T],
    pub(crate) length: usize,
    pub(crate) count: usize,
    /// `count` per row.
    pub(crate) places: &'a mut [usize],
    /// `count` per row.
    pub(crate) values: &'a mut [T],
}

impl<T: Real> Kernel<T> for LargestOfRows<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        let places = self.places.chunks_exact_mut(self.count);
        let values = self.values.chunks_exact_mut(self.count);
        for (row, (places, values)) in self.rows.chunks_exact(self.length).zip(places.zip(values)) {
            if !few_candidates::<T, L>(row, places) {
                all_candidates(row, places);
            }
            values
                .iter_mut()
                .zip(&*places)
                .for_each(|(value, &place)| *value = row[place]);
        }
    }
}

/// Finds the positions by the maxima of groups. Returns false if the row is not suitable: too short, or with too many ties or too
/// few numbers.
#[inline(always)]
fn few_candidates<T: Real, L: Lanes<Elem = T>>(row: &[T], places: &mut [usize]) -> bool {
    let (length, count) = (row.len(), places.len());
    let size = (length / (GROUPS_EACH * count)).max(length.div_ceil(ROOM));
    let blocks = length / (size.max(1) * L::WIDTH);
    let groups = blocks * L::WIDTH;
    if size < 2 || groups < 2 * count {
        return false;
    }
    // A block is `size` vectors; its groups are their lanes.
    let mut maxima = [T::zero(); ROOM];
    for (block, maxima) in maxima[..groups].chunks_exact_mut(L::WIDTH).enumerate() {
        let block = &row[block * size * L::WIDTH..][..size * L::WIDTH];
        // SAFETY: a chunk of the block is one vector, and so is the chunk of the maxima.
        unsafe {
            // A comparison with NaN is false and keeps the other element.
            let start = L::splat(T::from_f64(f64::NEG_INFINITY));
            let largest = block
                .chunks_exact(L::WIDTH)
                .fold(start, |largest, vector| L::load(vector.as_ptr()).larger(largest));
            largest.store(maxima.as_mut_ptr());
        }
    }
    let bound = nth_largest(&maxima[..groups], count);
    let (mut keys, mut found) = ([0; ROOM], 0);
    let mut consider = |place: usize| {
        if row[place] >= bound {
            // Past the capacity it only counts.
            if let Some(key) = keys.get_mut(found) {
                *key = sort_key(row[place], place);
            }
            found += 1;
        }
    };
    for (group, &largest) in maxima[..groups].iter().enumerate() {
        if largest >= bound {
            let first = group / L::WIDTH * size * L::WIDTH + group % L::WIDTH;
            (0..size).for_each(|vector| consider(first + vector * L::WIDTH));
        }
    }
    (groups * size..length).for_each(&mut consider);
    if !(count..=ROOM).contains(&found) {
        return false;
    }
    write_first(&mut keys[..found], places);
    true
}

/// Returns the `count`-th largest of some numbers, none of which is NaN.
fn nth_largest<T: Real>(numbers: &[T], count: usize) -> T {
    let mut copy = [T::zero(); ROOM];
    let copy = &mut copy[..numbers.len()];
    copy.copy_from_slice(numbers);
    let descending = |x: &T, y: &T| y.partial_cmp(x).unwrap_or(Ordering::Equal);
    *copy.select_nth_unstable_by(count - 1, descending).1
}

/// Finds the positions by examining every element.
fn all_candidates<T: Real>(row: &[T], places: &mut [usize]) {
    let all = row
        .iter()
        .zip(0..)
        .map(|(&element, place)| sort_key(element, place));
    if row.len() <= ROOM {
        let mut keys = [0; ROOM];
        keys.iter_mut().zip(all).for_each(|(key, of)| *key = of);
        return choose_first(&mut keys[..row.len()], places);
    }
    KEYS.with_borrow_mut(|keys| {
        keys.clear();
        keys.extend(all);
        choose_first(keys, places);
    });
}

/// Writes the positions of the largest keys, as many as fit.
fn choose_first(mut keys: &mut [SortKey], places: &mut [usize]) {
    let count = places.len();
    if count < keys.len() {
        keys.select_nth_unstable_by_key(count, |&key| Reverse(key));
        keys = &mut keys[..count];
    }
    write_first(keys, places);
}

fn write_first(keys: &mut [SortKey], places: &mut [usize]) {
    keys.sort_unstable_by_key(|&key| Reverse(key));
    places
        .iter_mut()
        .zip(keys)
        .for_each(|(place, key)| *place = place_of(*key));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::Isa;
    use proptest::prelude::*;

    /// By a full stable sort on plain numbers.
    fn oracle<T: Real>(row: &[T], count: usize) -> Vec<usize> {
        let mut places: Vec<usize> = (0..row.len()).collect();
        places.sort_by(|&i, &j| {
            let nan = is_nan(row[i]).cmp(&is_nan(row[j]));
            nan.then(row[j].partial_cmp(&row[i]).unwrap_or(Ordering::Equal))
        });
        places.truncate(count);
        places
    }

    fn check<T: Real>(row: &[T], count: usize) {
        let expected = oracle(row, count);
        for isa in Isa::available() {
            for wide in [false, true] {
                let (mut places, mut values) = (vec![0; count], vec![T::zero(); count]);
                let kernel = LargestOfRows {
                    rows: row,
                    length: row.len(),
                    count,
                    places: &mut places,
                    values: &mut values,
                };
                if wide {
                    isa.run_wide(kernel)
                } else {
                    isa.run(kernel)
                }
                assert_eq!(places, expected, "{} of {} on {}", count, row.len(), isa.name());
                let same =
                    |(value, &place): (&T, &usize)| value.to_f64().to_bits() == row[place].to_f64().to_bits();
                assert!(values.iter().zip(&expected).all(same));
            }
        }
    }

    fn check_both(row: &[f64], count: usize) {
        check(row, count);
        check(&row.iter().map(|&x| x as f32).collect::<Vec<_>>(), count);
    }

    /// Rows as networks have them, rows of few different numbers, and rows with everything in them.
    fn rows() -> impl Strategy<Value = Vec<f64>> {
        let special = prop::sample::select(vec![
            0.0,
            -0.0,
            1.0,
            -1.0,
            f64::NAN,
            -f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            1e-310,
            -1e-310,
            f64::MAX,
        ]);
        prop_oneof![
            prop::collection::vec(-3.0..3.0, 1..1500),
            prop::collection::vec((-2i32..3).prop_map(f64::from), 1..1500),
            prop::collection::vec(
                prop_oneof![20 => (-3.0..3.0).boxed(), 1 => special.clone().boxed()],
                1..1500
            ),
            prop::collection::vec(special, 1..600),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn equals_the_beginning_of_the_sorted_row(row in rows(), share in 0.0f64..1.0, few in 1usize..40) {
            check_both(&row, few.min(row.len()));
            check_both(&row, ((row.len() as f64 * share) as usize).max(1));
        }
    }

    #[test]
    fn few_candidates_serve_a_common_row() {
        let row: Vec<f32> = (0..4096).map(|i| ((i * 7919) % 4093) as f32 / 4093.0).collect();
        let mut places = [0; 32];
        assert!(few_candidates::<f32, f32>(&row, &mut places));
        assert_eq!(places[..], oracle(&row, 32));
    }

    #[test]
    fn sorted_and_constant_rows() {
        for length in [1, 31, 32, 33, 784, 1000, 4096, 20_000] {
            let rising: Vec<f64> = (0..length).map(|i| i as f64).collect();
            let falling: Vec<f64> = rising.iter().map(|x| -x).collect();
            for count in [1, 2, 25, 32, 300, length] {
                let count = count.min(length);
                check_both(&rising, count);
                check_both(&falling, count);
                check_both(&vec![0.5; length], count);
            }
        }
    }
}
