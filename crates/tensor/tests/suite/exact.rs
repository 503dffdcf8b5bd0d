//! Results that a naive formula loses: softmax of large numbers, norms beyond the range of squares.

use latents_tensor::{Algebra, Real, Tensor};
use latents_testing::{assert_near, assert_same};
use proptest::prelude::*;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// Units in the last place that a few roundings of `T` may cost.
fn few<T: Real>() -> f64 {
    if T::NAME == "f32" { 4e-7 } else { 8e-16 }
}

/// Equal up to `relative` of the expected number itself.
#[track_caller]
fn assert_relative<T: Real>(got: &Tensor<T>, expected: &[f64], relative: f64, what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}: length");
    for (got, &expected) in got.to_vec().iter().zip(expected) {
        let got = got.to_f64();
        let near = (got - expected).abs() <= relative * expected.abs();
        assert!(
            near || got == expected || got.is_nan() && expected.is_nan(),
            "{what}: {got:e}, not {expected:e}"
        );
    }
}

fn of<T: Real>(values: &[f64]) -> Tensor<T> {
    Tensor::from_vec(values.iter().map(|&x| T::from_f64(x)).collect(), [values.len()])
}

/// ln softmax in f64, with the largest element summed last.
fn log_softmax(row: &[f64]) -> Vec<f64> {
    let top = row.iter().copied().fold(-INF, f64::max);
    let place = row.iter().position(|&x| x == top).unwrap();
    let others = (0..row.len()).filter(|&i| i != place);
    let rest: f64 = others.map(|i| Algebra::exp(row[i] - top)).sum();
    row.iter().map(|x| (x - top) - Algebra::log1p(rest)).collect()
}

fn check_softmax<T: Real>(row: &[f64]) {
    let x = of::<T>(row);
    let row: Vec<f64> = x.to_vec().iter().map(|x| x.to_f64()).collect();
    let logarithms = log_softmax(&row);
    let probabilities: Vec<f64> = logarithms.iter().map(|&x| Algebra::exp(x)).collect();
    let what = format!("{} {row:?}", T::NAME);
    assert_relative(&x.log_softmax(&[0]), &logarithms, few::<T>(), &what);
    // The reference loses as many units as its exponent is large, which f32 does not see.
    let tolerance = few::<T>() * if T::NAME == "f32" { 1.0 } else { 60.0 };
    assert_near(&x.softmax(&[0]).to_vec(), &probabilities, tolerance, &what);
    assert_near(&[x.softmax(&[0]).sum_all()], &[1.0], tolerance, &what);
    let top = row.iter().copied().fold(-INF, f64::max);
    let expected = top - logarithms[row.iter().position(|&x| x == top).unwrap()];
    assert_near(&[x.logsumexp(&[0], false).item()], &[expected], few::<T>(), &what);
}

fn check_softmax_in_both(row: &[f64]) {
    check_softmax::<f32>(row);
    check_softmax::<f64>(row);
}

#[test]
fn softmax_does_not_depend_on_the_size_of_its_arguments() {
    for shift in [0.0, 1e4, -1e4, 1e7, -1e7, 1e30] {
        check_softmax_in_both(&[shift, shift - 1.0, shift - 2.0]);
        check_softmax_in_both(&[shift - 2.0, shift, shift]);
        check_softmax_in_both(&[shift]);
    }
    check_softmax_in_both(&[20.0, 0.0]);
    check_softmax_in_both(&[0.0, 30.0, 0.5, 29.0]);
    check_softmax_in_both(&[1e8, 1e8]);
    let logarithm = of::<f32>(&[20.0, 0.0]).log_softmax(&[0]).at(&[0]);
    assert_eq!(logarithm, -2.061_153_6e-9);
    assert_eq!(
        of::<f32>(&[1e8, 1e8]).log_softmax(&[0]).at(&[1]),
        -std::f32::consts::LN_2
    );
}

proptest! {
    #[test]
    fn softmax_of_any_row(row in prop::collection::vec(-40.0..40.0, 1..70), shift in -1e4..1e4, ties in 0usize..70) {
        let mut row: Vec<f64> = row.into_iter().map(|x: f64| x + shift).collect();
        let top = row.iter().copied().fold(-INF, f64::max);
        row.iter_mut().take(ties).for_each(|x| if *x > top - 5.0 { *x = top });
        check_softmax_in_both(&row);
    }
}

#[test]
fn softmax_of_infinities() {
    let check = |row: &[f64], logarithms: &[f64], probabilities: &[f64], sum: f64| {
        let x = of::<f64>(row);
        assert_near(&x.log_softmax(&[0]).to_vec(), logarithms, 1e-15, "log_softmax");
        assert_near(&x.softmax(&[0]).to_vec(), probabilities, 1e-15, "softmax");
        assert_near(&x.logsumexp(&[0], false).to_vec(), &[sum], 1e-15, "logsumexp");
    };
    let half = -std::f64::consts::LN_2;
    check(
        &[1.0, -INF, 1.0],
        &[half, -INF, half],
        &[0.5, 0.0, 0.5],
        1.0 - half,
    );
    check(&[-INF, 3.0], &[-INF, 0.0], &[0.0, 1.0], 3.0);
    check(&[-INF, -INF], &[NAN, NAN], &[NAN, NAN], -INF);
    check(&[INF, 1.0, -INF], &[NAN, NAN, NAN], &[NAN, NAN, NAN], INF);
    check(&[INF, INF], &[NAN, NAN], &[NAN, NAN], INF);
    check(&[NAN, 1.0, INF], &[NAN, NAN, NAN], &[NAN, NAN, NAN], NAN);
    check(&[], &[], &[], -INF);
}

