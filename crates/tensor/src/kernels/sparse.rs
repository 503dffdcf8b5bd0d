//! Weighted sums of the rows of a matrix selected by a sparse code, and their products with a dense row.
//!
//! An element of a weighted sum is one chain of fused multiply-adds over the terms in their order. A product of two
//! rows has the 32 virtual lanes and the tree of `kernels/reduce.rs`, with a fused multiply-add as the step of a lane.

use crate::Real;
use crate::simd::Lanes;

/// Virtual lanes of a product of two rows.
const LANES: usize = 32;

/// Computes out = start + Σ factor · row over `count` terms; without `start` it is 0.
///
/// # Panics
/// If the rows do not have the length of `out`.
#[inline(always)]
pub(crate) fn weighted_sum<'a, T: Real, L: Lanes<Elem = T>>(
    out: &mut [T],
    start: Option<&[T]>,
    count: usize,
    term: impl Fn(usize) -> (T, &'a [T]),
) {
    match start {
        Some(start) => out.copy_from_slice(start),
        None if count == 0 => out.fill(T::zero()),
        None => {}
    }
    let mut done = 0;
    while done < count {
        let fresh = done == 0 && start.is_none();
        // Four terms at a time need only one pass through memory.
        if count - done >= 4 {
            add_terms::<T, L, 4>(out, fresh, std::array::from_fn(|i| term(done + i)));
            done += 4;
        } else {
            add_terms::<T, L, 1>(out, fresh, [term(done)]);
            done += 1;
        }
    }
}

/// Adds `N` terms to `out`, or to 0 if it is `fresh`.
#[inline(always)]
fn add_terms<T: Real, L: Lanes<Elem = T>, const N: usize>(out: &mut [T], fresh: bool, terms: [(T, &[T]); N]) {
    let length = out.len();
    assert!(terms.iter().all(|(_, row)| row.len() == length));
    let out = out.as_mut_ptr();
    let factors = terms.map(|(factor, _)| L::splat(factor));
    let rows = terms.map(|(_, row)| row.as_ptr());
    let zero = L::splat(T::zero());
    let whole = length - length % L::WIDTH;
    let mut place = 0;
    while place < whole {
        // SAFETY: place + WIDTH ≤ length, the length of `out` and of every row.
        unsafe {
            let mut sum = if fresh { zero } else { L::load(out.add(place)) };
            for (factor, row) in factors.iter().zip(rows) {
                sum = L::load(row.add(place)).fused_mul_add(*factor, sum);
            }
            sum.store(out.add(place));
        }
        place += L::WIDTH;
    }
    let rest = length - whole;
    if rest > 0 {
        // SAFETY: `rest` elements remain in `out` and in every row.
        unsafe {
            let mut sum = if fresh {
                zero
            } else {
                L::load_first(out.add(place), rest)
            };
            for (factor, row) in factors.iter().zip(rows) {
                sum = L::load_first(row.add(place), rest).fused_mul_add(*factor, sum);
            }
            sum.store_first(out.add(place), rest);
        }
    }
}

