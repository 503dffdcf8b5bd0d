//! Views: other shapes and strides over the same buffer, without copying.

use crate::error::OrRaise;
use crate::{MAX_RANK, Real, Shape, ShapeError, Strides, Tensor, concrete};
use std::ops::Range;

concrete! {
    fn slice<'a, T>(x: &'a Tensor<T>, axis: isize, range: Range<usize>, step: isize) -> Tensor<T> =
        x.slice_generic(axis, range, step);
    fn squeeze<'a, T>(x: &'a Tensor<T>, axis: isize) -> Result<Tensor<T>, ShapeError> =
        x.squeeze_generic(axis);
    fn unsqueeze<'a, T>(x: &'a Tensor<T>, axis: isize) -> Result<Tensor<T>, ShapeError> =
        x.unsqueeze_generic(axis);
    fn reshape<'a, T>(x: &'a Tensor<T>, shape: &'a [usize]) -> Result<Tensor<T>, ShapeError> = x.reshape_generic(shape);
    fn broadcast_to<'a, T>(x: &'a Tensor<T>, shape: &'a [usize]) -> Result<Tensor<T>, ShapeError> = x.broadcast_to_generic(shape);
    fn permute<'a, T>(x: &'a Tensor<T>, order: &'a [usize]) -> Result<Tensor<T>, ShapeError> =
        x.permute_generic(order);
    fn narrow<'a, T>(x: &'a Tensor<T>, axis: isize, start: usize, end: usize) -> Result<Tensor<T>, ShapeError> =
        x.narrow_generic(axis, start, end);
}

impl<T: Real> Tensor<T> {
    /// Changes the shape; the elements keep their row-major order. Copies only if they are stored in another order.
    ///
    /// # Panics
    /// If the number of elements differs; [`Tensor::try_reshape`] returns an error instead.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert_eq!(Tensor::<f32>::zeros([2, 6]).reshape([3, 4]).shape()[..], [3, 4]);
    /// ```
    #[track_caller]
    pub fn reshape(&self, shape: impl Into<Shape>) -> Self {
        self.try_reshape(shape.into()).or_raise()
    }

    /// Like [`Tensor::reshape`], but returns an error instead of panicking.
    ///
    /// # Errors
    /// If `shape` is invalid ([`Shape::new`]), or has another number of elements.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert!(Tensor::<f32>::zeros([2, 6]).try_reshape([5]).is_err());
    /// ```
    pub fn try_reshape(&self, shape: impl AsRef<[usize]>) -> Result<Self, ShapeError> {
        reshape(self, shape.as_ref())
    }

    fn reshape_generic(&self, shape: &[usize]) -> Result<Self, ShapeError> {
        let shape = Shape::new(shape)?;
        if shape.count() != self.len() {
            let reason = format!("{} elements do not fill {shape}", self.len());
            return Err(ShapeError::new("reshape", reason, &[self.shape()]));
        }
        let ordered = self.contiguous();
        Ok(ordered.view(shape, shape.contiguous_strides(), ordered.offset()))
    }

    /// Reorders the axes: axis `i` of the result is axis `order[i]` of this tensor.
    ///
    /// # Panics
    /// If `order` is not a permutation of the axes; [`Tensor::try_permute`] returns an error instead.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert_eq!(Tensor::<f32>::zeros([2, 3, 4]).permute(&[2, 0, 1]).shape()[..], [4, 2, 3]);
    /// ```
    #[track_caller]
    pub fn permute(&self, order: &[usize]) -> Self {
        self.try_permute(order).or_raise()
    }

    /// Like [`Tensor::permute`], but returns an error instead of panicking.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert!(Tensor::<f32>::zeros([2, 3]).try_permute(&[0, 0]).is_err());
    /// ```
    pub fn try_permute(&self, order: &[usize]) -> Result<Self, ShapeError> {
        permute(self, order)
    }

