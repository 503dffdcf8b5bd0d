//! One formula over broadcast operands, vectorised and split over threads.
//!
//! Every element is computed alone, so neither the width of the vectors nor the cut into chunks can change a bit.

use super::layout::{collapse, walk};
use crate::parallel::SharedMut;
use crate::simd::{Isa, Kernel, Lanes};
use crate::{Algebra, MAX_RANK, OrRaise, Real, Shape, Tensor, parallel};

/// A formula of `N` operands, written once for every [`Algebra`].
///
/// ```
/// use latents_tensor::{Algebra, Pointwise, Tensor, pointwise};
/// struct SquaredDifference;
/// impl Pointwise<2> for SquaredDifference {
///     fn eval<A: Algebra>(&self, [x, y]: [A; 2]) -> A {
///         (x - y) * (x - y)
///     }
/// }
/// let (x, y) = (Tensor::from_slice(&[1.0f32, 5.0], [2]), Tensor::scalar(3.0));
/// assert_eq!(pointwise("squared_difference", &SquaredDifference, [&x, &y]).to_vec(), [4.0, 4.0]);
/// ```
pub trait Pointwise<const N: usize>: Sync {
    /// The formula. Mark it `#[inline(always)]` where speed matters.
    fn eval<A: Algebra>(&self, operands: [A; N]) -> A;
}

/// Elements in a chunk: large enough to pay for a hand-over between threads, small enough to share evenly.
const CHUNK: usize = 8192;

/// Applies a formula to operands that broadcast to one shape.
///
/// # Panics
/// If the shapes do not broadcast; the message names `operation`.
#[track_caller]
pub fn pointwise<T: Real, P: Pointwise<N>, const N: usize>(
    operation: &'static str,
    formula: &P,
    operands: [&Tensor<T>; N],
) -> Tensor<T> {
    let shape = if operands
        .iter()
        .all(|operand| operand.shape() == operands[0].shape())
    {
        operands[0].shape()
    } else {
        Shape::broadcast(operation, &operands.map(Tensor::shape)).or_raise()
    };
    Tensor::build(shape, |out| pointwise_into(formula, operands, shape, out))
}

/// As [`pointwise`], into row-major elements of `shape`, to which the operands must broadcast.
#[track_caller]
pub fn pointwise_into<T: Real, P: Pointwise<N>, const N: usize>(
    formula: &P,
    operands: [&Tensor<T>; N],
    shape: Shape,
    out: &mut [T],
) {
    assert_eq!(
        out.len(),
        shape.count(),
        "pointwise_into: the output does not have the elements of {shape}"
    );
    let isa = Isa::active();
    if operands
        .iter()
        .all(|operand| operand.shape() == shape && operand.is_contiguous())
    {
        let slices = operands.map(|operand| operand.as_slice().unwrap_or(&[]));
        return parallel::chunks_mut(out, CHUNK, |index, out| {
            let start = index * CHUNK;
            let operands = slices.map(|slice| Operand::Run(&slice[start..start + out.len()]));
            isa.run(Row {
                formula,
                operands,
                out,
            });
        });
    }
    broadcast(isa, formula, operands, shape, out);
}

/// Operands that are not all plain runs: walk the outer axes, vectorise the innermost one.
fn broadcast<T: Real, P: Pointwise<N>, const N: usize>(
    isa: Isa,
    formula: &P,
    operands: [&Tensor<T>; N],
    shape: Shape,
    out: &mut [T],
) {
    let wide = operands.map(|operand| operand.broadcast_to(shape));
    let (merged, strides) = collapse(shape, wide.each_ref().map(Tensor::all_strides));
    let Some((&length, outer)) = merged.split_last() else {
        let operands = std::array::from_fn(|operand| Operand::Same(wide[operand].item()));
        return isa.run(Row {
            formula,
            operands,
            out,
        });
    };
    if out.is_empty() {
        return;
    }
    let steps: [isize; N] = std::array::from_fn(|operand| strides[operand][outer.len()]);
    if let Some(odd) = steps.iter().position(|step| !matches!(step, 0 | 1)) {
        // A strided innermost axis: put that operand in order first, so that the loop below stays simple.
        let ordered = wide[odd].copied();
        let mut operands = operands;
        operands[odd] = &ordered;
        return broadcast(isa, formula, operands, shape, out);
    }
    let starts = wide.each_ref().map(|operand| operand.offset() as isize);
    let rows: usize = outer.iter().product();
    debug_assert_eq!(rows * length, out.len());
    let row_of = |place: [isize; N], first: usize, out: &mut [T]| {
        let operands = std::array::from_fn(|operand| {
            let storage = &wide[operand].storage()[place[operand] as usize..];
            if steps[operand] == 0 {
                Operand::Same(storage[0])
            } else {
                Operand::Run(&storage[first..][..out.len()])
            }
        });
        isa.run(Row {
            formula,
            operands,
            out,
        });
    };
    if length > CHUNK {
        let pieces = length.div_ceil(CHUNK);
        // SAFETY: piece `piece` of row `row` is its own part of the output.
        let shared = unsafe { SharedMut::new(out) };
        return parallel::chunks(rows * pieces, &|index| {
            let (row, first) = (index / pieces, index % pieces * CHUNK);
            let count = CHUNK.min(length - first);
            // SAFETY: in bounds, as the output has `rows` rows of `length`; disjoint, see above.
            let out =
                unsafe { std::slice::from_raw_parts_mut(shared.get().add(row * length + first), count) };
            walk_from(outer, &strides, starts, row, 1, |place| row_of(place, first, out));
        });
    }
    let rows_a_chunk = CHUNK / length;
    parallel::chunks_mut(out, rows_a_chunk * length, |index, out| {
        let mut parts = out.chunks_exact_mut(length);
        let count = parts.len();
        walk_from(outer, &strides, starts, index * rows_a_chunk, count, |place| {
            if let Some(out) = parts.next() {
                row_of(place, 0, out);
            }
        });
    });
}

