//! Rows of at most as many elements as there are virtual lanes: element `i` of several rows is vector `i`.

use super::{Form, LANES, SoftmaxOfRows, first_half, logsumexp};
use crate::simd::{Lanes, MOST_LANES};
use crate::{Algebra, Real};

#[inline(always)]
pub(super) fn run<T: Real, L: Lanes<Elem = T>>(kernel: SoftmaxOfRows<'_, T>) {
    let (length, results) = (kernel.length, kernel.results());
    let mut columns = [T::zero(); LANES * MOST_LANES];
    let rows = kernel.rows.chunks(L::WIDTH * length);
    for (rows, out) in rows.zip(kernel.out.chunks_mut(L::WIDTH * results)) {
        for (place, row) in rows.chunks_exact(length).enumerate() {
            for (column, &x) in row.iter().enumerate() {
                columns[column * L::WIDTH + place] = x;
            }
        }
        evaluate::<T, L>(kernel.form, &mut columns, length);
        for (place, out) in out.chunks_exact_mut(results).enumerate() {
            for (column, out) in out.iter_mut().enumerate() {
                *out = columns[column * L::WIDTH + place];
            }
        }
    }
}

/// Replaces the columns by the results, as many as a row has.
#[inline(always)]
fn evaluate<T: Real, L: Lanes<Elem = T>>(form: Form, columns: &mut [T; LANES * MOST_LANES], length: usize) {
    let (zero, one) = (L::splat(T::zero()), L::splat(T::one()));
    let mut lanes = [L::splat(T::from_f64(f64::NEG_INFINITY)); LANES];
    for (column, lane) in lanes.iter_mut().enumerate().take(length) {
        *lane = load(columns, column);
    }
    let largest = largest_of(lanes, length);
    let (mut others, mut ties) = ([zero; LANES], [zero; LANES]);
    for column in 0..length {
        let x: L = load(columns, column);
        let (below, is_largest) = (x - largest, x.is_equal(largest));
        let exponential = below.exp();
        if form == Form::Softmax {
            others[column] = exponential;
            store(exponential, columns, column);
        } else {
            // 0 at the largest, and NaN if that is infinite.
            others[column] = L::select(is_largest, below, exponential);
            ties[column] = L::select(is_largest, one, zero);
        }
    }
    let sum = sum_of(others, length);
    if form == Form::Softmax {
        for column in 0..length {
            store(load::<T, L>(columns, column) / sum, columns, column);
        }
        return;
    }
    let logarithm = (sum + (sum_of(ties, length) - one)).log1p();
    if form == Form::LogSumExp {
        return store(logsumexp(largest, logarithm), columns, 0);
    }
    for column in 0..length {
        store(
            (load::<T, L>(columns, column) - largest) - logarithm,
            columns,
            column,
        );
    }
}

#[inline(always)]
fn load<T: Real, L: Lanes<Elem = T>>(columns: &[T], column: usize) -> L {
    // SAFETY: the slice is a vector.
    unsafe { L::load(columns[column * L::WIDTH..][..L::WIDTH].as_ptr()) }
}

#[inline(always)]
fn store<T: Real, L: Lanes<Elem = T>>(vector: L, columns: &mut [T], column: usize) {
    // SAFETY: the slice is a vector.
    unsafe { vector.store(columns[column * L::WIDTH..][..L::WIDTH].as_mut_ptr()) };
}

#[inline(always)]
fn largest_of<L: Lanes>(mut lanes: [L; LANES], length: usize) -> L {
    let mut half = first_half(length);
    while half > 0 {
        for lane in 0..half {
            lanes[lane] = lanes[lane].maximum(lanes[lane + half]);
        }
        half /= 2;
    }
    lanes[0]
}

#[inline(always)]
fn sum_of<L: Lanes>(mut lanes: [L; LANES], length: usize) -> L {
    let mut half = first_half(length);
    while half > 0 {
        for lane in 0..half {
            lanes[lane] = lanes[lane] + lanes[lane + half];
        }
        half /= 2;
    }
    lanes[0]
}
