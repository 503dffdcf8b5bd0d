//! Views: other shapes and strides over the same buffer, and nothing copied.

use crate::error::OrRaise;
use crate::{Real, Shape, ShapeError, Strides, Tensor};

impl<T: Real> Tensor<T> {
    /// The same elements in row-major order under another shape. Copies only where the elements lie out of order.
    ///
    /// # Panics
    /// If the number of elements differs; [`Tensor::try_reshape`] returns an error instead.
    #[track_caller]
    pub fn reshape(&self, shape: impl Into<Shape>) -> Self {
        self.try_reshape(shape).or_raise()
    }

    /// As [`Tensor::reshape`], for shapes that come from outside.
    pub fn try_reshape(&self, shape: impl Into<Shape>) -> Result<Self, ShapeError> {
        let shape = shape.into();
        if shape.count() != self.len() {
            let reason = format!("{} elements do not fill {shape}", self.len());
            return Err(ShapeError::new("reshape", reason, &[self.shape()]));
        }
        let ordered = self.contiguous();
        Ok(ordered.view(shape, shape.contiguous_strides(), ordered.offset()))
    }

    /// Axis `i` of the result is axis `order[i]` of this tensor.
    ///
    /// # Panics
    /// If `order` is no permutation of the axes.
    #[track_caller]
    pub fn permute(&self, order: &[usize]) -> Self {
        let mut seen = [false; crate::MAX_RANK];
        let valid = order.len() == self.rank()
            && order
                .iter()
                .all(|&axis| axis < self.rank() && !std::mem::replace(&mut seen[axis], true));
        if !valid {
            ShapeError::new(
                "permute",
                format!("{order:?} is no order of the axes"),
                &[self.shape()],
            )
            .raise();
        }
        let (mut shape, mut strides) = (self.shape(), self.all_strides());
        for (axis, &source) in order.iter().enumerate() {
            shape[axis] = self.shape()[source];
            strides.0[axis] = self.strides()[source];
        }
        self.view(shape, strides, self.offset())
    }

    /// The last two axes exchanged.
    ///
    /// # Panics
    /// With fewer than two axes.
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

    /// Repeats axes of length 1, and new leading axes, to reach `shape`.
    ///
    /// # Panics
    /// If NumPy's rules do not allow it.
    #[track_caller]
    pub fn broadcast_to(&self, shape: impl Into<Shape>) -> Self {
        self.try_broadcast_to(shape).or_raise()
    }

    /// As [`Tensor::broadcast_to`], for shapes that come from outside.
    pub fn try_broadcast_to(&self, shape: impl Into<Shape>) -> Result<Self, ShapeError> {
        let shape = shape.into();
        let joined = Shape::broadcast("broadcast_to", &[self.shape(), shape])?;
        if joined != shape {
            let reason = format!("the shape cannot become {shape}");
            return Err(ShapeError::new("broadcast_to", reason, &[self.shape()]));
        }
        let lead = shape.rank() - self.rank();
        let mut strides = Strides([0; crate::MAX_RANK]);
        for (axis, &length) in self.shape().iter().enumerate() {
            strides.0[lead + axis] = if length == 1 { 0 } else { self.strides()[axis] };
        }
        Ok(self.view(shape, strides, self.offset()))
    }

    /// Elements `start .. end` along an axis.
    ///
    /// # Panics
    /// If the range does not lie in the axis.
    #[track_caller]
    pub fn narrow(&self, axis: isize, start: usize, end: usize) -> Self {
        let axis = self.shape().axis("narrow", axis).or_raise();
        let length = self.shape()[axis];
        if start > end || end > length {
            let reason = format!("{start}..{end} does not lie in axis {axis} of length {length}");
            ShapeError::new("narrow", reason, &[self.shape()]).raise();
        }
        let shape = self.shape().with_axis(axis, end - start);
        let offset = if shape.count() == 0 {
            0
        } else {
            self.offset() as isize + start as isize * self.strides()[axis]
        };
        self.view(shape, self.all_strides(), offset as usize)
    }
}
