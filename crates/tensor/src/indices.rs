//! `Indices`: a tensor of positions along an axis.

use crate::{OrRaise, Shape, ShapeError};
use std::cell::RefCell;
use std::sync::Arc;

/// So many of the indices that a thread built last are used again once nobody else holds them, so that a training step
/// which selects asks the allocator for nothing.
const KEPT: usize = 16;
/// Longer ones are not kept: a rest of 32 MiB at the most.
const KEPT_LENGTH: usize = 1 << 18;

thread_local! {
    static RECENT: RefCell<Vec<Arc<[usize]>>> = const { RefCell::new(Vec::new()) };
}

/// `length` zeros that nobody else holds.
fn recycled(length: usize) -> Arc<[usize]> {
    let free = |values: &Arc<[usize]>| values.len() == length && Arc::strong_count(values) == 1;
    let found = RECENT.with_borrow_mut(|recent| {
        let place = recent.iter().position(free)?;
        Some(recent.remove(place))
    });
    match found {
        Some(mut values) => {
            if let Some(values) = Arc::get_mut(&mut values) {
                values.fill(0);
            }
            values
        }
        None => std::iter::repeat_n(0, length).collect(),
    }
}

/// Remembers indices for [`recycled`], and forgets the oldest.
fn keep(values: &Arc<[usize]>) {
    if values.len() > KEPT_LENGTH {
        return;
    }
    RECENT.with_borrow_mut(|recent| {
        if recent.len() == KEPT {
            recent.remove(0);
        }
        recent.push(values.clone());
    });
}

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

    /// Indices of `shape` that `fill` writes; they are 0 on entry. Storage is recycled where it can be.
    pub fn build(shape: Shape, fill: impl FnOnce(&mut [usize])) -> Self {
        let mut values = recycled(shape.count());
        if let Some(values) = Arc::get_mut(&mut values) {
            fill(values);
        }
        keep(&values);
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
