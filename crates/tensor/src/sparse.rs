//! Products with a sparse matrix that has the same number of entries in every row: the code of a TopK autoencoder.
//!
//! The matrix S (batch, n) is given by values (batch, k) and their columns, [`Indices`] (batch, k). If a row lists a column
//! twice, both entries count. A layer on such a code needs three products, which are each other's derivatives:
//!
//! ```text
//! Y = S · M          sparse_matmul              Y (batch, d), M (n, d)
//! V = (Y · Mᵀ) at S  sampled_matmul             the entries of the dense product at the positions of S
//! M = Sᵀ · Y         sparse_transpose_matmul
//! ```
//!
//! Each takes batch · k · d multiply-adds instead of batch · n · d, and reads only the rows of M that the code uses. Sparse
//! libraries call the second one sampled dense-dense matrix multiplication (SDDMM).

use crate::kernels::sparse::{dot, weighted_sum};
use crate::parallel::chunks_mut;
use crate::simd::{Isa, Kernel, Lanes, prefetch_slice};
use crate::{Indices, OrRaise, Real, Shape, ShapeError, Tensor, concrete};

/// The number of multiply-adds that make a chunk of work for one thread, approximately.
const CHUNK: usize = 1 << 16;

/// The sizes of a product: a code (batch, k) and rows of `d` elements.
struct Sizes {
    batch: usize,
    k: usize,
    d: usize,
}

impl Sizes {
    /// Checks that a code, the indices of its entries, dense rows and a matrix match.
    fn new(
        operation: &'static str,
        values: Shape,
        indices: &Indices,
        dense: Shape,
        n: usize,
    ) -> Result<Self, ShapeError> {
        let shapes = [values, indices.shape(), dense];
        if values.rank() != 2 || values != indices.shape() || dense.rank() != 2 {
            let reason = "values and indices are (batch, k), and the other operand has two axes";
            return Err(ShapeError::new(operation, reason, &shapes));
        }
        if let Some(place) = indices.as_slice().iter().position(|&index| index >= n) {
            let reason = format!(
                "index {} (number {place}) names a column of a code of {n} units",
                indices.as_slice()[place]
            );
            return Err(ShapeError::new(operation, reason, &shapes).hint("indices count from 0"));
        }
        Ok(Self {
            batch: values[0],
            k: values[1],
            d: dense[1],
        })
    }

    fn check_batch(&self, operation: &'static str, dense: Shape) -> Result<(), ShapeError> {
        if dense[0] == self.batch {
            return Ok(());
        }
        let reason = format!("a code of {} rows", self.batch);
        Err(ShapeError::new(operation, reason, &[dense]).hint("one dense row for each row of the code"))
    }
}

/// Returns the number of rows per chunk, given the multiply-adds per row.
fn rows_of_chunk(multiply_adds: usize) -> usize {
    (CHUNK / multiply_adds.max(1)).max(1)
}

concrete! {
    fn sparse_matmul<'a, T>(x: &'a Tensor<T>, indices: &'a Indices, matrix: &'a Tensor<T>, bias: Option<&'a Tensor<T>>) -> Result<Tensor<T>, ShapeError> =
        x.sparse_matmul_generic(indices, matrix, bias);
    fn sampled_matmul<'a, T>(x: &'a Tensor<T>, matrix: &'a Tensor<T>, indices: &'a Indices) -> Result<Tensor<T>, ShapeError> =
        x.sampled_matmul_generic(matrix, indices);
    fn sparse_transpose_matmul<'a, T>(x: &'a Tensor<T>, indices: &'a Indices, dense: &'a Tensor<T>, n: usize) -> Result<Tensor<T>, ShapeError> =
        x.sparse_transpose_matmul_generic(indices, dense, n);
    fn sparse_to_dense<'a, T>(x: &'a Tensor<T>, indices: &'a Indices, n: usize) -> Tensor<T> =
        x.sparse_to_dense_generic(indices, n);
}

