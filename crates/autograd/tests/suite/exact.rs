//! Values and gradients at the edges, mostly in f32, where naive formulas lose all digits: softmax of large numbers, norms at 0, tails
//! of the normal distribution and of cross entropies.

use latents_autograd::{Reduction, Tape, Var, gradcheck2};
use latents_tensor::{Algebra, Real, Tensor};
use latents_testing::{assert_near, assert_same};

const INF: f32 = f32::INFINITY;

/// The value of a function and the gradient of its sum.
fn both<T: Real>(at: &[T], f: impl for<'t> Fn(Var<'t, T>) -> Var<'t, T>) -> (Vec<T>, Vec<T>) {
    let tape = Tape::new();
    let x = tape.variable(&Tensor::from_slice(at, [at.len()]));
    let y = f(x);
    let gradient = y.sum_all().backward().get(x).map(Tensor::to_vec);
    (y.value().to_vec(), gradient.unwrap_or_default())
}

/// A few units in the last place of f32.
const FEW: f64 = 5e-7;

#[test]
fn softmax_and_its_gradient_do_not_depend_on_the_size_of_the_logits() {
    for shift in [0.0, 1e4, 1e7] {
        let logits = [shift, shift - 1.0, shift - 2.0];
        let expected = [
            0.665_240_955_774_821_8,
            0.244_728_471_054_797_64,
            0.090_030_573_170_380_46,
        ];
        let (softmax, _) = both(&logits, |x| x.softmax(0));
        assert_near(&softmax, &expected, FEW, "relative");
        let (_, of_sum) = both(&logits, |x| x.logsumexp(&[0], false));
        assert_near(&of_sum, &expected, FEW, "relative");
        let (_, of_first) = both(&logits, |x| x.log_softmax(0).narrow(0, 0, 1));
        let slopes = [1.0 - expected[0], -expected[1], -expected[2]];
        assert_near(&of_first, &slopes, FEW, "log_softmax");
    }
}

fn cross_entropy(logits: &[f32], class: usize) -> (Vec<f32>, Vec<f32>) {
    both(logits, |x| {
        x.unsqueeze(0).cross_entropy(&[class], Reduction::Mean)
    })
}

#[test]
fn cross_entropy_of_large_logits() {
    let (loss, gradient) = cross_entropy(&[1e8, 1e8], 0);
    assert_same(&loss, &[std::f32::consts::LN_2], "ln 2");
    assert_same(&gradient, &[-0.5, 0.5], "the gradient");
    let (loss, gradient) = cross_entropy(&[20.0, 0.0], 0);
    let tail = 2.061_153_618_190_203_7e-9;
    assert_near(&loss, &[2.061_153_620_314_381e-9], FEW, "close to 0");
    assert_near(&gradient, &[-tail, tail], FEW, "close to 0");
    let (loss, gradient) = cross_entropy(&[0.0, 80.0, 0.0], 1);
    let tail = 1.804_851_387_845_415_2e-35;
    assert_near(&loss, &[2.0 * tail], 5e-6, "closer to 0");
    assert_near(&gradient, &[tail, -2.0 * tail, tail], 5e-6, "closer to 0");
    let (loss, gradient) = cross_entropy(&[1e7, 0.0], 1);
    assert_same(&loss, &[1e7], "far off");
    assert_same(&gradient, &[1.0, -1.0], "far off");
}

#[test]
fn logits_of_minus_infinity_have_no_probability_and_no_gradient() {
    let (loss, gradient) = cross_entropy(&[1.0, -INF, 1.0], 0);
    assert_same(&loss, &[std::f32::consts::LN_2], "loss");
    assert_same(&gradient, &[-0.5, 0.0, 0.5], "gradient");
    let (softmax, gradient) = both(&[0.0, -INF, 0.0], |x| x.softmax(0).narrow(0, 0, 1));
    assert_same(&softmax, &[0.5], "softmax");
    assert_near(&gradient, &[0.25, 0.0, -0.25], 0.0, "its gradient");
    let (sum, gradient) = both(&[-INF, 3.0], |x| x.logsumexp(&[0], false));
    assert_same(&sum, &[3.0], "logsumexp");
    assert_same(&gradient, &[0.0, 1.0], "its gradient");
    for row in [[-INF, -INF], [INF, 0.0], [f32::NAN, 0.0]] {
        let (loss, gradient) = cross_entropy(&row, 0);
        assert!(loss[0].is_nan() && gradient.iter().all(|g| g.is_nan()), "{row:?}");
    }
    let (loss, gradient) = cross_entropy(&[-INF, 0.0], 0);
    assert_same(&loss, &[INF], "an impossible class");
    assert_same(&gradient, &[-1.0, 1.0], "an impossible class");
    // Of log_softmax the gradient at −∞ is the one that comes in, less p Σ of all.
    let (_, gradient) = both(&[-INF, 0.0], |x| x.log_softmax(0));
    assert_same(&gradient, &[1.0, -1.0], "log_softmax");
}

