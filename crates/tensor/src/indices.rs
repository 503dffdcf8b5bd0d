//! `Indices`: a tensor of positions along an axis.

use crate::{OrRaise, Shape, ShapeError};
use std::sync::Arc;

/// Integers in row-major order with a shape: which element along an axis, as [`Tensor::argmax`](crate::Tensor::argmax)
/// returns and [`Tensor::gather`](crate::Tensor::gather) takes. Clones share the values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Indices {
    shape: Shape,
    values: Arc<[usize]>,
}

impl Indices {
    /// The values in row-major order, as indices of `shape`.
    ///
    /// # Panics
    /// If the number of values is not the shape's; [`Indices::try_new`] returns an error instead.
    #[track_caller]
    pub fn new(values: impl Into<Arc<[usize]>>, shape: impl Into<Shape>) -> Self {
        Self::try_new(values, shape.into()).or_raise()
    }

    /// As [`Indices::new`], for lengths that come from outside.
    ///
    /// # Errors
    /// If `shape` is none ([`Shape::new`]), or has another number of elements.
    pub fn try_new(values: impl Into<Arc<[usize]>>, shape: impl AsRef<[usize]>) -> Result<Self, ShapeError> {
        let (values, shape) = (values.into(), Shape::new(shape.as_ref())?);
        if values.len() == shape.count() {
            Ok(Self { shape, values })
        } else {
            let reason = format!(
                "{} values for a shape of {} elements",
                values.len(),
                shape.count()
            );
            Err(ShapeError::new("indices", reason, &[shape]))
        }
    }

    /// Indices of `shape` that `fill` writes; they are 0 on entry.
    pub(crate) fn build(shape: Shape, fill: impl FnOnce(&mut [usize])) -> Self {
        let mut values: Arc<[usize]> = std::iter::repeat_n(0, shape.count()).collect();
        if let Some(values) = Arc::get_mut(&mut values) {
            fill(values);
        }
        Self { shape, values }
    }

    /// The lengths of the axes.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The number of indices.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values in row-major order.
    pub fn as_slice(&self) -> &[usize] {
        &self.values
    }

    /// The same values under another shape.
    ///
    /// # Panics
    /// If the number of elements differs.
    #[track_caller]
    #[must_use]
    pub fn reshape(&self, shape: impl Into<Shape>) -> Self {
        Self::new(self.values.clone(), shape)
    }
}

impl From<&[usize]> for Indices {
    fn from(values: &[usize]) -> Self {
        Self::new(values, [values.len()])
    }
}
