//! `Indices`: a tensor of indices along an axis.

use crate::{OrRaise, Shape, ShapeError};
use std::cell::RefCell;
use std::sync::Arc;

/// The number of index buffers that a thread keeps for reuse once they are no longer shared, so that a training step with
/// selections allocates nothing.
const KEPT: usize = 16;
/// Longer buffers are not kept: this bounds the kept memory to 32 MiB.
const KEPT_LENGTH: usize = 1 << 18;

thread_local! {
    static RECENT: RefCell<Vec<Arc<[usize]>>> = const { RefCell::new(Vec::new()) };
}

/// Returns an unshared buffer of `length` zeros.
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

/// Keeps a buffer for [`recycled`], and drops the oldest.
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

/// Integers in row-major order with a shape: indices along an axis, as returned by [`Tensor::argmax`](crate::Tensor::argmax) and
/// accepted by [`Tensor::gather`](crate::Tensor::gather). Clones share the values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Indices {
    shape: Shape,
    values: Arc<[usize]>,
}

impl Indices {
    /// Creates indices of `shape` from their values in row-major order.
    ///
    /// # Panics
    /// If the number of values does not match the shape; [`Indices::try_new`] returns an error instead.
    ///
    /// ```
    /// # use latents_tensor::Indices;
    /// let indices = Indices::new(vec![2, 0, 1], [3, 1]);
    /// assert_eq!((indices.len(), &indices.shape()[..]), (3, &[3, 1][..]));
    /// ```
    #[track_caller]
    pub fn new(values: impl Into<Arc<[usize]>>, shape: impl Into<Shape>) -> Self {
        Self::try_new(values, shape.into()).or_raise()
    }

    /// Like [`Indices::new`], but returns an error instead of panicking.
    ///
    /// # Errors
    /// If `shape` is invalid ([`Shape::new`]), or has another number of elements.
    ///
    /// ```
    /// # use latents_tensor::Indices;
    /// assert!(Indices::try_new(vec![2, 0, 1], [2]).is_err());
    /// ```
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

    /// Creates indices of `shape` that `fill` writes; they are 0 on entry. The buffer is reused if possible.
    ///
    /// ```
    /// # use latents_tensor::Indices;
    /// let indices = Indices::build([3].into(), |values| values[2] = 7);
    /// assert_eq!(indices.as_slice(), [0, 0, 7]);
    /// ```
    pub fn build(shape: Shape, fill: impl FnOnce(&mut [usize])) -> Self {
        let mut values = recycled(shape.count());
        if let Some(values) = Arc::get_mut(&mut values) {
            fill(values);
        }
        keep(&values);
        Self { shape, values }
    }

    /// Returns the shape.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Returns the number of indices.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns whether there are no indices.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Returns the values in row-major order.
    pub fn as_slice(&self) -> &[usize] {
        &self.values
    }

    /// Changes the shape; the values keep their row-major order.
    ///
    /// # Panics
    /// If the number of elements differs.
    ///
    /// ```
    /// # use latents_tensor::Indices;
    /// assert_eq!(Indices::new(vec![2, 0], [2]).reshape([2, 1]).shape()[..], [2, 1]);
    /// ```
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
