//! Gathering: selects, converts and scales rows in one pass.

use crate::values::with_values;
use crate::{Dataset, Element, Scaling};
use latents_tensor::simd::{Isa, Kernel, Lanes, prefetch_slice};
use latents_tensor::{Real, Rows, Shape, Tensor, parallel};

/// Rows per chunk; more for narrow tables, so that a chunk is worth scheduling on another thread.
fn rows_a_chunk(columns: usize) -> usize {
    const ROWS: usize = 16;
    const VALUES: usize = 4096;
    ROWS.max(VALUES / columns)
}

/// The rows of a batch.
#[derive(Clone, Copy)]
pub(crate) enum Picked<'a> {
    /// Consecutive rows from this index on, as many as the output has.
    From(usize),
    /// The listed rows.
    List(&'a [usize]),
}

impl Picked<'_> {
    #[inline(always)]
    fn row(self, index: usize) -> usize {
        match self {
            Self::From(first) => first + index,
            Self::List(rows) => rows[index],
        }
    }

    /// The row at a position of a list, if there is one.
    #[inline(always)]
    fn listed(self, index: usize) -> Option<usize> {
        match self {
            Self::From(_) => None,
            Self::List(rows) => rows.get(index).copied(),
        }
    }
}

impl Dataset {
    /// Writes rows, converted and scaled, to `out` of shape (rows, columns).
    ///
    /// A tensor of another shape is replaced. After the first batches nothing is allocated, unless `out` shares its buffer with
    /// another tensor.
    ///
    /// # Panics
    /// If a row index is out of range.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let mut batch = Tensor::<f32>::zeros([2, 64]);
    /// latents_data::digits().gather_into(&[5, 0], &mut batch);
    /// assert!(batch.to_vec().iter().any(|&pixel| pixel > 0.0));
    /// ```
    #[track_caller]
    pub fn gather_into<T: Real>(&self, rows: &[usize], out: &mut Tensor<T>) {
        self.assert_rows(rows);
        self.gather_picked(Picked::List(rows), rows.len(), out);
    }

    /// Returns rows, converted and scaled, as a tensor of shape (rows, columns).
    ///
    /// # Panics
    /// If a row index is out of range.
    ///
    /// ```
    /// # use latents_data::Dataset;
    /// let data = Dataset::new("table", vec![1u8, 2, 3], 1)?;
    /// assert_eq!(data.gather::<f32>(&[2, 0]).to_vec(), [3.0, 1.0]);
    /// # Ok::<(), latents_data::DataError>(())
    /// ```
    #[track_caller]
    pub fn gather<T: Real>(&self, rows: &[usize]) -> Tensor<T> {
        self.assert_rows(rows);
        let shape = Shape::from([rows.len(), self.columns()]);
        Tensor::build(shape, |out| self.fill(Picked::List(rows), out))
    }

    /// Returns all rows in order, converted and scaled, as a tensor of shape (rows, columns).
    ///
    /// ```
    /// assert_eq!(latents_data::digits().to_tensor::<f32>().shape()[..], [1797, 64]);
    /// ```
    pub fn to_tensor<T: Real>(&self) -> Tensor<T> {
        let shape = Shape::from([self.rows(), self.columns()]);
        Tensor::build(shape, |out| self.fill(Picked::From(0), out))
    }

    pub(crate) fn gather_picked<T: Real>(&self, rows: Picked<'_>, count: usize, out: &mut Tensor<T>) {
        let shape = Shape::from([count, self.columns()]);
        if out.shape() == shape {
            self.fill(rows, out.make_mut());
        } else {
            *out = Tensor::build(shape, |values| self.fill(rows, values));
        }
    }

    fn fill<T: Real>(&self, rows: Picked<'_>, out: &mut [T]) {
        with_values!(self.values(), slice => self.fill_from(slice, rows, out));
    }

    fn fill_from<E: Element, T: Real>(&self, values: &[E], rows: Picked<'_>, out: &mut [T]) {
        let columns = self.columns();
        let chunk_rows = rows_a_chunk(columns);
        let isa = Isa::active();
        parallel::chunks_mut(out, chunk_rows * columns, |chunk, part| {
            isa.run(ConvertRows {
                data: self,
                values,
                rows,
                first: chunk * chunk_rows,
                out: part,
            });
        });
    }
}

impl<T: Real> Rows<T> for Dataset {
    fn rows(&self) -> usize {
        self.rows()
    }

    fn features(&self) -> usize {
        self.columns()
    }

    fn gather_into(&self, indices: &[usize], out: &mut Tensor<T>) {
        self.gather_into(indices, out);
    }
}

/// Converts a chunk of rows. A kernel, so that its loops are compiled for the vectors of the machine; it uses no operation
/// whose rounding could differ between them.
struct ConvertRows<'a, E, T> {
    data: &'a Dataset,
    values: &'a [E],
    rows: Picked<'a>,
    /// The index of the chunk's first row in the batch.
    first: usize,
    out: &'a mut [T],
}

/// How many rows ahead to prefetch: as many as fit in the first-level cache in addition to the current work.
fn rows_ahead<E>(columns: usize) -> usize {
    const BYTES: usize = 8 << 10;
    (BYTES / (columns * size_of::<E>()).max(1)).clamp(1, 6)
}

impl<E: Element, T: Real> Kernel<T> for ConvertRows<'_, E, T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        let columns = self.data.columns();
        let ahead = rows_ahead::<E>(columns);
        let stored = |row: usize| &self.values[self.data.place(row) * columns..][..columns];
        for (index, out) in self.out.chunks_exact_mut(columns).enumerate() {
            // A shuffled row can be anywhere in memory; without prefetching, reading it costs more than the conversion.
            if let Some(coming) = self.rows.listed(self.first + index + ahead) {
                prefetch_slice(stored(coming));
            }
            convert(
                stored(self.rows.row(self.first + index)),
                self.data.scaling(),
                out,
            );
        }
    }
}

/// Converts to the nearest `T`. Narrow types are converted through `f32`, which is exact and free if `T` is `f32`; through
/// `f64` the compiler would keep two conversions.
#[inline(always)]
fn nearest<E: Element, T: Real>(x: E) -> T {
    if E::FITS_F32 {
        T::from_f64(f64::from(x.to_f32()))
    } else {
        T::from_f64(x.to_f64())
    }
}

#[inline(always)]
fn convert<E: Element, T: Real>(source: &[E], scaling: &Scaling, out: &mut [T]) {
    let pairs = out.iter_mut().zip(source);
    match scaling {
        Scaling::None => pairs.for_each(|(y, x)| *y = nearest(*x)),
        Scaling::Divide { by } => {
            let narrow = T::from_f64(*by);
            // If T represents both numbers exactly, dividing in T rounds like dividing in f64 and rounding again, because
            // f64 has more than twice the digits of f32.
            if E::FITS_F32 && narrow.to_f64() == *by {
                pairs.for_each(|(y, x)| *y = nearest::<E, T>(*x) / narrow);
            } else {
                pairs.for_each(|(y, x)| *y = T::from_f64(x.to_f64() / by));
            }
        }
        Scaling::MinMax(affine) | Scaling::Standard(affine) => {
            if let ([shift], [scale]) = (&affine.shift[..], &affine.scale[..]) {
                pairs.for_each(|(y, x)| *y = T::from_f64((x.to_f64() - shift) / scale));
            } else {
                let columns = affine.shift.iter().zip(&affine.scale);
                pairs
                    .zip(columns)
                    .for_each(|((y, x), (shift, scale))| *y = T::from_f64((x.to_f64() - shift) / scale));
            }
        }
    }
}
