//! The loops of a fold behind pointers.

use super::fold::Fold;
use super::form::Form;
use crate::formula::Identity;
use crate::kernels::pointwise::MAX_OPERANDS;
use crate::parallel::SharedMut;
use crate::simd::Isa;
use crate::{Pointwise, Real};
use std::marker::PhantomData;

/// Operands, as many as there may be.
pub(super) type Operands<'a, T> = [&'a [T]; MAX_OPERANDS];

/// The first operands.
pub(super) fn first_of<'a, T, const N: usize>(operands: &Operands<'a, T>) -> [&'a [T]; N] {
    const { assert!(N <= MAX_OPERANDS, "a formula has too many operands") };
    let mut first = [&[][..]; N];
    first.copy_from_slice(&operands[..N]);
    first
}

/// The loop over blocks of rows, for some fold of some formula.
pub(super) trait RowLoop<T>: Sync {
    /// Folds consecutive blocks, from block `first` on.
    fn run(&self, isa: Isa, operands: &Operands<'_, T>, form: Form, first: usize, out: &mut [T]);
}

/// The loop over a block of columns, for some fold of some formula.
pub(super) trait ColumnLoop<T>: Sync {
    fn run(&self, isa: Isa, operands: &Operands<'_, T>, block: ColumnBlock<'_, T>);
}

/// The loops of a fold behind pointers, so that the code around them is compiled once, not once per formula.
#[derive(Clone, Copy)]
pub(super) struct Loops<'a, T: Real> {
    pub(super) rows: Option<&'a dyn RowLoop<T>>,
    pub(super) columns: Option<&'a dyn ColumnLoop<T>>,
    /// The loops that fold the results of blocks.
    pub(super) then: fn() -> Loops<'static, T>,
}

/// A formula, whose results are folded with `F`; with `MAP` they are written as well.
pub(super) struct Terms<'a, F, P, const N: usize, const MAP: bool> {
    pub(super) formula: &'a P,
    fold: PhantomData<F>,
}

impl<'a, F: Fold, P: Pointwise<N>, const N: usize, const MAP: bool> Terms<'a, F, P, N, MAP> {
    pub(super) fn of(_: F, formula: &'a P) -> Self {
        Self {
            formula,
            fold: PhantomData,
        }
    }

    /// Both loops.
    pub(super) fn loops<T: Real>(&self) -> Loops<'_, T> {
        Loops {
            columns: Some(self),
            ..self.rows()
        }
    }

    /// Loops for what has no columns.
    pub(super) fn rows<T: Real>(&self) -> Loops<'_, T> {
        Loops {
            rows: Some(self),
            columns: None,
            then: plain::<T, F>,
        }
    }

    /// Loops for what has no rows.
    pub(super) fn columns<T: Real>(&self) -> Loops<'_, T> {
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

/// Some columns of one block of rows.
pub(super) struct ColumnBlock<'a, T> {
    /// As long as the operands, if the loop maps.
    pub(super) mapped: &'a SharedMut<T>,
    /// The place of the first column in the first row.
    pub(super) start: usize,
    /// From one row to the next.
    pub(super) pitch: usize,
    pub(super) rows: usize,
    pub(super) sums: &'a mut [T],
}
