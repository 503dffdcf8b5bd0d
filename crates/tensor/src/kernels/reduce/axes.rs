//! Splits the reduced axes of a tensor into groups, and combines the blocks of a group.

use super::columns::fold_columns;
use super::form::{Form, columns_of};
use super::loops::{Loops, Operands};
use super::rows::fold_rows;
use crate::kernels::pointwise::MAX_OPERANDS;
use crate::simd::Isa;
use crate::tensor::InOrder;
use crate::{MAX_RANK, Real, Tensor};

/// The operands in row-major order.
pub(super) struct Ordered<T: Real>([Option<InOrder<T>>; MAX_OPERANDS]);

pub(super) fn in_order<T: Real>(operands: &[&Tensor<T>]) -> Ordered<T> {
    Ordered(std::array::from_fn(|operand| {
        operands.get(operand).map(|operand| operand.in_order())
    }))
}

impl<T: Real> Ordered<T> {
    fn slices(&self) -> Operands<'_, T> {
        self.0.each_ref().map(|operand| operand.as_deref().unwrap_or(&[]))
    }
}

pub(super) fn fold_axes_with<T: Real>(
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

/// Folds one group; the result has the shape `[outer, inner]`.
pub(super) fn fold_group<T: Real>(
    isa: Isa,
    loops: &Loops<'_, T>,
    operands: &Ordered<T>,
    form: Form,
) -> Tensor<T> {
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

pub(super) fn map_columns<T: Real>(
    isa: Isa,
    loops: &Loops<'_, T>,
    operands: &[&Tensor<T>],
) -> (Tensor<T>, Tensor<T>) {
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
