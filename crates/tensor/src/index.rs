//! Selection and addition at given indices.

use crate::compare::is_nan;
use crate::kernels::layout::walk;
use crate::{Indices, OrRaise, Real, Shape, ShapeError, Tensor, concrete, parallel};

/// The number of elements that make a chunk of work for one thread, approximately.
pub(crate) const CHUNK: usize = 16384;

/// A shape around one of its axes: `outer × length × inner` elements.
pub(crate) fn around(shape: Shape, axis: usize) -> (usize, usize, usize) {
    (
        shape[..axis].iter().product(),
        shape[axis],
        shape[axis + 1..].iter().product(),
    )
}

/// Returns an error if an index is outside the axis.
fn check_inside(
    operation: &'static str,
    shape: Shape,
    axis: usize,
    indices: &[usize],
) -> Result<(), ShapeError> {
    if let Some(place) = indices.iter().position(|&index| index >= shape[axis]) {
        let reason = format!(
            "index {} (number {place}) lies outside axis {axis} of length {}",
            indices[place], shape[axis]
        );
        return Err(ShapeError::new(operation, reason, &[shape]).hint("indices count from 0"));
    }
    Ok(())
}

/// Returns an error if the indices have other axes than the tensor, or an axis other than `axis` is longer than the tensor's.
fn check_beside(
    operation: &'static str,
    shape: Shape,
    axis: usize,
    indices: Shape,
) -> Result<(), ShapeError> {
    let fits = shape.rank() == indices.rank()
        && (0..shape.rank()).all(|other| other == axis || indices[other] <= shape[other]);
    if !fits {
        let reason = format!("indices of shape {indices} for axis {axis}");
        return Err(ShapeError::new(operation, reason, &[shape]).hint(
            "indices have as many axes as the tensor, none longer than the tensor's but the indexed one",
        ));
    }
    Ok(())
}

concrete! {
    fn index_select<'a, T>(x: &'a Tensor<T>, axis: isize, indices: &'a [usize]) -> Result<Tensor<T>, ShapeError> =
        x.index_select_generic(axis, indices);
    fn gather<'a, T>(x: &'a Tensor<T>, axis: isize, indices: &'a Indices) -> Result<Tensor<T>, ShapeError> =
        x.gather_generic(axis, indices);
    fn scatter_add<'a, T>(x: &'a Tensor<T>, axis: isize, indices: &'a Indices, source: &'a Tensor<T>) -> Result<Tensor<T>, ShapeError> =
        x.scatter_add_generic(axis, indices, source);
    fn index_add<'a, T>(x: &'a Tensor<T>, axis: isize, indices: &'a [usize], source: &'a Tensor<T>) -> Result<Tensor<T>, ShapeError> =
        x.index_add_generic(axis, indices, source);
    fn argmax<'a, T>(x: &'a Tensor<T>, axis: isize) -> Indices =
        x.argmax_generic(axis);
    fn argmin<'a, T>(x: &'a Tensor<T>, axis: isize) -> Indices =
        x.argmin_generic(axis);
}

