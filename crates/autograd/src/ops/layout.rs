//! Rearrangements of elements. Each rule is the inverse rearrangement.

use crate::{Op, Rule, Var};
use latents_tensor::{MAX_RANK, Real, Shape, ShapeError};
use std::ops::Range;

/// Changes the shape but not the row-major order of the elements.
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

/// Reorders the axes.
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

/// Repeats elements along axes.
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

/// Selects a range along an axis.
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

/// Reverses an axis.
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

/// Adds margins of a constant.
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
    /// Changes the shape; the elements keep their row-major order.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::zeros([2, 6]));
    /// assert_eq!(x.reshape([3, 4]).shape()[..], [3, 4]);
    /// ```
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

    /// Inserts an axis of length 1 before `axis`. The rank appends it; negative axes count from the end of the result.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::zeros([2, 3]));
    /// assert_eq!(x.unsqueeze(1).shape()[..], [2, 1, 3]);
    /// assert_eq!(x.unsqueeze(1).squeeze(1).shape()[..], [2, 3]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn unsqueeze(self, axis: isize) -> Self {
        let value = self.tape().or_raise(self.value().try_unsqueeze(axis), &[self]);
        self.reshape(value.shape())
    }

    /// Removes an axis of length 1; see [`Var::unsqueeze`].
    #[track_caller]
    #[must_use]
    pub fn squeeze(self, axis: isize) -> Self {
        let value = self.tape().or_raise(self.value().try_squeeze(axis), &[self]);
        self.reshape(value.shape())
    }

    /// Reorders the axes: axis `i` of the result is axis `order[i]` of this variable.
    ///
    /// # Panics
    /// If `order` is not a permutation of the axes.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::zeros([2, 3, 4]));
    /// assert_eq!(x.permute(&[2, 0, 1]).shape()[..], [4, 2, 3]);
    /// ```
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

    /// Exchanges the last two axes.
    ///
    /// # Panics
    /// If there are fewer than two axes.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// assert_eq!(tape.input(&Tensor::zeros([2, 3])).transpose().shape()[..], [3, 2]);
    /// ```
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

    /// Repeats axes of length 1, and adds leading axes, to reach `shape`.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[1.0, 2.0], [2, 1]));
    /// assert_eq!(x.broadcast_to([2, 3]).value().to_vec(), [1.0, 1.0, 1.0, 2.0, 2.0, 2.0]);
    /// ```
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

    /// Selects the elements `start .. end` along an axis.
    ///
    /// # Panics
    /// If the axis does not exist, or the range is not within it.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[1.0, 2.0, 3.0], [3]));
    /// assert_eq!(x.narrow(0, 1, 3).value().to_vec(), [2.0, 3.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn narrow(self, axis: isize, start: usize, end: usize) -> Self {
        let value = self.value().try_narrow(axis, start, end);
        let value = self.tape().or_raise(value, &[self]);
        let axis = self.axis("narrow", axis) as u8;
        self.tape().record(Narrow { axis, start, end }, &[self], value)
    }

    /// Selects every `step`-th element of `range` along an axis. A negative step starts from the last element of the range and
    /// goes backwards.
    ///
    /// # Panics
    /// If the axis does not exist, the range is not within it, or the step is 0.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[1.0, 2.0, 3.0], [3]));
    /// assert_eq!(x.slice(0, 0..3, -2).value().to_vec(), [3.0, 1.0]);
    /// ```
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

    /// Selects one index of an axis and removes the axis.
    ///
    /// # Panics
    /// If the axis does not exist, or the index is out of range.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[1.0, 2.0, 3.0, 4.0], [2, 2]));
    /// assert_eq!(x.select(1, 0).value().to_vec(), [1.0, 3.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn select(self, axis: isize, index: usize) -> Self {
        self.narrow(axis, index, index.saturating_add(1)).squeeze(axis)
    }

    /// Splits an axis into consecutive parts of the given sizes.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let parts = tape.input(&Tensor::zeros([5, 2])).split(&[3, 2], 0);
    /// assert_eq!((parts[0].len(), parts[1].len()), (6, 4));
    /// ```
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

    /// Reverses an axis.
    ///
    /// # Panics
    /// If the axis does not exist.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[1.0, 2.0, 3.0], [3]));
    /// assert_eq!(x.flip(0).value().to_vec(), [3.0, 2.0, 1.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn flip(self, axis: isize) -> Self {
        let place = self.axis("flip", axis);
        self.tape().record(Flip(place), &[self], self.value().flip(axis))
    }

    /// Pads with `value`: `around` gives, for each axis, the number of elements to add before and after.
    ///
    /// # Panics
    /// If `around` does not have one pair for each axis.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[1.0, 2.0], [2]));
    /// assert_eq!(x.pad(&[(1, 2)], 0.0).value().to_vec(), [0.0, 1.0, 2.0, 0.0, 0.0]);
    /// ```
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
