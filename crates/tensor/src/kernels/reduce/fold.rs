//! The operations that combine elements.

use super::form::LANES;
use crate::{Algebra, Real};

/// An operation that combines elements. `join(x, identity)` must return `x`, bit by bit, for every `x` that results from
/// combining with the identity.
pub(crate) trait Fold: Copy + Sync + 'static {
    /// The start of every chain.
    fn identity<T: Real>() -> T;
    /// One step of a chain.
    fn join<A: Algebra>(folded: A, next: A) -> A;
}

/// Addition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sum;

impl Fold for Sum {
    /// +0: a chain from +0 never becomes −0, so adding another +0 changes nothing.
    fn identity<T: Real>() -> T {
        T::zero()
    }
    #[inline(always)]
    fn join<A: Algebra>(folded: A, next: A) -> A {
        folded + next
    }
}

/// The largest element; NaN if there is one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Largest;

impl Fold for Largest {
    fn identity<T: Real>() -> T {
        T::from_f64(f64::NEG_INFINITY)
    }
    #[inline(always)]
    fn join<A: Algebra>(folded: A, next: A) -> A {
        folded.maximum(next)
    }
}

/// The smallest element; NaN if there is one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Smallest;

impl Fold for Smallest {
    fn identity<T: Real>() -> T {
        T::from_f64(f64::INFINITY)
    }
    #[inline(always)]
    fn join<A: Algebra>(folded: A, next: A) -> A {
        folded.minimum(next)
    }
}

/// Folds lanes as a tree: lane `j` with lane `j + half` for `j < half`, then with half as many, down to one.
#[inline(always)]
pub(crate) fn tree<F: Fold, A: Algebra>(lanes: &mut [A; LANES], mut half: usize) -> A {
    while half > 0 {
        for lane in 0..half {
            lanes[lane] = F::join(lanes[lane], lanes[lane + half]);
        }
        half /= 2;
    }
    lanes[0]
}
