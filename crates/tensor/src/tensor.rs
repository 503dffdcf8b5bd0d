//! `Tensor`: a strided view of a shared buffer.

use crate::buffer::Buffer;
use crate::error::OrRaise;
use crate::kernels::layout;
use crate::{Real, Shape, ShapeError, Strides};
use std::borrow::Cow;

/// An n-dimensional array of `f32` or `f64` with up to six axes.
///
/// A tensor is a shape, strides and an offset over a buffer that clones share: cloning, slicing, transposing and
/// broadcasting copy nothing. Writing copies first where the buffer is shared (copy on write).
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

    /// A tensor of `shape` whose row-major elements `fill` writes.
    ///
    /// The slice holds unspecified numbers on entry: write all of it.
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

    /// The elements of `values` in row-major order, as a tensor of `shape`.
    ///
    /// # Panics
    /// If the number of values is not the shape's; [`Tensor::try_from_slice`] returns an error instead.
    #[track_caller]
    pub fn from_slice(values: &[T], shape: impl Into<Shape>) -> Self {
        Self::try_from_slice(values, shape.into()).or_raise()
    }

    /// As [`Tensor::from_slice`], for lengths that come from outside.
    ///
    /// # Errors
    /// If `shape` is none ([`Shape::new`]), or has another number of elements.
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

    /// As [`Tensor::from_slice`], taking a vector.
    #[track_caller]
    pub fn from_vec(values: Vec<T>, shape: impl Into<Shape>) -> Self {
        Self::from_slice(&values, shape)
    }

    /// Every element `value`.
    pub fn full(shape: impl Into<Shape>, value: T) -> Self {
        Self::build(shape, |elements| elements.fill(value))
    }

    /// Every element 0.
    pub fn zeros(shape: impl Into<Shape>) -> Self {
        Self::full(shape, T::zero())
    }

    /// Every element 1.
    pub fn ones(shape: impl Into<Shape>) -> Self {
        Self::full(shape, T::one())
    }

    /// A tensor without axes.
    pub fn scalar(value: T) -> Self {
        Self::full(Shape::SCALAR, value)
    }

    /// Element `i` (in row-major order) is `f(i)`.
    pub fn from_fn(shape: impl Into<Shape>, mut f: impl FnMut(usize) -> T) -> Self {
        Self::build(shape, |elements| {
            elements
                .iter_mut()
                .enumerate()
                .for_each(|(i, element)| *element = f(i))
        })
    }

    /// A view of the same buffer; `shape`, `strides` and `offset` must stay inside it.
    pub(crate) fn view(&self, shape: Shape, strides: Strides, offset: usize) -> Self {
        Self {
            buffer: self.buffer.clone(),
            shape,
            strides,
            offset,
        }
    }

    // ---- what it is -----------------------------------------------------------------------------------------

    /// The lengths of the axes.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Steps between neighbours along each axis, in elements.
    pub fn strides(&self) -> &[isize] {
        &self.strides.0[..self.rank()]
    }

    pub(crate) fn all_strides(&self) -> Strides {
        self.strides
    }

    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    /// The buffer from the first element of this view on. Only strides of the view say what belongs to it.
    pub(crate) fn storage(&self) -> &[T] {
        self.buffer.as_slice()
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.shape.rank()
    }

    /// The length of an axis; negative axes count from the last.
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn size(&self, axis: isize) -> usize {
        self.shape[self.shape.axis("size", axis).or_raise()]
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.shape.count()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the elements lie in row-major order without gaps.
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

    /// The elements in row-major order, where they lie so.
    pub fn as_slice(&self) -> Option<&[T]> {
        if self.is_empty() {
            return Some(&[]);
        }
        self.is_contiguous()
            .then(|| &self.buffer.as_slice()[self.offset..self.offset + self.len()])
    }

    /// The elements in row-major order: those of the buffer where they lie so, else a copy.
    pub fn elements(&self) -> Cow<'_, [T]> {
        self.as_slice()
            .map_or_else(|| Cow::Owned(self.to_vec()), Cow::Borrowed)
    }

    /// The elements in row-major order.
    pub fn to_vec(&self) -> Vec<T> {
        let mut values = vec![T::zero(); self.len()];
        layout::copy(self, &mut values);
        values
    }

    /// This tensor with its elements in row-major order; shares the buffer where they are already.
    pub fn contiguous(&self) -> Self {
        if self.is_contiguous() {
            self.clone()
        } else {
            self.copied()
        }
    }

    /// As [`Tensor::contiguous`], for its elements as a slice.
    pub(crate) fn in_order(&self) -> InOrder<T> {
        InOrder(self.contiguous())
    }

    /// A copy with a buffer of its own.
    pub fn copied(&self) -> Self {
        Self::build(self.shape, |elements| layout::copy(self, elements))
    }

    /// The elements in row-major order for writing. Copies first if the buffer is shared or not in order.
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

    /// The elements in row-major order for writing, if they lie so in a buffer that nobody shares.
    pub(crate) fn unshared_mut(&mut self) -> Option<&mut [T]> {
        (self.is_contiguous() && self.buffer.is_unique()).then(|| self.make_mut())
    }

    /// The only element.
    ///
    /// # Panics
    /// If there is not exactly one.
    #[track_caller]
    pub fn item(&self) -> T {
        if self.len() != 1 {
            ShapeError::new("item", "not exactly one element", &[self.shape]).raise();
        }
        self.buffer.as_slice()[self.offset]
    }

    /// The element at an index.
    ///
    /// # Panics
    /// If the index has another number of axes or lies outside.
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

/// A tensor whose elements lie in row-major order: a slice, without a case for those that do not.
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