#[test]
fn norms_have_a_gradient_everywhere() {
    let (norm, gradient) = both(&[0.0f32, 0.0], |x| x.norm_all());
    assert_same(&[norm, gradient].concat(), &[0.0; 3], "at 0");
    for scale in [1e-44f64, 1e-30, 1.0, 1e19, 1e37] {
        let x = [3.0 * scale, 4.0 * scale].map(|x| x as f32);
        let (norm, gradient) = both(&x, |x| x.norm(&[0], true));
        // Numbers of f32, whose squares f64 has.
        let exact = x.map(|x| f64::from(x) * f64::from(x)).iter().sum::<f64>().sqrt();
        assert_near(
            &[f64::from(norm[0]) / exact],
            &[1.0],
            if scale < 1e-40 { 0.1 } else { 1e-7 },
            "norm",
        );
        let direction = [f64::from(x[0]) / exact, f64::from(x[1]) / exact];
        assert_near(
            &gradient,
            &direction,
            if scale < 1e-40 { 0.1 } else { 1e-7 },
            "gradient",
        );
    }
}

#[test]
fn derivatives_of_norms_at_zero_are_zero() {
    let tape = Tape::<f64>::new();
    let x = tape.variable(&Tensor::from_slice(&[0.0, 0.0, 3.0, 4.0], [2, 2]));
    let first = tape.grad(x.norm(&[1], false).sum_all(), &[x])[0];
    assert_same(&first.value().to_vec(), &[0.0, 0.0, 0.6, 0.8], "first");
    let second = tape.grad(first.sum_all(), &[x])[0].value().to_vec();
    assert_near(&second, &[0.0, 0.0, 0.8 * 0.04, -0.6 * 0.04], 1e-15, "second");
}

#[test]
fn norms_beyond_the_range_have_a_direction() {
    let (norm, gradient) = both(&[3e38f32, 3e38], |x| x.norm(&[0], false));
    assert_same(&norm, &[INF], "too large");
    assert_near(&gradient, &[0.5f64.sqrt(); 2], FEW, "its direction");
    // The second derivative of |x| is 0, and that of a norm is about its reciprocal.
    for (at, expected) in [
        (vec![1e-310], vec![0.0]),
        (vec![-5e-324], vec![0.0]),
        (
            vec![3e-300, 4e-300],
            vec![0.8 * 0.2 / 5e-300, -0.6 * 0.2 / 5e-300],
        ),
        (vec![3e300, 4e300], vec![0.8 * 0.2 / 5e300, -0.6 * 0.2 / 5e300]),
    ] {
        let tape = Tape::<f64>::new();
        let x = tape.variable(&Tensor::from_slice(&at, [at.len()]));
        let first = tape.grad(x.norm_all(), &[x])[0];
        let second = tape.grad(first.sum_all(), &[x])[0].value().to_vec();
        assert_near(&second, &expected, 1e-14, &format!("{at:?}"));
    }
}

/// The value of a function of rows that have no spread, and its derivatives of orders one and two.
fn assert_flat<T: Real>(value: f64, count: usize, f: impl for<'t> Fn(Var<'t, T>) -> Var<'t, T>) {
    let tape = Tape::new();
    let x = tape.variable(&Tensor::full([2, count], T::from_f64(value)));
    let y = f(x);
    let first = tape.grad((y * y.lit(1.75)).sum_all(), &[x])[0];
    let second = tape.grad((first * first.lit(1.25)).sum_all(), &[x])[0];
    for (what, got) in [("value", y), ("gradient", first), ("second derivative", second)] {
        let zeros = vec![T::zero(); got.len()];
        let got = got.value().abs().to_vec();
        assert_same(
            &got,
            &zeros,
            &format!("{what} at {count} times {value} in {}", T::NAME),
        );
    }
}

#[test]
fn equal_elements_have_no_standard_deviation_and_no_derivatives() {
    for (value, count) in [
        (2.5, 4),
        (0.1, 3),
        (0.1, 7),
        (1e8, 1000),
        (1000.1, 1000),
        (3e38, 2),
        (1e-310, 3),
    ] {
        for correction in [0, 1] {
            assert_flat::<f32>(value, count, |x| x.standard_deviation(&[1], false, correction));
            assert_flat::<f64>(value, count, |x| x.standard_deviation(&[1], false, correction));
        }
    }
    let (deviation, gradient) = both(&[1.0f64, 3.0], |x| x.standard_deviation(&[0], false, 0));
    assert_near(
        &[deviation, gradient].concat(),
        &[1.0, -0.5, 0.5],
        1e-15,
        "1 and 3",
    );
}

