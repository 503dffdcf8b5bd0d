//! Folding a tensor, or a formula of several, over some of its axes: sums, largest and smallest elements.
//!
//! # The order
//!
//! Floating-point sums depend on their order, so the order is part of the definition. It follows from the shape
//! and the axes alone: not from strides, vectors, or the number of threads.
//!
//! Neighbouring axes that are both folded, or both kept, count as one. Then the folded groups go one after the
//! other, the last one first. One group is one of two forms:
//!
//! * **Rows** `(outer, length)`, where nothing is kept behind the folded axis. A row is cut into blocks of
//!   [`ROW_BLOCK`] elements. Within a block, element `i` joins virtual lane `i mod 32` (each lane is a chain that
//!   starts at the fold's identity), and the lanes are folded as a tree: lane `j` with lane `j + 16` for
//!   `j < 16`, then with `j + 8`, `j + 4`, `j + 2`, `j + 1`.
//! * **Columns** `(outer, length, inner)`. The folded axis is cut into blocks of [`COLUMN_BLOCK`]; within a block
//!   every column is one chain, from the fold's identity and the first element to the last.
//!
//! If there is more than one block, the results of the blocks, in order, are folded by the same rule again.
//!
//! Thirty-two lanes are four AVX2 vectors of `f32`: enough chains to hide the latency of an addition, and the same
//! lanes whatever the width of a vector is.

use crate::parallel::{SharedMut, chunks, chunks_mut};
use crate::simd::{Isa, Kernel, Lanes};
use crate::{Algebra, MAX_RANK, Pointwise, Real, Tensor};

/// Virtual lanes of a row.
const LANES: usize = 32;
/// Elements in a block of a row.
pub(crate) const ROW_BLOCK: usize = 4096;
/// Rows in a block of columns.
pub(crate) const COLUMN_BLOCK: usize = 64;
/// About so many elements make a chunk of work for one thread. Does not affect the result.
const CHUNK: usize = 16384;

/// What elements are joined by. `join(x, identity)` must give back `x`, bit by bit, for every `x` that joins with
/// the identity produce.
pub(crate) trait Fold: Copy + Sync {
    /// Where every chain starts.
    fn identity<T: Real>() -> T;
    /// One step of a chain.
    fn join<A: Algebra>(folded: A, next: A) -> A;
}

/// Addition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sum;

impl Fold for Sum {
    /// +0: a chain from +0 never becomes −0, so adding another +0 changes nothing.
    fn identity<T: Real>() -> T {
        T::zero()
    }
    #[inline(always)]
    fn join<A: Algebra>(folded: A, next: A) -> A {
        folded + next
    }
}

/// The largest element; NaN where there is one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Largest;

impl Fold for Largest {
    fn identity<T: Real>() -> T {
        T::from_f64(f64::NEG_INFINITY)
    }
    #[inline(always)]
    fn join<A: Algebra>(folded: A, next: A) -> A {
        folded.maximum(next)
    }
}

/// The smallest element; NaN where there is one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Smallest;

impl Fold for Smallest {
    fn identity<T: Real>() -> T {
        T::from_f64(f64::INFINITY)
    }
    #[inline(always)]
    fn join<A: Algebra>(folded: A, next: A) -> A {
        folded.minimum(next)
    }
}

/// The formula of a plain fold.
pub(crate) struct Itself;

impl Pointwise<1> for Itself {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [x]: [A; 1]) -> A {
        x
    }
}

/// The plain folds as this crate has compiled them for `f32` and `f64`: crates that use them need not compile their
/// kernels again.
#[doc(hidden)]
pub trait Folds: Sized {
    /// Σx over the axes where `folded` says so, which stay with length 1.
    fn fold_sum(x: &Tensor<Self>, folded: [bool; MAX_RANK]) -> Tensor<Self>
    where
        Self: Real;
    /// Σx².
    fn fold_squares(x: &Tensor<Self>, folded: [bool; MAX_RANK]) -> Tensor<Self>
    where
        Self: Real;
    /// The largest.
    fn fold_largest(x: &Tensor<Self>, folded: [bool; MAX_RANK]) -> Tensor<Self>
    where
        Self: Real;
    /// The smallest.
    fn fold_smallest(x: &Tensor<Self>, folded: [bool; MAX_RANK]) -> Tensor<Self>
    where
        Self: Real;
}

