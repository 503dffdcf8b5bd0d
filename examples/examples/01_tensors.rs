//! Lesson 1: tensors. Shapes, broadcasting, views that share memory, matrix products, counter-based random numbers.
//!
//! `cargo run --release -p latents-examples --example 01_tensors`

use latents::tensor::random::Key;
use latents::tensor::{Tensor, parallel};

fn main() {
    // A tensor is a shape and a buffer of numbers. The default type is f32.
    let x = Tensor::<f32>::from_vec(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [2, 3]);
    println!("x =\n{x}\n");

    // Axes of length 1 (or missing axes) are broadcast, as in NumPy: this subtracts the mean of each column.
    let centred = &x - x.mean(&[0], true);
    println!("x minus the mean of each column =\n{centred}\n");

    // Views share the buffer: transposing, slicing and broadcasting do not copy.
    let transposed = x.transpose();
    println!("x transposed has strides {:?}", transposed.strides());

    // The matrix product reads a transposed operand in place.
    println!("x · xᵀ =\n{}\n", x.matmul(&transposed));

    // A random number is a function of an address (seed, purpose, step, element), not of earlier draws.
    let key = Key::new(7).purpose("noise").step(3);
    let (whole, again): (Tensor, Tensor) = (key.normal([4]), key.normal([4]));
    println!(
        "normals: {whole}\nthe same address gives the same numbers: {}",
        whole.to_vec() == again.to_vec()
    );

    // The number of threads never changes a bit of any result.
    let (a, b): (Tensor, Tensor) = (key.normal([300, 500]), key.normal([500, 200]));
    let alone = a.matmul(&b);
    let together = parallel::team(|| a.matmul(&b));
    let same = alone
        .to_vec()
        .iter()
        .zip(together.to_vec())
        .all(|(a, b)| a.to_bits() == b.to_bits());
    println!("the product on one thread and on all threads has the same bits: {same}");
}
