//! Rows of more elements than there are virtual lanes.

use super::{BLOCK, Form, SoftmaxOfRows, first_half, logsumexp};
use crate::kernels::reduce::{LANES, Largest, Sum, tree};
use crate::simd::{Lanes, MOST_LANES};
use crate::{Algebra, Real};

#[inline(always)]
pub(super) fn run<T: Real, L: Lanes<Elem = T>>(kernel: SoftmaxOfRows<'_, T>) {
    let results = kernel.form.results(kernel.length);
    let padding = &Padding::new();
    let rows = kernel.rows.chunks_exact(kernel.length);
    for (row, out) in rows.zip(kernel.out.chunks_exact_mut(results)) {
        let largest = largest_of::<T, L>(padding, row);
        match kernel.form {
            Form::LogSumExp => out[0] = logsumexp(largest, logarithm_of_sum::<T, L>(padding, row, largest)),
            Form::LogSoftmax => {
                let logarithm = logarithm_of_sum::<T, L>(padding, row, largest);
                subtract::<T, L>(padding, row, largest, logarithm, out);
            }
            Form::Softmax => {
                let total = exponentials::<T, L>(padding, row, largest, out);
                divide::<T, L>(padding, out, total);
            }
        }
    }
}

/// 0 for the elements of a vector that a row has, and −∞ for those behind its end.
struct Padding<T>([T; 2 * MOST_LANES]);

impl<T: Real> Padding<T> {
    #[inline(always)]
    fn new() -> Self {
        let mut padding = [T::zero(); 2 * MOST_LANES];
        padding[MOST_LANES..].fill(T::from_f64(f64::NEG_INFINITY));
        Self(padding)
    }

    /// A vector of a row from `start` on, with −∞ behind its end.
    #[inline(always)]
    fn load<L: Lanes<Elem = T>>(&self, row: &[T], start: usize) -> L {
        let rest = &row[start..];
        if rest.len() >= L::WIDTH {
            // SAFETY: `rest` has a vector.
            return unsafe { L::load(rest.as_ptr()) };
        }
        let padding = &self.0[MOST_LANES - rest.len()..][..L::WIDTH];
        // SAFETY: `rest` has these elements, and `padding` a vector.
        unsafe { L::load_first(rest.as_ptr(), rest.len()) + L::load(padding.as_ptr()) }
    }
}

/// Writes a vector to a row from `start` on, up to its end.
#[inline(always)]
fn store_within<T: Real, L: Lanes<Elem = T>>(vector: L, row: &mut [T], start: usize) {
    let rest = &mut row[start..];
    // SAFETY: `rest` has a vector, or takes as many elements of it as it has.
    unsafe {
        if rest.len() >= L::WIDTH {
            vector.store(rest.as_mut_ptr());
        } else {
            vector.store_first(rest.as_mut_ptr(), rest.len());
        }
    }
}

/// The virtual lanes that take a vector of elements from `start` on.
#[inline(always)]
fn lanes_at<T: Real, L: Lanes<Elem = T>>(lanes: &mut [T; LANES], start: usize) -> *mut T {
    lanes[start % LANES..][..L::WIDTH].as_mut_ptr()
}

#[inline(always)]
fn largest_of<T: Real, L: Lanes<Elem = T>>(padding: &Padding<T>, row: &[T]) -> T {
    let mut lanes = [T::from_f64(f64::NEG_INFINITY); LANES];
    let mut start = 0;
    while start < row.len() {
        let lane = lanes_at::<T, L>(&mut lanes, start);
        // SAFETY: a vector lies there.
        unsafe { L::load(lane).maximum(padding.load::<L>(row, start)).store(lane) };
        start += L::WIDTH;
    }
    tree::<Largest, T>(&mut lanes, first_half(row.len()))
}

/// Adds a vector of terms, which belong to the elements from `start` on.
#[inline(always)]
fn add_to<T: Real, L: Lanes<Elem = T>>(lanes: &mut [T; LANES], start: usize, terms: L) {
    let lane = lanes_at::<T, L>(lanes, start);
    // SAFETY: a vector lies there.
    unsafe { (L::load(lane) + terms).store(lane) };
}