impl<T: Real> Tensor<T> {
    /// Computes S · `matrix` (+ `bias`): row i is Σⱼ values(i, j) · matrix\[indices(i, j)\], for these values (batch, k), a
    /// matrix (n, d) and a bias (d).
    ///
    /// An element is one chain of fused multiply-adds over increasing j that starts with the bias, or 0.
    ///
    /// ```
    /// use latents_tensor::{Indices, Tensor};
    /// let dictionary = Tensor::from_slice(&[1.0f32, 0.0, 0.0, 1.0, 5.0, 5.0], [3, 2]);
    /// let (values, indices) = (Tensor::from_slice(&[2.0, 3.0], [1, 2]), Indices::new(vec![2, 0], [1, 2]));
    /// assert_eq!(values.sparse_matmul(&indices, &dictionary, None).to_vec(), [13.0, 10.0]);
    /// ```
    ///
    /// # Panics
    /// If the shapes do not match or an index is not below n; [`Tensor::try_sparse_matmul`] returns an error instead.
    #[track_caller]
    #[must_use]
    pub fn sparse_matmul(&self, indices: &Indices, matrix: &Self, bias: Option<&Self>) -> Self {
        self.try_sparse_matmul(indices, matrix, bias).or_raise()
    }

    /// Like [`Tensor::sparse_matmul`], but returns an error instead of panicking.
    pub fn try_sparse_matmul(
        &self,
        indices: &Indices,
        matrix: &Self,
        bias: Option<&Self>,
    ) -> Result<Self, ShapeError> {
        sparse_matmul(self, indices, matrix, bias)
    }

    fn sparse_matmul_generic(
        &self,
        indices: &Indices,
        matrix: &Self,
        bias: Option<&Self>,
    ) -> Result<Self, ShapeError> {
        let operation = "sparse_matmul";
        let n = if matrix.rank() == 2 { matrix.shape()[0] } else { 0 };
        let sizes = Sizes::new(operation, self.shape(), indices, matrix.shape(), n)?;
        if let Some(bias) = bias
            && bias.shape()[..] != [sizes.d]
        {
            let shapes = [matrix.shape(), bias.shape()];
            let reason = "the bias must have one element for each column of the matrix";
            return Err(ShapeError::new(operation, reason, &shapes));
        }
        let (values, matrix, bias) = (self.in_order(), matrix.in_order(), bias.map(Tensor::in_order));
        let rows = rows_of_chunk(sizes.k * sizes.d);
        let isa = Isa::active();
        Ok(Self::build([sizes.batch, sizes.d], |out| {
            if out.is_empty() {
                return;
            }
            chunks_mut(out, rows * sizes.d, |chunk, out| {
                isa.run_wide(Decode {
                    values: &values,
                    indices: indices.as_slice(),
                    matrix: &matrix,
                    bias: bias.as_deref(),
                    k: sizes.k,
                    d: sizes.d,
                    first: chunk * rows,
                    out,
                });
            });
        }))
    }

