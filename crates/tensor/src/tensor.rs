//! `Tensor`: a strided view of a shared buffer.

use crate::buffer::Buffer;
use crate::error::OrRaise;
use crate::kernels::layout;
use crate::{Real, Shape, ShapeError, Strides};
use std::borrow::Cow;

/// An n-dimensional array of `f32` or `f64` with up to six axes.
///
/// A tensor is a shape, strides and an offset into a shared buffer: cloning, slicing, transposing and broadcasting copy nothing.
/// Writing to a shared buffer copies it first (copy on write).
///
/// ```
/// use latents_tensor::Tensor;
/// let x = Tensor::from_vec(vec![1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0], [2, 3]);
/// let y = x.transpose();
/// assert_eq!(y.shape()[..], [3, 2]);
/// assert_eq!(y.to_vec(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
/// ```
#[derive(Clone)]
pub struct Tensor<T: Real = f32> {
    buffer: Buffer<T>,
    shape: Shape,
    strides: Strides,
    offset: usize,
}

impl<T: Real> Tensor<T> {
    // ---- creation -------------------------------------------------------------------------------------------

    /// Creates a tensor of `shape` whose row-major elements are written by `fill`.
    ///
    /// The slice contains unspecified numbers on entry: write every element.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::<f32>::build([2, 2], |elements| elements.fill(3.0));
    /// assert_eq!(x.to_vec(), [3.0; 4]);
    /// ```
    pub fn build(shape: impl Into<Shape>, fill: impl FnOnce(&mut [T])) -> Self {
        let shape = shape.into();
        let count = shape.count();
        let mut buffer = Buffer::recycled(count);
        if let Some(elements) = buffer.as_mut() {
            fill(&mut elements[..count]);
        }
        Self {
            buffer,
            shape,
            strides: shape.contiguous_strides(),
            offset: 0,
        }
    }

    /// Creates a tensor of `shape` from its elements in row-major order.
    ///
    /// # Panics
    /// If the number of values does not match the shape; [`Tensor::try_from_slice`] returns an error instead.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1.0f32, 2.0, 3.0, 4.0], [2, 2]);
    /// assert_eq!(x.at(&[1, 0]), 3.0);
    /// ```
    #[track_caller]
    pub fn from_slice(values: &[T], shape: impl Into<Shape>) -> Self {
        Self::try_from_slice(values, shape.into()).or_raise()
    }

    /// Like [`Tensor::from_slice`], but returns an error instead of panicking.
    ///
    /// # Errors
    /// If `shape` is invalid ([`Shape::new`]), or has another number of elements.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert!(Tensor::try_from_slice(&[1.0f32, 2.0, 3.0], [2, 2]).is_err());
    /// ```
    pub fn try_from_slice(values: &[T], shape: impl AsRef<[usize]>) -> Result<Self, ShapeError> {
        let shape = Shape::new(shape.as_ref())?;
        if shape.count() != values.len() {
            let reason = format!(
                "{} values for a shape of {} elements",
                values.len(),
                shape.count()
            );
            return Err(ShapeError::new("from_slice", reason, &[shape]));
        }
        Ok(Self::build(shape, |elements| elements.copy_from_slice(values)))
    }

    /// Like [`Tensor::from_slice`], from a vector.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert_eq!(Tensor::from_vec(vec![1.0f32, 2.0], [2]).len(), 2);
    /// ```
    #[track_caller]
    pub fn from_vec(values: Vec<T>, shape: impl Into<Shape>) -> Self {
        Self::from_slice(&values, shape)
    }

    /// Creates a tensor with every element equal to `value`.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert_eq!(Tensor::full([2], 0.5f32).to_vec(), [0.5, 0.5]);
    /// ```
    pub fn full(shape: impl Into<Shape>, value: T) -> Self {
        Self::build(shape, |elements| elements.fill(value))
    }

    /// Creates a tensor of zeros.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert_eq!(Tensor::<f32>::zeros([2]).to_vec(), [0.0, 0.0]);
    /// ```
    pub fn zeros(shape: impl Into<Shape>) -> Self {
        Self::full(shape, T::zero())
    }

