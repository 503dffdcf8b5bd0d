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

use super::pointwise::MAX_OPERANDS;
use crate::formula::{Identity, Square};
use crate::parallel::{SharedMut, chunks, chunks_mut};
use crate::simd::{Isa, Kernel, Lanes};
use crate::{Algebra, MAX_RANK, Pointwise, Real, Shape, Tensor, concrete};
use std::marker::PhantomData;

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
pub(crate) trait Fold: Copy + Sync + 'static {
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

concrete! {
    /// Σx over the axes where `folded` says so, which stay with length 1.
    pub(crate) fn fold_sum<'a, T>(x: &'a Tensor<T>, folded: [bool; MAX_RANK]) -> Tensor<T> =
        fold_axes(Sum, Isa::active(), &Identity, [x], folded);
    /// Σx².
    pub(crate) fn fold_squares<'a, T>(x: &'a Tensor<T>, folded: [bool; MAX_RANK]) -> Tensor<T> =
        fold_axes(Sum, Isa::active(), &Square, [x], folded);
    /// The largest.
    pub(crate) fn fold_largest<'a, T>(x: &'a Tensor<T>, folded: [bool; MAX_RANK]) -> Tensor<T> =
        fold_axes(Largest, Isa::active(), &Identity, [x], folded);
    /// The smallest.
    pub(crate) fn fold_smallest<'a, T>(x: &'a Tensor<T>, folded: [bool; MAX_RANK]) -> Tensor<T> =
        fold_axes(Smallest, Isa::active(), &Identity, [x], folded);

    fn folded_axes<'a, T>(
        isa: Isa,
        loops: &'a Loops<'a, T>,
        operands: &'a [&'a Tensor<T>],
        folded: [bool; MAX_RANK],
    ) -> Tensor<T> = fold_axes_with(isa, loops, operands, folded);

    fn folded_group<'a, T>(isa: Isa, loops: &'a Loops<'a, T>, operands: &'a [&'a Tensor<T>], form: Form) -> Tensor<T> =
        fold_group(isa, loops, &in_order(operands), form);

    fn mapped_columns<'a, T>(
        isa: Isa,
        loops: &'a Loops<'a, T>,
        operands: &'a [&'a Tensor<T>],
    ) -> (Tensor<T>, Tensor<T>) = map_columns(isa, loops, operands);
}

// ---- what is folded -----------------------------------------------------------------------------------------

/// Operands, as many as there may be.
type Operands<'a, T> = [&'a [T]; MAX_OPERANDS];

/// The loop over blocks of rows, for some fold of some formula.
trait RowLoop<T>: Sync {
    /// Folds consecutive blocks, from block `first` on.
    fn run(&self, isa: Isa, operands: &Operands<'_, T>, form: Form, first: usize, out: &mut [T]);
}

/// The loop over a block of columns, for some fold of some formula.
trait ColumnLoop<T>: Sync {
    fn run(&self, isa: Isa, operands: &Operands<'_, T>, block: ColumnBlock<'_, T>);
}

/// The loops of a fold behind pointers: what surrounds them is compiled once, not once for each formula.
#[derive(Clone, Copy)]
struct Loops<'a, T: Real> {
    rows: Option<&'a dyn RowLoop<T>>,
    columns: Option<&'a dyn ColumnLoop<T>>,
    /// The loops that fold the results of blocks.
    then: fn() -> Loops<'static, T>,
}

/// A formula, whose results are folded with `F`; with `MAP` they are written as well.
struct Terms<'a, F, P, const N: usize, const MAP: bool> {
    formula: &'a P,
    fold: PhantomData<F>,
}

impl<'a, F: Fold, P: Pointwise<N>, const N: usize, const MAP: bool> Terms<'a, F, P, N, MAP> {
    fn of(_: F, formula: &'a P) -> Self {
        Self {
            formula,
            fold: PhantomData,
        }
    }

