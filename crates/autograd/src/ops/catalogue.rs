//! The operations as data: what the tests check and what the docs print. Not part of the public interface.

use super::pointwise::{BINARY, TERNARY, UNARY};
pub use super::print::Formula;
use crate::Var;
use std::ops::Range;

pub use super::ALL;

/// Everything that a row of the table of pointwise operations says.
pub struct Entry {
    /// The name of its formula.
    pub operation: &'static str,
    /// The method of [`Var`] that records it.
    pub method: &'static str,
    /// The names of its operands.
    pub operands: &'static [&'static str],
    /// For each operand the ranges that tests draw it from: both sides of every kink, and not the kink.
    pub domain: &'static [&'static [Range<f64>]],
    /// The operands that have a gradient.
    pub ruled: &'static [usize],
    /// The method on `f32`.
    pub single: for<'t> fn(&[Var<'t, f32>]) -> Var<'t, f32>,
    /// The method on `f64`.
    pub double: for<'t> fn(&[Var<'t, f64>]) -> Var<'t, f64>,
    /// The formula on plain numbers.
    pub number: fn(&[f64]) -> f64,
    /// The formula as text.
    pub formula: fn() -> Formula,
    /// The gradient of an operand as text, from the gradient `g` of the result `y`.
    pub rule: fn(usize) -> Formula,
}

/// The table of pointwise operations, by the number of operands.
pub fn pointwise() -> [&'static [Entry]; 3] {
    [UNARY, BINARY, TERNARY]
}

/// The operands of a row; the caller gives as many as the row has.
pub(super) fn operands<X: Copy, const N: usize>(given: &[X]) -> [X; N] {
    assert_eq!(given.len(), N, "the row has {N} operands");
    std::array::from_fn(|index| given[index])
}