macro_rules! folds {
    ($($Element:ident)+) => {$(
        impl Folds for $Element {
            #[inline(never)]
            fn fold_sum(x: &Tensor<Self>, folded: [bool; MAX_RANK]) -> Tensor<Self> {
                fold_axes(Sum, Isa::active(), &Itself, [x], folded)
            }
            #[inline(never)]
            fn fold_squares(x: &Tensor<Self>, folded: [bool; MAX_RANK]) -> Tensor<Self> {
                fold_axes(Sum, Isa::active(), &crate::formula::Square, [x], folded)
            }
            #[inline(never)]
            fn fold_largest(x: &Tensor<Self>, folded: [bool; MAX_RANK]) -> Tensor<Self> {
                fold_axes(Largest, Isa::active(), &Itself, [x], folded)
            }
            #[inline(never)]
            fn fold_smallest(x: &Tensor<Self>, folded: [bool; MAX_RANK]) -> Tensor<Self> {
                fold_axes(Smallest, Isa::active(), &Itself, [x], folded)
            }
        }
    )+};
}

folds!(f32 f64);

/// Folds the axes where `folded` says so, of a formula of operands that have one shape. Keeps them with length 1.
pub(crate) fn fold_axes<T: Real, F: Fold, P: Pointwise<N>, const N: usize>(
    fold: F,
    isa: Isa,
    formula: &P,
    operands: [&Tensor<T>; N],
    folded: [bool; MAX_RANK],
) -> Tensor<T> {
    let shape = operands[0].shape();
    let Some(group) = (0..shape.rank()).rev().find(|&axis| folded[axis]) else {
        return crate::pointwise("fold", formula, operands);
    };
    let first = (0..group)
        .rev()
        .find(|&axis| !folded[axis])
        .map_or(0, |axis| axis + 1);
    let form = Form {
        outer: shape[..first].iter().product(),
        length: shape[first..=group].iter().product(),
        inner: shape[group + 1..].iter().product(),
        rows: group + 1 == shape.rank(),
    };
    let kept = (first..=group).fold(shape, |kept, axis| kept.with_axis(axis, 1));
    let ordered = operands.map(Tensor::contiguous);
    let slices = ordered
        .each_ref()
        .map(|operand| operand.as_slice().unwrap_or(&[]));
    let result = fold_group(fold, isa, formula, slices, form).reshape(kept);
    let rest = std::array::from_fn(|axis| axis < first && folded[axis]);
    if rest.contains(&true) {
        fold_axes(fold, isa, &Itself, [&result], rest)
    } else {
        result
    }
}

/// One group of folded axes: `outer × length × inner` elements become `outer × inner`.
#[derive(Clone, Copy, Debug)]
struct Form {
    outer: usize,
    length: usize,
    inner: usize,
    /// Whether nothing is kept behind the folded axes; then `inner` is 1.
    rows: bool,
}

impl Form {
    /// Folded elements in a block.
    fn block(&self) -> usize {
        if self.rows { ROW_BLOCK } else { COLUMN_BLOCK }
    }

    fn blocks(&self) -> usize {
        self.length.div_ceil(self.block()).max(1)
    }

    /// The results of the blocks, as what is left to fold.
    fn of_blocks(self) -> Self {
        Self {
            length: self.blocks(),
            ..self
        }
    }
}

/// Folds one group; the result has the shape `[outer, inner]`.
fn fold_group<T: Real, F: Fold, P: Pointwise<N>, const N: usize>(
    fold: F,
    isa: Isa,
    formula: &P,
    operands: [&[T]; N],
    form: Form,
) -> Tensor<T> {
    let blocks = Tensor::build([form.outer, form.blocks(), form.inner], |out| {
        if out.is_empty() {
        } else if form.rows {
            fold_rows(fold, isa, formula, operands, form, out);
        } else {
            fold_columns::<T, F, P, N, false>(fold, isa, formula, operands, form, out, &mut []);
        }
    });
    fold_blocks(fold, isa, blocks, form)
}

/// Folds the results of the blocks until one is left.
fn fold_blocks<T: Real, F: Fold>(fold: F, isa: Isa, blocks: Tensor<T>, form: Form) -> Tensor<T> {
    if form.blocks() == 1 {
        return blocks.reshape([form.outer, form.inner]);
    }
    let slice = blocks.as_slice().unwrap_or(&[]);
    fold_group(fold, isa, &Itself, [slice], form.of_blocks())
}

// ---- rows ---------------------------------------------------------------------------------------------------

fn fold_rows<T: Real, F: Fold, P: Pointwise<N>, const N: usize>(
    fold: F,
    isa: Isa,
    formula: &P,
    operands: [&[T]; N],
    form: Form,
    out: &mut [T],
) {
    let a_chunk = CHUNK / form.length.clamp(1, ROW_BLOCK);
    chunks_mut(out, a_chunk, |chunk, out| {
        let first = chunk * a_chunk;
        isa.run(RowBlocks {
            fold,
            formula,
            operands,
            form,
            first,
            out,
        });
    });
}