    fn permute_generic(&self, order: &[usize]) -> Result<Self, ShapeError> {
        let mut seen = [false; MAX_RANK];
        let valid = order.len() == self.rank()
            && order
                .iter()
                .all(|&axis| axis < self.rank() && !std::mem::replace(&mut seen[axis], true));
        if !valid {
            let reason = format!("{order:?} is no order of the axes");
            return Err(ShapeError::new("permute", reason, &[self.shape()]));
        }
        let (mut axes, mut strides) = ([0; MAX_RANK], self.all_strides());
        for (axis, &source) in order.iter().enumerate() {
            axes[axis] = self.shape()[source];
            strides.0[axis] = self.strides()[source];
        }
        let shape = Shape::new(&axes[..self.rank()])?;
        Ok(self.view(shape, strides, self.offset()))
    }

    /// Exchanges the last two axes.
    ///
    /// # Panics
    /// If there are fewer than two axes.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1.0f32, 2.0, 3.0, 4.0], [2, 2]);
    /// assert_eq!(x.transpose().to_vec(), [1.0, 3.0, 2.0, 4.0]);
    /// ```
    #[track_caller]
    pub fn transpose(&self) -> Self {
        let rank = self.rank();
        if rank < 2 {
            ShapeError::new("transpose", "needs two axes", &[self.shape()]).raise();
        }
        let mut order = [0, 1, 2, 3, 4, 5];
        order.swap(rank - 1, rank - 2);
        self.permute(&order[..rank])
    }

    /// Repeats axes of length 1, and adds leading axes, to reach `shape`.
    ///
    /// # Panics
    /// If NumPy's broadcasting rules do not allow it; [`Tensor::try_broadcast_to`] returns an error instead.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1.0f32, 2.0], [2, 1]);
    /// assert_eq!(x.broadcast_to([2, 3]).to_vec(), [1.0, 1.0, 1.0, 2.0, 2.0, 2.0]);
    /// ```
    #[track_caller]
    pub fn broadcast_to(&self, shape: impl Into<Shape>) -> Self {
        self.try_broadcast_to(shape.into()).or_raise()
    }

    /// Like [`Tensor::broadcast_to`], but returns an error instead of panicking.
    ///
    /// # Errors
    /// If `shape` is invalid ([`Shape::new`]), or NumPy's broadcasting rules do not allow it.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert!(Tensor::<f32>::zeros([2]).try_broadcast_to([3]).is_err());
    /// ```
    pub fn try_broadcast_to(&self, shape: impl AsRef<[usize]>) -> Result<Self, ShapeError> {
        broadcast_to(self, shape.as_ref())
    }

    fn broadcast_to_generic(&self, shape: &[usize]) -> Result<Self, ShapeError> {
        let shape = Shape::new(shape)?;
        let Some(strides) = self.strides_over(shape) else {
            Shape::broadcast("broadcast_to", &[self.shape(), shape])?;
            let reason = format!("the shape cannot become {shape}");
            return Err(ShapeError::new("broadcast_to", reason, &[self.shape()]));
        };
        Ok(self.view(shape, strides, self.offset()))
    }

    /// Returns the strides of this tensor broadcast to `shape`, if it broadcasts to it.
    pub(crate) fn strides_over(&self, shape: Shape) -> Option<Strides> {
        let lead = shape.rank().checked_sub(self.rank())?;
        let mut strides = Strides([0; MAX_RANK]);
        for (axis, &length) in self.shape().iter().enumerate() {
            if length != 1 {
                strides.0[lead + axis] = self.strides()[axis];
                if length != shape[lead + axis] {
                    return None;
                }
            }
        }
        Some(strides)
    }

    /// Selects the elements `start .. end` along an axis.
    ///
    /// # Panics
    /// If the range is not within the axis; [`Tensor::try_narrow`] returns an error instead.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1.0f32, 2.0, 3.0], [3]);
    /// assert_eq!(x.narrow(0, 1, 3).to_vec(), [2.0, 3.0]);
    /// ```
    #[track_caller]
    pub fn narrow(&self, axis: isize, start: usize, end: usize) -> Self {
        self.try_narrow(axis, start, end).or_raise()
    }

    /// Like [`Tensor::narrow`], but returns an error instead of panicking.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert!(Tensor::<f32>::zeros([3]).try_narrow(0, 2, 4).is_err());
    /// ```
    pub fn try_narrow(&self, axis: isize, start: usize, end: usize) -> Result<Self, ShapeError> {
        narrow(self, axis, start, end)
    }

