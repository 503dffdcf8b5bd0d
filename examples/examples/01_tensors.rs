//! Lesson 1: tensors. Shapes, broadcasting, views that share memory, matrix products, random numbers with an address.
//!
//! `cargo run --release -p latents-examples --example 01_tensors`

use latents::tensor::random::Key;
use latents::tensor::{Tensor, parallel};

fn main() {
    // A tensor is a shape and a run of numbers. f32 unless another type is named.
    let x = Tensor::<f32>::from_vec(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [2, 3]);
    println!("x =\n{x}\n");

    // Axes of length 1 (or missing ones) are repeated, as in NumPy: here each column loses its mean.
    let centred = &x - x.mean(&[0], true);
    println!("x minus the mean of each column =\n{centred}\n");

    // Views share the buffer: transposing, slicing and broadcasting copy nothing.
    let transposed = x.transpose();
    println!("x transposed has strides {:?}", transposed.strides());

    // The product reads a transposed operand where it lies.
    println!("x · xᵀ =\n{}\n", x.matmul(&transposed));

    // A random number is a function of an address (seed, purpose, step, element), not of what was drawn before.
    let key = Key::new(7).purpose("noise").step(3);
    let (whole, again): (Tensor, Tensor) = (key.normal([4]), key.normal([4]));
    println!(
        "normals: {whole}\nthe same address gives the same numbers: {}",
        whole.to_vec() == again.to_vec()
    );

    // One promise holds everywhere: the number of threads never changes a bit.
    let (a, b): (Tensor, Tensor) = (key.normal([300, 500]), key.normal([500, 200]));
    let alone = a.matmul(&b);
    let together = parallel::team(|| a.matmul(&b));
    let same = alone
        .to_vec()
        .iter()
        .zip(together.to_vec())
        .all(|(a, b)| a.to_bits() == b.to_bits());
    println!("a product on one thread and on all of them, the same bits: {same}");
}
