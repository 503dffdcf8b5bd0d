//! The same elements in another order or shape. Each rule is the inverse rearrangement.

use crate::{Op, Rule, Var};
use latents_tensor::{MAX_RANK, Real, Shape, ShapeError};
use std::ops::Range;

/// Another shape, the same row-major elements.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reshape;

impl<T: Real> Op<T> for Reshape {
    fn name(&self) -> &'static str {
        "reshape"
    }
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        rule.give(0, rule.gradient().reshape(rule.input(0).shape()));
    }
}

/// Axes in another order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Permute {
    inverse: [u8; MAX_RANK],
}

impl<T: Real> Op<T> for Permute {
    fn name(&self) -> &'static str {
        "permute"
    }
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let inverse = self.inverse.map(usize::from);
        let rank = rule.output().shape().rank();
        rule.give(0, rule.gradient().permute(&inverse[..rank]));
    }
}

/// Repetition along axes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BroadcastTo;

impl<T: Real> Op<T> for BroadcastTo {
    fn name(&self) -> &'static str {
        "broadcast_to"
    }
    /// The engine sums over the repeated axes.
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        rule.give(0, rule.gradient());
    }
}

/// A range along an axis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Narrow {
    axis: u8,
    start: usize,
    end: usize,
}

impl<T: Real> Op<T> for Narrow {
    fn name(&self) -> &'static str {
        "narrow"
    }
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let axis = self.axis as usize;
        let mut around = [(0, 0); MAX_RANK];
        around[axis] = (self.start, rule.input(0).shape()[axis] - self.end);
        let rank = rule.output().shape().rank();
        rule.give(0, rule.gradient().pad(&around[..rank], 0.0));
    }
}

/// An axis backwards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flip(usize);

impl<T: Real> Op<T> for Flip {
    fn name(&self) -> &'static str {
        "flip"
    }
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        rule.give(0, rule.gradient().flip(self.0 as isize));
    }
}

/// Constant margins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pad {
    before: [usize; MAX_RANK],
}

impl<T: Real> Op<T> for Pad {
    fn name(&self) -> &'static str {
        "pad"
    }
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let shape = rule.input(0).shape();
        let inner = (0..shape.rank()).fold(rule.gradient(), |g, axis| {
            g.narrow(axis as isize, self.before[axis], self.before[axis] + shape[axis])
        });
        rule.give(0, inner);
    }
}

impl<'t, T: Real> Var<'t, T> {
    /// The same elements in row-major order under another shape.
    #[track_caller]
    #[must_use]
    pub fn reshape(self, shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        if shape == self.shape() {
            return self;
        }
        let value = self.tape().or_raise(self.value().try_reshape(shape), &[self]);
        self.tape().record(Reshape, &[self], value)
    }

    /// A new axis of length 1 before `axis` (the rank appends it; negative axes count from the end of the result).
    #[track_caller]
    #[must_use]
    pub fn unsqueeze(self, axis: isize) -> Self {
        let value = self.tape().or_raise(self.value().try_unsqueeze(axis), &[self]);
        self.reshape(value.shape())
    }

    /// Drops an axis of length 1.
    #[track_caller]
    #[must_use]
    pub fn squeeze(self, axis: isize) -> Self {
        let value = self.tape().or_raise(self.value().try_squeeze(axis), &[self]);
        self.reshape(value.shape())
    }

    /// Axis `i` of the result is axis `order[i]` of this variable.
    ///
    /// # Panics
    /// If `order` is no permutation of the axes.
    #[track_caller]
    #[must_use]
    pub fn permute(self, order: &[usize]) -> Self {
        let value = self.tape().or_raise(self.value().try_permute(order), &[self]);
        let mut inverse = [0; MAX_RANK];
        order
            .iter()
            .enumerate()
            .for_each(|(axis, &source)| inverse[source] = axis as u8);
        self.tape().record(Permute { inverse }, &[self], value)
    }

    /// The last two axes exchanged.
    ///
    /// # Panics
    /// With fewer than two axes.
    #[track_caller]
    #[must_use]
    pub fn transpose(self) -> Self {
        let rank = self.shape().rank();
        if rank < 2 {
            let error = ShapeError::new("transpose", "needs two axes", &[self.shape()]);
            self.tape().raise(error, &[self]);
        }
        let mut order = [0, 1, 2, 3, 4, 5];
        order.swap(rank - 1, rank - 2);
        self.permute(&order[..rank])
    }

    /// Repeats axes of length 1, and new leading axes, to reach `shape`.
    #[track_caller]
    #[must_use]
    pub fn broadcast_to(self, shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        if shape == self.shape() {
            return self;
        }
        let value = self
            .tape()
            .or_raise(self.value().try_broadcast_to(shape), &[self]);
        self.tape().record(BroadcastTo, &[self], value)
    }

    /// Elements `start .. end` along an axis.
    ///
    /// # Panics
    /// If there is no such axis, or the range does not lie in it.
    #[track_caller]
    #[must_use]
    pub fn narrow(self, axis: isize, start: usize, end: usize) -> Self {
        let value = self.value().try_narrow(axis, start, end);
        let value = self.tape().or_raise(value, &[self]);
        let axis = self.axis("narrow", axis) as u8;
        self.tape().record(Narrow { axis, start, end }, &[self], value)
    }

    /// Every `step`-th element of `range` along an axis; a negative step starts from the range's last element and
    /// goes backwards.
    ///
    /// # Panics
    /// If there is no such axis, the range does not lie in it, or the step is 0.
    #[track_caller]
    #[must_use]
    pub fn slice(self, axis: isize, range: Range<usize>, step: isize) -> Self {
        if step == 0 {
            let error = ShapeError::new("slice", "the step is 0", &[self.shape()]);
            self.tape().raise(error, &[self]);
        }
        let part = self.narrow(axis, range.start, range.end);
        let part = if step < 0 { part.flip(axis) } else { part };
        match step.unsigned_abs() {
            1 => part,
            step => part.index_select(axis, &(0..range.len()).step_by(step).collect::<Vec<_>>()),
        }
    }

    /// The part at one index of an axis, without that axis.
    ///
    /// # Panics
    /// If there is no such axis, or the index lies outside.
    #[track_caller]
    #[must_use]
    pub fn select(self, axis: isize, index: usize) -> Self {
        self.narrow(axis, index, index.saturating_add(1)).squeeze(axis)
    }

    /// Consecutive parts of the given sizes along an axis.
    #[track_caller]
    #[must_use]
    pub fn split(self, sizes: &[usize], axis: isize) -> Vec<Self> {
        let mut start = 0;
        let parts = sizes.iter().map(|size| {
            start += size;
            self.narrow(axis, start - size, start)
        });
        parts.collect()
    }

    /// An axis backwards.
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    #[must_use]
    pub fn flip(self, axis: isize) -> Self {
        let place = self.axis("flip", axis);
        self.tape().record(Flip(place), &[self], self.value().flip(axis))
    }

    /// `value` before and after the elements, as many as `around` says for each axis.
    ///
    /// # Panics
    /// If there is not one pair for each axis.
    #[track_caller]
    #[must_use]
    pub fn pad(self, around: &[(usize, usize)], value: f64) -> Self {
        let padded = self.value().try_pad(around, T::from_f64(value));
        let padded = self.tape().or_raise(padded, &[self]);
        let mut before = [0; MAX_RANK];
        around
            .iter()
            .enumerate()
            .for_each(|(axis, &(start, _))| before[axis] = start);
        self.tape().record(Pad { before }, &[self], padded)
    }
}
