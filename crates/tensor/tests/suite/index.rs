//! Positions: selecting, gathering, adding, sorting and searching, for every layout and axis.

use latents_tensor::{Indices, Real, Tensor};
use latents_testing::{SIZES, assert_same, elements, layouts, numbers, panic_message, positions};
use proptest::prelude::*;

/// Calls `body` with every line along an axis: the position with 0 on that axis, and the line's elements.
fn lines<T: Real>(x: &Tensor<T>, axis: usize, mut body: impl FnMut(Vec<usize>, Vec<T>)) {
    for start in positions(x.shape().with_axis(axis, 1)) {
        let at = |i: usize| {
            let mut position = start.clone();
            position[axis] = i;
            x.at(&position)
        };
        body(start.clone(), (0..x.shape()[axis]).map(at).collect());
    }
}

/// Where a position stands in row-major order.
fn place(shape: &[usize], position: &[usize]) -> usize {
    position
        .iter()
        .zip(shape)
        .fold(0, |place, (&i, &length)| place * length + i)
}

/// Indices into an axis of `length`, of any shape.
fn some_indices(shape: &[usize], length: usize) -> Indices {
    let count = shape.iter().product::<usize>();
    Indices::new(
        (0..count)
            .map(|i| (i * 5 + i / 3) % length.max(1))
            .collect::<Vec<_>>(),
        shape,
    )
}

fn check_selection<T: Real>() {
    for (rows, columns) in SIZES {
        for (layout, x) in layouts::<T>(rows, columns, 1) {
            for axis in 0..2 {
                let length = x.shape()[axis];
                let count = if length == 0 { 0 } else { 7 };
                let chosen: Vec<usize> = (0..count).map(|i| i * 3 % length).collect();
                let selected = x.index_select(axis as isize, &chosen);
                let shape = x.shape().with_axis(axis, count);
                assert_eq!(selected.shape(), shape, "{layout}");
                let source = layouts::<T>(shape[0], shape[1], 2).swap_remove(rows % 8).1;
                let added = x.index_add(axis as isize, &chosen, &source);
                let mut expected = x.copied();
                for position in positions(shape) {
                    let mut from = position.clone();
                    from[axis] = chosen[position[axis]];
                    assert_eq!(selected.at(&position), x.at(&from), "{layout}");
                    let index = place(&x.shape(), &from);
                    expected.make_mut()[index] += source.at(&position);
                }
                assert_eq!(added, expected, "{layout}");

                let indices = some_indices(&shape, length);
                let gathered = x.gather(axis as isize, &indices);
                let scattered = x.scatter_add(axis as isize, &indices, &source);
                let mut expected = x.copied();
                for (position, &index) in positions(shape).iter().zip(indices.as_slice()) {
                    let mut from = position.clone();
                    from[axis] = index;
                    assert_eq!(gathered.at(position), x.at(&from), "{layout}");
                    let index = place(&x.shape(), &from);
                    expected.make_mut()[index] += source.at(position);
                }
                assert_eq!(scattered, expected, "{layout}");
            }
        }
    }
}

#[test]
fn selecting_and_adding_on_every_layout() {
    check_selection::<f32>();
    check_selection::<f64>();
}

#[test]
fn gathering_a_corner() {
    let x = numbers::<f32>(&[3, 4, 5], 1);
    let indices = some_indices(&[2, 6, 3], 4);
    let y = x.gather(1, &indices);
    for (position, &index) in positions(indices.shape()).iter().zip(indices.as_slice()) {
        assert_eq!(y.at(position), x.at(&[position[0], index, position[2]]));
    }
}

/// The definition: a stable sort with NaN last.
fn sorted<T: Real>(line: &[T], descending: bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..line.len()).collect();
    order.sort_by(|&i, &j| {
        let (x, y) = (line[i].to_f64(), line[j].to_f64());
        let (x, y) = if descending { (-x, -y) } else { (x, y) };
        x.partial_cmp(&y).unwrap_or_else(|| x.is_nan().cmp(&y.is_nan()))
    });
    order
}

fn first_best<T: Real>(line: &[T], sign: f64) -> usize {
    let mut best = 0;
    for (i, x) in line.iter().enumerate() {
        let (x, top) = (x.to_f64() * sign, line[best].to_f64() * sign);
        if !top.is_nan() && (x > top || x.is_nan()) {
            best = i;
        }
    }
    best
}

