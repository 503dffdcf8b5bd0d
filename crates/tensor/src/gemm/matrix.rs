//! Strided matrices over slices. The constructors check the bounds, so that the kernels need not.

use std::marker::PhantomData;

/// A borrowed matrix: element `(i, j)` is stored `i · row_stride + j · column_stride` after the first.
#[derive(Clone, Copy, Debug)]
pub struct MatRef<'a, T> {
    start: *const T,
    shape: [usize; 2],
    strides: [isize; 2],
    marker: PhantomData<&'a [T]>,
}

// SAFETY: a shared borrow of elements, as `&[T]`.
unsafe impl<T: Sync> Sync for MatRef<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Send for MatRef<'_, T> {}

/// Returns the lowest and highest offset that a matrix reaches, relative to its first element, or `None` on overflow.
fn reach(shape: [usize; 2], strides: [isize; 2]) -> Option<[isize; 2]> {
    let mut bounds = [0isize; 2];
    for (length, stride) in shape.into_iter().zip(strides) {
        let last = isize::try_from(length.checked_sub(1)?)
            .ok()?
            .checked_mul(stride)?;
        let bound = &mut bounds[usize::from(last > 0)];
        *bound = bound.checked_add(last)?;
    }
    Some(bounds)
}

/// # Panics
/// If an element lies outside the `length` elements.
#[track_caller]
fn check_bounds(length: usize, offset: usize, shape: [usize; 2], strides: [isize; 2]) {
    if shape.contains(&0) {
        return;
    }
    let inside = reach(shape, strides).is_some_and(|[low, high]| {
        offset.checked_add_signed(low).is_some()
            && offset.checked_add_signed(high).is_some_and(|last| last < length)
    });
    assert!(
        inside,
        "a matrix of {}×{} with strides {strides:?} from element {offset} on leaves its slice of {length}",
        shape[0], shape[1]
    );
}

impl<'a, T> MatRef<'a, T> {
    /// Creates the matrix of `shape` (rows, columns) whose first element is `data[offset]`, with strides in elements. A stride
    /// of 0 repeats, a negative stride runs backwards.
    ///
    /// # Panics
    /// If an element lies outside `data`.
    ///
    /// ```
    /// # use latents_tensor::gemm::MatRef;
    /// let data = [1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0];
    /// let every_second_column = MatRef::new(&data, 0, [2, 2], [3, 2]);
    /// assert_eq!((every_second_column.rows(), every_second_column.columns()), (2, 2));
    /// ```
    #[track_caller]
    pub fn new(data: &'a [T], offset: usize, shape: [usize; 2], strides: [isize; 2]) -> Self {
        check_bounds(data.len(), offset, shape, strides);
        Self {
            start: data.as_ptr().wrapping_add(offset),
            shape,
            strides,
            marker: PhantomData,
        }
    }

    /// Creates a matrix whose rows are stored one after the other.
    ///
    /// # Panics
    /// If `data` is too short.
    #[track_caller]
    pub fn row_major(data: &'a [T], rows: usize, columns: usize) -> Self {
        Self::new(data, 0, [rows, columns], [columns as isize, 1])
    }

    /// Exchanges rows and columns without moving elements.
    ///
    /// ```
    /// # use latents_tensor::gemm::MatRef;
    /// let transposed = MatRef::row_major(&[1.0f32, 2.0, 3.0], 1, 3).transpose();
    /// assert_eq!((transposed.rows(), transposed.columns()), (3, 1));
    /// ```
    #[must_use]
    pub fn transpose(self) -> Self {
        Self {
            shape: [self.shape[1], self.shape[0]],
            strides: [self.strides[1], self.strides[0]],
            ..self
        }
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.shape[0]
    }

    /// Returns the number of columns.
    pub fn columns(&self) -> usize {
        self.shape[1]
    }

    pub(super) fn start(&self) -> *const T {
        self.start
    }

    pub(super) fn row_stride(&self) -> isize {
        self.strides[0]
    }

    pub(super) fn column_stride(&self) -> isize {
        self.strides[1]
    }
}

/// Like [`MatRef`], for writing: no two elements share a position.
#[derive(Debug)]
pub struct MatMut<'a, T> {
    start: *mut T,
    shape: [usize; 2],
    strides: [isize; 2],
    marker: PhantomData<&'a mut [T]>,
}

impl<'a, T> MatMut<'a, T> {
    /// Creates the matrix of `shape` (rows, columns) whose first element is `data[offset]`, with strides in elements.
    ///
    /// # Panics
    /// If an element lies outside `data`, or two elements share a position: one stride must step over the whole other axis.
    #[track_caller]
    pub fn new(data: &'a mut [T], offset: usize, shape: [usize; 2], strides: [isize; 2]) -> Self {
        check_bounds(data.len(), offset, shape, strides);
        let steps_over = |outer: usize, inner: usize| {
            (shape[inner] == 1 || strides[inner] != 0)
                && (shape[outer] == 1
                    || strides[outer].unsigned_abs() > strides[inner].unsigned_abs() * (shape[inner] - 1))
        };
        assert!(
            shape.contains(&0) || steps_over(0, 1) || steps_over(1, 0),
            "an output of {}×{} with strides {strides:?} has elements that share a place",
            shape[0],
            shape[1]
        );
        Self {
            start: data.as_mut_ptr().wrapping_add(offset),
            shape,
            strides,
            marker: PhantomData,
        }
    }

    /// Creates a matrix whose rows are stored one after the other.
    ///
    /// # Panics
    /// If `data` is too short.
    #[track_caller]
    pub fn row_major(data: &'a mut [T], rows: usize, columns: usize) -> Self {
        Self::new(data, 0, [rows, columns], [columns as isize, 1])
    }

    /// Exchanges rows and columns without moving elements.
    #[must_use]
    pub fn transpose(self) -> Self {
        Self {
            shape: [self.shape[1], self.shape[0]],
            strides: [self.strides[1], self.strides[0]],
            ..self
        }
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.shape[0]
    }

    /// Returns the number of columns.
    pub fn columns(&self) -> usize {
        self.shape[1]
    }

    pub(super) fn start(&mut self) -> *mut T {
        self.start
    }

    pub(super) fn row_stride(&self) -> isize {
        self.strides[0]
    }

    pub(super) fn column_stride(&self) -> isize {
        self.strides[1]
    }
}
