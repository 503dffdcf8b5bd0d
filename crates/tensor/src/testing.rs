//! Strategies for property tests: shapes, axes, indices, and tensors of every layout. Requires the feature `testing`.
//!
//! Shapes are small (at most [`ELEMENTS`] elements) and include the edge cases: no axes, axes of length 0 and 1. All strategies
//! shrink towards few axes, small lengths and plain layouts.

use crate::{Indices, MAX_RANK, Real, Shape, Tensor};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use std::ops::{Range, RangeInclusive};

/// The largest number of elements of a drawn shape.
pub const ELEMENTS: usize = 16;

/// Draws a shape with a number of axes in `rank`, each with a length in `lengths`; lengths are reduced to keep the number of
/// elements below [`ELEMENTS`].
pub fn shapes(
    rank: RangeInclusive<usize>,
    lengths: RangeInclusive<usize>,
) -> impl Strategy<Value = Shape> + Clone {
    let least = *lengths.start();
    vec(lengths, rank).prop_map(move |axes| fitted(&axes, least))
}

/// Draws any shape: 0 to 4 axes of 0 to 4 elements; about one in ten is empty.
pub fn shape() -> impl Strategy<Value = Shape> + Clone {
    let length = prop_oneof![1 => Just(0usize), 4 => Just(1), 24 => 2..5usize];
    vec(length, 0..=4).prop_map(|axes| fitted(&axes, 0))
}

/// Returns the shape of these lengths, reduced to `least` from the last axis on until it is small.
fn fitted(axes: &[usize], least: usize) -> Shape {
    let mut axes = axes.to_vec();
    for axis in (0..axes.len()).rev() {
        while axes.iter().product::<usize>() > ELEMENTS && axes[axis] > least.max(1) {
            axes[axis] -= 1;
        }
    }
    Shape::from(axes.as_slice())
}

/// Draws `N` shapes that broadcast to a drawn one: each lacks some leading axes and has length 1 along others.
pub fn broadcastable<const N: usize>() -> impl Strategy<Value = [Shape; N]> {
    let whole = (0..10u8, 0..=MAX_RANK, any::<u8>());
    let narrowed = |shape: Shape, (chance, leading, ones): (u8, usize, u8)| {
        // Half of the operands have the whole shape.
        let (leading, ones) = if chance < 5 {
            (0, 0)
        } else {
            (leading.min(shape.rank()), ones)
        };
        let axes = (leading..shape.rank()).map(|axis| if ones & (1 << axis) != 0 { 1 } else { shape[axis] });
        Shape::from(axes.collect::<Vec<_>>().as_slice())
    };
    (shape(), vec(whole, N))
        .prop_map(move |(shape, cuts)| std::array::from_fn(|operand| narrowed(shape, cuts[operand])))
}

/// Draws one of `rank` axes, counted from the first or (negative) from the last. `rank` must not be 0.
pub fn axis(rank: usize) -> impl Strategy<Value = isize> {
    let rank = rank as isize;
    -rank..rank
}

/// Draws some of `rank` axes, none twice, each counted from the first or from the last.
pub fn axes(rank: usize) -> impl Strategy<Value = Vec<isize>> {
    let signed = move |(axes, ends): (Vec<usize>, u8)| {
        let end = |axis: usize| {
            if ends & (1 << axis) != 0 {
                axis as isize - rank as isize
            } else {
                axis as isize
            }
        };
        axes.into_iter().map(end).collect()
    };
    (subsequence((0..rank).collect::<Vec<_>>(), 0..=rank), any::<u8>()).prop_map(signed)
}

/// Draws indices of a shape, each below `limit`, which is at least 1; they may repeat.
pub fn indices(shape: impl Into<Shape>, limit: usize) -> BoxedStrategy<Indices> {
    let shape = shape.into();
    vec(0..limit, shape.count())
        .prop_map(move |values| Indices::new(values, shape))
        .boxed()
}

/// Draws a number in one of the ranges; an empty range gives its start.
fn number(domain: &[Range<f64>]) -> BoxedStrategy<f64> {
    let within = |range: &Range<f64>| match range.start < range.end {
        true => range.clone().boxed(),
        false => Just(range.start).boxed(),
    };
    proptest::strategy::Union::new(domain.iter().map(within)).boxed()
}

/// Draws tensors of a shape with elements from the ranges of `domain`. To stay away from a kink, leave a gap around it.
pub fn tensors(shape: impl Into<Shape>, domain: &[Range<f64>]) -> BoxedStrategy<Tensor<f64>> {
    let shape = shape.into();
    vec(number(domain), shape.count())
        .prop_map(move |values| Tensor::from_vec(values, shape))
        .boxed()
}

/// A view of a tensor that moves or repeats its elements without copying them.
#[derive(Clone, Debug, PartialEq)]
pub enum View {
    /// Reorders the axes.
    Permuted(Vec<usize>),
    /// Reverses an axis.
    Flipped(usize),
    /// Selects a part of an axis.
    Narrowed {
        /// The axis.
        axis: usize,
        /// The first element of the part.
        start: usize,
        /// The element after the last.
        end: usize,
    },
    /// Broadcasts to a shape.
    Broadcast(Shape),
}

impl View {
    /// Returns the view of a tensor.
    pub fn of<T: Real>(&self, x: &Tensor<T>) -> Tensor<T> {
        match self {
            View::Permuted(order) => x.permute(order),
            View::Flipped(axis) => x.flip(*axis as isize),
            View::Narrowed { axis, start, end } => x.narrow(*axis as isize, *start, *end),
            View::Broadcast(shape) => x.broadcast_to(*shape),
        }
    }
}

