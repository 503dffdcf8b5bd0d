//! Lesson 2: derivatives. The tape, gradients, higher orders, and gradient checks.
//!
//! `cargo run --release -p latents-examples --example 02_derivatives`

use latents::autograd::{Tape, gradcheck, gradcheck2};
use latents::tensor::Tensor;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Operations on variables run immediately, and the tape records each of them.
    let tape = Tape::<f64>::new();
    let x = tape.variable(&Tensor::from_slice(&[0.5, 1.0, 2.0], [3]));
    let y = (x * x.ln() + x.tanh()).sum_all();
    println!("y = Σ x ln x + tanh x = {}\n\nthe tape:\n{tape}", y.item());

    // The reverse sweep walks the tape from its end and applies one rule per operation.
    let gradients = y.backward();
    println!("dy/dx = {}", gradients.get(x).ok_or("x has no gradient")?);
    let by_hand = x.ln().value() + 1.0 + (1.0 - x.tanh().square().value());
    println!("ln x + 1 + 1 − tanh² x = {by_hand}");

    // `grad` also records the rules, so that its results can be differentiated again.
    let first = tape.grad(y, &[x])[0];
    let second = tape.grad(first, &[x])[0];
    println!("d²y/dx² = {}\n", second.value());

    // A gradient check compares derivatives of order 1 and 2 with central differences.
    let at = [Tensor::from_slice(&[0.3, -1.2], [2])];
    gradcheck(|v| v[0].sigmoid() * v[0], &at)?;
    gradcheck2(|v| v[0].sigmoid() * v[0], &at)?;
    println!("x · sigmoid x: both orders agree with finite differences");

    // `detach` hides a factor from the sweep, so this derivative is wrong on purpose, and the check reports where.
    let wrong = gradcheck(|v| v[0] * v[0].detach(), &at);
    if let Err(mismatch) = wrong {
        println!("x · detach(x): {mismatch}");
    }
    Ok(())
}
