//! `pointwise` against a naive scalar loop: broadcasting, strides, empty axes, odd tails, threads.

use latents_tensor::random::Key;
use latents_tensor::{Algebra, MAX_RANK, Pointwise, Real, Shape, Tensor, pointwise, pointwise_into};
use latents_testing::in_pool;
use proptest::prelude::*;

/// Tells its operands apart, and uses a function whose vector form differs most from a scalar one.
struct Mix;

impl Pointwise<3> for Mix {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [x, y, z]: [A; 3]) -> A {
        (x * y - z).sigmoid() + x.less(z).choose(y, x) * y.lit(0.25) / (z.abs() + z.lit(1.0))
    }
}

/// An operand of a case: which axes are stretched, how many leading axes are missing, and how it lies in memory.
#[derive(Clone, Debug)]
struct Layout {
    stretched: [bool; MAX_RANK],
    missing: usize,
    transposed: bool,
    narrowed: bool,
}

fn layout() -> impl Strategy<Value = Layout> {
    let stretched = proptest::array::uniform6(proptest::bool::weighted(0.25));
    (stretched, 0..=2usize, any::<bool>(), any::<bool>()).prop_map(
        |(stretched, missing, transposed, narrowed)| Layout {
            stretched,
            missing,
            transposed,
            narrowed,
        },
    )
}

/// A tensor that broadcasts to `shape` as the layout says.
fn operand<T: Real>(layout: &Layout, shape: &[usize], key: Key) -> Tensor<T> {
    let missing = layout.missing.min(shape.len());
    let lengths: Vec<usize> = shape
        .iter()
        .zip(layout.stretched)
        .skip(missing)
        .map(|(&length, stretched)| if stretched { 1 } else { length })
        .collect();
    // Both detours end at `lengths`, over a buffer that is larger or in another order.
    let mut made = lengths.clone();
    if layout.narrowed && !made.is_empty() {
        made[0] += 2;
    }
    let mut tensor = if layout.transposed && made.len() >= 2 {
        let rank = made.len();
        made.swap(rank - 2, rank - 1);
        key.normal::<T>(&made[..]).transpose()
    } else {
        key.normal::<T>(&made[..])
    };
    if layout.narrowed && !lengths.is_empty() {
        tensor = tensor.narrow(0, 1, 1 + lengths[0]);
    }
    assert_eq!(tensor.shape()[..], lengths[..]);
    tensor
}

/// The element of `operand` that broadcasting puts at `index`.
fn broadcast_at<T: Real>(operand: &Tensor<T>, index: &[usize]) -> T {
    let own: Vec<usize> = index[index.len() - operand.rank()..]
        .iter()
        .zip(operand.shape().iter())
        .map(|(&i, &length)| if length == 1 { 0 } else { i })
        .collect();
    operand.at(&own)
}

fn naive<T: Real>(shape: &[usize], operands: &[Tensor<T>; 3]) -> Vec<T> {
    let count = shape.iter().product();
    (0..count)
        .map(|mut place: usize| {
            let mut index = vec![0; shape.len()];
            for axis in (0..shape.len()).rev() {
                index[axis] = place % shape[axis];
                place /= shape[axis];
            }
            Mix.eval(operands.each_ref().map(|operand| broadcast_at(operand, &index)))
        })
        .collect()
}

fn check<T: Real>(shape: &[usize], layouts: &[Layout; 3]) {
    let operands: [Tensor<T>; 3] =
        std::array::from_fn(|i| operand(&layouts[i], shape, Key::new(5).index(i as u64)));
    // Where every operand is stretched along an axis, so is the result.
    let target = operands.iter().fold(vec![1; shape.len()], |mut target, operand| {
        let skipped = shape.len() - operand.rank();
        for (target, &length) in target[skipped..].iter_mut().zip(operand.shape().iter()) {
            if length != 1 {
                *target = length;
            }
        }
        target
    });
    let expected = naive(&target, &operands);
    let [x, y, z] = &operands;
    let got = pointwise("mix", &Mix, [x, y, z]);
    let rank = operands.iter().map(Tensor::rank).max().unwrap_or(0);
    assert_eq!(got.shape()[..], target[target.len() - rank..]);
    assert_eq!(bits(&got.to_vec()), bits(&expected), "{} {layouts:?}", T::NAME);

    // The same with axes in front that no operand has.
    let mut out = vec![T::zero(); expected.len()];
    pointwise_into(&Mix, [x, y, z], Shape::from(&target[..]), &mut out);
    assert_eq!(bits(&out), bits(&expected));
}

fn bits<T: Real>(values: &[T]) -> Vec<u64> {
    values.iter().map(|value| value.to_f64().to_bits()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn broadcasting_equals_a_scalar_loop(
        shape in proptest::collection::vec(prop_oneof![8 => 1usize..=9, 1 => Just(0usize), 1 => 30usize..=40], 0..=4),
        layouts in proptest::array::uniform3(layout()),
    ) {
        check::<f32>(&shape, &layouts);
        check::<f64>(&shape, &layouts);
    }
}

fn plain() -> Layout {
    Layout {
        stretched: [false; MAX_RANK],
        missing: 0,
        transposed: false,
        narrowed: false,
    }
}

#[test]
fn every_tail_length() {
    for length in 0..=70 {
        check::<f32>(&[length], &[plain(), plain(), plain()]);
        check::<f64>(&[length], &[plain(), plain(), plain()]);
    }
}

#[test]
fn rank_six_and_long_rows_in_several_chunks() {
    let strided = Layout {
        transposed: true,
        narrowed: true,
        ..plain()
    };
    let row = Layout {
        missing: 1,
        ..plain()
    };
    check::<f32>(&[2, 3, 1, 4, 2, 5], &[plain(), strided.clone(), row.clone()]);
    check::<f64>(&[3, 20_011], &[plain(), strided.clone(), row.clone()]);
    let number = Layout {
        stretched: [true; MAX_RANK],
        ..plain()
    };
    check::<f32>(&[3, 20_011], &[number, plain(), row.clone()]);
    check::<f32>(&[20_011, 3], &[plain(), strided, row.clone()]);
    check::<f32>(&[1_000, 77], &[row.clone(), plain(), row]);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let key = Key::new(9);
    let work = |threads: usize| {
        in_pool(threads, || {
            let [x, y]: [Tensor<f32>; 2] = std::array::from_fn(|i| key.index(i as u64).normal([300, 211]));
            let row = key.index(2).normal([211]);
            let plain = pointwise("mix", &Mix, [&x, &y, &x]).to_vec();
            let stretched = pointwise("mix", &Mix, [&x, &y, &row]).to_vec();
            (bits(&plain), bits(&stretched))
        })
    };
    let expected = work(1);
    for threads in 2..=4 {
        assert!(work(threads) == expected, "{threads} threads");
    }
}

#[test]
#[should_panic(expected = "mix")]
fn shapes_that_do_not_broadcast_are_named() {
    let (x, y) = (Tensor::<f32>::zeros([2, 3]), Tensor::zeros([4]));
    pointwise("mix", &Mix, [&x, &y, &x]);
}
