//! Selection and addition by index, each the derivative of the other.

use crate::held::held;
use crate::{Op, Rule, Var};
use latents_tensor::{Indices, Real, Tensor};

/// Selects slices along an axis by index; an index may repeat.
#[derive(Clone, Debug)]
pub(crate) struct IndexSelect {
    axis: usize,
    indices: Indices,
}

impl<T: Real> Op<T> for IndexSelect {
    fn name(&self) -> &'static str {
        "index_select"
    }
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let zeros = rule.tape().constant(Tensor::zeros(rule.input(0).shape()));
        rule.give(0, zeros.index_add_with(self.axis, &self.indices, rule.gradient()));
    }
}

/// Adds slices to a base along an axis, by index.
#[derive(Clone, Debug)]
pub(crate) struct IndexAdd {
    axis: usize,
    indices: Indices,
}

impl<T: Real> Op<T> for IndexAdd {
    fn name(&self) -> &'static str {
        "index_add"
    }
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let g = rule.gradient();
        rule.give(0, g);
        if rule.wants(1) {
            rule.give(1, g.index_select_with(self.axis, &self.indices));
        }
    }
}

/// Selects elements along an axis, by one index each.
#[derive(Clone, Debug)]
pub(crate) struct Gather {
    axis: usize,
    indices: Indices,
}

impl<T: Real> Op<T> for Gather {
    fn name(&self) -> &'static str {
        "gather"
    }
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let zeros = rule.tape().constant(Tensor::zeros(rule.input(0).shape()));
        rule.give(
            0,
            zeros.scatter_add(self.axis as isize, &self.indices, rule.gradient()),
        );
    }
}

/// Adds elements to a base along an axis, by one index each.
#[derive(Clone, Debug)]
pub(crate) struct ScatterAdd {
    axis: usize,
    indices: Indices,
}

impl<T: Real> Op<T> for ScatterAdd {
    fn name(&self) -> &'static str {
        "scatter_add"
    }
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let g = rule.gradient();
        rule.give(0, g);
        if rule.wants(1) {
            rule.give(1, g.gather(self.axis as isize, &self.indices));
        }
    }
}

