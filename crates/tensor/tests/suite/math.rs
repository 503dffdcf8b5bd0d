//! The elementary functions against 120-digit reference values, at the edges of their domains, and path against path.

use latents_tensor::random::Key;
use latents_tensor::simd::{Isa, Kernel, Lanes};
use latents_tensor::{Algebra, Real};

const NAMES: [&str; 13] = [
    "exp",
    "expm1",
    "ln",
    "log1p",
    "tanh",
    "sigmoid",
    "softplus",
    "erf",
    "erfc",
    "normal_cdf",
    "normal_pdf",
    "exp_remainder",
    "pow",
];

const POW: usize = 12;

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
        8 => x.erfc(),
        9 => x.normal_cdf(),
        10 => x.normal_pdf(),
        11 => x.exp_remainder(),
        _ => x.pow(y),
    }
}

fn number(hexadecimal: &str) -> f64 {
    f64::from_bits(u64::from_str_radix(hexadecimal, 16).unwrap())
}

/// Calls `body(index into NAMES, x, y, value, what the value lost)`.
fn for_each_reference(mut body: impl FnMut(usize, f64, f64, f64, f64)) {
    for line in include_str!("../reference/functions.csv").lines() {
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
        let scale = if exponent > 200 {
            1.0
        } else {
            f64::from_bits((1023 + 500) << 52)
        };
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

// ---- path against path ----------------------------------------------------------------------------------------

struct Apply<'a, T> {
    name: usize,
    x: &'a [T],
    y: &'a [T],
    out: &'a mut [T],
}

impl<T: Real> Kernel<T> for Apply<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Elem = T>>(self) {
        let length = self.out.len();
        assert!(self.x.len() == length && self.y.len() == length);
        let mut start = 0;
        while start < length {
            let count = (length - start).min(L::WIDTH);
            let (x, y) = (self.x[start..].as_ptr(), self.y[start..].as_ptr());
            let out = self.out[start..].as_mut_ptr();
            // SAFETY: `count` elements remain in every slice.
            unsafe {
                if count == L::WIDTH {
                    evaluate(self.name, L::load(x), L::load(y)).store(out);
                } else {
                    let (x, y) = (L::load_first(x, count), L::load_first(y, count));
                    evaluate(self.name, x, y).store_first(out, count);
                }
            }
            start += count;
        }
    }
}

fn apply<T: Real>(isa: Isa, name: usize, x: &[T], y: &[T]) -> Vec<T> {
    apply_with(|kernel| isa.run(kernel), name, x, y)
}