    /// Both loops.
    fn loops<T: Real>(&self) -> Loops<'_, T> {
        Loops {
            columns: Some(self),
            ..self.rows()
        }
    }

    /// Loops for what has no columns.
    fn rows<T: Real>(&self) -> Loops<'_, T> {
        Loops {
            rows: Some(self),
            columns: None,
            then: plain::<T, F>,
        }
    }

    /// Loops for what has no rows.
    fn columns<T: Real>(&self) -> Loops<'_, T> {
        Loops {
            rows: None,
            columns: Some(self),
            then: plain::<T, F>,
        }
    }
}

/// The loops of a plain fold.
fn plain<T: Real, F: Fold>() -> Loops<'static, T> {
    let terms: &'static Terms<'static, F, Identity, 1, false> = &Terms {
        formula: &Identity,
        fold: PhantomData,
    };
    terms.loops()
}

/// Folds the axes where `folded` says so, of a formula of operands that have one shape. Keeps them with length 1.
pub(crate) fn fold_axes<T: Real, F: Fold, P: Pointwise<N>, const N: usize>(
    fold: F,
    isa: Isa,
    formula: &P,
    operands: [&Tensor<T>; N],
    folded: [bool; MAX_RANK],
) -> Tensor<T> {
    if !folded[..operands[0].rank()].contains(&true) {
        return crate::pointwise("fold", formula, operands);
    }
    let terms = Terms::<F, P, N, false>::of(fold, formula);
    folded_axes(isa, &terms.loops(), &operands, folded)
}

/// As [`fold_axes`] with all axes folded, of operands with one axis; a number.
pub(crate) fn fold_line<T: Real, P: Pointwise<N>, const N: usize>(
    isa: Isa,
    formula: &P,
    operands: [&Tensor<T>; N],
) -> T {
    let terms = Terms::<Sum, P, N, false>::of(Sum, formula);
    let form = Form {
        outer: 1,
        length: operands[0].len(),
        inner: 1,
        rows: true,
    };
    folded_group(isa, &terms.rows(), &operands, form).item()
}

/// The sums over all axes but the last, of which there must be one.
pub(crate) fn fold_columns_of<T: Real, P: Pointwise<N>, const N: usize>(
    isa: Isa,
    formula: &P,
    operands: [&Tensor<T>; N],
) -> Tensor<T> {
    let form = columns_of(operands[0].shape());
    let terms = Terms::<Sum, P, N, false>::of(Sum, formula);
    folded_group(isa, &terms.columns(), &operands, form).reshape([form.inner])
}

/// The formula of operands with `columns` columns, and the sum of each column of the result, in one pass.
pub(crate) fn map_with_column_sums<T: Real, P: Pointwise<N>, const N: usize>(
    isa: Isa,
    formula: &P,
    operands: [&Tensor<T>; N],
) -> (Tensor<T>, Tensor<T>) {
    let terms = Terms::<Sum, P, N, true>::of(Sum, formula);
    mapped_columns(isa, &terms.columns(), &operands)
}

// ---- axes ---------------------------------------------------------------------------------------------------

/// The operands in row-major order.
struct Ordered<T: Real>([Option<Tensor<T>>; MAX_OPERANDS]);

fn in_order<T: Real>(operands: &[&Tensor<T>]) -> Ordered<T> {
    Ordered(std::array::from_fn(|operand| {
        operands.get(operand).map(|operand| operand.contiguous())
    }))
}

impl<T: Real> Ordered<T> {
    fn slices(&self) -> Operands<'_, T> {
        self.0
            .each_ref()
            .map(|operand| operand.as_ref().and_then(Tensor::as_slice).unwrap_or(&[]))
    }
}

