//! Reductions against sums in f64 over naively collected elements, for every layout, axis and shape.

use latents_tensor::{
    Algebra, Pointwise, Real, Tensor, column_sums_of, formula, map_with_column_sums, pointwise, sum_of,
};
use latents_testing::{
    SIZES, Tolerance, assert_near, assert_same, elements, layouts, numbers, panic_message, positions,
};
use proptest::prelude::*;

/// For each element of the result, in order, the elements that it is made of.
fn groups<T: Real>(x: &Tensor<T>, axes: &[usize]) -> Vec<Vec<f64>> {
    let kept = x.shape().without(|axis| axes.contains(&axis));
    let mut groups = vec![Vec::new(); kept.count()];
    for position in positions(x.shape()) {
        let mut place = 0;
        for (axis, &i) in position
            .iter()
            .enumerate()
            .filter(|(axis, _)| !axes.contains(axis))
        {
            place = place * x.shape()[axis] + i;
        }
        groups[place].push(x.at(&position).to_f64());
    }
    groups
}

fn largest(group: &[f64]) -> f64 {
    group.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

fn smallest(group: &[f64]) -> f64 {
    group.iter().copied().fold(f64::INFINITY, f64::min)
}

fn mean(group: &[f64]) -> f64 {
    group.iter().sum::<f64>() / group.len() as f64
}

fn variance(group: &[f64]) -> f64 {
    let mean = mean(group);
    group.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (group.len() as f64 - 1.0)
}

fn logsumexp(group: &[f64]) -> f64 {
    let top = largest(group);
    if group.is_empty() {
        top
    } else {
        top + Algebra::ln(group.iter().map(|x| Algebra::exp(x - top)).sum::<f64>())
    }
}

fn norm(group: &[f64]) -> f64 {
    group.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn check<T: Real>(x: &Tensor<T>, axes: &[usize], what: &str) {
    let tolerance = if T::NAME == "f32" { 1e-5 } else { 1e-11 };
    let groups = groups(x, axes);
    let signed: Vec<isize> = axes
        .iter()
        .map(|&axis| {
            if axis % 2 == 0 {
                axis as isize
            } else {
                axis as isize - x.rank() as isize
            }
        })
        .collect();
    let each = |f: fn(&[f64]) -> f64| groups.iter().map(|group| f(group)).collect::<Vec<f64>>();
    let near = |name: &str, got: Tensor<T>, f: fn(&[f64]) -> f64| {
        assert_eq!(
            got.shape(),
            x.shape().without(|axis| axes.contains(&axis)),
            "{name} of {what}"
        );
        assert_near(
            &got.to_vec(),
            &each(f),
            Tolerance::relative(tolerance).or_absolute(tolerance),
            &format!("{name} of {what} over {axes:?}"),
        );
    };
    near("sum", x.sum(&signed, false), |group| group.iter().sum());
    near("mean", x.mean(&signed, false), mean);
    near("variance", x.variance(&signed, false, 1), variance);
    near("logsumexp", x.logsumexp(&signed, false), logsumexp);
    near("norm", x.norm(&signed, false), norm);
    if groups.iter().all(|group| !group.is_empty()) && !groups.is_empty() {
        near("max", x.max(&signed, false), largest);
        near("min", x.min(&signed, false), smallest);
    }
    let kept = x.sum(&signed, true);
    let shape: Vec<usize> = (0..x.rank())
        .map(|axis| if axes.contains(&axis) { 1 } else { x.shape()[axis] })
        .collect();
    assert_eq!(kept.shape()[..], shape[..]);
    assert_same(&kept.to_vec(), &x.sum(&signed, false).to_vec(), "keep_dims");
}

fn check_layouts<T: Real>() {
    for (rows, columns) in SIZES {
        for (layout, x) in layouts::<T>(rows, columns, 2) {
            for axes in [&[][..], &[0], &[1], &[0, 1]] {
                // Without axes every group is one element: its variance with correction 1 is 0 / 0 as expected.
                check(&x, axes, layout);
            }
        }
    }
}

#[test]
fn every_reduction_on_every_layout_f32() {
    check_layouts::<f32>();
}

#[test]
fn every_reduction_on_every_layout_f64() {
    check_layouts::<f64>();
}

#[test]
fn any_axes_of_many() {
    let x = numbers::<f64>(&[2, 3, 4, 1, 3], 1).permute(&[3, 0, 2, 4, 1]);
    for set in 0..32usize {
        let axes: Vec<usize> = (0..5).filter(|axis| set >> axis & 1 == 1).collect();
        check(&x, &axes, "five axes");
    }
}

#[test]
fn all_elements() {
    let x = numbers::<f32>(&[7, 11], 4);
    let values: Vec<f64> = elements(&x).iter().map(|&x| x as f64).collect();
    assert_eq!(x.sum_all() as f64, values.iter().sum::<f64>());
    assert_eq!(
        (x.max_all() as f64, x.min_all() as f64),
        (largest(&values), smallest(&values))
    );
    assert_near(
        &[x.mean_all(), x.norm_all()],
        &[mean(&values), norm(&values)],
        1e-6,
        "mean, norm",
    );
    assert_eq!(Tensor::scalar(3.0f64).sum_all(), 3.0);
    assert_eq!(Tensor::scalar(3.0f64).max_all(), 3.0);
    assert_eq!(Tensor::<f32>::zeros([0, 3]).sum_all(), 0.0);
    assert!(Tensor::<f32>::zeros([0]).mean_all().is_nan());
}

#[test]
fn sum_to_is_the_adjoint_of_broadcasting() {
    let wide: &[usize] = &[2, 3, 4];
    for narrow in [
        &[][..],
        &[1],
        &[4],
        &[3, 1],
        &[1, 4],
        &[1, 1],
        &[3, 4],
        &[2, 1, 4],
        &[2, 1, 1],
        &[1, 1, 1],
        &[2, 3, 4],
    ] {
        let (x, y) = (numbers::<f64>(narrow, 1), numbers::<f64>(wide, 2));
        // ⟨broadcast x, y⟩ = ⟨x, sum_to y⟩
        let summed = y.sum_to(narrow);
        assert_eq!(summed.shape(), x.shape());
        assert_eq!(
            (x.broadcast_to(wide) * &y).sum_all(),
            (&x * &summed).sum_all(),
            "{narrow:?}"
        );
    }
    assert!(numbers::<f32>(&[2, 3], 0).try_sum_to([2]).is_err());
    assert!(numbers::<f32>(&[3], 0).try_sum_to([2, 3]).is_err());
    assert_eq!(Tensor::<f32>::zeros([0, 3]).sum_to([3]).to_vec(), [0.0; 3]);
}

struct SquaredDifference;

impl Pointwise<2> for SquaredDifference {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [x, y]: [A; 2]) -> A {
        (x - y) * (x - y)
    }
}

#[test]
fn fused_sums_have_the_bits_of_separate_passes() {
    for (rows, columns) in SIZES {
        for (layout, x) in layouts::<f32>(rows, columns, 1) {
            for (other, y) in layouts::<f32>(rows, columns, 2) {
                let (x, y) = (&x * 0.1, &y.mul(&y));
                let apart = pointwise("squared_difference", &SquaredDifference, [&x, y]);
                let what = format!("{layout}, {other} [{rows}, {columns}]");
                assert_same(&[sum_of(&SquaredDifference, [&x, y])], &[apart.sum_all()], &what);
                let (mapped, sums) = map_with_column_sums(&SquaredDifference, [&x, y]);
                assert_same(&mapped.to_vec(), &apart.to_vec(), &what);
                assert_same(&sums.to_vec(), &apart.sum(&[0], false).to_vec(), &what);
                assert_same(
                    &column_sums_of(&SquaredDifference, [&x, y]).to_vec(),
                    &sums.to_vec(),
                    &what,
                );
            }
        }
    }
}

#[test]
fn fused_sums_broadcast_and_take_any_rank() {
    let (x, y) = (numbers::<f64>(&[3, 4, 5], 1), numbers::<f64>(&[4, 1], 2));
    let (mapped, sums) = map_with_column_sums(&formula::Product, [&x, &y]);
    assert_eq!(mapped, &x * &y);
    assert_eq!(sums, (&x * &y).sum(&[0, 1], false));
    assert_eq!(sum_of(&formula::Product, [&y, &x]), (&x * &y).sum_all());
}

#[test]
fn nan_and_infinities() {
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    let x = Tensor::from_slice(
        &[1.0, nan, 3.0, -inf, 2.0, 5.0, inf, -inf, 0.0, -inf, -inf, -inf],
        [4, 3],
    );
    assert_same(&x.max(&[1], false).to_vec(), &[nan, 5.0, inf, -inf], "max");
    assert_same(&x.min(&[1], false).to_vec(), &[nan, -inf, -inf, -inf], "min");
    assert_same(&x.sum(&[1], false).to_vec(), &[nan, -inf, nan, -inf], "sum");
    let expected = [nan, 5.048587351573742, inf, -inf];
    assert_near(&x.logsumexp(&[1], false).to_vec(), &expected, 1e-15, "logsumexp");
    let far = Tensor::from_slice(&[1000.0f32, 1000.0, -1000.0, -1000.0], [2, 2]);
    assert_near(
        &far.logsumexp(&[1], false).to_vec(),
        &[1000.6931471805599, -999.3068528194401],
        1e-7,
        "far",
    );
}

#[test]
fn variance_survives_a_large_mean() {
    let x = Tensor::<f32>::from_fn([1000], |i| 1e5 + (i % 2) as f32);
    assert_near(&[x.variance(&[0], false, 0).item()], &[0.25], 1e-3, "variance");
}

#[test]
fn messages_say_what_is_wrong() {
    let x = || Tensor::<f32>::zeros([2, 3]);
    assert_eq!(
        panic_message(move || drop(x().sum(&[2], false))),
        "sum: axis 2 of a tensor with 2 axes\n  operand 0: [2, 3]"
    );
    assert_eq!(
        panic_message(move || drop(x().mean(&[1, -1], false))),
        "mean: axis 1 is named twice in [1, -1]\n  operand 0: [2, 3]"
    );
    assert_eq!(
        panic_message(|| drop(Tensor::<f32>::zeros([2, 0]).max(&[1], true))),
        "max: over no elements\n  operand 0: [2, 0]\n  hint: an axis of length 0 has no such element; check for empty input first"
    );
    assert_eq!(
        panic_message(move || drop(x().sum_to([2]))),
        "sum_to: [2] does not broadcast to [2, 3]\n  operand 0: [2, 3]\n  hint: the wanted axes, matched from the last, must be equal or 1"
    );
}

proptest! {
    #[test]
    fn any_shape_any_axes(shape in prop::collection::vec(0usize..6, 0..=6), set in 0usize..64, seed in 0usize..1000) {
        let axes: Vec<usize> = (0..shape.len()).filter(|axis| set >> axis & 1 == 1).collect();
        check(&numbers::<f64>(&shape, seed), &axes, "any");
    }
}
