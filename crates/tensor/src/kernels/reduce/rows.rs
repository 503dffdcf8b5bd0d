//! Reduction of rows: virtual lanes within a block, then a tree.

use super::fold::{Fold, tree};
use super::form::{CHUNK, Form, LANES, ROW_BLOCK};
use super::loops::{Operands, RowLoop, Terms, first_of};
use crate::parallel::chunks_mut;
use crate::simd::{Isa, Kernel, Lanes, load_each, pointers};
use crate::{Pointwise, Real};
use std::marker::PhantomData;

pub(super) fn fold_rows<T: Real>(
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
        isa.run(RowBlocks::<T, F, P, N> {
            formula: self.formula,
            fold: PhantomData,
            operands: first_of(operands),
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
            let mut operands = self.operands;
            for operand in &mut operands {
                *operand = &operand[start..start + count];
            }
            *out = row_block::<T, F, P, L, N>(self.formula, &operands);
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
    operands: &[&[T]; N],
) -> T {
    let length = operands.first().map_or(0, |operand| operand.len());
    assert!(operands.iter().all(|operand| operand.len() == length));
    let sources = pointers(operands);
    let vectors = LANES / L::WIDTH;
    // `vectors` of these are used; the array's length cannot depend on `L`.
    let mut lanes = [L::splat(F::identity()); LANES];
    let mut start = 0;
    while start + LANES <= length {
        for (vector, lane) in lanes[..vectors].iter_mut().enumerate() {
            let place = start + vector * L::WIDTH;
            // SAFETY: place + WIDTH ≤ start + LANES ≤ length, the length of every operand.
            let loaded = unsafe { load_each::<L, N>(&sources, &[1; N], place, L::WIDTH) };
            *lane = F::join(*lane, formula.eval(loaded));
        }
        start += LANES;
    }
    let mut rest = [F::identity(); LANES];
    if start < length {
        // The formula may give any result for a padded lane, so its results are stored without the padding.
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
    tree::<F, T>(&mut rest, LANES / 2)
}

/// Writes the formula of the elements from `start` on, fewer than `LANES`, to the front of `out`.
#[inline(always)]
fn row_tail<T: Real, P: Pointwise<N>, L: Lanes<Elem = T>, const N: usize>(
    formula: &P,
    operands: &[&[T]; N],
    start: usize,
    out: &mut [T; LANES],
) {
    let count = operands.first().map_or(0, |operand| operand.len()) - start;
    assert!(count < LANES);
    let sources = pointers(operands);
    let mut done = 0;
    while done < count {
        let width = L::WIDTH.min(count - done);
        // SAFETY: `width` elements from start + done lie in every operand, and from `done` in `out`.
        unsafe {
            let value = formula.eval(load_each::<L, N>(&sources, &[1; N], start + done, width));
            let out = out.as_mut_ptr().add(done);
            if width == L::WIDTH {
                value.store(out);
            } else {
                value.store_first(out, width);
            }
        }
        done += width;
    }
}
