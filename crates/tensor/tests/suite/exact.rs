//! Results that a naive formula loses: softmax of large numbers, norms beyond the range of squares, long running sums, ranges.

use latents_tensor::{Algebra, Real, Tensor};
use latents_testing::{Tolerance, assert_near, assert_same, in_pool, panic_message};
use proptest::prelude::*;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// Units in the last place that a few roundings of `T` may cost.
fn few<T: Real>() -> f64 {
    if T::NAME == "f32" { 4e-7 } else { 8e-16 }
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
    let top = row.iter().copied().fold(-INF, f64::max);
    let epsilon = few::<T>() / 4.0;
    // Close to 0 a logarithm is as exact as the probabilities of the others.
    let range = top - row.iter().copied().fold(INF, f64::min);
    assert_near(
        &x.log_softmax(&[0]).to_vec(),
        &logarithms,
        few::<T>() + epsilon * range,
        &what,
    );
    for (place, p) in x.softmax(&[0]).to_vec().into_iter().enumerate() {
        // The exponential of a rounded difference, here and (in f64) in the reference.
        let rounding = epsilon * (top - row[place]);
        let tolerance = Tolerance::relative(few::<T>() + rounding).or_absolute(T::SMALLEST_NORMAL.to_f64());
        assert_near(&[p], &probabilities[place..=place], tolerance, &what);
    }
    assert_near(&[x.softmax(&[0]).sum_all()], &[1.0], few::<T>(), &what);
    let expected = top - logarithms[row.iter().position(|&x| x == top).unwrap()];
    let tolerance = Tolerance::relative(few::<T>()).or_absolute(few::<T>() * top.abs());
    assert_near(&[x.logsumexp(&[0], false).item()], &[expected], tolerance, &what);
}

