//! `Batches`: a table in order, batch by batch, in buffers that are made once.

use crate::{Real, Rows, Tensor};

/// The buffers for batches of a table of one size.
pub struct Batches<T: Real = f32> {
    indices: Vec<usize>,
    batch: Tensor<T>,
    /// The last batch, where it is smaller.
    rest: Tensor<T>,
}

impl<T: Real> Batches<T> {
    /// For `data`, in batches of at most `batch_size` rows.
    pub fn new(data: &dyn Rows<T>, batch_size: usize) -> Self {
        let (rows, features) = (data.rows(), data.features());
        let size = batch_size.min(rows).max(1);
        Self {
            indices: Vec::with_capacity(size),
            batch: Tensor::zeros([size, features]),
            rest: Tensor::zeros([rows % size, features]),
        }
    }

    /// Calls `body` with every batch in order, until one fails.
    pub fn try_each<E>(
        &mut self,
        data: &dyn Rows<T>,
        mut body: impl FnMut(&Tensor<T>) -> Result<(), E>,
    ) -> Result<(), E> {
        let size = self.batch.size(0);
        for start in (0..data.rows()).step_by(size) {
            self.indices.clear();
            self.indices.extend(start..(start + size).min(data.rows()));
            let whole = self.indices.len() == size;
            let batch = if whole { &mut self.batch } else { &mut self.rest };
            data.gather_into(&self.indices, batch);
            body(batch)?;
        }
        Ok(())
    }
}

/// Goes through `data` in order, batch by batch, with buffers of its own.
pub fn for_each_batch<T: Real>(data: &dyn Rows<T>, batch_size: usize, mut body: impl FnMut(&Tensor<T>)) {
    let every = |batch: &Tensor<T>| -> Result<(), std::convert::Infallible> {
        body(batch);
        Ok(())
    };
    match Batches::new(data, batch_size).try_each(data, every) {
        Ok(()) => {}
        Err(never) => match never {},
    }
}
