//! Products with sparse codes, against dense ones, on every layout, number of threads and kind of mistake.

use latents_tensor::{Indices, Real, Tensor};
use latents_testing::{elements, in_pool, layouts, numbers, panic_message};
use std::panic::UnwindSafe;

/// Indices (batch, k) below `n`, with repetitions within a row, and columns that nothing names.
fn some_indices(batch: usize, k: usize, n: usize) -> Indices {
    let columns = (0..batch * k).map(|i| (i * i * 7 + i / 3) % n.max(1));
    Indices::new(columns.collect::<Vec<_>>(), [batch, k])
}

/// The dense matrix, one element after the other.
fn dense<T: Real>(values: &Tensor<T>, indices: &Indices, n: usize) -> Tensor<T> {
    let (batch, k) = (values.shape()[0], values.shape()[1]);
    let mut all = vec![T::zero(); batch * n];
    for i in 0..batch {
        for j in 0..k {
            all[i * n + indices.as_slice()[i * k + j]] += values.at(&[i, j]);
        }
    }
    Tensor::from_vec(all, [batch, n])
}

/// The numbers are quarters: all products and sums are exact, in any order.
fn check<T: Real>(batch: usize, k: usize, n: usize, d: usize) {
    let indices = some_indices(batch, k, n);
    let bias = numbers::<T>(&[d], 5);
    for (layout, values) in layouts::<T>(batch, k, 1) {
        let code = dense(&values, &indices, n);
        assert_eq!(values.sparse_to_dense(&indices, n), code, "{layout}");
        for (other, matrix) in layouts::<T>(n, d, 2) {
            let expected = code.matmul(&matrix);
            assert_eq!(
                values.sparse_matmul(&indices, &matrix, None),
                expected,
                "{layout}, {other}"
            );
            let biased = values.sparse_matmul(&indices, &matrix, Some(&bias));
            assert_eq!(biased, &expected + &bias, "{layout}, {other}");
        }
        for (other, rows) in layouts::<T>(batch, d, 3) {
            let product = values.sparse_transpose_matmul(&indices, &rows, n);
            assert_eq!(product, code.transpose().matmul(&rows), "{layout}, {other}");
        }
    }
    for (layout, rows) in layouts::<T>(batch, d, 3) {
        for (other, matrix) in layouts::<T>(n, d, 2) {
            let product = rows.sampled_matmul(&matrix, &indices);
            let expected = rows.matmul(&matrix.transpose()).gather(1, &indices);
            assert_eq!(product, expected, "{layout}, {other}");
        }
    }
}

#[test]
fn equal_the_dense_products() {
    for [batch, k, n, d] in [
        [1, 1, 1, 1],
        [5, 3, 7, 9],
        [9, 6, 4, 33],
        [0, 3, 5, 4],
        [4, 0, 5, 6],
        [3, 2, 5, 0],
    ] {
        check::<f32>(batch, k, n, d);
        check::<f64>(batch, k, n, d);
    }
}

/// Values whose sums round, so that another order would show.
fn rounding(shape: &[usize], seed: usize) -> Tensor<f32> {
    (numbers::<f32>(shape, seed) * 1.1 + 0.3).exp()
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    let (batch, k, n, d) = (70, 32, 500, 131);
    let run = || {
        let (_, indices) = rounding(&[batch, n], 4).topk(k, 1);
        let (values, matrix, rows) = (
            rounding(&[batch, k], 1),
            rounding(&[n, d], 2),
            rounding(&[batch, d], 3),
        );
        let products = [
            values.sparse_matmul(&indices, &matrix, Some(&rounding(&[d], 5))),
            rows.sampled_matmul(&matrix, &indices),
            values.sparse_transpose_matmul(&indices, &rows, n),
        ];
        (
            indices,
            products.map(|product| product.to_vec().iter().map(|x| x.to_bits()).collect::<Vec<_>>()),
        )
    };
    let one = in_pool(1, run);
    for threads in 2..5 {
        assert!(in_pool(threads, run) == one, "{threads} threads");
    }
}

#[test]
fn the_weights_gradient_is_a_chain_over_the_samples() {
    let (batch, k, n, d) = (40, 4, 9, 21);
    let (values, rows) = (rounding(&[batch, k], 1), rounding(&[batch, d], 2));
    let indices = some_indices(batch, k, n);
    let mut expected = vec![0.0f32; n * d];
    for (entry, &column) in indices.as_slice().iter().enumerate() {
        for c in 0..d {
            let (value, x) = (values.at(&[entry / k, entry % k]), rows.at(&[entry / k, c]));
            let sum = &mut expected[column * d + c];
            *sum = x.mul_add(value, *sum);
        }
    }
    assert_eq!(
        elements(&values.sparse_transpose_matmul(&indices, &rows, n)),
        expected
    );
}

#[test]
fn mistakes_are_told_at_the_callers_line() {
    let values = || numbers::<f32>(&[2, 3], 0);
    let indices = |columns: [usize; 6]| Indices::new(columns.to_vec(), [2, 3]);
    let right = || indices([0, 1, 2, 3, 0, 1]);
    let matrix = || numbers::<f32>(&[4, 5], 1);
    assert_eq!(
        panic_message(move || drop(values().sparse_matmul(&indices([0, 1, 4, 3, 0, 1]), &matrix(), None))),
        "sparse_matmul: index 4 (number 2) names a column of a code of 4 units\n  operand 0: [2, 3]\n  \
         operand 1: [2, 3]\n  operand 2: [4, 5]\n  hint: indices count from 0"
    );
    let starts = |f: Box<dyn FnOnce() + UnwindSafe>, start: &str| {
        let text = panic_message(f);
        assert!(text.starts_with(start), "{text}");
    };
    starts(
        Box::new(move || drop(numbers::<f32>(&[2, 2], 0).sparse_matmul(&right(), &matrix(), None))),
        "sparse_matmul: values and indices are (batch, k)",
    );
    starts(
        Box::new(move || drop(values().sparse_matmul(&right(), &matrix(), Some(&numbers(&[4], 0))))),
        "sparse_matmul: the bias must have one element",
    );
    starts(
        Box::new(move || drop(numbers::<f32>(&[2, 4], 0).sampled_matmul(&matrix(), &right()))),
        "sampled_matmul: rows of different lengths",
    );
    starts(
        Box::new(move || drop(numbers::<f32>(&[3, 5], 0).sampled_matmul(&matrix(), &right()))),
        "sampled_matmul: a code of 2 rows",
    );
    starts(
        Box::new(move || drop(values().sparse_transpose_matmul(&right(), &numbers(&[2, 5], 0), 3))),
        "sparse_transpose_matmul: index 3 (number 3)",
    );
}
