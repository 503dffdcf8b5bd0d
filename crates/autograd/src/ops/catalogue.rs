//! The operations as data, for the tests and the tables in the docs. Not part of the public interface.

pub use super::formula::{Formula, Node};
use super::pointwise::{BINARY, TERNARY, UNARY};
use crate::Var;
use std::collections::BTreeSet;
use std::ops::Range;

pub use super::ALL;

/// The contents of a row of the table of pointwise operations.
#[derive(Debug)]
pub struct Entry {
    /// The name of its formula.
    pub operation: &'static str,
    /// The method of [`Var`] that records it.
    pub method: &'static str,
    /// The names of its operands.
    pub operands: &'static [&'static str],
    /// For each operand, the ranges that tests draw it from: on both sides of every kink, without the kink itself.
    pub domain: &'static [&'static [Range<f64>]],
    /// The operands that have a gradient.
    pub ruled: &'static [usize],
    /// The method on `f32`.
    pub single: for<'t> fn(&[Var<'t, f32>]) -> Var<'t, f32>,
    /// The method on `f64`.
    pub double: for<'t> fn(&[Var<'t, f64>]) -> Var<'t, f64>,
    /// The formula, evaluated on plain numbers.
    pub number: fn(&[f64]) -> f64,
    /// The formula as an expression.
    pub formula: fn() -> Formula,
    /// The gradient of an operand as an expression, from the gradient `g` of the result `y`.
    pub rule: fn(usize) -> Formula,
}

/// The table of pointwise operations, by the number of operands.
pub fn pointwise() -> [&'static [Entry]; 3] {
    [UNARY, BINARY, TERNARY]
}

/// Returns the operands of a row; the caller passes as many as the row has.
pub(super) fn operands<X: Copy, const N: usize>(given: &[X]) -> [X; N] {
    assert_eq!(given.len(), N, "the row has {N} operands");
    std::array::from_fn(|index| given[index])
}

/// Returns the operations between the variables and `y`, by their names in [`ALL`] and in listings of the tape.
#[inline]
pub fn operations_of(y: Var<'_, f64>) -> BTreeSet<&'static str> {
    let arena = y.tape().arena.borrow();
    let mut reached = vec![false; y.id() as usize + 1];
    reached[y.id() as usize] = true;
    let mut names = BTreeSet::new();
    for id in (0..=y.id()).rev() {
        let node = &arena.nodes[id as usize];
        if reached[id as usize] && node.needs_gradient {
            names.insert(node.op.name());
            names.extend(node.op.listed());
            arena
                .inputs(id)
                .iter()
                .for_each(|&input| reached[input as usize] = true);
        }
    }
    names
}