#[test]
fn deviations_do_not_overflow_where_they_fit() {
    let alternating = |size: f32, count| {
        (0..count)
            .map(|i| if i % 2 == 0 { -size } else { size })
            .collect::<Vec<_>>()
    };
    for (size, count) in [(3e38, 2), (1e37, 2000)] {
        let x = alternating(size, count);
        let (deviation, gradient) = both(&x, |x| x.standard_deviation(&[0], false, 0));
        assert_near(&deviation, &[f64::from(size)], 1e-6, "value");
        let slopes: Vec<f64> = x.iter().map(|x| f64::from(x.signum()) / count as f64).collect();
        assert_near(&gradient, &slopes, 1e-6, "gradient");
    }
    let x = alternating(1e18, 2000);
    let (variance, gradient) = both(&x, |x| x.variance(&[0], false, 0));
    assert_near(&variance, &[1e36], 1e-6, "variance");
    let slopes: Vec<f64> = x.iter().map(|&x| f64::from(x) / 1000.0).collect();
    assert_near(&gradient, &slopes, 1e-6, "its gradient");
}

#[test]
fn gelu_keeps_its_tail() {
    let at = [-12.0f32, -9.0, -5.0, -3.0, -1.0, -0.1, 0.0, 0.1, 2.0, 6.0];
    let wide = at.map(f64::from);
    let (exact, slope) = both(&wide, |x| x.gelu());
    let (value, gradient) = both(&at, |x| x.gelu());
    assert_near(&value, &exact, FEW, "relative");
    assert_near(&gradient, &slope, FEW, "relative");
    assert_near(
        &[exact[2] / -1.433_257_859_395_969_6e-6],
        &[1.0],
        1e-15,
        "gelu(−5)",
    );
    assert_near(
        &[slope[2] / -7.146_946_001_792_295e-6],
        &[1.0],
        1e-14,
        "gelu′(−5)",
    );
}

#[test]
fn derivatives_of_error_functions_keep_their_tails() {
    let at = [-9.0f32, -4.0, -1.5, 0.0, 0.7, 3.0, 8.5];
    let wide = at.map(f64::from);
    let functions: [for<'t> fn(Var<'t, f32>) -> Var<'t, f32>; 4] =
        [|x| x.erf(), |x| x.erfc(), |x| x.normal_cdf(), |x| x.normal_pdf()];
    let exact: [for<'t> fn(Var<'t, f64>) -> Var<'t, f64>; 4] =
        [|x| x.erf(), |x| x.erfc(), |x| x.normal_cdf(), |x| x.normal_pdf()];
    for (single, double) in functions.into_iter().zip(exact) {
        assert_near(&both(&at, single).1, &both(&wide, double).1, FEW, "relative");
    }
}

#[test]
fn elu_keeps_its_gradient_far_below_zero() {
    let (_, gradient) = both(&[-40.0f32, -5.0], |x| x.elu(1.0));
    assert_near(
        &gradient,
        &[4.248_354_255_291_589e-18, 6.737_946_999_085_467e-3],
        FEW,
        "relative",
    );
}

#[test]
fn cross_entropies_of_bits_keep_both_tails() {
    for (z, t) in [
        (16.0f32, 1.0f32),
        (-16.0, 0.0),
        (40.0, 1.0),
        (-40.0, 0.0),
        (0.0, 1.0),
    ] {
        let sign = if t == 1.0 { -1.0 } else { 1.0 };
        let tail = sign * f64::from(z);
        let tape = Tape::new();
        let x = tape.variable(&Tensor::from_slice(&[z], [1, 1]));
        let loss = x.bce_with_logits(tape.input(&Tensor::full([1, 1], t)), Reduction::Mean);
        assert_near(
            &loss.value().to_vec(),
            &[Algebra::softplus(tail)],
            FEW,
            "relative",
        );
        let slope = loss.backward().get(x).unwrap().to_vec();
        assert_near(&slope, &[sign * Algebra::sigmoid(tail)], FEW, "relative");
    }
    let tape = Tape::new();
    let p = tape.variable(&Tensor::from_slice(&[1e-10f32], [1, 1]));
    let loss = p.bce(tape.input(&Tensor::zeros([1, 1])), Reduction::Sum);
    assert_near(&loss.value().to_vec(), &[f64::from(1e-10f32)], FEW, "relative");
}

