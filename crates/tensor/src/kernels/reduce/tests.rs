//! The order of `reduce.rs`, written down a second time without vectors, threads or fusion, and compared bit by bit.

use super::form::{COLUMN_BLOCK, ROW_BLOCK};
use super::*;
use crate::{formula, parallel, pointwise};
use latents_testing::in_pool;
use proptest::prelude::*;

/// A row: lanes, tree, blocks.
fn row<T: Real, F: Fold>(elements: &[T]) -> T {
    let blocks: Vec<T> = elements.chunks(ROW_BLOCK).map(row_block_oracle::<T, F>).collect();
    match blocks[..] {
        [] => F::identity(),
        [one] => one,
        _ => row::<T, F>(&blocks),
    }
}

fn row_block_oracle<T: Real, F: Fold>(elements: &[T]) -> T {
    let mut lanes = [F::identity(); 32];
    for (i, &element) in elements.iter().enumerate() {
        lanes[i % 32] = F::join(lanes[i % 32], element);
    }
    for half in [16, 8, 4, 2, 1] {
        for j in 0..half {
            lanes[j] = F::join(lanes[j], lanes[j + half]);
        }
    }
    lanes[0]
}

/// A column: chains, blocks.
fn column<T: Real, F: Fold>(elements: &[T]) -> T {
    let chain = |block: &[T]| {
        block
            .iter()
            .fold(F::identity(), |folded, &next| F::join(folded, next))
    };
    let blocks: Vec<T> = elements.chunks(COLUMN_BLOCK).map(chain).collect();
    match blocks[..] {
        [] => F::identity(),
        [one] => one,
        _ => column::<T, F>(&blocks),
    }
}

/// Folds the last group of axes, then the one before it, by index arithmetic alone.
fn oracle<T: Real, F: Fold>(_: F, x: &Tensor<T>, mut folded: [bool; MAX_RANK]) -> Tensor<T> {
    let (mut shape, mut values) = (x.shape(), x.to_vec());
    while let Some(last) = (0..shape.rank()).rev().find(|&axis| folded[axis]) {
        let mut first = last;
        while first > 0 && folded[first - 1] {
            first -= 1;
        }
        let outer: usize = shape[..first].iter().product();
        let length: usize = shape[first..=last].iter().product();
        let inner: usize = shape[last + 1..].iter().product();
        let mut results = Vec::new();
        for (o, i) in (0..outer).flat_map(|o| (0..inner).map(move |i| (o, i))) {
            let elements: Vec<T> = (0..length)
                .map(|r| values[(o * length + r) * inner + i])
                .collect();
            let rows = last + 1 == shape.rank();
            results.push(if rows {
                row::<T, F>(&elements)
            } else {
                column::<T, F>(&elements)
            });
        }
        values = results;
        shape = (first..=last).fold(shape, |shape, axis| shape.with_axis(axis, 1));
        folded[first..=last].fill(false);
    }
    Tensor::from_vec(values, shape)
}

/// Numbers whose sums depend on the order.
fn numbers<T: Real>(shape: &[usize], seed: u64) -> Tensor<T> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    Tensor::from_fn(shape, |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let scale = [1.0, 1e-3, 1e3, 7.0][(state % 4) as usize];
        T::from_f64(((state >> 11) as f64 / (1u64 << 52) as f64 - 1.0) * scale)
    })
}

fn bits<T: Real>(x: &Tensor<T>) -> Vec<u64> {
    x.to_vec().iter().map(|value| value.to_f64().to_bits()).collect()
}

/// Runs `body` for every instruction set and one to four threads, inside and outside a team.
pub(crate) fn on_every_path(body: impl Fn(Isa) + Sync) {
    for &isa in Isa::available() {
        for threads in 1..=4 {
            in_pool(threads, || {
                body(isa);
                parallel::team(|| body(isa));
            });
        }
    }
}

fn check<T: Real, F: Fold + std::fmt::Debug>(fold: F, x: &Tensor<T>, folded: [bool; MAX_RANK]) {
    let expected = oracle(fold, x, folded);
    on_every_path(|isa| {
        let got = fold_axes(fold, isa, &Identity, [x], folded);
        assert_eq!(got.shape(), expected.shape());
        assert_eq!(
            bits(&got),
            bits(&expected),
            "{fold:?} {isa:?} {:?} over {folded:?}",
            x.shape()
        );
    });
}

