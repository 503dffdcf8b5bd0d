//! `Batches`: a dataset cut into batches.

use crate::Dataset;
use crate::gather::Picked;
use latents_tensor::{Real, Tensor};

/// The batches of a dataset, in stored or another order; the last one may be shorter.
///
/// Iterates over tensors. A loop that must not allocate calls [`Batches::next_into`] instead.
///
/// ```
/// use latents_data::digits;
/// let data = digits();
/// let sizes: Vec<usize> = data.batches::<f32>(500).map(|batch| batch.shape()[0]).collect();
/// assert_eq!(sizes, [500, 500, 500, 297]);
/// ```
#[derive(Clone, Debug)]
pub struct Batches<'a, T: Real = f32> {
    dataset: &'a Dataset,
    order: Option<&'a [usize]>,
    size: usize,
    next: usize,
    element: std::marker::PhantomData<T>,
}

impl Dataset {
    /// Batches of `size` rows, in stored order.
    ///
    /// # Panics
    /// If `size` is 0.
    ///
    /// ```
    /// assert_eq!(latents_data::digits().batches::<f32>(1000).count(), 2);
    /// ```
    #[track_caller]
    pub fn batches<T: Real>(&self, size: usize) -> Batches<'_, T> {
        assert!(size > 0, "batches: the size of a batch must be at least 1");
        Batches {
            dataset: self,
            order: None,
            size,
            next: 0,
            element: std::marker::PhantomData,
        }
    }
}

impl<'a, T: Real> Batches<'a, T> {
    /// The same batches in another row order: a permutation of all rows, or a subset.
    ///
    /// # Panics
    /// If a row index is out of range.
    ///
    /// ```
    /// let data = latents_data::digits();
    /// let first = data.batches::<f32>(2).ordered(&[7, 3, 5]).next().unwrap();
    /// assert_eq!(first, data.gather(&[7, 3]));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn ordered(self, order: &'a [usize]) -> Self {
        self.dataset.assert_rows(order);
        Self {
            order: Some(order),
            ..self
        }
    }

    /// Number of rows in all batches.
    fn total(&self) -> usize {
        self.order.map_or(self.dataset.rows(), <[usize]>::len)
    }

    /// Writes the next batch to `out` (replaced if its shape differs). Returns `false` if there is none.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let data = latents_data::digits();
    /// let (mut batches, mut batch) = (data.batches::<f32>(1797), Tensor::zeros([0, 0]));
    /// assert!(batches.next_into(&mut batch) && !batches.next_into(&mut batch));
    /// assert_eq!(batch.shape()[..], [1797, 64]);
    /// ```
    pub fn next_into(&mut self, out: &mut Tensor<T>) -> bool {
        let count = self.size.min(self.total() - self.next);
        if count == 0 {
            return false;
        }
        let picked = match self.order {
            None => Picked::From(self.next),
            Some(order) => Picked::List(&order[self.next..self.next + count]),
        };
        self.dataset.gather_picked(picked, count, out);
        self.next += count;
        true
    }
}

impl<T: Real> Iterator for Batches<'_, T> {
    type Item = Tensor<T>;

    fn next(&mut self) -> Option<Tensor<T>> {
        let mut batch = Tensor::zeros([0, self.dataset.columns()]);
        self.next_into(&mut batch).then_some(batch)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.total() - self.next).div_ceil(self.size);
        (left, Some(left))
    }
}

impl<T: Real> ExactSizeIterator for Batches<'_, T> {}
