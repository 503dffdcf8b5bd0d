//! Concatenation, stacking and padding.

use crate::kernels::layout::paste;
use crate::{MAX_RANK, OrRaise, Real, Shape, ShapeError, Tensor, concrete};

concrete! {
    fn concat<'a, T>(tensors: &'a [&'a Tensor<T>], axis: isize) -> Result<Tensor<T>, ShapeError> =
        Tensor::concat_generic(tensors, axis);
    fn pad<'a, T>(x: &'a Tensor<T>, around: &'a [(usize, usize)], value: T) -> Result<Tensor<T>, ShapeError> =
        x.pad_generic(around, value);
}

impl<T: Real> Tensor<T> {
    /// Concatenates tensors along an axis; all other axes must be equal.
    ///
    /// ```
    /// use latents_tensor::Tensor;
    /// let (x, y) = (Tensor::from_slice(&[1.0f32, 2.0], [1, 2]), Tensor::from_slice(&[3.0, 4.0], [1, 2]));
    /// assert_eq!(Tensor::concat(&[&x, &y], 0).shape()[..], [2, 2]);
    /// assert_eq!(Tensor::concat(&[&x, &y], 1).to_vec(), [1.0, 2.0, 3.0, 4.0]);
    /// ```
    ///
    /// # Panics
    /// If there are no tensors, the axis does not exist, or the shapes do not match; [`Tensor::try_concat`] returns an error
    /// instead.
    #[track_caller]
    #[must_use]
    pub fn concat(tensors: &[&Self], axis: isize) -> Self {
        Self::try_concat(tensors, axis).or_raise()
    }

    /// Like [`Tensor::concat`], but returns an error instead of panicking.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert!(Tensor::try_concat(&[&Tensor::<f32>::ones([2]), &Tensor::ones([2, 2])], 0).is_err());
    /// ```
    pub fn try_concat(tensors: &[&Self], axis: isize) -> Result<Self, ShapeError> {
        concat(tensors, axis)
    }

    fn concat_generic(tensors: &[&Self], axis: isize) -> Result<Self, ShapeError> {
        let Some(first) = tensors.first() else {
            return Err(ShapeError::new("concat", "no tensors", &[]).hint("give at least one"));
        };
        let axis = first.shape().axis("concat", axis)?;
        let mut total = 0usize;
        for tensor in tensors {
            let fits = tensor.rank() == first.rank()
                && tensor.shape().with_axis(axis, 0) == first.shape().with_axis(axis, 0);
            if !fits {
                let shapes: Vec<Shape> = tensors.iter().map(|tensor| tensor.shape()).collect();
                let reason = format!("shapes differ outside axis {axis}");
                return Err(ShapeError::new("concat", reason, &shapes)
                    .hint("every axis but the joined one must be equal"));
            }
            total = total.saturating_add(tensor.shape()[axis]);
        }
        let shape = first.shape().try_with_axis(axis, total)?;
        let strides = shape.contiguous_strides();
        Ok(Self::build(shape, |out| {
            let mut start = 0;
            for tensor in tensors {
                paste(tensor, out, strides, start * strides[axis] as usize);
                start += tensor.shape()[axis];
            }
        }))
    }

    /// Stacks tensors of the same shape along a new axis.
    ///
    /// # Panics
    /// If there are no tensors, the new axis is out of range, or the shapes differ.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let (x, y) = (Tensor::from_slice(&[1.0f32, 2.0], [2]), Tensor::from_slice(&[3.0, 4.0], [2]));
    /// assert_eq!(Tensor::stack(&[&x, &y], 1).to_vec(), [1.0, 3.0, 2.0, 4.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn stack(tensors: &[&Self], axis: isize) -> Self {
        let shapes: Vec<Shape> = tensors.iter().map(|tensor| tensor.shape()).collect();
        if shapes.windows(2).any(|pair| pair[0] != pair[1]) {
            ShapeError::new("stack", "shapes differ", &shapes)
                .hint("every axis must be equal")
                .raise();
        }
        let parts: Vec<Self> = tensors.iter().map(|tensor| tensor.unsqueeze(axis)).collect();
        let parts: Vec<&Self> = parts.iter().collect();
        Self::concat(&parts, axis)
    }

    /// Pads with `value`: `around` gives, for each axis, the number of elements to add before and after.
    ///
    /// # Panics
    /// If `around` does not have one pair for each axis; [`Tensor::try_pad`] returns an error instead.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1.0f32, 2.0], [2]);
    /// assert_eq!(x.pad(&[(1, 2)], 0.0).to_vec(), [0.0, 1.0, 2.0, 0.0, 0.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn pad(&self, around: &[(usize, usize)], value: T) -> Self {
        self.try_pad(around, value).or_raise()
    }

    /// Like [`Tensor::pad`], but returns an error instead of panicking.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert!(Tensor::<f32>::ones([2]).try_pad(&[], 0.0).is_err());
    /// ```
    pub fn try_pad(&self, around: &[(usize, usize)], value: T) -> Result<Self, ShapeError> {
        pad(self, around, value)
    }

    fn pad_generic(&self, around: &[(usize, usize)], value: T) -> Result<Self, ShapeError> {
        if around.len() != self.rank() {
            let reason = format!("{} pairs for {} axes", around.len(), self.rank());
            return Err(ShapeError::new("pad", reason, &[self.shape()])
                .hint("give (before, after) for every axis, (0, 0) where nothing is added"));
        }
        let mut axes = [0; MAX_RANK];
        for (axis, &(before, after)) in around.iter().enumerate() {
            axes[axis] = self.shape()[axis].saturating_add(before).saturating_add(after);
        }
        let shape = Shape::new(&axes[..self.rank()])?;
        let strides = shape.contiguous_strides();
        let corner = around
            .iter()
            .zip(strides.iter())
            .map(|(&(before, _), &step)| before * step as usize)
            .sum();
        Ok(Self::build(shape, |out| {
            out.fill(value);
            paste(self, out, strides, corner);
        }))
    }
}
