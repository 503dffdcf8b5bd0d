//! One formula over broadcast operands, vectorised and split over threads.
//!
//! Every element is computed alone, so neither the width of the vectors nor the cut into chunks can change a bit.

use super::layout::{collapse, walk};
use crate::parallel::SharedMut;
use crate::simd::{Isa, Kernel, Lanes, MOST_LANES};
use crate::{Algebra, MAX_RANK, OrRaise, Real, Shape, Strides, Tensor, concrete, parallel};
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
    /// Whether the formula is its only operand, so that a pass for it may be left out.
    const IDENTITY: bool = false;

    /// The formula. Mark it `#[inline(always)]` where speed matters.
    fn eval<A: Algebra>(&self, operands: [A; N]) -> A;
}

/// The most operands of a formula.
pub(crate) const MAX_OPERANDS: usize = 6;

/// Elements in a chunk: large enough to pay for a hand-over between threads, small enough to share evenly.
const CHUNK: usize = 8192;

/// Applies a formula, of at most six operands, to operands that broadcast to one shape.
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

/// As [`pointwise`], into row-major elements of `shape`, to which the operands must broadcast.
#[track_caller]
pub fn pointwise_into<T: Real, P: Pointwise<N>, const N: usize>(
    formula: &P,
    operands: [&Tensor<T>; N],
    shape: Shape,
    out: &mut [T],
) {
    applied_into(&Behind(formula), &operands, shape, out);
}