fn fold_axes_with<T: Real>(
    isa: Isa,
    loops: &Loops<'_, T>,
    operands: &[&Tensor<T>],
    folded: [bool; MAX_RANK],
) -> Tensor<T> {
    let shape = operands[0].shape();
    let Some(group) = (0..shape.rank()).rev().find(|&axis| folded[axis]) else {
        return operands[0].clone();
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
    let result = fold_group(isa, loops, &in_order(operands), form).reshape(kept);
    let rest = std::array::from_fn(|axis| axis < first && folded[axis]);
    if rest.contains(&true) {
        fold_axes_with(isa, &(loops.then)(), &[&result], rest)
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

/// All axes but the last as one.
fn columns_of(shape: Shape) -> Form {
    Form {
        outer: 1,
        length: shape[..shape.rank() - 1].iter().product(),
        inner: shape[shape.rank() - 1],
        rows: false,
    }
}

/// Folds one group; the result has the shape `[outer, inner]`.
fn fold_group<T: Real>(isa: Isa, loops: &Loops<'_, T>, operands: &Ordered<T>, form: Form) -> Tensor<T> {
    let operands = operands.slices();
    let blocks = Tensor::build([form.outer, form.blocks(), form.inner], |out| {
        match (loops.rows, loops.columns) {
            _ if out.is_empty() => {}
            (Some(rows), _) if form.rows => fold_rows(isa, rows, &operands, form, out),
            (_, Some(columns)) if !form.rows => fold_columns(isa, columns, &operands, form, out, &mut []),
            _ => unreachable!("a fold without the loop that its form asks for"),
        }
    });
    fold_blocks(isa, loops, blocks, form)
}

/// Folds the results of the blocks until one is left.
fn fold_blocks<T: Real>(isa: Isa, loops: &Loops<'_, T>, blocks: Tensor<T>, form: Form) -> Tensor<T> {
    if form.blocks() == 1 {
        return blocks.reshape([form.outer, form.inner]);
    }
    fold_group(isa, &(loops.then)(), &in_order(&[&blocks]), form.of_blocks())
}

// ---- rows ---------------------------------------------------------------------------------------------------

fn fold_rows<T: Real>(
    isa: Isa,
    rows: &dyn RowLoop<T>,
    operands: &Operands<'_, T>,
    form: Form,
    out: &mut [T],
) {
    let a_chunk = CHUNK / form.length.clamp(1, ROW_BLOCK);
    chunks_mut(out, a_chunk, |chunk, out| {
        rows.run(isa, operands, form, chunk * a_chunk, out);
    });
}

impl<T: Real, F: Fold, P: Pointwise<N>, const N: usize, const MAP: bool> RowLoop<T>
    for Terms<'_, F, P, N, MAP>
{
    fn run(&self, isa: Isa, operands: &Operands<'_, T>, form: Form, first: usize, out: &mut [T]) {
        const { assert!(N <= MAX_OPERANDS, "a formula has too many operands") };
        isa.run(RowBlocks::<T, F, P, N> {
            formula: self.formula,
            fold: PhantomData,
            operands: std::array::from_fn(|operand| operands[operand]),
            form,
            first,
            out,
        });
    }
}

/// Consecutive blocks of rows, from block `first` on.
struct RowBlocks<'a, T, F, P, const N: usize> {
    formula: &'a P,
    fold: PhantomData<F>,
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
            *out = row_block::<T, F, P, L, N>(self.formula, operands);
            block += 1;
            if block == blocks {
                (row, block) = (row + 1, 0);
            }
        }
    }
}

#[inline(always)]
fn row_block<T: Real, F: Fold, P: Pointwise<N>, L: Lanes<Elem = T>, const N: usize>(
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

/// Folds blocks of columns into `out` (`[outer, blocks, inner]`); a loop that maps writes the formula to `mapped`.
fn fold_columns<T: Real>(
    isa: Isa,
    loop_of_columns: &dyn ColumnLoop<T>,
    operands: &Operands<'_, T>,
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
            let block = ColumnBlock {
                mapped: &mapped,
                start: row * inner + column,
                pitch: inner,
                rows,
                sums,
            };
            loop_of_columns.run(isa, operands, block);
        }
    });
}