/// Rows of n elements of which the first is larger than the others, which are equal.
#[test]
fn softmax_of_long_rows_keeps_its_digits() {
    for (n, gap) in [(10_000, 2.3), (1_000_000, 4.0), (1_000_000, 0.0), (3_333, 1.0)] {
        let row = |i: usize| if i == 0 { 0.0 } else { -gap };
        let x = Tensor::<f32>::from_fn([n], |i| row(i) as f32);
        let gap = -f64::from(x.at(&[1]));
        let other = Algebra::exp(-gap);
        let rest = (n - 1) as f64 * other;
        let logarithm = Algebra::log1p(rest);
        let softmax = x.softmax(&[0]);
        let expected = [1.0 / (1.0 + rest), other / (1.0 + rest)];
        assert_near(&softmax.narrow(0, 0, 2).to_vec(), &expected, 1e-6, "softmax");
        let sum: f64 = softmax.to_vec().into_iter().map(f64::from).sum();
        assert_near(&[sum], &[1.0], 1e-6, "the sum");
        assert_near(
            &[x.logsumexp(&[0], false).item()],
            &[logarithm],
            2e-7,
            "logsumexp",
        );
        let logarithms = [-logarithm, -gap - logarithm];
        assert_near(
            &x.log_softmax(&[0]).narrow(0, 0, 2).to_vec(),
            &logarithms,
            2e-7,
            "log_softmax",
        );
    }
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
    assert_near(
        &x.norm(&[0], false).to_vec(),
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
    assert_near(
        &Tensor::scalar(many.norm_all()).to_vec(),
        &[1.024e-17],
        1e-6,
        "many",
    );
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
    assert_near(
        &x.standard_deviation(&[1], false, 0).to_vec(),
        &[1e30, 1e-30, 0.0],
        4e-7,
        "population",
    );
    let sample = x.standard_deviation(&[1], true, 1);
    assert_eq!(sample.shape()[..], [3, 1]);
    assert_near(
        &sample.to_vec(),
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

fn equal_elements_do_not_vary<T: Real>(value: f64, count: usize) {
    let x = Tensor::<T>::full([count], T::from_f64(value));
    for correction in [0, 1] {
        let deviation = x.standard_deviation(&[0], false, correction).item();
        let variance = x.variance(&[0], false, correction).item();
        assert_same(
            &[deviation, variance],
            &[T::zero(); 2],
            &format!("{value} {count}"),
        );
    }
}

#[test]
fn equal_elements_have_no_deviation() {
    for (value, count) in [
        (0.1, 3),
        (0.1, 7),
        (1000.1, 1000),
        (1e8, 1000),
        (3e38, 2),
        (3e38, 2000),
        (1e-40, 5),
    ] {
        equal_elements_do_not_vary::<f32>(value, count);
        equal_elements_do_not_vary::<f64>(value, count);
    }
    // Rows and columns, each with a value of its own.
    let x = Tensor::<f32>::from_fn([1000, 3], |i| [0.1, 1e8, 1000.1][i % 3]);
    assert_same(
        &x.standard_deviation(&[0], false, 0).to_vec(),
        &[0.0; 3],
        "columns",
    );
    let rows = x.transpose();
    assert_same(&rows.variance(&[1], true, 1).to_vec(), &[0.0; 3], "rows");
}

#[test]
fn deviations_do_not_overflow_where_they_fit() {
    let most = f64::from(3e38f32);
    let alternating = |size: f64, count| {
        Tensor::<f32>::from_fn([count], |i| if i % 2 == 0 { size as f32 } else { -size as f32 })
    };
    for (size, count) in [(most, 2), (1e37, 2000), (most, 2000), (1e37, 100_000)] {
        let x = alternating(size, count);
        let deviation = x.standard_deviation(&[0], false, 0);
        assert_near(&[deviation.item()], &[size], 1e-6, "standard_deviation");
        assert_eq!(x.variance(&[0], false, 0).item(), f32::INFINITY);
    }
    let x = alternating(1e18, 2000);
    assert_near(&[x.variance(&[0], false, 0).item()], &[1e36], 4e-7, "variance");
    // A row keeps its bits beside one that overflows.
    let two = Tensor::from_slice(&[3e38f32, -3e38, 0.1, 0.4], [2, 2]);
    let alone = two.narrow(0, 1, 2).standard_deviation(&[1], false, 1).item();
    assert_same(
        &two.standard_deviation(&[1], false, 1).to_vec()[1..],
        &[alone],
        "beside",
    );
    for edge in [INF, -INF, NAN] {
        assert!(
            of::<f32>(&[edge, 1.0])
                .standard_deviation(&[0], false, 0)
                .item()
                .is_nan()
        );
        assert!(
            of::<f64>(&[edge, 1.0, 2.0])
                .variance(&[0], false, 1)
                .item()
                .is_nan()
        );
    }
    assert!(of::<f64>(&[]).variance(&[0], false, 0).item().is_nan());
    assert_eq!(of::<f64>(&[1.0, 3.0]).variance(&[0], false, 2).item(), INF);
    assert_eq!(of::<f64>(&[1.0, 3.0]).variance(&[0], false, 3).item(), -2.0);
}

#[test]
fn long_running_sums_stay_exact() {
    let tenths = Tensor::<f32>::full([1_000_000], 0.1);
    assert_eq!(tenths.cumsum(0).at(&[999_999]), 100_000.0);
    assert_eq!(
        tenths.reshape([1000, 1000]).transpose().cumsum(0).at(&[999, 7]),
        100.0
    );
    let exact = (1e6 * f64::from(0.1f32)) as f32;
    // Chains of at most 128 terms, whose roundings all go one way here.
    let near = |got: f32| (got - exact).abs() <= 1e-6 * exact;
    assert!(near(tenths.sum_all()), "{}", tenths.sum_all());
    let columns = tenths.reshape([200_000, 5]).sum(&[0], false).sum_all();
    assert!(near(columns), "{columns}");
    // The f64 nearest to a tenth is 5.6·10⁻¹⁸ above it; a plain chain would end at 100000.00000133288.
    let tenths = Tensor::<f64>::full([1_000_000], 0.1);
    assert_eq!(tenths.cumsum(0).at(&[999_999]), 100_000.0);
}

#[test]
fn running_sums_at_the_edges() {
    let sums = |x: &[f64]| of::<f64>(x).cumsum(0).to_vec();
    assert_same(&sums(&[-0.0, -0.0, 0.0]), &[-0.0, -0.0, 0.0], "zeros");
    assert_same(
        &sums(&[1.0, INF, 2.0, -INF, 1.0]),
        &[1.0, INF, INF, NAN, NAN],
        "infinities",
    );
    assert_same(&sums(&[1.0, NAN, 2.0]), &[1.0, NAN, NAN], "NaN");
    assert_same(&sums(&[1.5e308, 1.5e308]), &[1.5e308, INF], "overflow");
    assert_same(
        &sums(&[1.0, 1e100, 1.0, -1e100]),
        &[1.0, 1e100, 1e100, 2.0],
        "cancellation",
    );
    let back = of::<f32>(&[3e38, 3e38, -3e38]).cumsum(0).to_vec();
    assert_same(&back, &[3e38, f32::INFINITY, 3e38], "f32");
    assert!(Tensor::<f32>::zeros([2, 0]).cumsum(1).is_empty());
}

#[test]
fn running_sums_do_not_depend_on_threads() {
    let x = Tensor::<f32>::from_fn([40, 300, 37], |i| ((i * 7919) % 1013) as f32 * 0.37 - 180.0);
    for axis in 0..3 {
        let alone = in_pool(1, || x.cumsum(axis)).to_vec();
        for threads in 2..=4 {
            assert_same(&in_pool(threads, || x.cumsum(axis)).to_vec(), &alone, "threads");
        }
    }
}

/// The numbers of decimal arguments: `count` of them, `digits` after the point.
#[track_caller]
fn check_range(start: f64, end: f64, step: f64, count: usize) {
    let what = format!("arange({start}, {end}, {step})");
    let x = Tensor::<f64>::arange(start, end, step).to_vec();
    assert_eq!(x.len(), count, "{what} = {x:?}");
    for (i, x) in x.iter().enumerate() {
        let exact = start + i as f64 * step;
        assert!(
            (x - exact).abs() <= f64::EPSILON * (start.abs() + exact.abs()),
            "{what}: {x}"
        );
    }
    let single = Tensor::<f32>::arange(start, end, step).to_vec();
    assert_eq!(single.len(), count, "{what} in f32");
    assert!(
        !x.contains(&end) && !single.contains(&(end as f32)),
        "{what} has its end"
    );
}

#[test]
fn ranges_do_not_contain_their_end() {
    check_range(1.0, 1.3, 0.1, 3);
    check_range(0.0, 2.1, 0.7, 3);
    check_range(1.3, 1.0, -0.1, 3);
    check_range(-0.3, 0.3, 0.1, 6);
    check_range(0.0, 0.30001, 0.1, 4);
    check_range(1.0, 1.0, 0.1, 0);
    check_range(2.0, 1.0, 0.1, 0);
    check_range(1.0, 2.0, -0.1, 0);
    check_range(0.0, 1.0, 5.0, 1);
    check_range(-1.5e38, 1.5e38, 1e38, 3);
    assert_eq!(
        Tensor::<f64>::arange(-1.5e308, 1.5e308, 1e308).to_vec(),
        [-1.5e308, -5e307, 5e307]
    );
    assert_eq!(
        Tensor::<f64>::arange(1e15, 1e15 + 3.0, 1.0).to_vec(),
        [1e15, 1e15 + 1.0, 1e15 + 2.0]
    );
    assert_eq!(Tensor::<f64>::arange(1e16, 1e16 + 8.0, 2.0).len(), 4);
    let tiny = f64::from_bits(1);
    assert_eq!(Tensor::<f64>::arange(0.0, 5.0 * tiny, tiny).len(), 5);
    // Arguments that were rounded to f32.
    let (end, step) = (f64::from(0.3f32), f64::from(0.1f32));
    assert_eq!(Tensor::<f32>::arange(0.0, end, step).to_vec(), [0.0, 0.1, 0.2]);
    assert!(Tensor::<f32>::arange(16_777_216.0, 16_777_217.0, 1e-3).is_empty());
    assert_eq!(Tensor::<f32>::arange(0.0, 1.0, 1e-6).len(), 1_000_000);
}

proptest! {
    /// Decimals with up to three digits behind the point: as many numbers as in exact decimal arithmetic.
    #[test]
    fn ranges_count_as_decimals_do(start in -5000i64..5000, length in -300i64..300, step in 1i64..400, scale in 0usize..4) {
        let unit = [1.0, 10.0, 100.0, 1000.0][scale];
        let count = (length.abs() + step - 1) / step;
        let step = if length < 0 { -step } else { step };
        let decimal = |thousandths: i64| thousandths as f64 / unit;
        check_range(decimal(start), decimal(start + length), decimal(step), count as usize);
    }
}

#[test]
fn linspace_covers_the_whole_range() {
    let whole = Tensor::<f64>::linspace(-1.5e308, 1.5e308, 3).to_vec();
    assert_eq!(whole, [-1.5e308, 0.0, 1.5e308]);
    let most = f64::MAX;
    assert_eq!(
        Tensor::<f64>::linspace(-most, most, 5).to_vec(),
        [-most, -most / 2.0, 0.0, most / 2.0, most]
    );
    assert_eq!(Tensor::<f64>::linspace(most, -most, 2).to_vec(), [most, -most]);
    let single = f64::from(f32::MAX);
    assert_eq!(
        Tensor::<f32>::linspace(-single, single, 3).to_vec(),
        [-f32::MAX, 0.0, f32::MAX]
    );
    for (start, end) in [(-INF, 0.0), (0.0, INF), (NAN, 1.0), (0.0, NAN)] {
        let message = panic_message(|| Tensor::<f64>::linspace(start, end, 3));
        assert_eq!(
            message,
            format!("linspace: from {start} to {end}; both ends must be finite")
        );
    }
    assert!(Tensor::<f64>::linspace(0.0, 1.0, 0).is_empty());
    assert_eq!(Tensor::<f64>::linspace(0.3, 1.0, 1).to_vec(), [0.3]);
    for count in [2, 7, 50, 1001] {
        let x = Tensor::<f64>::linspace(0.1, 0.7, count).to_vec();
        assert!((x[0], x[count - 1]) == (0.1, 0.7) && x.is_sorted(), "{count}");
    }
}

#[test]
fn cross_entropies_of_bits_keep_both_tails() {
    let entropy = |z: f64, t: f64| {
        let [z, t] = [z, t].map(|x| of::<f32>(&[x]));
        z.binary_cross_entropy_with_logits(&t)
    };
    // softplus(∓z), where the target is certain.
    for z in [-80.0, -16.0, -3.0, -0.0, 0.0, 0.25, 16.0, 20.0, 80.0] {
        for (t, sign) in [(1.0, -1.0), (0.0, 1.0)] {
            let expected = Algebra::softplus(sign * z);
            assert_near(
                &entropy(z, t).to_vec(),
                &[expected],
                4e-7,
                &format!("z = {z}, t = {t}"),
            );
        }
        let between = Algebra::softplus(z) - 0.25 * z;
        assert_near(
            &entropy(z, 0.25).to_vec(),
            &[between],
            4e-7,
            &format!("z = {z}, t = ¼"),
        );
    }
    assert_eq!(entropy(16.0, 1.0).item(), 1.125_351_7e-7);
    // An infinite logit that is right costs nothing, and one that is not costs infinitely much.
    for (z, t, expected) in [
        (INF, 1.0, 0.0),
        (-INF, 0.0, 0.0),
        (INF, 0.0, INF),
        (-INF, 1.0, INF),
        (INF, 0.5, INF),
    ] {
        assert_near(
            &entropy(z, t).to_vec(),
            &[expected],
            0.0,
            &format!("z = {z}, t = {t}"),
        );
    }
    assert!([0.0, 0.5, 1.0].iter().all(|&t| entropy(NAN, t).item().is_nan()));
}

#[test]
fn the_normal_distribution_keeps_its_tail() {
    // Φ(−5), Φ(−12) and erfc(5), erfc(9), to 17 digits.
    let at = |x: f64| of::<f32>(&[x]);
    let expected = [2.866_515_718_791_939e-7, 1.776_482_112_077_679e-33];
    assert_near(&at(-5.0).normal_cdf().to_vec(), &expected[..1], 4e-7, "Φ(−5)");
    assert_near(&at(-12.0).normal_cdf().to_vec(), &expected[1..], 4e-7, "Φ(−12)");
    assert_near(
        &at(5.0).erfc().to_vec(),
        &[1.537_459_794_428_035e-12],
        4e-7,
        "erfc(5)",
    );
    assert_near(
        &at(9.0).erfc().to_vec(),
        &[4.137_031_746_513_81e-37],
        4e-7,
        "erfc(9)",
    );
}