#[test]
fn infinite_logits_of_bits_have_the_limits() {
    for (z, t, loss, slope) in [
        (INF, 1.0, 0.0, 0.0),
        (-INF, 0.0, 0.0, 0.0),
        (INF, 0.0, INF, 1.0),
        (-INF, 1.0, INF, -1.0),
    ] {
        let (value, gradient) = both(&[z], |z| {
            z.bce_with_logits(z.tape().input(&Tensor::full([1], t)), Reduction::Sum)
        });
        assert_same(&[value, gradient].concat(), &[loss, slope], &format!("{z}, {t}"));
    }
}

#[test]
fn bernoulli_entropies_have_finite_second_derivatives() {
    for (p, t) in [
        (0.0, 0.5),
        (1.0, 0.5),
        (0.0, 0.0),
        (1.0, 1.0),
        (0.0, 1.0),
        (1.0, 0.0),
    ] {
        let tape = Tape::<f64>::new();
        let [p, t] = [p, t].map(|x| tape.variable(&Tensor::scalar(x)));
        let first = tape.grad(p.binary_cross_entropy(t), &[p, t]);
        let by_p = tape.grad(first[1], &[p])[0].item();
        assert_same(&[by_p], &[-1.0], "∂/∂p of the target's gradient");
        let by_t = tape.grad(first[0], &[t])[0].item();
        assert_near(
            &[by_t],
            &[-1.0 / f64::from(1e-12f32)],
            1e-15,
            "∂/∂t of the prediction's",
        );
        assert!(tape.grad(first[0], &[p])[0].item().is_finite());
    }
}

#[test]
fn divergences_of_normal_distributions_are_exact_near_0() {
    let at = [3e-5f32, -3e-5, 1e-3, -0.5, 0.6, 0.7, -0.7, -9.0, 9.0];
    let exact = |s: f64| {
        // The series, where the difference would lose digits.
        let series = (2..30).rev().fold(0.0, |sum, k| (sum + 1.0) * s / (k + 1) as f64);
        if s.abs() < 1.0 {
            (series + 1.0) * s * s / 2.0
        } else {
            Algebra::exp(s) - 1.0 - s
        }
    };
    let (value, gradient) = both(&at, |s| s.exp_remainder());
    let wide = at.map(f64::from);
    assert_near(&value, &wide.map(exact), FEW, "eˢ − 1 − s");
    assert_near(&gradient, &wide.map(Algebra::expm1), FEW, "its gradient");
}

#[test]
fn running_sums_pass_long_gradients_back_exactly() {
    let x = vec![0.1f32; 1_000_000];
    let (sums, gradient) = both(&x, |x| x.cumsum(0) * 0.1f32);
    assert_eq!(sums[999_999], 10_000.0);
    assert_eq!(gradient[0], 100_000.0);
}

#[test]
fn safe_forms_are_zero_outside() {
    let nan = f64::NAN;
    let (value, gradient) = both(&[4.0, 0.0, -0.0, -1.0, nan], |x| x.safe_sqrt());
    assert_same(&value, &[2.0, 0.0, 0.0, 0.0, nan], "safe_sqrt");
    assert_same(&gradient, &[0.25, 0.0, 0.0, 0.0, nan], "its gradient");
    let (value, gradient) = both(&[1.0, 0.0, -2.0, nan], |x| x.safe_ln());
    assert_same(&value, &[0.0, 0.0, 0.0, nan], "safe_ln");
    assert_same(&gradient, &[1.0, 0.0, 0.0, nan], "its gradient");
    let (value, gradient) = both(&[2.0, 0.0, -0.0, nan], |x| x.lit(6.0).safe_div(x));
    assert_same(&value, &[3.0, 0.0, 0.0, nan], "safe_div");
    assert_same(&gradient, &[-1.5, 0.0, 0.0, nan], "its gradient");
    let entropy = both(&[0.0, 1.0], |p| p * p.safe_ln());
    assert_same(&entropy.0, &[0.0, 0.0], "p ln p");
    assert_same(&entropy.1, &[0.0, 1.0], "its gradient");
}

#[test]
fn safe_forms_have_derivatives_of_order_two() {
    let at = Tensor::from_slice(&[0.5, -0.75, 2.0], [3]);
    gradcheck2(
        |x| (x[0].safe_sqrt() + x[0].safe_ln() + x[0].lit(1.0).safe_div(x[0])).sum_all(),
        &[at],
    )
    .unwrap();
    let zeros = Tape::<f64>::new();
    let x = zeros.variable(&Tensor::zeros([2]));
    let y = x.safe_sqrt() + x.safe_ln() + x.safe_div(x);
    let first = zeros.grad(y.sum_all(), &[x])[0];
    assert_same(&first.value().to_vec(), &[0.0, 0.0], "first");
    assert_same(
        &zeros.grad(first.sum_all(), &[x])[0].value().to_vec(),
        &[0.0, 0.0],
        "second",
    );
}
