//! One formula over broadcast operands, vectorised and split over threads.
//!
//! Every element is computed independently, so neither the vector width nor the split into chunks affects the bits.

use super::layout::collapse;
use crate::parallel::SharedMut;
use crate::simd::{Isa, Kernel, Lanes, MOST_LANES, load_each};
use crate::{Algebra, MAX_RANK, OrRaise, Real, Shape, ShapeError, Tensor, concrete, parallel};
use std::mem::MaybeUninit;

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
    /// Whether the formula returns its only operand, so that a pass for it can be omitted.
    const IDENTITY: bool = false;

    /// Computes the formula. Mark it `#[inline(always)]` if speed matters.
    fn eval<A: Algebra>(&self, operands: [A; N]) -> A;
}

/// The largest number of operands of a formula.
pub(crate) const MAX_OPERANDS: usize = 6;

/// The number of elements in a chunk: large enough to amortise the hand-over between threads, small enough to balance the load.
const CHUNK: usize = 8192;

/// Applies a formula of at most six operands. The operands broadcast to a common shape.
///
/// # Panics
/// If the shapes do not broadcast; the message names `operation`.
#[track_caller]
pub fn pointwise<T: Real, P: Pointwise<N>, const N: usize>(
    operation: &'static str,
    formula: &P,
    operands: [&Tensor<T>; N],
) -> Tensor<T> {
    applied(operation, &Behind(formula), &operands)
}

/// Like [`pointwise`], writing row-major elements of `shape`, to which the operands must broadcast.
///
/// ```
/// # use latents_tensor::{Tensor, formula::Sum, pointwise_into};
/// let (x, one) = (Tensor::from_slice(&[1.0f32, 2.0], [2]), Tensor::scalar(1.0));
/// let mut out = [0.0; 2];
/// pointwise_into(&Sum, [&x, &one], [2].into(), &mut out);
/// assert_eq!(out, [2.0, 3.0]);
/// ```
#[track_caller]
pub fn pointwise_into<T: Real, P: Pointwise<N>, const N: usize>(
    formula: &P,
    operands: [&Tensor<T>; N],
    shape: Shape,
    out: &mut [T],
) {
    applied_into(&Behind(formula), &operands, shape, out);
}

/// A formula behind a pointer, so that the code around its loop is compiled once, not once per formula.
trait Rows<T>: Sync {
    /// Fills `rows` rows, stored one after the other in `out`.
    fn fill(&self, isa: Isa, operands: &[Operand<'_, T>; MAX_OPERANDS], rows: usize, out: &mut [T]);
}

struct Behind<'a, P, const N: usize>(&'a P);

impl<T: Real, P: Pointwise<N>, const N: usize> Rows<T> for Behind<'_, P, N> {
    fn fill(&self, isa: Isa, operands: &[Operand<'_, T>; MAX_OPERANDS], rows: usize, out: &mut [T]) {
        const { assert!(N <= MAX_OPERANDS, "a formula has too many operands") };
        let mut first = [Operand::NONE; N];
        first.copy_from_slice(&operands[..N]);
        isa.run(Block {
            formula: self.0,
            operands: first,
            rows,
            out,
        });
    }
}

concrete! {
    fn applied<'a, T>(
        operation: &'static str,
        rows: &'a dyn Rows<T>,
        operands: &'a [&'a Tensor<T>],
    ) -> Tensor<T> = apply(operation, rows, operands);

    fn applied_into<'a, T>(
        rows: &'a dyn Rows<T>,
        operands: &'a [&'a Tensor<T>],
        shape: Shape,
        out: &'a mut [T],
    ) = apply_into(rows, operands, shape, out);
}