/// As [`walk`], for `count` rows from row `first` on.
fn walk_from<const N: usize>(
    shape: &[usize],
    strides: &[[isize; MAX_RANK]; N],
    start: [isize; N],
    first: usize,
    count: usize,
    mut body: impl FnMut([isize; N]),
) {
    if first == 0 && count == shape.iter().product() {
        return walk(shape, strides, start, body);
    }
    for row in first..first + count {
        let (mut rest, mut place) = (row, start);
        for axis in (0..shape.len()).rev() {
            let index = (rest % shape[axis]) as isize;
            rest /= shape[axis];
            place
                .iter_mut()
                .zip(strides)
                .for_each(|(place, strides)| *place += index * strides[axis]);
        }
        body(place);
    }
}

/// One operand along a row.
#[derive(Clone, Copy)]
enum Operand<'a, T> {
    /// As many elements as the row has.
    Run(&'a [T]),
    /// One element for the whole row.
    Same(T),
}

impl<T: Real> Operand<'_, T> {
    /// # Safety
    /// `start + count` must lie in the row, and `count <= L::WIDTH`.
    #[inline(always)]
    unsafe fn load<L: Lanes<Elem = T>>(&self, start: usize, count: usize) -> L {
        match self {
            Operand::Same(value) => L::splat(*value),
            // SAFETY: `Row::run` checked that a run is as long as the row; the caller keeps inside it.
            Operand::Run(run) if count == L::WIDTH => unsafe { L::load(run.as_ptr().add(start)) },
            // SAFETY: as above.
            Operand::Run(run) => unsafe { L::load_first(run.as_ptr().add(start), count) },
        }
    }
}

struct Row<'a, T, P, const N: usize> {
    formula: &'a P,
    operands: [Operand<'a, T>; N],
    out: &'a mut [T],
}

impl<T: Real, P, const N: usize> Row<'_, T, P, N> {
    /// The elements of every operand from `start` on. (`map` of an array may stay a call of its own, which loses the
    /// instruction set, and with it every intrinsic becomes a call.)
    ///
    /// # Safety
    /// As [`Operand::load`].
    #[inline(always)]
    unsafe fn loaded<L: Lanes<Elem = T>>(&self, start: usize, count: usize) -> [L; N] {
        let mut loaded = [L::splat(T::zero()); N];
        for (place, operand) in loaded.iter_mut().zip(&self.operands) {
            // SAFETY: the caller's promises.
            *place = unsafe { operand.load::<L>(start, count) };
        }
        loaded
    }
}

impl<T: Real, P: Pointwise<N>, const N: usize> Kernel<T> for Row<'_, T, P, N> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        let length = self.out.len();
        for operand in &self.operands {
            assert!(
                !matches!(operand, Operand::Run(run) if run.len() != length),
                "runs are as long as the row"
            );
        }
        let whole = length - length % L::WIDTH;
        let mut start = 0;
        while start < whole {
            // SAFETY: start + WIDTH ≤ length, the length of the output and of every run.
            unsafe {
                let operands = self.loaded::<L>(start, L::WIDTH);
                self.formula
                    .eval(operands)
                    .store(self.out.as_mut_ptr().add(start));
            }
            start += L::WIDTH;
        }
        let rest = length - whole;
        if rest > 0 {
            // SAFETY: `rest` elements remain in the output and in every run.
            unsafe {
                let operands = self.loaded::<L>(start, rest);
                self.formula
                    .eval(operands)
                    .store_first(self.out.as_mut_ptr().add(start), rest);
            }
        }
    }
}