impl<'t, T: Real> Var<'t, T> {
    /// Selects the slices `indices` along an axis; an index may repeat.
    ///
    /// # Panics
    /// If the axis does not exist, or an index is out of range.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[1.0, 2.0, 3.0], [3]));
    /// assert_eq!(x.index_select(0, &[2, 0, 2]).value().to_vec(), [3.0, 1.0, 3.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn index_select(self, axis: isize, indices: &[usize]) -> Self {
        let axis = self.axis("index_select", axis);
        self.index_select_with(axis, &Indices::from(indices))
    }

    #[track_caller]
    fn index_select_with(self, axis: usize, indices: &Indices) -> Self {
        let value = self.value().try_index_select(axis as isize, indices.as_slice());
        let value = self.tape().or_raise(value, &[self]);
        self.tape().record(
            IndexSelect {
                axis,
                indices: indices.clone(),
            },
            &[self],
            value,
        )
    }

    /// Adds the slices of `source` to this variable along an axis, slice i at `indices[i]`; an index may repeat.
    ///
    /// # Panics
    /// If the axis does not exist, an index is out of range, or `source` does not have one slice for each index.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let (x, ones) = (tape.input(&Tensor::zeros([3])), tape.input(&Tensor::ones([3])));
    /// assert_eq!(x.index_add(0, &[2, 0, 2], ones).value().to_vec(), [1.0, 0.0, 2.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn index_add(self, axis: isize, indices: &[usize], source: Self) -> Self {
        let axis = self.axis("index_add", axis);
        self.index_add_with(axis, &Indices::from(indices), source)
    }

    #[track_caller]
    pub(super) fn index_add_with(self, axis: usize, indices: &Indices, source: Self) -> Self {
        let value = self
            .value()
            .try_index_add(axis as isize, indices.as_slice(), &source.value());
        let value = self.tape().or_raise(value, &[self, source]);
        self.tape().record(
            IndexAdd {
                axis,
                indices: indices.clone(),
            },
            &[self, source],
            value,
        )
    }

    /// Selects, at each position of `indices`, the element with that index along an axis.
    ///
    /// # Panics
    /// If the other axes do not match, or an index is out of range.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::{Indices, Tensor};
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[1.0, 2.0, 3.0, 4.0], [2, 2]));
    /// let indices = Indices::new(vec![1, 0], [2, 1]);
    /// assert_eq!(x.gather(1, &indices).value().to_vec(), [2.0, 3.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn gather(self, axis: isize, indices: &Indices) -> Self {
        let value = self.value().try_gather(axis, indices);
        let value = self.tape().or_raise(value, &[self]);
        let axis = self.axis("gather", axis);
        self.tape().record(
            Gather {
                axis,
                indices: indices.clone(),
            },
            &[self],
            value,
        )
    }

    /// Adds each element of `source` to this variable, at its index along an axis.
    ///
    /// # Panics
    /// If the other axes do not match, an index is out of range, or `source` does not have the shape of the indices.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::{Indices, Tensor};
    /// let tape = Tape::<f32>::new();
    /// let (x, source) = (tape.input(&Tensor::zeros([2, 2])), tape.input(&Tensor::ones([2, 1])));
    /// let indices = Indices::new(vec![1, 0], [2, 1]);
    /// assert_eq!(x.scatter_add(1, &indices, source).value().to_vec(), [0.0, 1.0, 1.0, 0.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn scatter_add(self, axis: isize, indices: &Indices, source: Self) -> Self {
        let value = self.value().try_scatter_add(axis, indices, &source.value());
        let value = self.tape().or_raise(value, &[self, source]);
        let axis = self.axis("scatter_add", axis);
        self.tape().record(
            ScatterAdd {
                axis,
                indices: indices.clone(),
            },
            &[self, source],
            value,
        )
    }

    /// Sorts the elements along an axis. Returns them with their original indices.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[2.0, 3.0, 1.0], [3]));
    /// let (sorted, indices) = x.sort(0, true);
    /// assert_eq!((sorted.value().to_vec(), indices.as_slice()), (vec![3.0, 2.0, 1.0], &[1, 0, 2][..]));
    /// ```
    #[track_caller]
    #[must_use]
    pub fn sort(self, axis: isize, descending: bool) -> (Self, Indices) {
        let indices: Indices = held!(self.tape(), "sort", self.value().sort(axis, descending).1);
        (self.gather(axis, &indices), indices)
    }

    /// Returns the `k` largest elements along an axis, largest first, with their original indices.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[2.0, 3.0, 1.0], [3]));
    /// assert_eq!(x.topk(2, 0).0.value().to_vec(), [3.0, 2.0]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn topk(self, k: usize, axis: isize) -> (Self, Indices) {
        let indices: Indices = held!(self.tape(), "topk", self.value().topk(k, axis).1);
        (self.gather(axis, &indices), indices)
    }

    /// Returns the index of the largest element along an axis; in a tie, the first.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.input(&Tensor::from_slice(&[2.0, 3.0, 1.0], [3]));
    /// assert_eq!((x.argmax(0).as_slice(), x.argmin(0).as_slice()), (&[1][..], &[2][..]));
    /// ```
    #[track_caller]
    #[must_use]
    pub fn argmax(self, axis: isize) -> Indices {
        held!(self.tape(), "argmax", self.value().argmax(axis))
    }

    /// Returns the index of the smallest element along an axis; in a tie, the first.
    #[track_caller]
    #[must_use]
    pub fn argmin(self, axis: isize) -> Indices {
        held!(self.tape(), "argmin", self.value().argmin(axis))
    }
}
