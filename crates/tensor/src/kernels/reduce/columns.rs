//! Reduction of columns: one chain each within a block of rows.

use super::fold::Fold;
use super::form::{CHUNK, COLUMN_BLOCK, Form, LANES};
use super::loops::{ColumnBlock, ColumnLoop, Operands, Terms, first_of};
use crate::parallel::{SharedMut, chunks};
use crate::simd::{Isa, Kernel, Lanes, load_each, pointers};
use crate::{Pointwise, Real};
use std::marker::PhantomData;

/// Folds blocks of columns into `out` (`[outer, blocks, inner]`); a loop that maps writes the formula to `mapped`.
pub(super) fn fold_columns<T: Real>(
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

impl<T: Real, F: Fold, P: Pointwise<N>, const N: usize, const MAP: bool> ColumnLoop<T>
    for Terms<'_, F, P, N, MAP>
{
    fn run(&self, isa: Isa, operands: &Operands<'_, T>, block: ColumnBlock<'_, T>) {
        isa.run(Columns::<T, F, P, N, MAP> {
            formula: self.formula,
            fold: PhantomData,
            operands: first_of(operands),
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
        let sources = pointers(&self.operands);
        sums.fill(F::identity());
        let whole = columns - columns % L::WIDTH;
        for row in 0..rows {
            let start = first + row * pitch;
            // SAFETY: the row's columns lie before `end` in the operands; `mapped` is as long as these where there is one,
            // and these elements of it are ours (see `fold_columns`).
            unsafe {
                let (mapped, sums) = (mapped.get().wrapping_add(start), sums.as_mut_ptr());
                let mut column = 0;
                while column < whole {
                    let loaded = load_each::<L, N>(&sources, &[1; N], start + column, L::WIDTH);
                    let value = self.formula.eval(loaded);
                    if MAP {
                        value.store(mapped.add(column));
                    }
                    let sum = sums.add(column);
                    F::join(L::load(sum), value).store(sum);
                    column += L::WIDTH;
                }
                let rest = columns - whole;
                if rest > 0 {
                    let loaded = load_each::<L, N>(&sources, &[1; N], start + whole, rest);
                    let value = self.formula.eval(loaded);
                    if MAP {
                        value.store_first(mapped.add(whole), rest);
                    }
                    let sum = sums.add(whole);
                    F::join(L::load_first(sum, rest), value).store_first(sum, rest);
                }
            }
        }
    }
}
