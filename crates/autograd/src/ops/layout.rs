//! The same elements in another order or shape. Each rule is the inverse rearrangement.

use crate::{Op, Rule, Var};
use latents_tensor::{MAX_RANK, OrRaise, Real, Shape};

/// Another shape, the same row-major elements.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reshape;

impl<T: Real> Op<T> for Reshape {
    fn name(&self) -> &'static str {
        "reshape"
    }
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        // The engine may have left a gradient unexpanded; a reshape needs it whole.
        let whole = rule.gradient().broadcast_to(rule.output().shape());
        rule.give(0, whole.reshape(rule.input(0).shape()));
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
        match self.value().try_reshape(shape) {
            Ok(value) => self.tape().record(Reshape, &[self], value),
            Err(error) => self.tape().raise(error, &[self]),
        }
    }

    /// A new axis of length 1 before `axis` (the rank appends it; negative axes count from the end of the result).
    #[track_caller]
    #[must_use]
    pub fn unsqueeze(self, axis: isize) -> Self {
        self.reshape(self.value().unsqueeze(axis).shape())
    }

    /// Drops an axis of length 1.
    #[track_caller]
    #[must_use]
    pub fn squeeze(self, axis: isize) -> Self {
        self.reshape(self.value().squeeze(axis).shape())
    }

    /// Axis `i` of the result is axis `order[i]` of this variable.
    #[track_caller]
    #[must_use]
    pub fn permute(self, order: &[usize]) -> Self {
        let value = self.value().permute(order);
        let mut inverse = [0; MAX_RANK];
        order
            .iter()
            .enumerate()
            .for_each(|(axis, &source)| inverse[source] = axis as u8);
        self.tape().record(Permute { inverse }, &[self], value)
    }

    /// The last two axes exchanged.
    #[track_caller]
    #[must_use]
    pub fn transpose(self) -> Self {
        let rank = self.shape().rank();
        let mut order = [0, 1, 2, 3, 4, 5];
        if rank >= 2 {
            order.swap(rank - 1, rank - 2);
        }
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
        match self.value().try_broadcast_to(shape) {
            Ok(value) => self.tape().record(BroadcastTo, &[self], value),
            Err(error) => self.tape().raise(error, &[self]),
        }
    }

    /// Elements `start .. end` along an axis.
    #[track_caller]
    #[must_use]
    pub fn narrow(self, axis: isize, start: usize, end: usize) -> Self {
        let value = self.value().narrow(axis, start, end);
        let axis = self.shape().axis("narrow", axis).or_raise() as u8;
        self.tape().record(Narrow { axis, start, end }, &[self], value)
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
    #[track_caller]
    #[must_use]
    pub fn flip(self, axis: isize) -> Self {
        let place = self.shape().axis("flip", axis).or_raise();
        self.tape().record(Flip(place), &[self], self.value().flip(axis))
    }

    /// `value` before and after the elements, as many as `around` says for each axis.
    #[track_caller]
    #[must_use]
    pub fn pad(self, around: &[(usize, usize)], value: f64) -> Self {
        let padded = self.value().pad(around, T::from_f64(value));
        let mut before = [0; MAX_RANK];
        around
            .iter()
            .enumerate()
            .for_each(|(axis, &(start, _))| before[axis] = start);
        self.tape().record(Pad { before }, &[self], padded)
    }
}