    fn narrow_generic(&self, axis: isize, start: usize, end: usize) -> Result<Self, ShapeError> {
        let axis = self.shape().axis("narrow", axis)?;
        let length = self.shape()[axis];
        if start > end || end > length {
            let reason = format!("{start}..{end} does not lie in axis {axis} of length {length}");
            return Err(ShapeError::new("narrow", reason, &[self.shape()]));
        }
        let shape = self.shape().with_axis(axis, end - start);
        let offset = if shape.count() == 0 {
            0
        } else {
            self.offset() as isize + start as isize * self.strides()[axis]
        };
        Ok(self.view(shape, self.all_strides(), offset as usize))
    }

    /// Selects every `step`-th element of `range` along an axis. A positive step starts from the first element of the range; a
    /// negative step starts from the last and goes backwards.
    ///
    /// ```
    /// use latents_tensor::Tensor;
    /// let x = Tensor::<f32>::arange(0.0, 10.0, 1.0);
    /// assert_eq!(x.slice(0, 1..8, 3).to_vec(), [1.0, 4.0, 7.0]);
    /// assert_eq!(x.slice(0, 1..8, -3).to_vec(), [7.0, 4.0, 1.0]);
    /// ```
    ///
    /// # Panics
    /// If the range is not within the axis, or the step is 0.
    #[track_caller]
    #[must_use]
    pub fn slice(&self, axis: isize, range: Range<usize>, step: isize) -> Self {
        slice(self, axis, range, step)
    }

    #[track_caller]
    fn slice_generic(&self, axis: isize, range: Range<usize>, step: isize) -> Self {
        let place = self.shape().axis("slice", axis).or_raise();
        let length = self.shape()[place];
        let Range { start, end } = range;
        if start > end || end > length || step == 0 {
            let reason = format!("{start}..{end} by {step} does not lie in axis {place} of length {length}");
            ShapeError::new("slice", reason, &[self.shape()])
                .hint("a range runs upwards within the axis; a negative step walks it backwards")
                .raise();
        }
        let shape = self
            .shape()
            .with_axis(place, (end - start).div_ceil(step.unsigned_abs()));
        let mut strides = self.all_strides();
        let first = if step > 0 { start } else { end.saturating_sub(1) };
        let offset = self.offset() as isize + first as isize * strides.0[place];
        // An axis of at most one element has no neighbours, and its stride could overflow.
        strides.0[place] = if shape[place] > 1 {
            strides.0[place] * step
        } else {
            1
        };
        self.view(
            shape,
            strides,
            if shape.count() == 0 { 0 } else { offset as usize },
        )
    }