fn check_order<T: Real>(x: &Tensor<T>, what: &str) {
    for axis in 0..x.rank() {
        let length = x.shape()[axis];
        let name = axis as isize - x.rank() as isize;
        for descending in [false, true] {
            let (values, places) = x.sort(name, descending);
            assert_eq!((values.shape(), places.shape()), (x.shape(), x.shape()));
            lines(x, axis, |mut position, line| {
                for (rank, &from) in sorted(&line, descending).iter().enumerate() {
                    position[axis] = rank;
                    assert_eq!(places.as_slice()[place(&x.shape(), &position)], from, "{what}");
                    assert_same(&[values.at(&position)], &[line[from]], what);
                }
            });
        }
        for count in [0, 1, 3, length].into_iter().filter(|&count| count <= length) {
            let (values, places) = x.topk(count, name);
            let (all, all_places) = x.sort(name, true);
            assert_same(&elements(&values), &elements(&all.narrow(name, 0, count)), what);
            let kept: Vec<usize> = positions(places.shape())
                .iter()
                .map(|p| all_places.as_slice()[place(&x.shape(), p)])
                .collect();
            assert_eq!(places.as_slice(), kept, "{what}");
        }
        if length > 0 {
            let (mut largest, mut smallest) = (Vec::new(), Vec::new());
            lines(x, axis, |_, line| {
                largest.push(first_best(&line, 1.0));
                smallest.push(first_best(&line, -1.0));
            });
            assert_eq!(x.argmax(name).as_slice(), largest, "{what}");
            assert_eq!(x.argmin(name).as_slice(), smallest, "{what}");
            assert_eq!(x.argmin(name).shape(), x.shape().without(|other| other == axis));
        }
        let sums = x.cumsum(name);
        lines(x, axis, |mut position, line| {
            let mut sum = None;
            for (i, &next) in line.iter().enumerate() {
                position[axis] = i;
                let now = sum.map_or(next, |sum: T| sum + next);
                assert_same(&[sums.at(&position)], &[now], what);
                sum = Some(now);
            }
        });
    }
}

#[test]
fn order_on_every_layout() {
    for (rows, columns) in SIZES {
        for (layout, x) in layouts::<f32>(rows, columns, 1) {
            check_order(&x, layout);
        }
        for (layout, x) in layouts::<f64>(rows, columns, 2) {
            check_order(&x, layout);
        }
    }
}

#[test]
fn order_with_nan_zeros_and_infinities() {
    let (nan, inf) = (f32::NAN, f32::INFINITY);
    let values = [0.0, nan, -0.0, inf, 1.0, nan, -inf, 0.0, 1.0, -0.0, inf, -1.0];
    check_order(&Tensor::from_slice(&values, [3, 4]), "special numbers");
    check_order(&Tensor::from_slice(&values, [12]), "special numbers");
    check_order(&Tensor::<f64>::full([2, 5], f64::NAN), "NaN");
}

#[test]
fn messages_say_what_is_wrong() {
    let x = || Tensor::<f32>::zeros([2, 3]);
    for (got, expected) in [
        (
            panic_message(move || drop(x().index_select(1, &[0, 3]))),
            "index_select: index 3 (number 1) lies outside axis 1 of length 3\n  operand 0: [2, 3]\n  hint: indices count from 0",
        ),
        (
            panic_message(move || drop(x().gather(0, &Indices::new(vec![0, 0], [2])))),
            "gather: indices of shape [2] for axis 0\n  operand 0: [2, 3]\n  hint: indices have as many axes as the tensor, none longer than the tensor's but the indexed one",
        ),
        (
            panic_message(move || {
                drop(x().scatter_add(0, &Indices::new(vec![0, 1], [1, 2]), &Tensor::zeros([2, 1])))
            }),
            "scatter_add: indices of shape [1, 2] for another source\n  operand 0: [2, 3]\n  operand 1: [2, 1]\n  hint: the source has one element for each index",
        ),
        (
            panic_message(move || drop(x().index_add(0, &[1], &x()))),
            "index_add: 1 indices for axis 0\n  operand 0: [2, 3]\n  operand 1: [2, 3]\n  hint: the source has this shape, but as many parts along the axis as there are indices",
        ),
        (
            panic_message(move || drop(x().topk(4, 1))),
            "topk: 4 elements of axis 1 of length 3\n  operand 0: [2, 3]",
        ),
        (
            panic_message(|| drop(Tensor::<f32>::zeros([2, 0]).argmax(1))),
            "argmax: axis 1 is empty\n  operand 0: [2, 0]",
        ),
        (
            panic_message(|| drop(Indices::new(vec![1], [2]))),
            "indices: 1 values for a shape of 2 elements\n  operand 0: [2]",
        ),
    ] {
        assert_eq!(got, expected);
    }
}

proptest! {
    #[test]
    fn order_of_anything(
        shape in prop::collection::vec(0usize..6, 1..=3),
        pool in prop::collection::vec(prop_oneof![Just(f64::NAN), Just(0.0), Just(-0.0), (-2i32..3).prop_map(f64::from)], 8),
    ) {
        let x = Tensor::from_fn(&shape[..], |i| pool[i * 13 % pool.len()]);
        check_order(&x, "any");
    }
}