    /// Creates a tensor of ones.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert_eq!(Tensor::<f32>::ones([2]).to_vec(), [1.0, 1.0]);
    /// ```
    pub fn ones(shape: impl Into<Shape>) -> Self {
        Self::full(shape, T::one())
    }

    /// Creates a tensor without axes.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert_eq!(Tensor::scalar(2.5f32).rank(), 0);
    /// ```
    pub fn scalar(value: T) -> Self {
        Self::full(Shape::SCALAR, value)
    }

    /// Creates a tensor whose element `i` (in row-major order) is `f(i)`.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert_eq!(Tensor::from_fn([3], |i| i as f32 * 2.0).to_vec(), [0.0, 2.0, 4.0]);
    /// ```
    pub fn from_fn(shape: impl Into<Shape>, mut f: impl FnMut(usize) -> T) -> Self {
        Self::build(shape, |elements| {
            elements
                .iter_mut()
                .enumerate()
                .for_each(|(i, element)| *element = f(i))
        })
    }

    /// Returns a view of the same buffer; `shape`, `strides` and `offset` must stay within it.
    pub(crate) fn view(&self, shape: Shape, strides: Strides, offset: usize) -> Self {
        Self {
            buffer: self.buffer.clone(),
            shape,
            strides,
            offset,
        }
    }

    // ---- what it is -----------------------------------------------------------------------------------------

    /// Returns the shape.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::<f32>::zeros([2, 3]);
    /// assert_eq!((&x.shape()[..], x.rank(), x.len()), (&[2, 3][..], 2, 6));
    /// ```
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Returns the strides: the distance between neighbours along each axis, in elements.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::<f32>::zeros([2, 3]);
    /// assert_eq!((x.strides(), x.transpose().strides()), (&[3, 1][..], &[1, 3][..]));
    /// ```
    pub fn strides(&self) -> &[isize] {
        &self.strides.0[..self.rank()]
    }

    pub(crate) fn all_strides(&self) -> Strides {
        self.strides
    }

    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    /// Returns the buffer from the first element of this view on. The strides determine which elements belong to the view.
    pub(crate) fn storage(&self) -> &[T] {
        self.buffer.as_slice()
    }

    /// Returns the number of axes.
    pub fn rank(&self) -> usize {
        self.shape.rank()
    }

    /// Returns the length of an axis; negative axes count from the last.
    ///
    /// # Panics
    /// If the axis does not exist.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert_eq!(Tensor::<f32>::zeros([2, 3]).size(-1), 3);
    /// ```
    #[track_caller]
    pub fn size(&self, axis: isize) -> usize {
        self.shape[self.shape.axis("size", axis).or_raise()]
    }

    /// Returns the number of elements.
    pub fn len(&self) -> usize {
        self.shape.count()
    }

    /// Returns whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether the elements are stored in row-major order without gaps.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::<f32>::zeros([2, 3]);
    /// assert!(x.is_contiguous() && !x.transpose().is_contiguous());
    /// ```
    pub fn is_contiguous(&self) -> bool {
        let mut step = 1;
        for (&length, &stride) in self.shape.iter().zip(self.strides.iter()).rev() {
            if length != 1 {
                if stride != step {
                    return self.is_empty();
                }
                step *= length as isize;
            }
        }
        true
    }

    // ---- elements -------------------------------------------------------------------------------------------

    /// Returns the elements in row-major order, if they are stored in this order without gaps.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1.0f32, 2.0, 3.0, 4.0], [2, 2]);
    /// assert_eq!(x.as_slice(), Some(&[1.0, 2.0, 3.0, 4.0][..]));
    /// assert_eq!(x.transpose().as_slice(), None);
    /// ```
    pub fn as_slice(&self) -> Option<&[T]> {
        if self.is_empty() {
            return Some(&[]);
        }
        self.is_contiguous()
            .then(|| &self.buffer.as_slice()[self.offset..self.offset + self.len()])
    }