/// A sum of blocks: every sum of 2ⁿ blocks waits for another, as the ones of a binary counter do.
struct Blocks<T> {
    sums: [T; usize::BITS as usize],
    count: usize,
}

impl<T: Real> Blocks<T> {
    #[inline(always)]
    fn new() -> Self {
        Self {
            sums: [T::zero(); usize::BITS as usize],
            count: 0,
        }
    }

    /// Adds the lanes of a block of this length.
    #[inline(always)]
    fn add(&mut self, mut lanes: [T; LANES], length: usize) {
        let mut sum = tree::<Sum, T>(&mut lanes, first_half(length));
        let pairs = self.count.trailing_ones() as usize;
        for earlier in &self.sums[..pairs] {
            sum = *earlier + sum;
        }
        self.sums[pairs] = sum;
        self.count += 1;
    }

    #[inline(always)]
    fn total(&self) -> T {
        let mut total = T::zero();
        for (place, sum) in self.sums.iter().enumerate() {
            if self.count >> place & 1 == 1 {
                total = *sum + total;
            }
        }
        total
    }
}

/// ln Σ e^(x − largest), from the sum of the terms below the largest and the number of those equal to it.
#[inline(always)]
fn logarithm_of_sum<T: Real, L: Lanes<Elem = T>>(padding: &Padding<T>, row: &[T], largest: T) -> T {
    let (zero, one, top) = (L::splat(T::zero()), L::splat(T::one()), L::splat(largest));
    let (mut others, mut ties) = (Blocks::new(), Blocks::new());
    for block in row.chunks(BLOCK) {
        let (mut below_largest, mut equal) = ([T::zero(); LANES], [T::zero(); LANES]);
        let mut start = 0;
        while start < block.len() {
            let x = padding.load::<L>(block, start);
            let (below, is_largest) = (x - top, x.is_equal(top));
            // 0 at the largest, and NaN if that is infinite.
            let term = L::select(is_largest, below, below.exp());
            add_to(&mut below_largest, start, term);
            add_to(&mut equal, start, L::select(is_largest, one, zero));
            start += L::WIDTH;
        }
        others.add(below_largest, block.len());
        ties.add(equal, block.len());
    }
    (others.total() + (ties.total() - T::one())).log1p()
}

/// Writes (x − largest) − logarithm.
#[inline(always)]
fn subtract<T: Real, L: Lanes<Elem = T>>(
    padding: &Padding<T>,
    row: &[T],
    largest: T,
    logarithm: T,
    out: &mut [T],
) {
    let (top, logarithm) = (L::splat(largest), L::splat(logarithm));
    let mut start = 0;
    while start < row.len() {
        let result = (padding.load::<L>(row, start) - top) - logarithm;
        store_within(result, out, start);
        start += L::WIDTH;
    }
}

/// Writes e^(x − largest), and returns the sum.
#[inline(always)]
fn exponentials<T: Real, L: Lanes<Elem = T>>(
    padding: &Padding<T>,
    row: &[T],
    largest: T,
    out: &mut [T],
) -> T {
    let (mut total, top) = (Blocks::new(), L::splat(largest));
    for (block, out) in row.chunks(BLOCK).zip(out.chunks_mut(BLOCK)) {
        let (mut lanes, mut start) = ([T::zero(); LANES], 0);
        while start < block.len() {
            let exponential = (padding.load::<L>(block, start) - top).exp();
            store_within(exponential, out, start);
            add_to(&mut lanes, start, exponential);
            start += L::WIDTH;
        }
        total.add(lanes, block.len());
    }
    total.total()
}

#[inline(always)]
fn divide<T: Real, L: Lanes<Elem = T>>(padding: &Padding<T>, row: &mut [T], total: T) {
    let total = L::splat(total);
    let mut start = 0;
    while start < row.len() {
        let quotient = padding.load::<L>(row, start) / total;
        store_within(quotient, row, start);
        start += L::WIDTH;
    }
}