    /// Reverses the elements along an axis.
    ///
    /// # Panics
    /// If the axis does not exist.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert_eq!(Tensor::from_slice(&[1.0f32, 2.0, 3.0], [3]).flip(0).to_vec(), [3.0, 2.0, 1.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn flip(&self, axis: isize) -> Self {
        let place = self.shape().axis("flip", axis).or_raise();
        self.slice(axis, 0..self.shape()[place], -1)
    }

    /// Selects one index of an axis and removes the axis.
    ///
    /// # Panics
    /// If the axis does not exist, or the index is out of range.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1.0f32, 2.0, 3.0, 4.0], [2, 2]);
    /// assert_eq!(x.select(1, 0).to_vec(), [1.0, 3.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn select(&self, axis: isize, index: usize) -> Self {
        let place = self.shape().axis("select", axis).or_raise();
        if index >= self.shape()[place] {
            let reason = format!("index {index} of axis {place} of length {}", self.shape()[place]);
            ShapeError::new("select", reason, &[self.shape()]).raise();
        }
        self.narrow(axis, index, index + 1).squeeze(axis)
    }

    /// Removes an axis of length 1.
    ///
    /// # Panics
    /// If the axis does not exist, or its length is not 1; [`Tensor::try_squeeze`] returns an error instead.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert_eq!(Tensor::<f32>::zeros([2, 1, 3]).squeeze(1).shape()[..], [2, 3]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn squeeze(&self, axis: isize) -> Self {
        self.try_squeeze(axis).or_raise()
    }

    /// Like [`Tensor::squeeze`], but returns an error instead of panicking.
    ///
    /// # Errors
    /// If the axis does not exist, or its length is not 1.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert!(Tensor::<f32>::zeros([2, 3]).try_squeeze(1).is_err());
    /// ```
    pub fn try_squeeze(&self, axis: isize) -> Result<Self, ShapeError> {
        squeeze(self, axis)
    }

    fn squeeze_generic(&self, axis: isize) -> Result<Self, ShapeError> {
        let place = self.shape().axis("squeeze", axis)?;
        if self.shape()[place] != 1 {
            let reason = format!("axis {place} has length {}, not 1", self.shape()[place]);
            return Err(ShapeError::new("squeeze", reason, &[self.shape()]));
        }
        let mut strides = self.all_strides();
        strides.0.copy_within(place + 1.., place);
        Ok(self.view(self.shape().without(|axis| axis == place), strides, self.offset()))
    }

    /// Inserts an axis of length 1 before axis `axis`; `rank` or −1 appends it.
    ///
    /// # Panics
    /// If `axis` is not within −rank − 1 ..= rank, or the tensor already has the largest number of axes;
    /// [`Tensor::try_unsqueeze`] returns an error instead.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert_eq!(Tensor::<f32>::zeros([2, 3]).unsqueeze(-1).shape()[..], [2, 3, 1]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn unsqueeze(&self, axis: isize) -> Self {
        self.try_unsqueeze(axis).or_raise()
    }

    /// Like [`Tensor::unsqueeze`], but returns an error instead of panicking.
    ///
    /// # Errors
    /// If `axis` is not within −rank − 1 ..= rank, or the tensor already has the largest number of axes.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert!(Tensor::<f32>::zeros([2, 3]).try_unsqueeze(5).is_err());
    /// ```
    pub fn try_unsqueeze(&self, axis: isize) -> Result<Self, ShapeError> {
        unsqueeze(self, axis)
    }

    fn unsqueeze_generic(&self, axis: isize) -> Result<Self, ShapeError> {
        let rank = self.rank() as isize;
        if !(-rank - 1..=rank).contains(&axis) {
            let reason = format!("no place {axis} for a new axis of a tensor with {rank} axes");
            return Err(ShapeError::new("unsqueeze", reason, &[self.shape()]));
        }
        let place = axis.rem_euclid(rank + 1) as usize;
        let mut axes = [1; MAX_RANK + 1];
        axes[..place].copy_from_slice(&self.shape()[..place]);
        axes[place + 1..=self.rank()].copy_from_slice(&self.shape()[place..]);
        let shape = Shape::new(&axes[..=self.rank()])?;
        let mut strides = self.all_strides();
        strides.0.copy_within(place..MAX_RANK - 1, place + 1);
        strides.0[place] = 1;
        Ok(self.view(shape, strides, self.offset()))
    }

    /// Splits an axis into consecutive parts of the given lengths.
    ///
    /// # Panics
    /// If the lengths do not add up to the length of the axis.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let parts = Tensor::from_slice(&[1.0f32, 2.0, 3.0], [3]).split(&[2, 1], 0);
    /// assert_eq!((parts[0].to_vec(), parts[1].to_vec()), (vec![1.0, 2.0], vec![3.0]));
    /// ```
    #[track_caller]
    #[must_use]
    pub fn split(&self, lengths: &[usize], axis: isize) -> Vec<Self> {
        let place = self.shape().axis("split", axis).or_raise();
        let length = self.shape()[place];
        if lengths
            .iter()
            .try_fold(0usize, |sum, &part| sum.checked_add(part))
            != Some(length)
        {
            let reason = format!("parts {lengths:?} do not add up to axis {place} of length {length}");
            ShapeError::new("split", reason, &[self.shape()]).raise();
        }
        let mut start = 0;
        let part = |&length: &usize| {
            start += length;
            self.narrow(axis, start - length, start)
        };
        lengths.iter().map(part).collect()
    }
}