/// A formula behind a pointer: what surrounds its loop is compiled once, not once for each formula.
trait Rows<T>: Sync {
    /// Fills a row.
    fn fill(&self, isa: Isa, operands: &[Operand<'_, T>; MAX_OPERANDS], out: &mut [T]);
}

struct Behind<'a, P, const N: usize>(&'a P);

impl<T: Real, P: Pointwise<N>, const N: usize> Rows<T> for Behind<'_, P, N> {
    fn fill(&self, isa: Isa, operands: &[Operand<'_, T>; MAX_OPERANDS], out: &mut [T]) {
        const { assert!(N <= MAX_OPERANDS, "a formula has too many operands") };
        isa.run(Row {
            formula: self.0,
            operands: std::array::from_fn(|operand| operands[operand]),
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
        let mut slices: [&[T]; MAX_OPERANDS] = [&[]; MAX_OPERANDS];
        for (slice, operand) in slices.iter_mut().zip(operands) {
            *slice = operand.as_slice().unwrap_or(&[]);
        }
        return parallel::chunks_mut(out, CHUNK, |index, out| {
            let start = index * CHUNK;
            let mut places = [Operand::Run(&[][..]); MAX_OPERANDS];
            for (place, slice) in places.iter_mut().zip(&slices[..operands.len()]) {
                *place = Operand::Run(&slice[start..start + out.len()]);
            }
            rows.fill(isa, &places, out);
        });
    }
    let wide =
        std::array::from_fn(|operand| operands.get(operand).map(|operand| operand.broadcast_to(shape)));
    broadcast(isa, rows, wide, shape, out);
}

/// Operands that are not all plain runs: walk the outer axes, vectorise the innermost one.
fn broadcast<T: Real>(
    isa: Isa,
    rows: &dyn Rows<T>,
    mut wide: [Option<Tensor<T>>; MAX_OPERANDS],
    shape: Shape,
    out: &mut [T],
) {
    let strides = wide.each_ref().map(|operand| match operand {
        Some(operand) => operand.all_strides(),
        None => Strides([0; MAX_RANK]),
    });
    let (merged, strides) = collapse(shape, strides);
    let Some((&length, outer)) = merged.split_last() else {
        let number = |operand: &Option<Tensor<T>>| operand.as_ref().map_or(T::zero(), Tensor::item);
        let operands = wide.each_ref().map(|operand| Operand::Same(number(operand)));
        return rows.fill(isa, &operands, out);
    };
    if out.is_empty() {
        return;
    }
    let steps: [isize; MAX_OPERANDS] = std::array::from_fn(|operand| strides[operand][outer.len()]);
    if let Some(odd) = steps.iter().position(|step| !matches!(step, 0 | 1)) {
        // A strided innermost axis: put that operand in order first, so that the loop below stays simple.
        wide[odd] = wide[odd].as_ref().map(Tensor::copied);
        return broadcast(isa, rows, wide, shape, out);
    }
    let start = |operand: &Option<Tensor<T>>| operand.as_ref().map_or(0, |operand| operand.offset() as isize);
    let starts = wide.each_ref().map(start);
    let count: usize = outer.iter().product();
    debug_assert_eq!(count * length, out.len());
    let row_of = |place: [isize; MAX_OPERANDS], first: usize, out: &mut [T]| {
        let mut operands = [Operand::Same(T::zero()); MAX_OPERANDS];
        for (operand, wide) in wide.iter().flatten().enumerate() {
            let storage = &wide.storage()[place[operand] as usize..];
            operands[operand] = if steps[operand] == 0 {
                Operand::Same(storage[0])
            } else {
                Operand::Run(&storage[first..][..out.len()])
            };
        }
        rows.fill(isa, &operands, out);
    };
    if length > CHUNK {
        let pieces = length.div_ceil(CHUNK);
        // SAFETY: piece `piece` of row `row` is its own part of the output.
        let shared = unsafe { SharedMut::new(out) };
        return parallel::chunks(count * pieces, &|index| {
            let (row, first) = (index / pieces, index % pieces * CHUNK);
            let columns = CHUNK.min(length - first);
            // SAFETY: in bounds, as the output has `count` rows of `length`; disjoint, see above.
            let out =
                unsafe { std::slice::from_raw_parts_mut(shared.get().add(row * length + first), columns) };
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

struct Row<'a, T, P, const N: usize> {
    formula: &'a P,
    operands: [Operand<'a, T>; N],
    out: &'a mut [T],
}

impl<T: Real, P: Pointwise<N>, const N: usize> Kernel<T> for Row<'_, T, P, N> {
    type Output = ();

    /// One loop, with one text of the formula in it: an element that repeats is a vector that is loaded again and
    /// again, and a last vector that is not whole is loaded and stored in part. (`map` of an array may stay a call of
    /// its own, which loses the instruction set, and with it every intrinsic becomes a call.)
    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        let length = self.out.len();
        let zero = L::splat(T::zero());
        const { assert!(L::WIDTH <= MOST_LANES) };
        let mut same = [const { MaybeUninit::<[T; MOST_LANES]>::uninit() }; N];
        let mut starts = [std::ptr::null::<T>(); N];
        let mut steps = [0; N];
        for (operand, place) in self.operands.iter().enumerate() {
            match place {
                Operand::Same(value) => {
                    let vector = same[operand].as_mut_ptr().cast::<T>();
                    // SAFETY: there is room for a vector, by the assertion.
                    unsafe { L::splat(*value).store(vector) };
                    starts[operand] = vector.cast_const();
                }
                Operand::Run(run) => {
                    assert!(run.len() == length, "runs are as long as the row");
                    starts[operand] = run.as_ptr();
                    steps[operand] = 1;
                }
            }
        }
        let mut start = 0;
        while start < length {
            let count = L::WIDTH.min(length - start);
            let whole = count == L::WIDTH;
            let mut loaded = [zero; N];
            for (operand, loaded) in loaded.iter_mut().enumerate() {
                let place = starts[operand].wrapping_add(start * steps[operand]);
                // SAFETY: a run has `count` elements from `start` on, and an element that repeats is a whole vector.
                *loaded = unsafe {
                    if whole {
                        L::load(place)
                    } else {
                        L::load_first(place, count)
                    }
                };
            }
            let result = self.formula.eval(loaded);
            // SAFETY: `count` elements remain in the output.
            unsafe {
                let place = self.out.as_mut_ptr().add(start);
                if whole {
                    result.store(place);
                } else {
                    result.store_first(place, count);
                }
            }
            start += L::WIDTH;
        }
    }
}
