//! Views, joins and copies: which element stands where, for every layout.

use latents_tensor::{Indices, Real, Tensor};
use latents_testing::{SIZES, assert_same, elements, layouts, numbers, panic_message, positions};
use proptest::prelude::*;

/// Checks a result against the element that each position should show.
#[track_caller]
fn shows<T: Real>(what: &str, result: &Tensor<T>, shape: &[usize], element: impl Fn(&[usize]) -> T) {
    assert_eq!(result.shape()[..], *shape, "{what}");
    let expected: Vec<T> = positions(result.shape())
        .iter()
        .map(|position| element(position))
        .collect();
    assert_same(&elements(result), &expected, what);
    assert_same(&result.to_vec(), &expected, what);
    assert_same(&result.contiguous().to_vec(), &expected, what);
}

fn check_views<T: Real>() {
    for (rows, columns) in SIZES {
        for (layout, x) in layouts::<T>(rows, columns, 1) {
            shows(layout, &x.flip(0), &[rows, columns], |p| {
                x.at(&[rows - 1 - p[0], p[1]])
            });
            shows(layout, &x.flip(-1), &[rows, columns], |p| {
                x.at(&[p[0], columns - 1 - p[1]])
            });
            shows(layout, &x.unsqueeze(1), &[rows, 1, columns], |p| {
                x.at(&[p[0], p[2]])
            });
            shows(layout, &x.unsqueeze(-1), &[rows, columns, 1], |p| x.at(&p[..2]));
            shows(layout, &x.unsqueeze(0).squeeze(0), &[rows, columns], |p| x.at(p));
            for step in [1isize, 2, 3, 7, -1, -2, -5] {
                let (start, end) = (columns / 3, columns - columns / 4);
                let first = if step > 0 { start } else { end.max(1) - 1 };
                let count = (end - start).div_ceil(step.unsigned_abs());
                shows(layout, &x.slice(1, start..end, step), &[rows, count], |p| {
                    x.at(&[p[0], (first as isize + p[1] as isize * step) as usize])
                });
            }
            for index in 0..rows.min(3) {
                shows(layout, &x.select(0, index), &[columns], |p| x.at(&[index, p[0]]));
            }
            let lengths = [columns / 2, 0, columns - columns / 2];
            let parts = x.split(&lengths, 1);
            shows(layout, &parts[0], &[rows, lengths[0]], |p| x.at(p));
            shows(layout, &parts[2], &[rows, lengths[2]], |p| {
                x.at(&[p[0], p[1] + lengths[0]])
            });
            let joined = Tensor::concat(&parts.iter().collect::<Vec<_>>(), 1);
            assert_eq!(joined, x, "{layout}");
        }
    }
}

#[test]
fn views_of_every_layout() {
    check_views::<f32>();
    check_views::<f64>();
}

fn check_joins<T: Real>() {
    for (rows, columns) in SIZES {
        for ((layout, x), (other, y)) in layouts::<T>(rows, columns, 1)
            .iter()
            .zip(layouts::<T>(rows, columns, 2).iter().rev())
        {
            let what = format!("{layout}, {other}");
            shows(&what, &Tensor::concat(&[x, y, x], 0), &[rows * 3, columns], |p| {
                if p[0] / rows == 1 {
                    y.at(&[p[0] - rows, p[1]])
                } else {
                    x.at(&[p[0] % rows, p[1]])
                }
            });
            shows(&what, &Tensor::concat(&[x, y], -1), &[rows, columns * 2], |p| {
                if p[1] < columns {
                    x.at(p)
                } else {
                    y.at(&[p[0], p[1] - columns])
                }
            });
            for axis in 0..3 {
                let mut shape = vec![rows, columns];
                shape.insert(axis, 2);
                shows(&what, &Tensor::stack(&[x, y], axis as isize), &shape, |p| {
                    let mut rest = p.to_vec();
                    [x, y][rest.remove(axis)].at(&rest)
                });
            }
            let value = T::from_f64(9.0);
            shows(
                &what,
                &x.pad(&[(1, 2), (0, 3)], value),
                &[rows + 3, columns + 3],
                |p| {
                    let inside = (1..rows + 1).contains(&p[0]) && p[1] < columns;
                    if inside { x.at(&[p[0] - 1, p[1]]) } else { value }
                },
            );
        }
    }
}

#[test]
fn joins_of_every_layout() {
    check_joins::<f32>();
    check_joins::<f64>();
}

#[test]
fn large_transposed_copies() {
    let x = numbers::<f32>(&[301, 203, 3], 1);
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let y = x.permute(&order);
        let copied = y.contiguous();
        assert!(copied.is_contiguous());
        assert_same(&elements(&copied), &elements(&y), &format!("{order:?}"));
        let flipped = y.flip(2).flip(0);
        assert_same(
            &elements(&flipped.contiguous()),
            &elements(&flipped),
            &format!("{order:?} flipped"),
        );
    }
}

