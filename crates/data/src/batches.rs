//! `Batches`: a dataset cut into batches.

use crate::Dataset;
use crate::gather::Picked;
use latents_tensor::{Real, Tensor};

/// The batches of a dataset, in stored or another order; the last one may be shorter.
///
/// An iterator over tensors; a loop that allocates nothing calls [`Batches::next_into`] instead.
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
    /// The batches of `size` rows, in stored order.
    ///
    /// # Panics
    /// If `size` is 0.
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
    /// The same batches of rows in another order: a permutation of all rows, or a choice of some.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    #[track_caller]
    pub fn ordered(self, order: &'a [usize]) -> Self {
        self.dataset.assert_rows(order);
        Self {
            order: Some(order),
            ..self
        }
    }

    /// Rows of all batches together.
    fn total(&self) -> usize {
        self.order.map_or(self.dataset.rows(), <[usize]>::len)
    }

    /// Writes the next batch into `out` (replaced when its shape differs); `false` when there is none.
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
