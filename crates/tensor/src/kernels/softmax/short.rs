//! Rows of at most as many elements as there are virtual lanes: element `i` of several rows is vector `i`.

use super::{Form, SoftmaxOfRows, first_half, logsumexp};
use crate::kernels::reduce::{LANES, Largest, Sum, tree};
use crate::simd::{Lanes, MOST_LANES};
use crate::{Algebra, Real};

#[inline(always)]
pub(super) fn run<T: Real, L: Lanes<Elem = T>>(kernel: SoftmaxOfRows<'_, T>) {
    let (length, results) = (kernel.length, kernel.form.results(kernel.length));
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
    let largest = largest_of::<T, L>(columns, length);
    match form {
        Form::Softmax => softmax(columns, length, largest),
        Form::LogSoftmax => {
            let logarithm = logarithm_of_sum::<T, L>(columns, length, largest);
            for column in 0..length {
                let x: L = load(columns, column);
                store((x - largest) - logarithm, columns, column);
            }
        }
        Form::LogSumExp => {
            let logarithm = logarithm_of_sum::<T, L>(columns, length, largest);
            store(logsumexp(largest, logarithm), columns, 0);
        }
    }
}

#[inline(always)]
fn largest_of<T: Real, L: Lanes<Elem = T>>(columns: &[T], length: usize) -> L {
    let mut lanes = [L::splat(T::from_f64(f64::NEG_INFINITY)); LANES];
    for (column, lane) in lanes.iter_mut().enumerate().take(length) {
        *lane = load(columns, column);
    }
    tree::<Largest, L>(&mut lanes, first_half(length))
}

/// Replaces each column by its exponential, divided by the sum of all.
#[inline(always)]
fn softmax<T: Real, L: Lanes<Elem = T>>(columns: &mut [T], length: usize, largest: L) {
    let mut exponentials = [L::splat(T::zero()); LANES];
    for (column, exponential) in exponentials.iter_mut().enumerate().take(length) {
        *exponential = (load::<T, L>(columns, column) - largest).exp();
        store(*exponential, columns, column);
    }
    let sum = tree::<Sum, L>(&mut exponentials, first_half(length));
    for column in 0..length {
        store(load::<T, L>(columns, column) / sum, columns, column);
    }
}

/// ln Σ e^(x − largest), from the sum of the terms below the largest and the number of those equal to it.
#[inline(always)]
fn logarithm_of_sum<T: Real, L: Lanes<Elem = T>>(columns: &[T], length: usize, largest: L) -> L {
    let (zero, one) = (L::splat(T::zero()), L::splat(T::one()));
    let (mut others, mut ties) = ([zero; LANES], [zero; LANES]);
    for column in 0..length {
        let x: L = load(columns, column);
        let (below, is_largest) = (x - largest, x.is_equal(largest));
        // 0 at the largest, and NaN if that is infinite.
        others[column] = L::select(is_largest, below, below.exp());
        ties[column] = L::select(is_largest, one, zero);
    }
    let half = first_half(length);
    (tree::<Sum, L>(&mut others, half) + (tree::<Sum, L>(&mut ties, half) - one)).log1p()
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
