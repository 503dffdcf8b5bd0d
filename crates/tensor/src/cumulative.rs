//! Cumulative sums.

use crate::index::{CHUNK, around};
use crate::{OrRaise, Real, Tensor, concrete, parallel};

/// The number of columns that are summed at once.
const COLUMNS: usize = 32;

concrete! {
    fn cumsum<'a, T>(x: &'a Tensor<T>, axis: isize) -> Tensor<T> = cumsum_of(x, axis);
}

impl<T: Real> Tensor<T> {
    /// Computes cumulative sums along an axis: `out[i] = self[0] + … + self[i]`.
    ///
    /// For both element types, each is one chain of additions in `f64` with compensation of the rounding errors (A. Neumaier,
    /// 1974), so a long sum is as accurate as a short one.
    ///
    /// # Panics
    /// If the axis does not exist.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert_eq!(Tensor::from_slice(&[1.0f32, 2.0, 3.0], [3]).cumsum(0).to_vec(), [1.0, 3.0, 6.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn cumsum(&self, axis: isize) -> Self {
        cumsum(self, axis)
    }
}

#[track_caller]
fn cumsum_of<T: Real>(x: &Tensor<T>, axis: isize) -> Tensor<T> {
    let axis = x.shape().axis("cumsum", axis).or_raise();
    let (_, length, inner) = around(x.shape(), axis);
    let mut result = x.copied();
    if result.is_empty() {
        return result;
    }
    let outer = (CHUNK / (length * inner)).max(1);
    parallel::chunks_mut(result.make_mut(), outer * length * inner, |_, part| {
        for part in part.chunks_exact_mut(length * inner) {
            for column in (0..inner).step_by(COLUMNS) {
                sum_along(part, inner, column);
            }
        }
    });
    result
}

/// Replaces up to [`COLUMNS`] columns, starting at `first`, of rows of `inner` elements by their cumulative sums.
fn sum_along<T: Real>(part: &mut [T], inner: usize, first: usize) {
    let mut sums = [RunningSum::EMPTY; COLUMNS];
    let end = inner.min(first + COLUMNS);
    for row in part.chunks_exact_mut(inner) {
        for (element, sum) in row[first..end].iter_mut().zip(&mut sums) {
            sum.add(element.to_f64());
            *element = T::from_f64(sum.value());
        }
    }
}

/// A sum, and the accumulated rounding error.
#[derive(Clone, Copy)]
struct RunningSum {
    sum: f64,
    lost: f64,
}

impl RunningSum {
    /// −0 is the neutral element: −0 + −0 stays −0.
    const EMPTY: Self = Self { sum: -0.0, lost: 0.0 };

    #[inline(always)]
    fn add(&mut self, term: f64) {
        let sum = self.sum + term;
        let (large, small) = if self.sum.abs() >= term.abs() {
            (self.sum, term)
        } else {
            (term, self.sum)
        };
        self.lost += (large - sum) + small;
        self.sum = sum;
    }

    /// If the sum is infinite, the rounding error is NaN.
    #[inline(always)]
    fn value(self) -> f64 {
        if self.sum.is_finite() && self.lost != 0.0 {
            self.sum + self.lost
        } else {
            self.sum
        }
    }
}