impl<T: Real> Tensor<T> {
    /// Selects the slices at `indices` along an axis, in that order; an index may repeat.
    ///
    /// # Panics
    /// If the axis does not exist, or an index is out of range; [`Tensor::try_index_select`] returns an error instead.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1.0f32, 2.0, 3.0], [3]);
    /// assert_eq!(x.index_select(0, &[2, 0, 2]).to_vec(), [3.0, 1.0, 3.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn index_select(&self, axis: isize, indices: &[usize]) -> Self {
        self.try_index_select(axis, indices).or_raise()
    }

    /// Like [`Tensor::index_select`], but returns an error instead of panicking.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert!(Tensor::<f32>::zeros([3]).try_index_select(0, &[3]).is_err());
    /// ```
    pub fn try_index_select(&self, axis: isize, indices: &[usize]) -> Result<Self, ShapeError> {
        index_select(self, axis, indices)
    }

    fn index_select_generic(&self, axis: isize, indices: &[usize]) -> Result<Self, ShapeError> {
        let axis = self.shape().axis("index_select", axis)?;
        check_inside("index_select", self.shape(), axis, indices)?;
        let (_, length, inner) = around(self.shape(), axis);
        let elements = self.in_order();
        let shape = self.shape().try_with_axis(axis, indices.len())?;
        Ok(Self::build(shape, |out| {
            if out.is_empty() {
                return;
            }
            let rows = (CHUNK / inner).max(1);
            parallel::chunks_mut(out, rows * inner, |chunk, out| {
                let first = chunk * rows;
                let (mut outer, mut place) = (first / indices.len(), first % indices.len());
                for row in out.chunks_exact_mut(inner) {
                    let start = (outer * length + indices[place]) * inner;
                    row.copy_from_slice(&elements[start..start + inner]);
                    place += 1;
                    if place == indices.len() {
                        (outer, place) = (outer + 1, 0);
                    }
                }
            });
        }))
    }

    /// Selects one element for each index: `out[i, j, k] = self[i, indices[i, j, k], k]` for axis 1, and likewise for the
    /// others. The result has the shape of the indices, whose axes other than `axis` may be shorter than the tensor's.
    ///
    /// # Panics
    /// If the axes do not match, or an index is out of range; [`Tensor::try_gather`] returns an error instead.
    ///
    /// ```
    /// # use latents_tensor::{Indices, Tensor};
    /// let x = Tensor::from_slice(&[1.0f32, 2.0, 3.0, 4.0], [2, 2]);
    /// assert_eq!(x.gather(1, &Indices::new(vec![1, 0], [2, 1])).to_vec(), [2.0, 3.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn gather(&self, axis: isize, indices: &Indices) -> Self {
        self.try_gather(axis, indices).or_raise()
    }

    /// Like [`Tensor::gather`], but returns an error instead of panicking.
    ///
    /// ```
    /// # use latents_tensor::{Indices, Tensor};
    /// assert!(Tensor::<f32>::zeros([2, 2]).try_gather(1, &Indices::new(vec![2], [1, 1])).is_err());
    /// ```
    pub fn try_gather(&self, axis: isize, indices: &Indices) -> Result<Self, ShapeError> {
        gather(self, axis, indices)
    }

    fn gather_generic(&self, axis: isize, indices: &Indices) -> Result<Self, ShapeError> {
        let axis = self.shape().axis("gather", axis)?;
        check_beside("gather", self.shape(), axis, indices.shape())?;
        check_inside("gather", self.shape(), axis, indices.as_slice())?;
        let (mut strides, step) = (self.all_strides().0, self.strides()[axis]);
        strides[axis] = 0;
        let storage = self.storage();
        Ok(Self::build(indices.shape(), |out| {
            let mut pairs = out.iter_mut().zip(indices.as_slice());
            walk(
                &indices.shape(),
                &[strides],
                [self.offset() as isize],
                |[place]| {
                    if let Some((out, &index)) = pairs.next() {
                        *out = storage[(place + index as isize * step) as usize];
                    }
                },
            );
        }))
    }

    /// Adds `source[i, j, k]` at `[i, indices[i, j, k], k]` for axis 1, and likewise for the others: the adjoint of
    /// [`Tensor::gather`]. If indices repeat, the terms are added one after the other in row-major order.
    ///
    /// # Panics
    /// If the axes do not match, an index is out of range, or `source` does not have the shape of the indices;
    /// [`Tensor::try_scatter_add`] returns an error instead.
    ///
    /// ```
    /// # use latents_tensor::{Indices, Tensor};
    /// let (x, source) = (Tensor::<f32>::zeros([2, 2]), Tensor::ones([2, 1]));
    /// let indices = Indices::new(vec![1, 0], [2, 1]);
    /// assert_eq!(x.scatter_add(1, &indices, &source).to_vec(), [0.0, 1.0, 1.0, 0.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn scatter_add(&self, axis: isize, indices: &Indices, source: &Self) -> Self {
        self.try_scatter_add(axis, indices, source).or_raise()
    }

    /// Like [`Tensor::scatter_add`], but returns an error instead of panicking.
    ///
    /// ```
    /// # use latents_tensor::{Indices, Tensor};
    /// let (x, indices) = (Tensor::<f32>::zeros([2, 2]), Indices::new(vec![1], [1, 1]));
    /// assert!(x.try_scatter_add(1, &indices, &Tensor::ones([2, 1])).is_err());
    /// ```
    pub fn try_scatter_add(&self, axis: isize, indices: &Indices, source: &Self) -> Result<Self, ShapeError> {
        scatter_add(self, axis, indices, source)
    }

    fn scatter_add_generic(&self, axis: isize, indices: &Indices, source: &Self) -> Result<Self, ShapeError> {
        let axis = self.shape().axis("scatter_add", axis)?;
        check_beside("scatter_add", self.shape(), axis, indices.shape())?;
        check_inside("scatter_add", self.shape(), axis, indices.as_slice())?;
        if source.shape() != indices.shape() {
            let reason = format!("indices of shape {} for another source", indices.shape());
            return Err(
                ShapeError::new("scatter_add", reason, &[self.shape(), source.shape()])
                    .hint("the source has one element for each index"),
            );
        }
        let mut result = self.copied();
        let mut strides = result.all_strides().0;
        let step = std::mem::take(&mut strides[axis]);
        let elements = result.make_mut();
        let (from, starts) = (source.storage(), [0, source.offset() as isize]);
        let mut values = indices.as_slice().iter();
        walk(
            &indices.shape(),
            &[strides, source.all_strides().0],
            starts,
            |[place, from_place]| {
                if let Some(&index) = values.next() {
                    elements[(place + index as isize * step) as usize] += from[from_place as usize];
                }
            },
        );
        Ok(result)
    }

    /// Adds slice `j` of `source` along an axis at `indices[j]`: the adjoint of [`Tensor::index_select`]. If indices repeat, the
    /// terms are added one after the other.
    ///
    /// # Panics
    /// If the axis does not exist, an index is out of range, or `source` does not have the shape of this tensor with one slice
    /// for each index; [`Tensor::try_index_add`] returns an error instead.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::<f32>::zeros([3]);
    /// assert_eq!(x.index_add(0, &[2, 0, 2], &Tensor::ones([3])).to_vec(), [1.0, 0.0, 2.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn index_add(&self, axis: isize, indices: &[usize], source: &Self) -> Self {
        self.try_index_add(axis, indices, source).or_raise()
    }

    /// Like [`Tensor::index_add`], but returns an error instead of panicking.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert!(Tensor::<f32>::zeros([3]).try_index_add(0, &[3], &Tensor::ones([1])).is_err());
    /// ```
    pub fn try_index_add(&self, axis: isize, indices: &[usize], source: &Self) -> Result<Self, ShapeError> {
        index_add(self, axis, indices, source)
    }

    fn index_add_generic(&self, axis: isize, indices: &[usize], source: &Self) -> Result<Self, ShapeError> {
        let axis = self.shape().axis("index_add", axis)?;
        check_inside("index_add", self.shape(), axis, indices)?;
        if source.shape() != self.shape().try_with_axis(axis, indices.len())? {
            let reason = format!("{} indices for axis {axis}", indices.len());
            return Err(
                ShapeError::new("index_add", reason, &[self.shape(), source.shape()])
                    .hint("the source has this shape, but as many parts along the axis as there are indices"),
            );
        }
        let (_, length, inner) = around(self.shape(), axis);
        let from = source.in_order();
        let mut result = self.copied();
        if result.is_empty() {
            return Ok(result);
        }
        // One index of the outer axes per chunk: within it, the order of the indices is the order of the sums.
        parallel::chunks_mut(result.make_mut(), length * inner, |outer, elements| {
            for (j, &index) in indices.iter().enumerate() {
                let terms = &from[(outer * indices.len() + j) * inner..][..inner];
                let sums = &mut elements[index * inner..][..inner];
                sums.iter_mut().zip(terms).for_each(|(sum, &term)| *sum += term);
            }
        });
        Ok(result)
    }
}