#[test]
fn creation() {
    assert_eq!(
        Tensor::<f64>::eye(3).to_vec(),
        [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    );
    assert_eq!(
        Tensor::<f32>::arange(0.0, 1.0, 0.3).to_vec(),
        [0.0, 0.3, 0.6, 0.9]
    );
    assert_eq!(Tensor::<f32>::arange(3.0, 0.0, -1.0).to_vec(), [3.0, 2.0, 1.0]);
    assert!(Tensor::<f32>::arange(3.0, 0.0, 1.0).is_empty());
    assert_eq!(Tensor::<f32>::linspace(1.0, 2.0, 1).to_vec(), [1.0]);
    assert_eq!(Tensor::<f32>::linspace(0.0, 0.7, 8).at(&[7]), 0.7);
    assert!(Tensor::<f32>::linspace(0.0, 1.0, 0).is_empty());
}

#[test]
fn messages_say_what_is_wrong() {
    let x = || Tensor::<f32>::zeros([2, 3]);
    for (got, expected) in [
        (
            panic_message(move || drop(Tensor::concat(&[&x(), &Tensor::zeros([2, 4])], 0))),
            "concat: shapes differ outside axis 0\n  operand 0: [2, 3]\n  operand 1: [2, 4]\n  hint: every axis but the joined one must be equal",
        ),
        (
            panic_message(|| drop(Tensor::<f32>::concat(&[], 0))),
            "concat: no tensors\n  hint: give at least one",
        ),
        (
            panic_message(move || drop(Tensor::stack(&[&x(), &Tensor::zeros([3])], 0))),
            "stack: shapes differ\n  operand 0: [2, 3]\n  operand 1: [3]\n  hint: every axis must be equal",
        ),
        (
            panic_message(move || drop(x().slice(1, 1..4, 1))),
            "slice: 1..4 by 1 does not lie in axis 1 of length 3\n  operand 0: [2, 3]\n  hint: a range runs upwards within the axis; a negative step walks it backwards",
        ),
        (
            panic_message(move || drop(x().select(0, 2))),
            "select: index 2 of axis 0 of length 2\n  operand 0: [2, 3]",
        ),
        (
            panic_message(move || drop(x().squeeze(0))),
            "squeeze: axis 0 has length 2, not 1\n  operand 0: [2, 3]",
        ),
        (
            panic_message(move || drop(x().unsqueeze(3))),
            "unsqueeze: no place 3 for a new axis of a tensor with 2 axes\n  operand 0: [2, 3]",
        ),
        (
            panic_message(move || drop(x().split(&[1, 1], 1))),
            "split: parts [1, 1] do not add up to axis 1 of length 3\n  operand 0: [2, 3]",
        ),
        (
            panic_message(move || drop(x().pad(&[(1, 1)], 0.0))),
            "pad: 1 pairs for 2 axes\n  operand 0: [2, 3]\n  hint: give (before, after) for every axis, (0, 0) where nothing is added",
        ),
        (
            panic_message(|| drop(Tensor::<f32>::zeros([1, 1, 1, 1, 1, 1]).unsqueeze(0))),
            "shape: 7 axes, [1, 1, 1, 1, 1, 1, 1]: a tensor has at most 6",
        ),
    ] {
        assert_eq!(got, expected);
    }
    assert!(panic_message(|| drop(Tensor::<f32>::arange(0.0, 1.0, 0.0))).contains("the step must not be 0"));
}

#[test]
fn shapes_from_outside_are_errors_and_no_panics() {
    let x = Tensor::<f32>::zeros([1]);
    for shape in [&[1; 7][..], &[usize::MAX, 2], &[1 << 40, 1 << 40]] {
        assert!(Tensor::try_from_slice(&[1.0f32], shape).is_err());
        assert!(Indices::try_new(vec![0], shape).is_err());
        assert!(x.try_reshape(shape).is_err());
        assert!(x.try_broadcast_to(shape).is_err());
        assert!(x.try_sum_to(shape).is_err());
    }
    assert!(x.try_index_select(0, &[1]).is_err() && x.try_narrow(0, 1, 2).is_err());
    assert!(x.try_permute(&[1]).is_err() && x.try_pad(&[], 0.0).is_err());
}

#[test]
fn a_result_that_no_memory_holds_is_refused() {
    let text = panic_message(|| {
        let one = Tensor::<f32>::ones([1, 1]);
        drop(one.broadcast_to([1 << 32, 1]) + one.broadcast_to([1, 1 << 32]));
    });
    assert!(
        text.starts_with("add: the result [4294967296, 4294967296] has more elements"),
        "{text}"
    );
}

proptest! {
    /// Any chain of views shows the same elements as the chain of copies.
    #[test]
    fn views_of_views(
        shape in prop::collection::vec(1usize..6, 1..=4),
        moves in prop::collection::vec((0usize..5, any::<usize>(), 1isize..4), 0..6),
    ) {
        let mut view = numbers::<f32>(&shape, 3);
        let mut copy = view.clone();
        for (kind, pick, step) in moves {
            let axis = (pick % view.rank()) as isize;
            let length = view.size(axis);
            let change = |x: &Tensor<f32>| match kind {
                0 => x.flip(axis),
                1 => x.slice(axis, 0..length, step),
                2 => x.slice(axis, length / 2..length, -step),
                3 if x.rank() > 1 => x.transpose(),
                _ => x.narrow(axis, 0, length.div_ceil(2)),
            };
            view = change(&view);
            copy = change(&copy).copied();
        }
        prop_assert_eq!(elements(&view), copy.to_vec());
        prop_assert_eq!(view.to_vec(), copy.to_vec());
        prop_assert_eq!(&view + &view, &copy + &copy);
        prop_assert_eq!(view.sum_all().to_bits(), copy.sum_all().to_bits());
    }
}