#[track_caller]
fn apply<T: Real>(operation: &'static str, rows: &dyn Rows<T>, operands: &[&Tensor<T>]) -> Tensor<T> {
    let first = operands.first().map_or(Shape::SCALAR, |operand| operand.shape());
    let shape = if operands.iter().all(|operand| operand.shape() == first) {
        first
    } else {
        let mut shapes = [Shape::SCALAR; MAX_OPERANDS];
        let shapes = &mut shapes[..operands.len()];
        shapes
            .iter_mut()
            .zip(operands)
            .for_each(|(shape, operand)| *shape = operand.shape());
        Shape::broadcast(operation, shapes).or_raise()
    };
    Tensor::build(shape, |out| apply_into(rows, operands, shape, out))
}

#[track_caller]
fn apply_into<T: Real>(rows: &dyn Rows<T>, operands: &[&Tensor<T>], shape: Shape, out: &mut [T]) {
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
        return parallel::chunks_mut(out, CHUNK, |index, out| {
            let mut places = [Operand::NONE; MAX_OPERANDS];
            for (place, operand) in places.iter_mut().zip(operands) {
                *place = Operand {
                    storage: operand.storage(),
                    start: (operand.offset() + index * CHUNK) as isize,
                    row: 0,
                    step: 1,
                };
            }
            rows.fill(isa, &places, 1, out);
        });
    }
    broadcast(isa, rows, operands, shape, out);
}

/// Handles operands that are not all contiguous: the last two axes, if they cannot be merged, are blocks of rows; the axes
/// before them determine where each block starts.
#[track_caller]
fn broadcast<T: Real>(isa: Isa, rows: &dyn Rows<T>, operands: &[&Tensor<T>], shape: Shape, out: &mut [T]) {
    let mut strides = [[0; MAX_RANK]; MAX_OPERANDS];
    let strides = &mut strides[..operands.len()];
    for (strides, operand) in strides.iter_mut().zip(operands) {
        let Some(wide) = operand.strides_over(shape) else {
            let reason = format!("an operand does not broadcast to {shape}");
            ShapeError::new("pointwise_into", reason, &[operand.shape(), shape]).raise();
        };
        *strides = wide.0;
    }
    let merged = collapse(shape, strides);
    if out.is_empty() {
        return;
    }
    let (&length, outer) = merged.split_last().unwrap_or((&1, &[]));
    let inner = outer.len();
    if let Some(odd) = strides
        .iter()
        .position(|strides| !matches!(strides[inner], 0 | 1))
    {
        // If the innermost axis is strided, copy that operand in order first, so that the loop stays simple.
        let ordered = operands[odd].broadcast_to(shape).copied();
        let mut all = [&ordered; MAX_OPERANDS];
        for (operand, place) in all.iter_mut().enumerate().take(operands.len()) {
            if operand != odd {
                *place = operands[operand];
            }
        }
        return broadcast(isa, rows, &all[..operands.len()], shape, out);
    }
    let (total, group) = (out.len() / length, outer.last().copied().unwrap_or(1));
    // A chunk is a piece of a long row, or several short rows.
    let (rows_a_chunk, pieces) = ((CHUNK / length).max(1), length.div_ceil(CHUNK));
    // SAFETY: every chunk has rows, or a piece of a row, of its own.
    let shared = unsafe { SharedMut::new(out) };
    parallel::chunks(total.div_ceil(rows_a_chunk) * pieces, &|index| {
        let (mut row, column) = (index / pieces * rows_a_chunk, index % pieces * CHUNK);
        let (end, columns) = (total.min(row + rows_a_chunk), CHUNK.min(length - column));
        while row < end {
            let count = (group - row % group).min(end - row);
            let mut place = [0; MAX_RANK];
            let mut rest = row;
            for axis in (0..inner).rev() {
                place[axis] = (rest % outer[axis]) as isize;
                rest /= outer[axis];
            }
            place[inner] = column as isize;
            let mut places = [Operand::NONE; MAX_OPERANDS];
            for (operand, (tensor, strides)) in places.iter_mut().zip(operands.iter().zip(strides.iter())) {
                let steps = place.iter().zip(strides).take(inner + 1);
                *operand = Operand {
                    storage: tensor.storage(),
                    start: tensor.offset() as isize
                        + steps.map(|(index, stride)| index * stride).sum::<isize>(),
                    row: if inner == 0 { 0 } else { strides[inner - 1] },
                    step: strides[inner] as usize,
                };
            }
            // SAFETY: in bounds, as the output has `total` rows of `length`, and ours alone, see above. There is one
            // row where a chunk is a piece, and else `columns` is `length`.
            let out = unsafe {
                std::slice::from_raw_parts_mut(shared.get().add(row * length + column), count * columns)
            };
            rows.fill(isa, &places, count, out);
            row += count;
        }
    });
}

