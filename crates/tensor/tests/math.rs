//! The elementary functions against 120-digit reference values, at the edges of their domains, and path against path.

use latents_tensor::Algebra;

const NAMES: [&str; 9] = [
    "exp", "expm1", "ln", "log1p", "tanh", "sigmoid", "softplus", "erf", "pow",
];

#[inline(always)]
fn evaluate<A: Algebra>(name: usize, x: A, y: A) -> A {
    match name {
        0 => x.exp(),
        1 => x.expm1(),
        2 => x.ln(),
        3 => x.log1p(),
        4 => x.tanh(),
        5 => x.sigmoid(),
        6 => x.softplus(),
        7 => x.erf(),
        _ => x.pow(y),
    }
}

fn number(hexadecimal: &str) -> f64 {
    f64::from_bits(u64::from_str_radix(hexadecimal, 16).unwrap())
}

/// Calls `body(index into NAMES, x, y, value, what the value lost)`.
fn for_each_reference(mut body: impl FnMut(usize, f64, f64, f64, f64)) {
    for line in include_str!("reference/functions.csv").lines() {
        let fields: Vec<&str> = line.split(',').collect();
        let name = NAMES.iter().position(|name| *name == fields[0]).unwrap();
        let y = if fields[2].is_empty() {
            0.0
        } else {
            number(fields[2])
        };
        body(name, number(fields[1]), y, number(fields[3]), number(fields[4]));
    }
}

#[test]
fn double_precision_agrees_with_the_reference() {
    let mut worst = [(0.0, 0.0, 0.0); NAMES.len()];
    for_each_reference(|name, x, y, high, low| {
        let got = evaluate(name, x, y);
        let exponent = ((high.abs().to_bits() >> 52) as i64).max(1);
        let unit = if exponent > 53 {
            f64::from_bits(((exponent - 52) as u64) << 52)
        } else {
            f64::from_bits(1 << (exponent - 1))
        };
        // Both differences are exact or far below the last place; the quotient is scaled first for subnormals.
        let scale = 2f64.powi_exact(if exponent > 200 { 0 } else { 500 });
        let error = ((((got - high) * scale) - low * scale) / (unit * scale)).abs();
        if error.is_nan() || error > worst[name].0 {
            worst[name] = (error, x, y);
        }
    });
    for (name, (error, x, y)) in NAMES.iter().zip(worst) {
        println!("{name}: {error:.3} ULP at {x:e}, {y:e}");
    }
    for (name, (error, x, y)) in NAMES.iter().zip(worst) {
        assert!(error <= 2.5, "{name}: {error} ULP at {x:e}, {y:e}");
    }
}

trait PowerOfTwo {
    fn powi_exact(self, exponent: i32) -> f64;
}

impl PowerOfTwo for f64 {
    fn powi_exact(self, exponent: i32) -> f64 {
        (0..exponent).fold(1.0, |product, _| product * self)
    }
}
