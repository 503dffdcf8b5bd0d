//! Equality of tensors: exact, and up to rounding.

use crate::{Algebra, Pointwise, Real, Tensor, concrete, pointwise};

/// Whether `x` is not a number.
pub(crate) fn is_nan<T: Real>(x: T) -> bool {
    x.partial_cmp(&x).is_none()
}

/// Compares shapes and elements as numbers, so NaN differs from itself and −0 equals 0.
impl<T: Real> PartialEq for Tensor<T> {
    fn eq(&self, other: &Self) -> bool {
        if self.shape() != other.shape() {
            return false;
        }
        match (self.as_slice(), other.as_slice()) {
            (Some(own), Some(others)) => own == others,
            _ => self.contiguous().as_slice() == other.contiguous().as_slice(),
        }
    }
}

/// 1 if |x − y| ≤ absolute + relative · |y|, or both are the same infinity.
struct Close {
    relative: f64,
    absolute: f64,
}

impl Pointwise<2> for Close {
    fn eval<A: Algebra>(&self, [x, y]: [A; 2]) -> A {
        let slack = x.lit(self.absolute) + x.lit(self.relative) * y.abs();
        let infinite = y.abs().equal(y.lit(f64::INFINITY));
        // Infinite slack would allow any distance.
        let near = infinite.choose(x.lit(0.0), (x - y).abs().less_equal(slack));
        x.equal(y).maximum(near)
    }
}

concrete! {
    fn allclose<'a, T>(x: &'a Tensor<T>, other: &'a Tensor<T>, relative: f64, absolute: f64) -> bool =
        x.allclose_generic(other, relative, absolute);
}

impl<T: Real> Tensor<T> {
    /// Returns whether every |x − y| ≤ `absolute` + `relative` · |y|, after broadcasting. Equal infinities are close; NaN is
    /// never close.
    ///
    /// # Panics
    /// If the shapes do not broadcast.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let (x, y) = (Tensor::scalar(1.0f32), Tensor::scalar(1.001));
    /// assert!(x.allclose(&y, 1e-2, 0.0) && !x.allclose(&y, 1e-5, 0.0));
    /// ```
    #[track_caller]
    #[must_use]
    pub fn allclose(&self, other: &Self, relative: f64, absolute: f64) -> bool {
        allclose(self, other, relative, absolute)
    }

    #[track_caller]
    fn allclose_generic(&self, other: &Self, relative: f64, absolute: f64) -> bool {
        let close = pointwise("allclose", &Close { relative, absolute }, [self, other]);
        close.is_empty() || close.min_all() == T::one()
    }
}