#[test]
fn every_path_keeps_the_order_of_the_definition() {
    let (o, x) = (false, true);
    for (shape, folded) in [
        (&[7][..], [x, o, o, o, o, o]),
        (&[4096], [x, o, o, o, o, o]),
        (&[200_000], [x, o, o, o, o, o]),
        (&[256, 784], [x, o, o, o, o, o]),
        (&[256, 784], [o, x, o, o, o, o]),
        (&[256, 784], [x, x, o, o, o, o]),
        (&[3, 9001], [o, x, o, o, o, o]),
        (&[5000, 3], [x, o, o, o, o, o]),
        (&[5000, 1], [x, o, o, o, o, o]),
        (&[5, 70, 33], [o, x, o, o, o, o]),
        (&[4, 5, 6, 7], [x, o, x, o, o, o]),
        (&[70, 5, 70, 3], [x, o, x, x, o, o]),
        (&[2, 1, 3, 1, 40], [o, x, x, o, x, o]),
        (&[3, 0, 2], [o, x, o, o, o, o]),
        (&[3, 0], [o, x, o, o, o, o]),
        (&[0, 3], [o, x, o, o, o, o]),
    ] {
        check(Sum, &numbers::<f32>(shape, 1), folded);
        check(Sum, &numbers::<f64>(shape, 2), folded);
        check(Largest, &numbers::<f32>(shape, 3), folded);
        check(Smallest, &numbers::<f64>(shape, 4), folded);
    }
}

#[test]
fn views_give_the_bits_of_their_copies() {
    let x = numbers::<f32>(&[65, 130], 5);
    let (o, i) = (false, true);
    for view in [
        x.transpose(),
        x.narrow(1, 3, 100),
        x.narrow(0, 1, 2).broadcast_to([67, 130]),
    ] {
        for folded in [[i, o, o, o, o, o], [o, i, o, o, o, o], [i, i, o, o, o, o]] {
            check(Sum, &view, folded);
        }
    }
}

#[test]
fn fused_passes_have_the_bits_of_separate_ones() {
    for shape in [[256, 784], [1, 5], [65, 31], [300, 2], [0, 4], [4, 0]] {
        let (g, y) = (numbers::<f32>(&shape, 6), numbers::<f32>(&shape, 7));
        let product = pointwise("product", &formula::Product, [&g, &y]);
        let columns = oracle(Sum, &product, [true, false, false, false, false, false]);
        let total = row::<f32, Sum>(&product.to_vec());
        on_every_path(|isa| {
            let (mapped, sums) = map_with_column_sums(isa, &formula::Product, [&g, &y]);
            assert_eq!(bits(&mapped), bits(&product));
            assert_eq!(bits(&sums), bits(&columns), "{shape:?} {isa:?}");
            let both = [true, true, false, false, false, false];
            let sum = fold_axes(Sum, isa, &formula::Product, [&g, &y], both).item();
            assert_eq!(sum.to_bits(), total.to_bits(), "{shape:?} {isa:?}");
        });
    }
}

#[test]
fn a_padded_tail_does_not_join() {
    // 1 / x of a padded lane would be infinite.
    for length in 1..70 {
        let x = Tensor::<f32>::full([length], 0.5);
        for &isa in Isa::available() {
            let sum = fold_axes(Sum, isa, &formula::Reciprocal, [&x], [true; MAX_RANK]).item();
            assert_eq!(sum, 2.0 * length as f32);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_shape_and_axes(
        shape in prop::collection::vec(0usize..9, 0..=5),
        folded in any::<[bool; MAX_RANK]>(),
        seed in any::<u64>(),
    ) {
        let folded = std::array::from_fn(|axis| axis < shape.len() && folded[axis]);
        let x = numbers::<f64>(&shape, seed);
        for &isa in Isa::available() {
            let got = fold_axes(Sum, isa, &Identity, [&x], folded);
            prop_assert_eq!(bits(&got), bits(&oracle(Sum, &x, folded)));
        }
    }
}