/// Consecutive blocks of rows, from block `first` on.
struct RowBlocks<'a, T, F, P, const N: usize> {
    fold: F,
    formula: &'a P,
    operands: [&'a [T]; N],
    form: Form,
    first: usize,
    out: &'a mut [T],
}

impl<T: Real, F: Fold, P: Pointwise<N>, const N: usize> Kernel<T> for RowBlocks<'_, T, F, P, N> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        let (length, blocks) = (self.form.length, self.form.blocks());
        let (mut row, mut block) = (self.first / blocks, self.first % blocks);
        for out in self.out {
            let start = row * length + block * ROW_BLOCK;
            let count = ROW_BLOCK.min(length - block * ROW_BLOCK);
            let operands = self.operands.map(|operand| &operand[start..start + count]);
            *out = row_block::<T, F, P, L, N>(self.fold, self.formula, operands);
            block += 1;
            if block == blocks {
                (row, block) = (row + 1, 0);
            }
        }
    }
}

#[inline(always)]
fn row_block<T: Real, F: Fold, P: Pointwise<N>, L: Lanes<Elem = T>, const N: usize>(
    _: F,
    formula: &P,
    operands: [&[T]; N],
) -> T {
    let length = operands.first().map_or(0, |operand| operand.len());
    assert!(operands.iter().all(|operand| operand.len() == length));
    let vectors = LANES / L::WIDTH;
    // `vectors` of these are used; the array's length cannot depend on `L`.
    let mut lanes = [L::splat(F::identity()); LANES];
    let mut start = 0;
    while start + LANES <= length {
        for (vector, lane) in lanes[..vectors].iter_mut().enumerate() {
            let place = start + vector * L::WIDTH;
            // SAFETY: place + WIDTH ≤ start + LANES ≤ length, the length of every operand.
            let loaded = operands.map(|operand| unsafe { L::load(operand.as_ptr().add(place)) });
            *lane = F::join(*lane, formula.eval(loaded));
        }
        start += LANES;
    }
    let mut rest = [F::identity(); LANES];
    if start < length {
        // The formula may make anything of a padded lane, so its results pass through memory without the padding.
        row_tail::<T, P, L, N>(formula, operands, start, &mut rest);
        for (vector, lane) in lanes[..vectors].iter_mut().enumerate() {
            // SAFETY: `rest` holds LANES = vectors · WIDTH elements.
            *lane = F::join(*lane, unsafe { L::load(rest.as_ptr().add(vector * L::WIDTH)) });
        }
    }
    for (vector, lane) in lanes[..vectors].iter().enumerate() {
        // SAFETY: as above.
        unsafe { lane.store(rest.as_mut_ptr().add(vector * L::WIDTH)) };
    }
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            rest[lane] = F::join(rest[lane], rest[lane + half]);
        }
        half /= 2;
    }
    rest[0]
}

/// Writes the formula of the elements from `start` on, fewer than `LANES`, to the front of `out`.
#[inline(always)]
fn row_tail<T: Real, P: Pointwise<N>, L: Lanes<Elem = T>, const N: usize>(
    formula: &P,
    operands: [&[T]; N],
    start: usize,
    out: &mut [T; LANES],
) {
    let count = operands.first().map_or(0, |operand| operand.len()) - start;
    assert!(count < LANES);
    let mut done = 0;
    while done < count {
        let width = L::WIDTH.min(count - done);
        // SAFETY: `width` elements from start + done lie in every operand, and from `done` in `out`.
        unsafe {
            if width == L::WIDTH {
                let loaded = operands.map(|operand| L::load(operand.as_ptr().add(start + done)));
                formula.eval(loaded).store(out.as_mut_ptr().add(done));
            } else {
                let loaded = operands.map(|operand| L::load_first(operand.as_ptr().add(start + done), width));
                formula
                    .eval(loaded)
                    .store_first(out.as_mut_ptr().add(done), width);
            }
        }
        done += width;
    }
}

// ---- columns ------------------------------------------------------------------------------------------------

