//! Matrix products of tensors: NumPy's rules for axes, any strides, no copies.

use super::drive::any_output;
use super::epilogue::Finish;
use super::plan::Limits;
use super::{MatMut, MatRef, Start};
use crate::parallel::{self, SharedMut};
use crate::simd::Isa;
use crate::{MAX_RANK, OrRaise, Real, Shape, ShapeError, Tensor, concrete};

impl<T: Real> Tensor<T> {
    /// Computes the matrix product over the last two axes, `[…, m, k] · […, k, n] → […, m, n]`; leading axes broadcast.
    ///
    /// As in NumPy, an operand with one axis is a row on the left and a column on the right, and this axis is removed from the
    /// result. Transposed, sliced and broadcast operands are read in place. Each element is one chain of fused multiply-adds in
    /// the order of `k` (see [`crate::gemm`]).
    ///
    /// ```
    /// use latents_tensor::Tensor;
    /// let x = Tensor::from_vec(vec![1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0], [2, 3]);
    /// assert_eq!(x.matmul(&x.transpose()).to_vec(), [14.0, 32.0, 32.0, 77.0]);
    /// assert_eq!(x.matmul(&Tensor::ones([3])).to_vec(), [6.0, 15.0]);
    /// ```
    ///
    /// # Panics
    /// If the shapes do not match; [`Tensor::try_matmul`] returns an error instead.
    #[track_caller]
    pub fn matmul(&self, other: &Self) -> Self {
        self.try_matmul(other).or_raise()
    }

    /// Like [`Tensor::matmul`], but returns an error instead of panicking.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert!(Tensor::<f32>::ones([2, 3]).try_matmul(&Tensor::ones([2, 3])).is_err());
    /// ```
    pub fn try_matmul(&self, other: &Self) -> Result<Self, ShapeError> {
        matmul(self, other)
    }
}

concrete! {
    fn matmul<'a, T>(left: &'a Tensor<T>, right: &'a Tensor<T>) -> Result<Tensor<T>, ShapeError> =
        matmul_generic(left, right);
    fn matmul_to<'a, T>(left: &'a Tensor<T>, right: &'a Tensor<T>, out: &'a mut [T], start: Start) =
        matmul_into_generic(left, right, out, start);
}

fn matmul_generic<T: Real>(left: &Tensor<T>, right: &Tensor<T>) -> Result<Tensor<T>, ShapeError> {
    let product = Product::new("matmul", left, right)?;
    Ok(Tensor::build(product.shape, |out| {
        product.run(left, right, out, Start::Zero, None)
    }))
}

/// Like [`Tensor::matmul`], writing the row-major elements of the result to `out`; with [`Start::Output`] it adds to them.
///
/// # Panics
/// If the shapes do not match, or `out` has another number of elements than the result.
///
/// ```
/// # use latents_tensor::{Tensor, gemm::{Start, matmul_into}};
/// let mut out = [10.0f32];
/// matmul_into(&Tensor::ones([1, 2]), &Tensor::ones([2, 1]), &mut out, Start::Output);
/// assert_eq!(out, [12.0]);
/// ```
#[track_caller]
pub fn matmul_into<T: Real>(left: &Tensor<T>, right: &Tensor<T>, out: &mut [T], start: Start) {
    matmul_to(left, right, out, start);
}

#[track_caller]
fn matmul_into_generic<T: Real>(left: &Tensor<T>, right: &Tensor<T>, out: &mut [T], start: Start) {
    let product = Product::new("matmul_into", left, right).or_raise();
    product.check_output("matmul_into", out);
    product.run(left, right, out, start, None);
}

/// The layout of a product: the shape of the result, and the strides of each operand.
pub(super) struct Product {
    /// The shape of the result, without the axes that one-dimensional operands lack.
    pub shape: Shape,
    rows: usize,
    columns: usize,
    depth: usize,
    left: Walk,
    right: Walk,
    /// The axes over which matrices repeat.
    batch: Shape,
}

/// The strides of one operand: over the batch, between rows, between columns.
struct Walk {
    batch: [isize; MAX_RANK],
    row: isize,
    column: isize,
}

/// Returns rows, columns and their strides: the last two axes. A single axis is a row on the left and a column on the right.
fn matrix<T: Real>(tensor: &Tensor<T>, left: bool) -> ([usize; 2], [isize; 2]) {
    let (shape, strides) = (tensor.shape(), tensor.strides());
    match (tensor.rank(), left) {
        (1, true) => ([1, shape[0]], [0, strides[0]]),
        (1, false) => ([shape[0], 1], [strides[0], 0]),
        (rank, _) => (
            [shape[rank - 2], shape[rank - 1]],
            [strides[rank - 2], strides[rank - 1]],
        ),
    }
}

/// Returns the strides of the leading axes, aligned with the end of the batch; 0 if the operand repeats.
fn batch_strides<T: Real>(tensor: &Tensor<T>, batch: Shape) -> [isize; MAX_RANK] {
    let mut strides = [0; MAX_RANK];
    let axes = tensor.rank().saturating_sub(2);
    for axis in 0..axes {
        if tensor.shape()[axis] != 1 {
            strides[batch.rank() - axes + axis] = tensor.strides()[axis];
        }
    }
    strides
}

