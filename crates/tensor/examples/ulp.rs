//! Walks all 2³² inputs of every `f32` elementary function and prints its largest error.
//!
//! ```text
//! cargo run --release -p latents-tensor --example ulp [-- FUNCTION… [--stride N]]
//! ```
//!
//! The reference is the `f64` function of this crate, whose own error (a few units of 2⁻⁵³; the test
//! `double_precision_agrees_with_the_reference` compares it with 50-digit values) is beneath the digits printed.
//! An error of 0.5 ULP is that of a correctly rounded result. On the way every result of the vector paths is
//! compared with the portable one, bit for bit, on one block in sixty-four.
//!
//! With `--stride N` only every N-th input is tried: seconds instead of minutes.

use latents_tensor::simd::{Isa, Kernel, Lanes};
use latents_tensor::{Algebra, Real};
use std::time::Instant;

/// Inputs evaluated at once.
const BLOCK: usize = 1 << 14;

macro_rules! functions {
    ($($name:ident),*) => {
        #[derive(Clone, Copy)]
        #[allow(non_camel_case_types, reason = "a variant is named as the function")]
        enum Function { $($name),* }

        const ALL: &[(&str, Function)] = &[$((stringify!($name), Function::$name)),*];

        impl Function {
            #[inline(always)]
            fn eval<A: Algebra>(self, x: A) -> A {
                match self { $(Function::$name => x.$name()),* }
            }
        }
    };
}

functions!(
    exp,
    expm1,
    ln,
    log1p,
    tanh,
    sigmoid,
    softplus,
    erf,
    erfc,
    normal_cdf,
    normal_pdf,
    exp_remainder
);

struct Apply<'a, T> {
    function: Function,
    values: &'a mut [T],
}

impl<T: Real> Kernel<T> for Apply<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        assert_eq!(self.values.len() % L::WIDTH, 0, "blocks are whole vectors");
        for piece in self.values.chunks_exact_mut(L::WIDTH) {
            // SAFETY: the piece has WIDTH elements.
            unsafe {
                self.function
                    .eval(L::load(piece.as_ptr()))
                    .store(piece.as_mut_ptr())
            };
        }
    }
}

/// The distance of `got` from `exact` in units of the last place that an `f32` near `exact` has.
fn ulp_error(got: f32, exact: f64) -> f64 {
    if got.is_nan() || exact.is_nan() {
        return if got.is_nan() && exact.is_nan() {
            0.0
        } else {
            f64::INFINITY
        };
    }
    if got.is_infinite() || exact.is_infinite() {
        let rounded = exact as f32;
        return if got == rounded { 0.0 } else { f64::INFINITY };
    }
    let exponent = ((exact.abs().to_bits() >> 52) as i64 - 1023).max(-126);
    let unit = f64::from_bits(((exponent - 23 + 1023) as u64) << 52);
    (got as f64 - exact).abs() / unit
}

/// The largest error, where it is, and how many results were not the nearest `f32`.
struct Worst {
    error: f64,
    input: f32,
    misrounded: u64,
    tried: u64,
}

fn walk(function: Function, stride: u64) -> Worst {
    let mut worst = Worst {
        error: 0.0,
        input: 0.0,
        misrounded: 0,
        tried: 0,
    };
    let (mut inputs, mut exact) = (vec![0.0f32; BLOCK], vec![0.0f64; BLOCK]);
    let blocks = (1u64 << 32) / (BLOCK as u64 * stride);
    for block in 0..blocks {
        for (i, input) in inputs.iter_mut().enumerate() {
            *input = f32::from_bits(((block * BLOCK as u64 + i as u64) * stride) as u32);
        }
        exact
            .iter_mut()
            .zip(&inputs)
            .for_each(|(exact, input)| *exact = *input as f64);
        let mut got = inputs.clone();
        Isa::active().run(Apply {
            function,
            values: &mut got,
        });
        Isa::active().run(Apply {
            function,
            values: &mut exact,
        });
        if block % 64 == 0 {
            check_paths(function, &inputs);
        }
        for ((&input, &got), &exact) in inputs.iter().zip(&got).zip(&exact) {
            let error = ulp_error(got, exact);
            if error > worst.error {
                (worst.error, worst.input) = (error, input);
            }
            worst.misrounded += (error > 0.5) as u64;
        }
        worst.tried += BLOCK as u64;
    }
    worst
}

/// Every instruction set must give the bits of the portable path.
fn check_paths(function: Function, inputs: &[f32]) {
    let evaluate = |isa: Isa| {
        let mut values = inputs.to_vec();
        isa.run(Apply {
            function,
            values: &mut values,
        });
        values
    };
    let expected = evaluate(Isa::Portable);
    for &isa in &Isa::available()[1..] {
        for ((&input, want), got) in inputs.iter().zip(&expected).zip(evaluate(isa)) {
            assert!(
                want.to_bits() == got.to_bits() || (want.is_nan() && got.is_nan()),
                "{} differs at {input:e}: portable {want:e}, got {got:e}",
                isa.name()
            );
        }
    }
}

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut stride = 1;
    if let Some(place) = arguments.iter().position(|argument| argument == "--stride") {
        let value = arguments.get(place + 1).and_then(|value| value.parse().ok());
        stride = value
            .filter(|&stride| stride > 0)
            .expect("--stride takes a positive number");
        arguments.drain(place..place + 2);
    }
    println!("| function | largest error in ULP | at x = | not the nearest f32 | seconds |");
    println!("|---|---|---|---|---|");
    for (name, function) in ALL {
        if !arguments.is_empty() && !arguments.iter().any(|argument| argument == name) {
            continue;
        }
        let start = Instant::now();
        let worst = walk(*function, stride);
        println!(
            "| {name} | {:.4} | {:e} | {:.2} % | {:.0} |",
            worst.error,
            worst.input,
            100.0 * worst.misrounded as f64 / worst.tried as f64,
            start.elapsed().as_secs_f64()
        );
    }
}