/// Folds blocks of columns into `out` (`[outer, blocks, inner]`); with `MAP`, also writes the formula to `mapped`.
fn fold_columns<T: Real, F: Fold, P: Pointwise<N>, const N: usize, const MAP: bool>(
    fold: F,
    isa: Isa,
    formula: &P,
    operands: [&[T]; N],
    form: Form,
    out: &mut [T],
    mapped: &mut [T],
) {
    let (blocks, inner) = (form.blocks(), form.inner);
    let units = form.outer * blocks;
    let rows = form.length.clamp(1, COLUMN_BLOCK);
    // Wide strips, so that memory is read in long runs.
    let strips = inner.div_ceil((4 * CHUNK / rows).max(LANES));
    let width = inner.div_ceil(strips).next_multiple_of(LANES);
    let strips = inner.div_ceil(width);
    let a_chunk = (CHUNK / (rows * width)).max(1);
    // SAFETY: a chunk writes the columns of its strip in the blocks of its units, which no other chunk has.
    let (out, mapped) = unsafe { (SharedMut::new(out), SharedMut::new(mapped)) };
    chunks(units.div_ceil(a_chunk) * strips, &|chunk| {
        let (first, strip) = (chunk / strips * a_chunk, chunk % strips);
        let column = strip * width;
        let columns = width.min(inner - column);
        for unit in first..units.min(first + a_chunk) {
            let row = unit / blocks * form.length + unit % blocks * COLUMN_BLOCK;
            let rows = COLUMN_BLOCK.min(form.length - unit % blocks * COLUMN_BLOCK);
            // SAFETY: columns `column ..` of unit `unit`, in bounds and ours alone.
            let sums =
                unsafe { std::slice::from_raw_parts_mut(out.get().add(unit * inner + column), columns) };
            isa.run(ColumnBlock::<T, F, P, N, MAP> {
                fold,
                formula,
                operands,
                mapped: &mapped,
                start: row * inner + column,
                pitch: inner,
                rows,
                sums,
            });
        }
    });
}

/// Some columns of one block of rows.
struct ColumnBlock<'a, T, F, P, const N: usize, const MAP: bool> {
    fold: F,
    formula: &'a P,
    operands: [&'a [T]; N],
    /// As long as the operands, if `MAP`.
    mapped: &'a SharedMut<T>,
    /// The place of the first column in the first row.
    start: usize,
    /// From one row to the next.
    pitch: usize,
    rows: usize,
    sums: &'a mut [T],
}

impl<T: Real, F: Fold, P: Pointwise<N>, const N: usize, const MAP: bool> Kernel<T>
    for ColumnBlock<'_, T, F, P, N, MAP>
{
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        let _ = self.fold;
        let columns = self.sums.len();
        let end = self.start + self.rows.saturating_sub(1) * self.pitch + columns;
        assert!(self.rows == 0 || self.operands.iter().all(|operand| end <= operand.len()));
        self.sums.fill(F::identity());
        for row in 0..self.rows {
            let start = self.start + row * self.pitch;
            let mut column = 0;
            while column + L::WIDTH <= columns {
                // SAFETY: the row's columns lie before `end`; `mapped` is as long as the operands, and these
                // elements of it are ours (see `fold_columns`).
                unsafe {
                    let place = start + column;
                    let value = self
                        .formula
                        .eval(self.operands.map(|x| L::load(x.as_ptr().add(place))));
                    if MAP {
                        value.store(self.mapped.get().add(place));
                    }
                    let sum = self.sums.as_mut_ptr().add(column);
                    F::join(L::load(sum), value).store(sum);
                }
                column += L::WIDTH;
            }
            let rest = columns - column;
            if rest > 0 {
                // SAFETY: as above, for the last `rest` columns.
                unsafe {
                    let place = start + column;
                    let loaded = self.operands.map(|x| L::load_first(x.as_ptr().add(place), rest));
                    let value = self.formula.eval(loaded);
                    if MAP {
                        value.store_first(self.mapped.get().add(place), rest);
                    }
                    let sum = self.sums.as_mut_ptr().add(column);
                    F::join(L::load_first(sum, rest), value).store_first(sum, rest);
                }
            }
        }
    }
}

/// The formula of operands with `columns` columns, and the sum of each column of the result, in one pass.
pub(crate) fn map_with_column_sums<T: Real, P: Pointwise<N>, const N: usize>(
    isa: Isa,
    formula: &P,
    operands: [&Tensor<T>; N],
) -> (Tensor<T>, Tensor<T>) {
    let shape = operands[0].shape();
    let columns = shape[shape.rank() - 1];
    let length = shape[..shape.rank() - 1].iter().product();
    let form = Form {
        outer: 1,
        length,
        inner: columns,
        rows: false,
    };
    let ordered = operands.map(Tensor::contiguous);
    let slices = ordered
        .each_ref()
        .map(|operand| operand.as_slice().unwrap_or(&[]));
    let mut blocks = None;
    let mapped = Tensor::build(shape, |mapped| {
        blocks = Some(Tensor::build([1, form.blocks(), columns], |out| {
            if !out.is_empty() {
                fold_columns::<T, Sum, P, N, true>(Sum, isa, formula, slices, form, out, mapped);
            }
        }));
    });
    let sums = match blocks {
        Some(blocks) => fold_blocks(Sum, isa, blocks, form).reshape([columns]),
        None => Tensor::zeros([columns]),
    };
    (mapped, sums)
}

#[cfg(test)]
mod tests;
