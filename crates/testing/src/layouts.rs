//! Tensors in all layouts, and reading them without a kernel.

use latents_tensor::{Real, Shape, Tensor};

/// Positive and negative multiples of 1/4, with repetitions, so that sums of a few are exact.
///
/// ```
/// assert_eq!(latents_testing::numbers::<f32>(&[2, 3], 0).shape()[..], [2, 3]);
/// ```
pub fn numbers<T: Real>(shape: &[usize], seed: usize) -> Tensor<T> {
    let count = shape.iter().product::<usize>();
    let values = (0..count).map(|i| T::from_f64((((i + seed) * 7919 + seed * 31) % 37) as f64 * 0.25 - 4.5));
    Tensor::from_vec(values.collect(), shape)
}

/// Tensors of shape `[rows, columns]` in every layout that views can create, with names.
///
/// ```
/// # use latents_testing::layouts;
/// assert!(layouts::<f32>(3, 4, 0).iter().all(|(_, tensor)| tensor.shape()[..] == [3, 4]));
/// ```
pub fn layouts<T: Real>(rows: usize, columns: usize, seed: usize) -> Vec<(&'static str, Tensor<T>)> {
    vec![
        ("contiguous", numbers(&[rows, columns], seed)),
        ("transposed", numbers(&[columns, rows], seed).transpose()),
        (
            "columns of a wider one",
            numbers(&[rows, columns + 5], seed).narrow(1, 2, 2 + columns),
        ),
        (
            "rows of a longer one",
            numbers(&[rows + 3, columns], seed).narrow(0, 1, 1 + rows),
        ),
        (
            "every third column",
            numbers(&[rows, columns * 3], seed).slice(1, 0..columns * 3, 3),
        ),
        (
            "every second row",
            numbers(&[rows * 2, columns], seed).slice(0, 0..rows * 2, 2),
        ),
        ("columns backwards", numbers(&[rows, columns], seed).flip(1)),
        ("rows backwards", numbers(&[rows, columns], seed).flip(0)),
        (
            "one row repeated",
            numbers(&[columns], seed).broadcast_to([rows, columns]),
        ),
        (
            "one column repeated",
            numbers(&[rows, 1], seed).broadcast_to([rows, columns]),
        ),
        (
            "one number repeated",
            numbers(&[], seed).broadcast_to([rows, columns]),
        ),
    ]
}

/// Numbers of rows and columns: empty, one, remainders of all kinds, and one more than a chunk.
pub const SIZES: [(usize, usize); 8] = [
    (0, 3),
    (3, 0),
    (1, 1),
    (1, 9),
    (7, 1),
    (5, 8),
    (33, 31),
    (3, 2750),
];

/// All indices of a shape, in row-major order.
pub fn positions(shape: Shape) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    for &length in shape.iter() {
        let longer = |prefix: &Vec<usize>| {
            (0..length)
                .map(|i| [&prefix[..], &[i]].concat())
                .collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}

/// The elements in row-major order, read one by one.
///
/// ```
/// # use latents_testing::elements;
/// # use latents_tensor::Tensor;
/// assert_eq!(elements(&Tensor::<f32>::ones([1, 2])), [1.0, 1.0]);
/// ```
pub fn elements<T: Real>(tensor: &Tensor<T>) -> Vec<T> {
    positions(tensor.shape())
        .iter()
        .map(|position| tensor.at(position))
        .collect()
}