    /// Returns the elements in row-major order: borrowed if they are stored in this order, otherwise copied.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1.0f32, 2.0, 3.0, 4.0], [2, 2]);
    /// assert_eq!(x.transpose().elements()[..], [1.0, 3.0, 2.0, 4.0]);
    /// ```
    pub fn elements(&self) -> Cow<'_, [T]> {
        self.as_slice()
            .map_or_else(|| Cow::Owned(self.to_vec()), Cow::Borrowed)
    }

    /// Copies the elements to a vector, in row-major order.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert_eq!(Tensor::<f32>::ones([2]).to_vec(), vec![1.0, 1.0]);
    /// ```
    pub fn to_vec(&self) -> Vec<T> {
        let mut values = vec![T::zero(); self.len()];
        layout::copy(self, &mut values);
        values
    }

    /// Returns this tensor with its elements stored in row-major order; shares the buffer if they already are.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert!(Tensor::<f32>::zeros([2, 3]).transpose().contiguous().is_contiguous());
    /// ```
    pub fn contiguous(&self) -> Self {
        if self.is_contiguous() {
            self.clone()
        } else {
            self.copied()
        }
    }

    /// Like [`Tensor::contiguous`], with access to the elements as a slice.
    pub(crate) fn in_order(&self) -> InOrder<T> {
        InOrder(self.contiguous())
    }

    /// Returns a copy with a buffer of its own.
    pub fn copied(&self) -> Self {
        Self::build(self.shape, |elements| layout::copy(self, elements))
    }

    /// Returns the elements in row-major order for writing. Copies first if the buffer is shared or in another order.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::<f32>::zeros([2]);
    /// let mut y = x.clone();
    /// y.make_mut()[0] = 1.0;
    /// assert_eq!((x.to_vec(), y.to_vec()), (vec![0.0, 0.0], vec![1.0, 0.0]));
    /// ```
    pub fn make_mut(&mut self) -> &mut [T] {
        if !self.is_contiguous() || !self.buffer.is_unique() {
            *self = self.copied();
        }
        let (start, count) = (self.offset, self.len());
        match self.buffer.as_mut() {
            Some(elements) if count > 0 => &mut elements[start..start + count],
            _ => &mut [],
        }
    }

    /// Returns the elements in row-major order for writing, if they are stored in this order in an unshared buffer.
    pub(crate) fn unshared_mut(&mut self) -> Option<&mut [T]> {
        (self.is_contiguous() && self.buffer.is_unique()).then(|| self.make_mut())
    }

    /// Returns the only element.
    ///
    /// # Panics
    /// If the tensor does not have exactly one element.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert_eq!(Tensor::from_slice(&[2.5f32], [1, 1]).item(), 2.5);
    /// ```
    #[track_caller]
    pub fn item(&self) -> T {
        if self.len() != 1 {
            ShapeError::new("item", "not exactly one element", &[self.shape]).raise();
        }
        self.buffer.as_slice()[self.offset]
    }

    /// Returns the element at an index.
    ///
    /// # Panics
    /// If the index has another number of axes, or is out of range.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert_eq!(Tensor::from_slice(&[1.0f32, 2.0, 3.0, 4.0], [2, 2]).at(&[0, 1]), 2.0);
    /// ```
    #[track_caller]
    pub fn at(&self, index: &[usize]) -> T {
        if index.len() != self.rank() || index.iter().zip(self.shape.iter()).any(|(i, length)| i >= length) {
            ShapeError::new("at", format!("index {index:?} lies outside"), &[self.shape]).raise();
        }
        let steps = index.iter().zip(self.strides.iter());
        let place = self.offset as isize + steps.map(|(&i, &stride)| i as isize * stride).sum::<isize>();
        self.buffer.as_slice()[place as usize]
    }
}

/// A tensor whose elements are stored in row-major order, so that it dereferences to a slice.
pub(crate) struct InOrder<T: Real>(Tensor<T>);

impl<T: Real> std::ops::Deref for InOrder<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        if self.0.is_empty() {
            return &[];
        }
        &self.0.buffer.as_slice()[self.0.offset..][..self.0.len()]
    }
}
