//! Sorting along an axis.

use crate::compare::is_nan;
use crate::index::around;
use crate::kernels::select::LargestOfRows;
use crate::parallel::SharedMut;
use crate::simd::Isa;
use crate::{Indices, OrRaise, Real, ShapeError, Tensor, concrete, parallel};
use std::cmp::Ordering;

/// The number of elements that make a chunk of work for one thread, approximately.
const CHUNK: usize = 16384;

/// Orders numbers for sorting: NaN comes last in both directions; ties keep the order of their positions.
fn compare<T: Real>(descending: bool) -> impl Fn(&(T, usize), &(T, usize)) -> Ordering {
    move |(x, i), (y, j)| {
        let by_value = match x.partial_cmp(y) {
            Some(order) if descending => order.reverse(),
            Some(order) => order,
            None => is_nan(*x).cmp(&is_nan(*y)),
        };
        by_value.then(i.cmp(j))
    }
}

concrete! {
    fn argsort<'a, T>(x: &'a Tensor<T>, axis: isize, descending: bool) -> Indices =
        x.argsort_generic(axis, descending);
    fn topk<'a, T>(x: &'a Tensor<T>, count: usize, axis: isize) -> (Tensor<T>, Indices) =
        x.topk_generic(count, axis);
}

impl<T: Real> Tensor<T> {
    /// Sorts the elements along an axis. Returns them with their original positions. The sort is stable; −0 equals 0; NaN comes
    /// last, also in descending order.
    ///
    /// ```
    /// use latents_tensor::Tensor;
    /// let (sorted, places) = Tensor::from_slice(&[2.0f32, f32::NAN, 3.0, 1.0], [4]).sort(0, true);
    /// assert_eq!(sorted.to_vec()[..3], [3.0, 2.0, 1.0]);
    /// assert_eq!(places.as_slice(), [2, 0, 3, 1]);
    /// ```
    ///
    /// # Panics
    /// If the axis does not exist.
    #[track_caller]
    #[must_use]
    pub fn sort(&self, axis: isize, descending: bool) -> (Self, Indices) {
        let places = self.argsort(axis, descending);
        (self.gather(axis, &places), places)
    }

    /// Returns the positions of the elements in sorted order along an axis; see [`Tensor::sort`].
    ///
    /// # Panics
    /// If the axis does not exist.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::from_slice(&[2.0f32, 3.0, 1.0], [3]);
    /// assert_eq!(x.argsort(0, false).as_slice(), [2, 0, 1]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn argsort(&self, axis: isize, descending: bool) -> Indices {
        argsort(self, axis, descending)
    }

    #[track_caller]
    fn argsort_generic(&self, axis: isize, descending: bool) -> Indices {
        let axis = self.shape().axis("argsort", axis).or_raise();
        self.places(axis, self.shape()[axis], descending)
    }

    /// Returns the `count` largest elements along an axis, largest first, with their original positions. In a tie the first
    /// comes first; NaN is returned only if there are too few numbers. Along the last axis this takes little more than one pass,
    /// without sorting.
    ///
    /// # Panics
    /// If the axis does not exist, or has fewer than `count` elements.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let (values, places) = Tensor::from_slice(&[2.0f32, 3.0, 1.0], [3]).topk(2, 0);
    /// assert_eq!((values.to_vec(), places.as_slice()), (vec![3.0, 2.0], &[1, 0][..]));
    /// ```
    #[track_caller]
    #[must_use]
    pub fn topk(&self, count: usize, axis: isize) -> (Self, Indices) {
        topk(self, count, axis)
    }

    #[track_caller]
    fn topk_generic(&self, count: usize, axis: isize) -> (Self, Indices) {
        let place = self.shape().axis("topk", axis).or_raise();
        if count > self.shape()[place] {
            let reason = format!(
                "{count} elements of axis {place} of length {}",
                self.shape()[place]
            );
            ShapeError::new("topk", reason, &[self.shape()]).raise();
        }
        if place + 1 == self.rank() {
            return self.largest_of_rows(count);
        }
        let places = self.places(place, count, true);
        (self.gather(axis, &places), places)
    }

    /// Implements [`Tensor::topk`] along the last axis.
    fn largest_of_rows(&self, count: usize) -> (Self, Indices) {
        let length = self.size(-1);
        let shape = self.shape().with_axis(self.rank() - 1, count);
        let elements = self.in_order();
        let rows = (CHUNK / length.max(1)).max(1);
        let isa = Isa::active();
        let mut values = None;
        let places = Indices::build(shape, |places| {
            values = Some(Self::build(shape, |values| {
                if places.is_empty() {
                    return;
                }
                let total = places.len() / count;
                // SAFETY: chunk `chunk` touches the rows from chunk · rows on, disjoint from the others'.
                let (places, values) = unsafe { (SharedMut::new(places), SharedMut::new(values)) };
                parallel::chunks(total.div_ceil(rows), &|chunk| {
                    let first = chunk * rows;
                    let these = rows.min(total - first);
                    // SAFETY: rows `first ..` of both, in bounds and ours alone.
                    let (places, values) = unsafe {
                        (
                            std::slice::from_raw_parts_mut(places.get().add(first * count), these * count),
                            std::slice::from_raw_parts_mut(values.get().add(first * count), these * count),
                        )
                    };
                    isa.run_wide(LargestOfRows {
                        rows: &elements[first * length..][..these * length],
                        length,
                        count,
                        places,
                        values,
                    });
                });
            }));
        });
        let values = values.unwrap_or_else(|| Self::zeros(shape));
        (values, places)
    }

    /// Returns the positions of the first `count` elements in sorted order.
    fn places(&self, axis: usize, count: usize, descending: bool) -> Indices {
        let (_, length, inner) = around(self.shape(), axis);
        let elements = self.in_order();
        Indices::build(self.shape().with_axis(axis, count), |out| {
            if out.is_empty() {
                return;
            }
            parallel::chunks_mut(out, count * inner, |outer, out| {
                let mut line = Vec::with_capacity(length);
                for column in 0..inner {
                    let numbers = elements[outer * length * inner + column..].iter().step_by(inner);
                    line.clear();
                    line.extend(numbers.take(length).copied().zip(0..));
                    if count < length {
                        line.select_nth_unstable_by(count, compare(descending));
                        line.truncate(count);
                    }
                    line.sort_unstable_by(compare(descending));
                    for (row, &(_, place)) in line.iter().enumerate() {
                        out[row * inner + column] = place;
                    }
                }
            });
        })
    }
}