fn apply_with<T: Real>(run: impl FnOnce(Apply<'_, T>), name: usize, x: &[T], y: &[T]) -> Vec<T> {
    let mut out = vec![T::from_f64(77.0); x.len()];
    run(Apply {
        name,
        x,
        y,
        out: &mut out,
    });
    out
}

/// Equal bits; NaN equals NaN, whose payload is unspecified. Widening keeps every bit of a number.
fn same<T: Real>(a: T, b: T) -> bool {
    a.to_f64().to_bits() == b.to_f64().to_bits() || (a.to_f64().is_nan() && b.to_f64().is_nan())
}

fn assert_paths_agree<T: Real>(name: usize, x: &[T], y: &[T]) {
    let expected = apply(Isa::Portable, name, x, y);
    for &isa in &Isa::available()[1..] {
        let narrow = apply(isa, name, x, y);
        let wide = apply_with(|kernel| isa.run_wide(kernel), name, x, y);
        for i in 0..x.len() {
            assert!(
                same(expected[i], narrow[i]) && same(expected[i], wide[i]),
                "{}({:e}, {:e}) of {} numbers: portable {:e}, {} {:e} and {:e}",
                NAMES[name],
                x[i],
                y[i],
                x.len(),
                expected[i],
                isa.name(),
                narrow[i],
                wide[i]
            );
        }
    }
}

/// Zeros, ones, borders of the functions' pieces and of the format, both signs, infinities and NaN.
fn special<T: Real>() -> Vec<T> {
    let single = T::NAME == "f32";
    let (smallest, normal, largest, epsilon) = if single {
        (
            f32::from_bits(1) as f64,
            f32::MIN_POSITIVE as f64,
            f32::MAX as f64,
            f32::EPSILON as f64,
        )
    } else {
        (f64::from_bits(1), f64::MIN_POSITIVE, f64::MAX, f64::EPSILON)
    };
    let mut values = vec![
        0.0,
        smallest,
        3.0 * smallest,
        normal - smallest,
        normal,
        largest,
        f64::INFINITY,
        epsilon,
        0.5 * epsilon,
        0.25 * epsilon,
        1.0,
        1.0 + epsilon,
        1.0 - 0.5 * epsilon,
        0.5,
        2.0,
        3.0,
        4.0,
        6.0,
        10.0,
        18.0,
        20.0,
        38.0,
        0.5625,
        17.0,
        127.0,
        128.0,
        1023.0,
        1024.0,
        8388608.0,
        8388607.0,
        16777215.0,
        4503599627370495.0,
        9007199254740991.0,
        9007199254740992.0,
        std::f64::consts::FRAC_1_SQRT_2,
        std::f64::consts::SQRT_2,
        2.5,
        0.1,
        1e10,
        1e-10,
        1e30,
        1e-30,
        87.0,
        88.7,
        88.72284,
        88.8,
        89.0,
        103.9,
        104.0,
        708.0,
        709.78,
        710.0,
        745.1,
        746.0,
        0.34657359,
    ];
    values.extend(values.clone().iter().map(|x| -x));
    values.push(f64::NAN);
    values.into_iter().map(T::from_f64).collect()
}

/// Bit patterns spread over all of them by a multiplicative step.
fn patterns<T: Real>(count: u64) -> impl Iterator<Item = T> {
    (0..count).map(|i| {
        let bits = i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        if T::NAME == "f32" {
            T::from_f64(f32::from_bits((bits >> 32) as u32) as f64)
        } else {
            T::from_f64(f64::from_bits(bits))
        }
    })
}

fn paths_agree<T: Real>(count: u64) {
    let every: Vec<T> = patterns(count).collect();
    // Most functions are constant over most bit patterns: as many moderate numbers again.
    let moderate: Vec<T> = (0..count)
        .map(|i| T::from_f64((i as f64 / count as f64 - 0.5) * 240.0))
        .collect();
    let specials = special::<T>();
    for name in 0..NAMES.len() {
        assert_paths_agree(name, &every, &moderate);
        assert_paths_agree(name, &moderate, &every);
        for &y in &specials {
            assert_paths_agree(name, &specials, &vec![y; specials.len()]);
        }
        for length in 0..=67 {
            assert_paths_agree(name, &moderate[..length], &specials[..length]);
        }
    }
}

#[test]
fn single_precision_paths_agree() {
    paths_agree::<f32>(1 << 20);
}

#[test]
fn double_precision_paths_agree() {
    paths_agree::<f64>(1 << 19);
}

// ---- single precision -----------------------------------------------------------------------------------------

/// The distance of `got` from `exact` in units of the last place of an f32 near `exact`.
fn ulp_error(got: f32, exact: f64) -> f64 {
    let nearest = exact as f32;
    if got.to_bits() == nearest.to_bits() || (got.is_nan() && nearest.is_nan()) {
        return 0.0;
    }
    let exponent = ((exact.to_bits() >> 52 & 0x7ff) as i64 - 1023).clamp(-126, 127);
    let unit = f64::from_bits(((exponent - 23 + 1023) as u64) << 52);
    (got as f64 - exact).abs() / unit
}

/// What `docs/numerics.md` promises; the example `ulp` walks all inputs, this test every 977th.
#[test]
fn single_precision_is_as_close_as_promised() {
    let promised = [1.0, 1.25, 1.0, 1.0, 1.75, 1.75, 2.25, 1.25, 3.5, 3.5, 2.25, 4.5];
    let x: Vec<f32> = (0..(1u64 << 32) / 977)
        .map(|i| f32::from_bits((i * 977) as u32))
        .collect();
    let wide: Vec<f64> = x.iter().map(|&x| x as f64).collect();
    for (name, promise) in promised.iter().enumerate() {
        let (got, exact) = (
            apply(Isa::active(), name, &x, &x),
            apply(Isa::active(), name, &wide, &wide),
        );
        for ((x, got), exact) in x.iter().zip(got).zip(exact) {
            let error = ulp_error(got, exact);
            assert!(error <= *promise, "{}({x:e}) = {got:e}: {error} ULP", NAMES[name]);
        }
    }
}

#[test]
fn single_precision_powers_are_as_close_as_promised() {
    let key = Key::new(11);
    let count = 1 << 21;
    let (mut x, mut y) = (vec![0f32; count], vec![0f32; count]);
    key.uniform_into(&mut x);
    key.index(1).uniform_into(&mut y);
    for (i, (x, y)) in x.iter_mut().zip(&mut y).enumerate() {
        // Bases of every size, and bases near 1; exponents that take the result anywhere in the range.
        *x = match i % 3 {
            0 => f32::from_bits((*x * f32::INFINITY.to_bits() as f32) as u32),
            1 => 0.5 + *x,
            _ => *x * 10.0,
        };
        *y = (*y * 194.0 - 104.0) / Algebra::ln(*x);
    }
    let (wide_x, wide_y): (Vec<f64>, Vec<f64>) =
        x.iter().zip(&y).map(|(&x, &y)| (x as f64, y as f64)).unzip();
    let got = apply(Isa::active(), POW, &x, &y);
    let exact = apply(Isa::active(), POW, &wide_x, &wide_y);
    let mut worst = 0.0;
    for i in 0..count {
        let error = ulp_error(got[i], exact[i]);
        assert!(error <= 1.5, "{:e}^{:e} = {:e}: {error} ULP", x[i], y[i], got[i]);
        worst = f64::max(worst, error);
    }
    println!("pow: {worst:.4} ULP");
}

// ---- edges ----------------------------------------------------------------------------------------------------

/// `(name, x, value)` for every function of one number; exact in both formats.
const EDGES: &[(&str, f64, f64)] = &[
    ("exp", 0.0, 1.0),
    ("exp", -0.0, 1.0),
    ("exp", f64::INFINITY, f64::INFINITY),
    ("exp", f64::NEG_INFINITY, 0.0),
    ("exp", 1e4, f64::INFINITY),
    ("exp", -1e4, 0.0),
    ("expm1", 0.0, 0.0),
    ("expm1", -0.0, -0.0),
    ("expm1", f64::INFINITY, f64::INFINITY),
    ("expm1", f64::NEG_INFINITY, -1.0),
    ("expm1", 1e4, f64::INFINITY),
    ("expm1", -1e4, -1.0),
    ("exp_remainder", 0.0, 0.0),
    ("exp_remainder", -0.0, 0.0),
    ("exp_remainder", f64::INFINITY, f64::INFINITY),
    ("exp_remainder", f64::NEG_INFINITY, f64::INFINITY),
    ("exp_remainder", 1e4, f64::INFINITY),
    ("exp_remainder", -1e4, 9999.0),
    ("ln", 1.0, 0.0),
    ("ln", 0.0, f64::NEG_INFINITY),
    ("ln", -0.0, f64::NEG_INFINITY),
    ("ln", f64::INFINITY, f64::INFINITY),
    ("ln", -1.0, f64::NAN),
    ("ln", f64::NEG_INFINITY, f64::NAN),
    ("log1p", 0.0, 0.0),
    ("log1p", -0.0, -0.0),
    ("log1p", -1.0, f64::NEG_INFINITY),
    ("log1p", f64::INFINITY, f64::INFINITY),
    ("log1p", -1.5, f64::NAN),
    ("log1p", f64::NEG_INFINITY, f64::NAN),
    ("tanh", 0.0, 0.0),
    ("tanh", -0.0, -0.0),
    ("tanh", f64::INFINITY, 1.0),
    ("tanh", f64::NEG_INFINITY, -1.0),
    ("tanh", 50.0, 1.0),
    ("sigmoid", 0.0, 0.5),
    ("sigmoid", -0.0, 0.5),
    ("sigmoid", f64::INFINITY, 1.0),
    ("sigmoid", f64::NEG_INFINITY, 0.0),
    ("sigmoid", 50.0, 1.0),
    ("sigmoid", -1e4, 0.0),
    ("softplus", f64::INFINITY, f64::INFINITY),
    ("softplus", f64::NEG_INFINITY, 0.0),
    ("softplus", 1e4, 1e4),
    ("softplus", -1e4, 0.0),
    ("erf", 0.0, 0.0),
    ("erf", -0.0, -0.0),
    ("erf", f64::INFINITY, 1.0),
    ("erf", f64::NEG_INFINITY, -1.0),
    ("erf", 7.0, 1.0),
    ("erfc", 0.0, 1.0),
    ("erfc", -0.0, 1.0),
    ("erfc", f64::INFINITY, 0.0),
    ("erfc", f64::NEG_INFINITY, 2.0),
    ("erfc", 30.0, 0.0),
    ("erfc", -7.0, 2.0),
    ("normal_cdf", 0.0, 0.5),
    ("normal_cdf", -0.0, 0.5),
    ("normal_cdf", f64::INFINITY, 1.0),
    ("normal_cdf", f64::NEG_INFINITY, 0.0),
    ("normal_cdf", 10.0, 1.0),
    ("normal_cdf", -40.0, 0.0),
    ("normal_pdf", f64::INFINITY, 0.0),
    ("normal_pdf", f64::NEG_INFINITY, 0.0),
    ("normal_pdf", 40.0, 0.0),
];

fn edges<T: Real>() {
    for &(function, x, value) in EDGES {
        let name = NAMES.iter().position(|name| *name == function).unwrap();
        let got = evaluate(name, T::from_f64(x), T::one());
        assert!(
            same(got, T::from_f64(value)),
            "{function}({x}) = {got}, not {value} ({})",
            T::NAME
        );
    }
    let nan = T::from_f64(f64::NAN);
    for (name, function) in NAMES.iter().enumerate().take(POW) {
        assert!(same(evaluate(name, nan, nan), nan), "{function}(NaN)");
    }
    // Odd functions are odd, and the smallest numbers pass through those that are x near 0.
    for x in special::<T>() {
        for name in [4, 7] {
            let (plus, minus) = (evaluate(name, x, x), evaluate(name, -x, x));
            assert!(same(plus, -minus), "{} of ±{x:e}", NAMES[name]);
        }
        if x.abs() < T::from_f64(1e-30) {
            assert!(
                same(x.expm1(), x) && same(x.log1p(), x) && same(x.tanh(), x),
                "{x:e}"
            );
        }
    }
}

#[test]
fn edges_are_exact() {
    edges::<f32>();
    edges::<f64>();
}

/// C's Annex F (F.10.4.4), which IEEE 754 follows; std's `powf` knows these too.
fn powers_of_special_numbers<T: Real>(std_pow: impl Fn(T, T) -> T) {
    for x in special::<T>() {
        for y in special::<T>() {
            let (got, want) = (x.pow(y), std_pow(x, y));
            let exact = want.to_f64().is_nan()
                || want.abs() == T::from_f64(f64::INFINITY)
                || want == T::zero()
                || want.abs() == T::one();
            let close = (got - want).abs() <= want.abs() * T::from_f64(3e-7) + T::min_positive();
            assert!(
                if exact { same(got, want) } else { close },
                "{x:e}^{y:e} = {got:e}, not {want:e}"
            );
        }
    }
}

trait SmallestNumber: Real {
    fn min_positive() -> Self {
        Self::from_f64(if Self::NAME == "f32" {
            f32::from_bits(1) as f64
        } else {
            f64::from_bits(1)
        })
    }
}

impl<T: Real> SmallestNumber for T {}

#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "an independent oracle, compared with a tolerance"
)]
fn powers_follow_the_standard() {
    powers_of_special_numbers::<f32>(f32::powf);
    powers_of_special_numbers::<f64>(f64::powf);
}

/// The oracle of the f32 tests is our own f64; std's f64 functions say the same.
#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "an independent oracle, compared with a tolerance"
)]
fn double_precision_agrees_with_the_platform() {
    type Oracle = (usize, fn(f64) -> f64);
    let oracles: [Oracle; 5] = [
        (0, f64::exp),
        (1, f64::exp_m1),
        (2, f64::ln),
        (3, f64::ln_1p),
        (4, f64::tanh),
    ];
    for x in patterns::<f64>(200_000).chain((0..200_000).map(|i| (i as f64 - 1e5) * 1e-3)) {
        for (name, oracle) in oracles {
            let (got, want) = (evaluate(name, x, x), oracle(x));
            let close = (got - want).abs() <= want.abs() * 1e-15 + f64::from_bits(2);
            assert!(
                same(got, want) || close,
                "{}({x:e}) = {got:e}, std has {want:e}",
                NAMES[name]
            );
        }
    }
}