impl<T: Real> Tensor<T> {
    /// Returns the index of the largest element along an axis: in a tie the first, and the first NaN if there is one.
    ///
    /// # Panics
    /// If the axis does not exist, or is empty.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::from_slice(&[2.0f32, 3.0, 1.0], [3]);
    /// assert_eq!((x.argmax(0).as_slice(), x.argmin(0).as_slice()), (&[1][..], &[2][..]));
    /// ```
    #[track_caller]
    #[must_use]
    pub fn argmax(&self, axis: isize) -> Indices {
        argmax(self, axis)
    }

    #[track_caller]
    fn argmax_generic(&self, axis: isize) -> Indices {
        self.first_best("argmax", axis, |candidate, best| candidate > best)
    }

    /// Returns the index of the smallest element along an axis: in a tie the first, and the first NaN if there is one.
    ///
    /// # Panics
    /// If the axis does not exist, or is empty.
    #[track_caller]
    #[must_use]
    pub fn argmin(&self, axis: isize) -> Indices {
        argmin(self, axis)
    }

    #[track_caller]
    fn argmin_generic(&self, axis: isize) -> Indices {
        self.first_best("argmin", axis, |candidate, best| candidate < best)
    }

    #[track_caller]
    fn first_best(&self, operation: &'static str, axis: isize, better: fn(T, T) -> bool) -> Indices {
        let axis = self.shape().axis(operation, axis).or_raise();
        let (_, length, inner) = around(self.shape(), axis);
        if length == 0 {
            ShapeError::new(operation, format!("axis {axis} is empty"), &[self.shape()]).raise();
        }
        let elements = self.in_order();
        Indices::build(self.shape().without(|other| other == axis), |out| {
            parallel::chunks_mut(out, (CHUNK / length).max(1), |chunk, out| {
                let first = chunk * (CHUNK / length).max(1);
                for (place, out) in out.iter_mut().enumerate() {
                    let (outer, column) = ((first + place) / inner, (first + place) % inner);
                    let line = elements[outer * length * inner + column..].iter().step_by(inner);
                    *out = best_of(line.take(length), better);
                }
            });
        })
    }
}

/// Returns the position of the first element that no other element beats; a NaN beats everything.
#[inline(always)]
fn best_of<'a, T: Real>(line: impl Iterator<Item = &'a T>, better: fn(T, T) -> bool) -> usize {
    let mut best: Option<(usize, T)> = None;
    for (place, &candidate) in line.enumerate() {
        if is_nan(candidate) {
            return place;
        }
        if best.is_none_or(|(_, best)| better(candidate, best)) {
            best = Some((place, candidate));
        }
    }
    best.map_or(0, |(place, _)| place)
}