impl Product {
    pub(super) fn new<T: Real>(
        operation: &'static str,
        left: &Tensor<T>,
        right: &Tensor<T>,
    ) -> Result<Self, ShapeError> {
        let shapes = [left.shape(), right.shape()];
        if shapes.iter().any(|shape| shape.rank() == 0) {
            return Err(
                ShapeError::new(operation, "a scalar has no axis to sum over", &shapes)
                    .hint("multiply by a scalar with `*`"),
            );
        }
        let ([rows, depth], [left_row, left_column]) = matrix(left, true);
        let ([depth_right, columns], [right_row, right_column]) = matrix(right, false);
        if depth != depth_right {
            let reason =
                format!("the sum runs over {depth} elements on the left and {depth_right} on the right");
            return Err(ShapeError::new(operation, reason, &shapes).hint(
                "the last axis of the left must be as long as the last but one of the right; `transpose`?",
            ));
        }
        let leading = |shape: Shape| Shape::from(&shape[..shape.rank().saturating_sub(2)]);
        let batch = Shape::broadcast(operation, &shapes.map(leading)).map_err(|_| {
            ShapeError::new(
                operation,
                "the axes before the last two do not broadcast",
                &shapes,
            )
        })?;
        let mut axes: [usize; MAX_RANK] = [0; MAX_RANK];
        let mut rank = batch.rank();
        axes[..rank].copy_from_slice(&batch);
        for length in [
            (left.rank() > 1).then_some(rows),
            (right.rank() > 1).then_some(columns),
        ]
        .into_iter()
        .flatten()
        {
            axes[rank] = length;
            rank += 1;
        }
        let mut product = Self {
            shape: Shape::new(&axes[..rank])?,
            rows,
            columns,
            depth,
            left: Walk {
                batch: batch_strides(left, batch),
                row: left_row,
                column: left_column,
            },
            right: Walk {
                batch: batch_strides(right, batch),
                row: right_row,
                column: right_column,
            },
            batch,
        };
        product.merge_batch_into_rows();
        Ok(product)
    }

    /// If the right side is one matrix for all, and rows on the left follow each other through an axis of the batch, treats that
    /// axis as more rows of one product.
    fn merge_batch_into_rows(&mut self) {
        while let Some((&length, outer)) = self.batch.split_last() {
            let axis = outer.len();
            let follows = self.rows == 1 || self.left.batch[axis] == self.left.row * self.rows as isize;
            if length != 1 && !(self.right.batch[axis] == 0 && follows) {
                return;
            }
            if length != 1 && self.rows == 1 {
                self.left.row = self.left.batch[axis];
            }
            self.rows *= length;
            self.batch = Shape::from(outer);
        }
    }

    #[track_caller]
    pub(super) fn check_output<T>(&self, operation: &'static str, out: &[T]) {
        if out.len() != self.shape.count() {
            let reason = format!("the output has {} elements", out.len());
            ShapeError::new(operation, reason, &[self.shape]).raise();
        }
    }

    /// Multiplies, writing the row-major elements of the result.
    pub(super) fn run<T: Real>(
        &self,
        left: &Tensor<T>,
        right: &Tensor<T>,
        out: &mut [T],
        start: Start,
        finish: Option<&dyn Finish<T>>,
    ) {
        if out.is_empty() {
            return;
        }
        let limits = Limits::STANDARD;
        let (isa, size, count) = (Isa::active(), self.rows * self.columns, self.batch.count());
        let one = |index: usize, out: &mut [T]| {
            let a = self.operand(left, &self.left, [self.rows, self.depth], index);
            let b = self.operand(right, &self.right, [self.depth, self.columns], index);
            let c = MatMut::row_major(out, self.rows, self.columns);
            any_output(isa, a, b, c, start, finish, &limits);
        };
        let work = size * self.depth.max(1);
        if count == 1 || work >= limits.chunk {
            let matrices = out.chunks_exact_mut(size);
            return matrices.enumerate().for_each(|(index, out)| one(index, out));
        }
        // Many small products: threads take several whole products at a time.
        let each = (limits.chunk / work).clamp(1, count);
        // SAFETY: matrix `index` is its own part of the output, and each index is in one chunk.
        let shared = unsafe { SharedMut::new(out) };
        parallel::chunks(count.div_ceil(each), &|chunk| {
            for index in chunk * each..count.min((chunk + 1) * each) {
                // SAFETY: in bounds, as the output holds `count` matrices; disjoint, see above.
                let out = unsafe { std::slice::from_raw_parts_mut(shared.get().add(index * size), size) };
                one(index, out);
            }
        });
    }

    /// Returns matrix `index` of the batch.
    fn operand<'a, T: Real>(
        &self,
        tensor: &'a Tensor<T>,
        walk: &Walk,
        shape: [usize; 2],
        index: usize,
    ) -> MatRef<'a, T> {
        let (mut rest, mut offset) = (index, tensor.offset() as isize);
        for (axis, &length) in self.batch.iter().enumerate().rev() {
            offset += (rest % length) as isize * walk.batch[axis];
            rest /= length;
        }
        MatRef::new(tensor.storage(), offset as usize, shape, [walk.row, walk.column])
    }
}
