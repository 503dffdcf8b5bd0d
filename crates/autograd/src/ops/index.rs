//! Choosing and adding by index. Selection and addition are each other's rules.

use crate::held::held;
use crate::{Op, Rule, Var};
use latents_tensor::{Indices, Real, Tensor};

/// Slices along an axis, by index; an index may repeat.
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

/// Slices added to a base along an axis, by index.
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

/// Elements along an axis, one index each.
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

/// Elements added to a base along an axis, one index each.
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
    /// Slices `indices` along an axis; an index may repeat.
    ///
    /// # Panics
    /// If there is no such axis, or an index lies outside.
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

    /// This variable plus `source`, whose slices along an axis are added at `indices`; an index may repeat.
    ///
    /// # Panics
    /// If there is no such axis, an index lies outside, or `source` has not one slice for each index.
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

    /// Along an axis, element `indices[…]` at each place of `indices`.
    ///
    /// # Panics
    /// If the axes do not fit, or an index lies outside.
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

    /// This variable plus the elements of `source`, each added along an axis at its index.
    ///
    /// # Panics
    /// If the axes do not fit, an index lies outside, or `source` has another shape than the indices.
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

    /// The elements along an axis in order, with the indices they came from.
    #[track_caller]
    #[must_use]
    pub fn sort(self, axis: isize, descending: bool) -> (Self, Indices) {
        let indices: Indices = held!(self.tape(), "sort", self.value().sort(axis, descending).1);
        (self.gather(axis, &indices), indices)
    }

    /// The `k` largest elements along an axis, largest first, with the indices they came from.
    #[track_caller]
    #[must_use]
    pub fn topk(self, k: usize, axis: isize) -> (Self, Indices) {
        let indices: Indices = held!(self.tape(), "topk", self.value().topk(k, axis).1);
        (self.gather(axis, &indices), indices)
    }

    /// Where the largest element along an axis lies: the first of equals.
    #[track_caller]
    #[must_use]
    pub fn argmax(self, axis: isize) -> Indices {
        held!(self.tape(), "argmax", self.value().argmax(axis))
    }

    /// Where the smallest element along an axis lies: the first of equals.
    #[track_caller]
    #[must_use]
    pub fn argmin(self, axis: isize) -> Indices {
        held!(self.tape(), "argmin", self.value().argmin(axis))
    }
}