/// Some columns of one block of rows.
struct ColumnBlock<'a, T> {
    /// As long as the operands, if the loop maps.
    mapped: &'a SharedMut<T>,
    /// The place of the first column in the first row.
    start: usize,
    /// From one row to the next.
    pitch: usize,
    rows: usize,
    sums: &'a mut [T],
}

impl<T: Real, F: Fold, P: Pointwise<N>, const N: usize, const MAP: bool> ColumnLoop<T>
    for Terms<'_, F, P, N, MAP>
{
    fn run(&self, isa: Isa, operands: &Operands<'_, T>, block: ColumnBlock<'_, T>) {
        const { assert!(N <= MAX_OPERANDS, "a formula has too many operands") };
        isa.run(Columns::<T, F, P, N, MAP> {
            formula: self.formula,
            fold: PhantomData,
            operands: std::array::from_fn(|operand| operands[operand]),
            block,
        });
    }
}

struct Columns<'a, T, F, P, const N: usize, const MAP: bool> {
    formula: &'a P,
    fold: PhantomData<F>,
    operands: [&'a [T]; N],
    block: ColumnBlock<'a, T>,
}

impl<T: Real, F: Fold, P: Pointwise<N>, const N: usize, const MAP: bool> Kernel<T>
    for Columns<'_, T, F, P, N, MAP>
{
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        let ColumnBlock {
            mapped,
            start: first,
            pitch,
            rows,
            sums,
        } = self.block;
        let columns = sums.len();
        let end = first + rows.saturating_sub(1) * pitch + columns;
        assert!(rows == 0 || self.operands.iter().all(|operand| end <= operand.len()));
        let sources = self.operands.map(<[T]>::as_ptr);
        sums.fill(F::identity());
        for row in 0..rows {
            let start = first + row * pitch;
            let mut column = 0;
            while column < columns {
                let count = L::WIDTH.min(columns - column);
                let whole = count == L::WIDTH;
                let mut loaded = [L::splat(T::zero()); N];
                for (loaded, source) in loaded.iter_mut().zip(sources) {
                    // SAFETY: `count` of the row's columns, which lie before `end`.
                    *loaded = unsafe {
                        let place = source.add(start + column);
                        if whole {
                            L::load(place)
                        } else {
                            L::load_first(place, count)
                        }
                    };
                }
                let value = self.formula.eval(loaded);
                // SAFETY: as above; `mapped` is as long as the operands, and these elements of it are ours (see
                // `fold_columns`).
                unsafe {
                    let sum = sums.as_mut_ptr().add(column);
                    let target = mapped.get().wrapping_add(start + column);
                    if whole {
                        if MAP {
                            value.store(target);
                        }
                        F::join(L::load(sum), value).store(sum);
                    } else {
                        if MAP {
                            value.store_first(target, count);
                        }
                        F::join(L::load_first(sum, count), value).store_first(sum, count);
                    }
                }
                column += L::WIDTH;
            }
        }
    }
}

fn map_columns<T: Real>(isa: Isa, loops: &Loops<'_, T>, operands: &[&Tensor<T>]) -> (Tensor<T>, Tensor<T>) {
    let shape = operands[0].shape();
    let form = columns_of(shape);
    let ordered = in_order(operands);
    let mut blocks = None;
    let mapped = Tensor::build(shape, |mapped| {
        blocks = Some(Tensor::build([1, form.blocks(), form.inner], |out| {
            if let (false, Some(columns)) = (out.is_empty(), loops.columns) {
                fold_columns(isa, columns, &ordered.slices(), form, out, mapped);
            }
        }));
    });
    let sums = match blocks {
        Some(blocks) => fold_blocks(isa, loops, blocks, form).reshape([form.inner]),
        None => Tensor::zeros([form.inner]),
    };
    (mapped, sums)
}

#[cfg(test)]
mod tests;