    /// Computes the elements of `self` · `matrix`ᵀ at the positions of a code: element (i, j) is the product of row i of this
    /// tensor (batch, d) and matrix\[indices(i, j)\], for a matrix (n, d).
    ///
    /// A product of two rows is summed in 32 interleaved chains of fused multiply-adds, which are then added as a tree.
    ///
    /// # Panics
    /// If the shapes do not match or an index is not below n; [`Tensor::try_sampled_matmul`] returns an error instead.
    ///
    /// ```
    /// # use latents_tensor::{Indices, Tensor};
    /// let x = Tensor::from_slice(&[1.0f32, 2.0], [1, 2]);
    /// let matrix = Tensor::from_slice(&[1.0, 0.0, 0.0, 1.0, 2.0, 2.0], [3, 2]);
    /// assert_eq!(x.sampled_matmul(&matrix, &Indices::new(vec![2, 0], [1, 2])).to_vec(), [6.0, 1.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn sampled_matmul(&self, matrix: &Self, indices: &Indices) -> Self {
        self.try_sampled_matmul(matrix, indices).or_raise()
    }

    /// Like [`Tensor::sampled_matmul`], but returns an error instead of panicking.
    pub fn try_sampled_matmul(&self, matrix: &Self, indices: &Indices) -> Result<Self, ShapeError> {
        sampled_matmul(self, matrix, indices)
    }

    fn sampled_matmul_generic(&self, matrix: &Self, indices: &Indices) -> Result<Self, ShapeError> {
        let operation = "sampled_matmul";
        let n = if matrix.rank() == 2 { matrix.shape()[0] } else { 0 };
        let sizes = Sizes::new(operation, indices.shape(), indices, self.shape(), n)?;
        sizes.check_batch(operation, self.shape())?;
        if matrix.rank() != 2 || matrix.shape()[1] != sizes.d {
            let shapes = [self.shape(), matrix.shape()];
            let reason = "rows of different lengths";
            return Err(ShapeError::new(operation, reason, &shapes).hint("(batch, d) with a matrix (n, d)"));
        }
        let (dense, matrix) = (self.in_order(), matrix.in_order());
        let rows = rows_of_chunk(sizes.k * sizes.d);
        let isa = Isa::active();
        Ok(Self::build([sizes.batch, sizes.k], |out| {
            if out.is_empty() {
                return;
            }
            chunks_mut(out, rows * sizes.k, |chunk, out| {
                isa.run_wide(Sample {
                    dense: &dense,
                    indices: indices.as_slice(),
                    matrix: &matrix,
                    k: sizes.k,
                    d: sizes.d,
                    first: chunk * rows,
                    out,
                });
            });
        }))
    }

    /// Computes Sᵀ · `dense`, with `n` rows: row r is the sum of values(i, j) · dense\[i\] over the entries with indices(i, j) =
    /// r, for these values (batch, k) and dense rows (batch, d). Rows without an entry are 0.
    ///
    /// An element is one chain of fused multiply-adds from 0, over increasing i and then j.
    ///
    /// # Panics
    /// If the shapes do not match or an index is not below `n`; [`Tensor::try_sparse_transpose_matmul`] returns an error instead.
    ///
    /// ```
    /// # use latents_tensor::{Indices, Tensor};
    /// let (values, dense) = (Tensor::from_slice(&[2.0f32], [1, 1]), Tensor::from_slice(&[1.0, 3.0], [1, 2]));
    /// let product = values.sparse_transpose_matmul(&Indices::new(vec![1], [1, 1]), &dense, 2);
    /// assert_eq!(product.to_vec(), [0.0, 0.0, 2.0, 6.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn sparse_transpose_matmul(&self, indices: &Indices, dense: &Self, n: usize) -> Self {
        self.try_sparse_transpose_matmul(indices, dense, n).or_raise()
    }

    /// Like [`Tensor::sparse_transpose_matmul`], but returns an error instead of panicking.
    pub fn try_sparse_transpose_matmul(
        &self,
        indices: &Indices,
        dense: &Self,
        n: usize,
    ) -> Result<Self, ShapeError> {
        sparse_transpose_matmul(self, indices, dense, n)
    }

    fn sparse_transpose_matmul_generic(
        &self,
        indices: &Indices,
        dense: &Self,
        n: usize,
    ) -> Result<Self, ShapeError> {
        let operation = "sparse_transpose_matmul";
        let sizes = Sizes::new(operation, self.shape(), indices, dense.shape(), n)?;
        sizes.check_batch(operation, dense.shape())?;
        let shape = Shape::new(&[n, sizes.d])?;
        let (values, dense) = (self.in_order(), dense.in_order());
        let entries = ByColumn::of(indices.as_slice(), n);
        let (starts, order) = (entries.starts.as_slice(), entries.order.as_slice());
        let isa = Isa::active();
        Ok(Self::build(shape, |out| {
            if out.is_empty() {
                return;
            }
            let rows = (CHUNK / 4 / sizes.d).max(1);
            chunks_mut(out, rows * sizes.d, |chunk, out| {
                isa.run_wide(Gradient {
                    values: &values,
                    dense: &dense,
                    starts: &starts[chunk * rows..],
                    order,
                    k: sizes.k,
                    d: sizes.d,
                    out,
                });
            });
        }))
    }

    /// Returns the dense matrix S (batch, n) of these values (batch, k). If a row lists a column twice, the values are added.
    ///
    /// # Panics
    /// If values and indices have different shapes, or an index is not below `n`.
    ///
    /// ```
    /// # use latents_tensor::{Indices, Tensor};
    /// let values = Tensor::from_slice(&[5.0f32, 7.0], [1, 2]);
    /// assert_eq!(values.sparse_to_dense(&Indices::new(vec![2, 0], [1, 2]), 3).to_vec(), [7.0, 0.0, 5.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn sparse_to_dense(&self, indices: &Indices, n: usize) -> Self {
        sparse_to_dense(self, indices, n)
    }

    #[track_caller]
    fn sparse_to_dense_generic(&self, indices: &Indices, n: usize) -> Self {
        let shape = self.shape();
        let sizes = Sizes::new("sparse_to_dense", shape, indices, shape, n).or_raise();
        let values = self.in_order();
        let rows = rows_of_chunk(n);
        Self::build([sizes.batch, n], |out| {
            if out.is_empty() {
                return;
            }
            chunks_mut(out, rows * n, |chunk, out| {
                out.fill(T::zero());
                for (row, out) in out.chunks_exact_mut(n).enumerate() {
                    let entries = (chunk * rows + row) * sizes.k..(chunk * rows + row + 1) * sizes.k;
                    let indices = &indices.as_slice()[entries.clone()];
                    for (&index, &value) in indices.iter().zip(&values[entries]) {
                        out[index] += value;
                    }
                }
            });
        })
    }
}