/// An operand of a block of rows: consecutive elements, or one element for the whole row.
#[derive(Clone, Copy)]
struct Operand<'a, T> {
    storage: &'a [T],
    /// The position of the first element of the first row.
    start: isize,
    /// The distance between rows.
    row: isize,
    /// The distance between elements: 1, or 0 for a repeated element.
    step: usize,
}

impl<T> Operand<'_, T> {
    const NONE: Self = Self {
        storage: &[],
        start: 0,
        row: 0,
        step: 1,
    };

    /// Whether `rows` rows of `length` elements lie in the storage.
    #[inline(always)]
    fn has(&self, rows: usize, length: usize) -> bool {
        let last = self.start + (rows as isize - 1) * self.row;
        let width = if self.step == 0 { 1 } else { length };
        self.step <= 1
            && self.start.min(last) >= 0
            && self.start.max(last) as usize + width <= self.storage.len()
    }
}

/// Rows of the same length, one after the other in `out`.
struct Block<'a, T, P, const N: usize> {
    formula: &'a P,
    operands: [Operand<'a, T>; N],
    rows: usize,
    out: &'a mut [T],
}

impl<T: Real, P: Pointwise<N>, const N: usize> Kernel<T> for Block<'_, T, P, N> {
    type Output = ();

    /// A repeated element is a vector that is loaded again and again, so that all operands share one loop.
    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        const { assert!(L::WIDTH <= MOST_LANES) };
        let length = self.out.len() / self.rows;
        assert!(length > 0 && self.out.len() == self.rows * length);
        let mut steps = [0; N];
        for (step, operand) in steps.iter_mut().zip(&self.operands) {
            assert!(
                operand.has(self.rows, length),
                "an operand's rows lie in its storage"
            );
            *step = operand.step;
        }
        let whole = length - length % L::WIDTH;
        let mut same = [const { MaybeUninit::<[T; MOST_LANES]>::uninit() }; N];
        for row in 0..self.rows {
            let mut starts = [std::ptr::null::<T>(); N];
            for (operand, place) in self.operands.iter().enumerate() {
                // SAFETY: in the storage, as asserted; `same` has room for a vector, by the first assertion.
                unsafe {
                    starts[operand] = place
                        .storage
                        .as_ptr()
                        .offset(place.start + row as isize * place.row);
                    if place.step == 0 {
                        let vector = same[operand].as_mut_ptr().cast::<T>();
                        L::splat(*starts[operand]).store(vector);
                        starts[operand] = vector.cast_const();
                    }
                }
            }
            // SAFETY: the output has `rows` rows of `length`, as have the operands that do not repeat; those that do
            // are a whole vector.
            unsafe {
                let out = self.out.as_mut_ptr().add(row * length);
                let mut start = 0;
                while start < whole {
                    let loaded = load_each::<L, N>(&starts, &steps, start, L::WIDTH);
                    self.formula.eval(loaded).store(out.add(start));
                    start += L::WIDTH;
                }
                if start < length {
                    let loaded = load_each::<L, N>(&starts, &steps, start, length - start);
                    self.formula
                        .eval(loaded)
                        .store_first(out.add(start), length - start);
                }
            }
        }
    }
}
