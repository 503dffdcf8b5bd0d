//! Applies bias and activation to finished channels of a block.

use crate::simd::{Isa, Kernel, Lanes};
use crate::{Pointwise, Real};

/// The operation applied to channels once their sums are complete, behind a pointer so that the product is compiled once.
pub(super) trait Finish<T>: Sync {
    /// Applies the formula to `channels` of `length` elements each, from `start` on; `first` is the number of the first.
    ///
    /// # Safety
    /// Those elements must be ours to write, and the channels exist.
    unsafe fn finish(&self, isa: Isa, start: *mut T, first: usize, channels: usize, length: usize);
}

/// `formula(sum + bias[channel])`; either may be missing, not both.
pub(super) struct BiasThen<'a, T, P> {
    pub bias: Option<&'a [T]>,
    pub formula: Option<&'a P>,
}

impl<T: Real, P: Pointwise<1>> Finish<T> for BiasThen<'_, T, P> {
    unsafe fn finish(&self, isa: Isa, start: *mut T, first: usize, channels: usize, length: usize) {
        for channel in 0..channels {
            isa.run_wide(Pass {
                bias: self.bias.map(|bias| bias[first + channel]),
                formula: self.formula,
                start: start.wrapping_add(channel * length),
                length,
            });
        }
    }
}

struct Pass<'a, T, P> {
    bias: Option<T>,
    formula: Option<&'a P>,
    start: *mut T,
    /// A multiple of the widest vector.
    length: usize,
}

impl<T: Real, P: Pointwise<1>> Kernel<T> for Pass<'_, T, P> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        match (self.bias, self.formula) {
            (Some(bias), Some(formula)) => self.map::<L>(|sums| formula.eval([sums + L::splat(bias)])),
            (Some(bias), None) => self.map::<L>(|sums| sums + L::splat(bias)),
            (None, Some(formula)) => self.map::<L>(|sums| formula.eval([sums])),
            (None, None) => {}
        }
    }
}

impl<T: Real, P> Pass<'_, T, P> {
    #[inline(always)]
    fn map<L: Lanes<Elem = T>>(&self, formula: impl Fn(L) -> L) {
        for index in (0..self.length).step_by(L::WIDTH) {
            // SAFETY: elements that are ours (see `Finish::finish`), a whole number of vectors.
            unsafe {
                let place = self.start.add(index);
                formula(L::load(place)).store(place);
            }
        }
    }
}