/// The entries of a code sorted by column: a counting sort, which keeps the order of the entries of a column.
struct ByColumn {
    /// The start of each column in `order`; it ends at the start of the next.
    starts: Indices,
    /// The numbers of the entries.
    order: Indices,
}

impl ByColumn {
    fn of(columns: &[usize], n: usize) -> Self {
        let mut sorted = None;
        let starts = Indices::build([n + 2].into(), |starts| {
            columns.iter().for_each(|&column| starts[column + 2] += 1);
            (0..n).for_each(|column| starts[column + 2] += starts[column + 1]);
            // Here the start of each column is stored one position later. As the entries are placed, it moves to the column's
            // end, which is the start of the next one.
            sorted = Some(Indices::build([columns.len()].into(), |order| {
                for (entry, &column) in columns.iter().enumerate() {
                    order[starts[column + 1]] = entry;
                    starts[column + 1] += 1;
                }
            }));
        });
        let order = sorted.unwrap_or_else(|| Indices::build([0].into(), |_| {}));
        Self { starts, order }
    }
}

/// Rows of S · M, starting at row `first`.
struct Decode<'a, T> {
    values: &'a [T],
    indices: &'a [usize],
    matrix: &'a [T],
    bias: Option<&'a [T]>,
    k: usize,
    d: usize,
    first: usize,
    out: &'a mut [T],
}

impl<T: Real> Kernel<T> for Decode<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        let (k, d) = (self.k, self.d);
        for (row, out) in self.out.chunks_exact_mut(d).enumerate() {
            let entries = (self.first + row) * k..(self.first + row + 1) * k;
            let (values, indices) = (&self.values[entries.clone()], &self.indices[entries]);
            weighted_sum::<T, L>(out, self.bias, k, |j| {
                (values[j], &self.matrix[indices[j] * d..][..d])
            });
        }
    }
}

/// Rows of the sampled product, starting at row `first`.
struct Sample<'a, T> {
    dense: &'a [T],
    indices: &'a [usize],
    matrix: &'a [T],
    k: usize,
    d: usize,
    first: usize,
    out: &'a mut [T],
}

impl<T: Real> Kernel<T> for Sample<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        let (k, d) = (self.k, self.d);
        let row_of = |index: usize| &self.matrix[index * d..][..d];
        for (row, out) in self.out.chunks_exact_mut(k).enumerate() {
            let dense = &self.dense[(self.first + row) * d..][..d];
            let indices = &self.indices[(self.first + row) * k..][..k];
            for (j, out) in out.iter_mut().enumerate() {
                if let Some(&next) = indices.get(j + 1) {
                    prefetch_slice(row_of(next));
                }
                *out = dot::<T, L>(dense, row_of(indices[j]));
            }
        }
    }
}

/// Rows of Sᵀ · Y.
struct Gradient<'a, T> {
    values: &'a [T],
    dense: &'a [T],
    /// Starting at the first of the rows.
    starts: &'a [usize],
    order: &'a [usize],
    k: usize,
    d: usize,
    out: &'a mut [T],
}

impl<T: Real> Kernel<T> for Gradient<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        let (k, d) = (self.k, self.d);
        for (row, out) in self.out.chunks_exact_mut(d).enumerate() {
            let entries = &self.order[self.starts[row]..self.starts[row + 1]];
            weighted_sum::<T, L>(out, None, entries.len(), |i| {
                (self.values[entries[i]], &self.dense[entries[i] / k * d..][..d])
            });
        }
    }
}