/// A tensor and a chain of views of it, which determine the layout that an operation sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Strided {
    /// The tensor itself, in row-major order.
    pub base: Tensor<f64>,
    /// The views, applied in order.
    pub views: Vec<View>,
}

impl Strided {
    /// Returns a tensor without views.
    pub fn plain(base: Tensor<f64>) -> Self {
        Self {
            base,
            views: Vec::new(),
        }
    }

    /// Returns the last view, with elements of type `T`.
    pub fn tensor<T: Real>(&self) -> Tensor<T> {
        let values = self.base.to_vec().into_iter().map(T::from_f64);
        let base = Tensor::from_vec(values.collect(), self.base.shape());
        self.views.iter().fold(base, |x, view| view.of(&x))
    }
}

/// Returns a view that results in `shape`, and the shape that it is a view of. `kind` selects the view, `place` the axis.
fn view_to(shape: Shape, kind: u8, place: Index, margin: [usize; 2]) -> Option<(View, Shape)> {
    let axis = (shape.rank() > 0).then(|| place.index(shape.rank()));
    Some(match (kind, axis?) {
        (0, _) => return None,
        (1, axis) => {
            // The axis comes first in the tensor that is viewed.
            let order: Vec<usize> = (1..=axis).chain([0]).chain(axis + 1..shape.rank()).collect();
            let before: Vec<usize> = [axis]
                .into_iter()
                .chain((0..shape.rank()).filter(|&other| other != axis))
                .collect();
            let source: Vec<usize> = before.iter().map(|&axis| shape[axis]).collect();
            (View::Permuted(order), Shape::from(source.as_slice()))
        }
        (2, axis) => (View::Flipped(axis), shape),
        (3, axis) => {
            let [start, rest] = margin;
            let end = start + shape[axis];
            (
                View::Narrowed { axis, start, end },
                shape.with_axis(axis, end + rest),
            )
        }
        (_, 0) if margin[0] == 0 => (View::Broadcast(shape), Shape::from(&shape[1..])),
        (_, axis) => (View::Broadcast(shape), shape.with_axis(axis, 1)),
    })
}

/// Draws tensors of a shape in any layout, with elements from the ranges of `domain`: contiguous, or seen through one or two
/// views that permute, flip, narrow or repeat.
///
/// ```
/// use latents_tensor::testing::{shape, strided};
/// use proptest::prelude::*;
/// proptest!(|(x in shape().prop_flat_map(|shape| strided(shape, &[-1.0..1.0])))| {
///     let x = x.tensor::<f32>();
///     prop_assert_eq!(x.contiguous().to_vec(), x.to_vec());
/// });
/// ```
pub fn strided(shape: impl Into<Shape>, domain: &[Range<f64>]) -> BoxedStrategy<Strided> {
    let (shape, number) = (shape.into(), number(domain));
    let view = (0..5u8, any::<Index>(), [0..2usize, 0..2usize]);
    let seen = vec(view, 0..=2).prop_flat_map(move |choices| {
        let (mut source, mut views) = (shape, Vec::new());
        for (kind, place, margin) in choices {
            if let Some((view, before)) = view_to(source, kind, place, margin) {
                views.insert(0, view);
                source = before;
            }
        }
        vec(number.clone(), source.count()).prop_map(move |values| Strided {
            base: Tensor::from_vec(values, source),
            views: views.clone(),
        })
    });
    seen.boxed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    proptest! {
        #[test]
        fn views_lead_to_the_shape_and_keep_the_domain(
            (shape, x) in shape().prop_flat_map(|shape| (Just(shape), strided(shape, &[-2.0..-1.0, 1.0..2.0]))),
        ) {
            let x = x.tensor::<f64>();
            prop_assert_eq!(x.shape(), shape);
            prop_assert!(shape.count() <= ELEMENTS);
            prop_assert!(x.to_vec().iter().all(|x| (1.0..2.0).contains(&x.abs()) || *x == -2.0));
        }

        #[test]
        fn shapes_broadcast(shapes in broadcastable::<3>()) {
            prop_assert!(Shape::broadcast("test", &shapes).is_ok());
        }

        #[test]
        fn axes_are_named_once((rank, axes) in (0..=MAX_RANK).prop_flat_map(|rank| (Just(rank), axes(rank)))) {
            let places: BTreeSet<isize> = axes.iter().map(|axis| axis.rem_euclid(rank as isize)).collect();
            prop_assert_eq!(places.len(), axes.len());
        }
    }

    /// Every kind of view and every edge of shapes is among what is drawn.
    #[test]
    fn every_layout_is_drawn() {
        use proptest::strategy::ValueTree;
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let strategy = shape().prop_flat_map(|shape| strided(shape, &[0.0..1.0]));
        let mut seen = BTreeMap::new();
        for _ in 0..500 {
            let Ok(tree) = strategy.new_tree(&mut runner) else {
                continue;
            };
            let x = tree.current();
            let shape = x.tensor::<f64>().shape();
            *seen.entry(format!("rank {}", shape.rank())).or_insert(0) += 1;
            *seen.entry(format!("empty {}", shape.count() == 0)).or_insert(0) += 1;
            for view in &x.views {
                let name = format!("{view:?}");
                *seen
                    .entry(name.split(['(', ' ']).next().unwrap_or_default().to_owned())
                    .or_insert(0) += 1;
            }
        }
        let expected = [
            "Broadcast",
            "Flipped",
            "Narrowed",
            "Permuted",
            "empty false",
            "empty true",
            "rank 0",
            "rank 1",
            "rank 2",
            "rank 3",
            "rank 4",
        ];
        assert_eq!(seen.keys().collect::<Vec<_>>(), expected, "{seen:?}");
        assert!(seen.values().all(|&count| count >= 20), "{seen:?}");
    }
}