/// Computes Σ x · y over two rows.
///
/// # Panics
/// If they have different lengths.
#[inline(always)]
pub(crate) fn dot<T: Real, L: Lanes<Elem = T>>(x: &[T], y: &[T]) -> T {
    assert_eq!(x.len(), y.len());
    let vectors = LANES / L::WIDTH;
    // `vectors` of these are used; the array's length cannot depend on `L`.
    let mut lanes = [L::splat(T::zero()); LANES];
    let whole = x.len() - x.len() % LANES;
    for start in (0..whole).step_by(LANES) {
        for (vector, lane) in lanes[..vectors].iter_mut().enumerate() {
            let place = start + vector * L::WIDTH;
            // SAFETY: place + WIDTH ≤ start + LANES ≤ whole, which is at most the length of both.
            unsafe {
                *lane = L::load(x.as_ptr().add(place)).fused_mul_add(L::load(y.as_ptr().add(place)), *lane);
            }
        }
    }
    let mut sums = [T::zero(); LANES];
    for (vector, lane) in lanes[..vectors].iter().enumerate() {
        // SAFETY: `sums` holds LANES = vectors · WIDTH elements.
        unsafe { lane.store(sums.as_mut_ptr().add(vector * L::WIDTH)) };
    }
    for (sum, (&x, &y)) in sums.iter_mut().zip(x[whole..].iter().zip(&y[whole..])) {
        *sum = x.fused_mul_add(y, *sum);
    }
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            sums[lane] += sums[lane + half];
        }
        half /= 2;
    }
    sums[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Isa, Kernel};

    struct Sum<'a, T>(&'a mut [T], Option<&'a [T]>, &'a [(T, Vec<T>)]);

    impl<T: Real> Kernel<T> for Sum<'_, T> {
        type Output = ();
        #[inline(always)]
        fn run<L: Lanes<Elem = T>>(self) {
            weighted_sum::<T, L>(self.0, self.1, self.2.len(), |i| (self.2[i].0, &self.2[i].1));
        }
    }

    struct Dot<'a, T>(&'a [T], &'a [T]);

    impl<T: Real> Kernel<T> for Dot<'_, T> {
        type Output = T;
        #[inline(always)]
        fn run<L: Lanes<Elem = T>>(self) -> T {
            dot::<T, L>(self.0, self.1)
        }
    }

    /// Numbers whose sums round, with both zeros among them.
    fn row<T: Real>(length: usize, salt: usize) -> Vec<T> {
        let number = |i: usize| match (i * 31 + salt) % 17 {
            0 => -0.0,
            1 => 0.0,
            n => (n as f64 - 8.3) / (1.0 + (i % 13) as f64),
        };
        (0..length).map(|i| T::from_f64(number(i))).collect()
    }

    fn bits<T: Real>(values: &[T]) -> Vec<u64> {
        values.iter().map(|value| value.to_f64().to_bits()).collect()
    }

    fn check_sums<T: Real>() {
        for length in [0, 1, 3, 7, 8, 9, 16, 31, 32, 33, 70] {
            for count in 0..10 {
                let terms: Vec<_> = (0..count)
                    .map(|i| (T::from_f64(0.3 - i as f64), row::<T>(length, i)))
                    .collect();
                let bias = row::<T>(length, 99);
                for start in [None, Some(&bias[..])] {
                    let element = |i: usize| {
                        let first = start.map_or(T::zero(), |start| start[i]);
                        terms
                            .iter()
                            .fold(first, |sum, (factor, row)| row[i].fused_mul_add(*factor, sum))
                    };
                    let expected: Vec<T> = (0..length).map(element).collect();
                    for isa in Isa::available() {
                        let mut out = vec![T::from_f64(f64::NAN); length];
                        isa.run(Sum(&mut out, start, &terms));
                        assert_eq!(bits(&out), bits(&expected), "{count} rows of {length}");
                        out.fill(T::from_f64(f64::NAN));
                        isa.run_wide(Sum(&mut out, start, &terms));
                        assert_eq!(bits(&out), bits(&expected), "{count} rows of {length}");
                    }
                }
            }
        }
    }

    #[test]
    fn weighted_sums_are_chains_in_the_order_of_the_terms() {
        check_sums::<f32>();
        check_sums::<f64>();
    }

    fn check_dots<T: Real>() {
        for length in (0..80).chain([784, 1000]) {
            let (x, y) = (row::<T>(length, 3), row::<T>(length, 8));
            let mut lanes = [T::zero(); LANES];
            for i in 0..length {
                lanes[i % LANES] = x[i].fused_mul_add(y[i], lanes[i % LANES]);
            }
            let mut lanes = lanes.to_vec();
            while lanes.len() > 1 {
                let upper = lanes.split_off(lanes.len() / 2);
                lanes
                    .iter_mut()
                    .zip(upper)
                    .for_each(|(lower, upper)| *lower += upper);
            }
            for isa in Isa::available() {
                assert_eq!(bits(&[isa.run(Dot(&x, &y))]), bits(&lanes), "{length}");
                assert_eq!(bits(&[isa.run_wide(Dot(&x, &y))]), bits(&lanes), "{length}");
            }
        }
    }

    #[test]
    fn products_of_rows_have_lanes_and_a_tree() {
        check_dots::<f32>();
        check_dots::<f64>();
    }
}
