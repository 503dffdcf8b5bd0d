//! Reduction of a tensor, or a formula of several, over some axes: sums, largest and smallest elements.
//!
//! # The order
//!
//! Floating-point sums depend on their order, so the order is part of the definition. It depends only on the shape
//! and the axes, not on strides, vectors, or the number of threads.
//!
//! Neighbouring axes that are both folded, or both kept, count as one. Then the folded groups are reduced one after the
//! other, the last one first. A group has one of two forms:
//!
//! * **Rows** `(outer, length)`, if no axis after the folded one is kept. A row is split into blocks of
//!   [`ROW_BLOCK`] elements. Within a block, element `i` joins virtual lane `i mod 32` (each lane is a chain that
//!   starts at the fold's identity), and the lanes are folded as a tree: lane `j` with lane `j + 16` for
//!   `j < 16`, then with `j + 8`, `j + 4`, `j + 2`, `j + 1`.
//! * **Columns** `(outer, length, inner)`. The folded axis is split into blocks of [`COLUMN_BLOCK`]; within a block
//!   every column is one chain, from the fold's identity and the first element to the last.
//!
//! If there is more than one block, the results of the blocks, in order, are folded by the same rule again.
//!
//! Thirty-two lanes are four AVX2 vectors of `f32`: enough chains to hide the latency of an addition, and the same
//! lanes for every vector width.

mod axes;
mod columns;
mod fold;
mod form;
mod loops;
mod rows;

pub(crate) use fold::{Fold, Largest, Smallest, Sum, tree};
pub(crate) use form::LANES;

use crate::formula::{Identity, Square};
use crate::simd::Isa;
use crate::{MAX_RANK, Pointwise, Real, Tensor, concrete};
use axes::{fold_axes_with, fold_group, in_order, map_columns};
use form::{Form, columns_of};
use loops::{Loops, Terms};

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

/// The sums over all axes but the last, which must exist.
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

#[cfg(test)]
mod tests;