#[test]
fn softmax_over_any_axes() {
    let x = Tensor::<f64>::from_fn([3, 4, 2], |i| ((i * 7) % 5) as f64);
    let over = x.permute(&[1, 0, 2]).log_softmax(&[0, -1]).permute(&[1, 0, 2]);
    for row in 0..3 {
        let expected = log_softmax(&x.narrow(0, row, row + 1).to_vec());
        assert_near(&over.narrow(0, row, row + 1).to_vec(), &expected, 1e-14, "axes");
    }
    assert_eq!(x.softmax(&[]), Tensor::ones([3, 4, 2]));
    assert_eq!(x.log_softmax(&[]), Tensor::zeros([3, 4, 2]));
}

/// √Σx² of numbers in f64 that leave the range of f32 when squared.
fn check_norm<T: Real>(values: &[f64], expected: f64) {
    let x = of::<T>(values);
    assert_relative(
        &x.norm(&[0], false),
        &[expected],
        few::<T>(),
        &format!("{values:?}"),
    );
    assert_same(&[x.norm_all()], &x.norm(&[0], true).to_vec(), "norm_all");
}

#[test]
fn norms_neither_overflow_nor_underflow() {
    check_norm::<f32>(&[3e19, 4e19], 5e19);
    check_norm::<f32>(&[3e-23, 4e-23], 5e-23);
    check_norm::<f32>(&[1.5e38, 2e38, 1e-40], 2.5e38);
    check_norm::<f32>(&[3e38, 3e38], INF);
    let smallest = f64::from(f32::from_bits(1));
    check_norm::<f32>(&[3.0 * smallest, 4.0 * smallest], 5.0 * smallest);
    check_norm::<f64>(&[3e200, 4e200], 5e200);
    check_norm::<f64>(&[3e-200, 4e-200], 5e-200);
    check_norm::<f64>(&[1.2e308, 0.5e308], 1.3e308);
    check_norm::<f64>(&[f64::from_bits(6), f64::from_bits(8)], f64::from_bits(10));
    for edge in [0.0, INF, -INF, NAN] {
        check_norm::<f32>(&[edge, 1.0], if edge == 0.0 { 1.0 } else { edge.abs() });
        check_norm::<f64>(&[edge], edge.abs());
    }
    check_norm::<f32>(&[-0.0, 0.0], 0.0);
    check_norm::<f64>(&[], 0.0);
    let many = Tensor::<f32>::from_fn([1 << 20], |_| 1e-20);
    assert_relative(&Tensor::scalar(many.norm_all()), &[1.024e-17], 1e-6, "many");
}

/// A row keeps its bits beside rows that need another scale.
#[test]
fn a_norm_depends_on_its_own_row() {
    let rows = [
        [0.3f32, -0.7, 0.1],
        [3e30, 1e29, 0.0],
        [1e-40, 2e-41, 3e-42],
        [0.0; 3],
    ];
    let together = Tensor::from_slice(rows.as_flattened(), [4, 3])
        .norm(&[1], false)
        .to_vec();
    for (row, together) in rows.iter().zip(together) {
        assert_same(&[together], &[Tensor::from_slice(row, [3]).norm_all()], "row");
    }
}

#[test]
fn standard_deviations_have_the_range_of_the_type() {
    let x = Tensor::from_slice(&[1e30f32, 3e30, 1e-30, 3e-30, 2.0, 2.0], [3, 2]);
    assert_relative(
        &x.standard_deviation(&[1], false, 0),
        &[1e30, 1e-30, 0.0],
        4e-7,
        "population",
    );
    let sample = x.standard_deviation(&[1], true, 1);
    assert_eq!(sample.shape()[..], [3, 1]);
    assert_relative(
        &sample,
        &[2f64.sqrt() * 1e30, 2f64.sqrt() * 1e-30, 0.0],
        4e-7,
        "sample",
    );
    assert!(
        of::<f64>(&[1.0])
            .standard_deviation(&[0], false, 1)
            .item()
            .is_nan()
    );
    assert!(
        of::<f64>(&[1.0, 2.0])
            .standard_deviation(&[0], false, 3)
            .item()
            .is_nan()
    );
    let random = Tensor::<f64>::from_fn([50, 3], |i| ((i * 7919) % 101) as f64);
    let root = random.variance(&[0], false, 1).sqrt();
    assert!(
        random
            .standard_deviation(&[0], false, 1)
            .allclose(&root, 1e-14, 0.0)
    );
}
