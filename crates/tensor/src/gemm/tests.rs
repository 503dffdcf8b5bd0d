//! Every path against the oracle, bit for bit.

use super::drive::any_output;
use super::epilogue::needed;
use super::plan::Limits;
use super::*;
use crate::{Algebra, Pointwise, Shape, Tensor, parallel};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Blocks so small that a problem of a few rows crosses every edge, and work for several threads.
const TINY: Limits = Limits {
    group: 512,
    depth: 5,
    slab: 2048,
    own: 900,
    chunk: 64,
    chunks: 7,
    packing: 40,
    in_place_rows: 20,
    in_place_rows_of_large: 10,
    in_place_columns: 9,
};

/// Numbers that would show a changed order of additions, and now and then one that shows a padded sum.
struct Numbers(u64);

impl Numbers {
    fn bits(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        self.0 >> 33
    }

    fn vector<T: Real>(&mut self, length: usize, special: bool) -> Vec<T> {
        let number = |numbers: &mut Self| match numbers.bits() % 64 {
            0 if special => f64::INFINITY,
            1 if special => f64::NAN,
            2..6 if special => -0.0,
            6..9 if special => 0.0,
            _ => numbers.bits() as f64 / (1u64 << 28) as f64 - 4.0,
        };
        (0..length).map(|_| T::from_f64(number(self))).collect()
    }
}

/// How one operand lies in memory.
#[derive(Clone, Copy, Debug)]
struct Layout {
    transposed: bool,
    reversed: [bool; 2],
    /// Extra elements between rows, and the step between the elements of a row (0 repeats one).
    gap: usize,
    step: usize,
}

impl Layout {
    const PLAIN: Layout = Layout {
        transposed: false,
        reversed: [false; 2],
        gap: 0,
        step: 1,
    };

    /// Length of the memory, place of the first element, strides.
    fn place(&self, shape: [usize; 2]) -> (usize, usize, [isize; 2]) {
        let (outer, inner) = if self.transposed {
            (shape[1], shape[0])
        } else {
            (shape[0], shape[1])
        };
        let row = inner * self.step + self.gap;
        let (mut offset, mut strides) = (0, [row as isize, self.step as isize]);
        for (axis, length) in [outer, inner].into_iter().enumerate() {
            if self.reversed[axis] && length > 0 {
                offset += (length - 1) * strides[axis].unsigned_abs();
                strides[axis] = -strides[axis];
            }
        }
        if self.transposed {
            strides.swap(0, 1);
        }
        (outer * row + 1, offset, strides)
    }
}

#[derive(Clone, Debug)]
struct Case {
    shape: [usize; 3],
    layouts: [Layout; 3],
    resume: bool,
    special: bool,
    seed: u64,
}

struct Softsign;

impl Pointwise<1> for Softsign {
    fn eval<A: Algebra>(&self, [x]: [A; 1]) -> A {
        x / (x.lit(1.0) + x.abs())
    }
}

/// All NaN are one: their bits are not part of the promise.
fn bits<T: Real>(values: &[T]) -> Vec<u64> {
    let bits = |value: f64| if value.is_nan() { u64::MAX } else { value.to_bits() };
    values.iter().map(|value| bits(value.to_f64())).collect()
}

#[track_caller]
fn assert_same<T: Real>(got: &[T], expected: &[T], case: &Case, path: &str) {
    let (got, expected) = (bits(got), bits(expected));
    let difference = got
        .iter()
        .zip(&expected)
        .position(|(got, expected)| got != expected);
    assert!(
        difference.is_none(),
        "{case:?}, {path}: element {difference:?} of C's memory"
    );
}

/// Multiplies on each instruction set and compares all memory of C, gaps too; with an epilogue as well.
fn check<T: Real>(case: &Case, limits: &Limits) {
    let [m, n, k] = case.shape;
    let mut numbers = Numbers(case.seed);
    let [
        (a_length, a_first, a_strides),
        (b_length, b_first, b_strides),
        (c_length, c_first, c_strides),
    ] = [
        case.layouts[0].place([m, k]),
        case.layouts[1].place([k, n]),
        case.layouts[2].place([m, n]),
    ];
    let (a, b) = (
        numbers.vector::<T>(a_length, case.special),
        numbers.vector::<T>(b_length, case.special),
    );
    let (c, bias) = (
        numbers.vector::<T>(c_length, false),
        numbers.vector::<T>(n, false),
    );
    let (a, b) = (
        MatRef::new(&a, a_first, [m, k], a_strides),
        MatRef::new(&b, b_first, [k, n], b_strides),
    );
    let start = if case.resume { Start::Output } else { Start::Zero };
    let mut expected = c.clone();
    naive(
        a,
        b,
        MatMut::new(&mut expected, c_first, [m, n], c_strides),
        start,
    );
    let mut activated = expected.clone();
    for (row, column) in (0..m).flat_map(|row| (0..n).map(move |column| (row, column))) {
        let place = c_first as isize + row as isize * c_strides[0] + column as isize * c_strides[1];
        let element = &mut activated[place as usize];
        *element = Softsign.eval([*element + bias[column]]);
    }
    for &isa in Isa::available() {
        let mut plain = c.clone();
        let output = MatMut::new(&mut plain, c_first, [m, n], c_strides);
        any_output(isa, a, b, output, start, None, limits);
        assert_same(&plain, &expected, case, isa.name());
        let mut finished = c.clone();
        let output = MatMut::new(&mut finished, c_first, [m, n], c_strides);
        let epilogue = BiasThen {
            bias: &bias,
            formula: &Softsign,
        };
        any_output(isa, a, b, output, start, needed(&epilogue), limits);
        assert_same(&finished, &activated, case, "with an epilogue");
    }
}

fn with_threads(threads: usize, body: impl FnOnce() + Send) {
    latents_testing::in_pool(threads, || parallel::team(body));
}

#[test]
fn every_small_size() {
    for (m, n, k) in (0..=17).flat_map(|m| (0..=17).flat_map(move |n| (0..=17).map(move |k| (m, n, k)))) {
        let mut case = Case {
            shape: [m, n, k],
            layouts: [Layout::PLAIN; 3],
            resume: (m + n + k) % 3 == 0,
            special: (m + n + k) % 2 == 0,
            seed: (m * 400 + n * 20 + k) as u64,
        };
        check::<f32>(&case, &Limits::STANDARD);
        case.layouts[1].transposed = true;
        case.layouts[0].transposed = (m + n) % 2 == 0;
        check::<f64>(&case, &Limits::STANDARD);
    }
}

fn layouts() -> impl Strategy<Value = Layout> {
    let step = prop_oneof![6 => Just(1usize), 1 => Just(0), 1 => Just(2), 1 => Just(3)];
    (any::<[bool; 3]>(), any::<[bool; 3]>(), 0usize..5, step).prop_map(|(flags, rare, gap, step)| Layout {
        transposed: flags[0],
        reversed: [rare[0] && rare[1], rare[1] && rare[2]],
        gap: if flags[1] { gap } else { 0 },
        step,
    })
}

fn cases() -> impl Strategy<Value = Case> {
    let length = || prop_oneof![3 => 0usize..20, 2 => 0usize..50, 1 => 50usize..90];
    let shape = [length(), length(), length()];
    (
        shape,
        [layouts(), layouts(), layouts()],
        any::<[bool; 2]>(),
        any::<u64>(),
    )
        .prop_map(|(shape, mut layouts, [resume, special], seed)| {
            // Elements of an output do not share a place.
            layouts[2].step = layouts[2].step.max(1);
            Case {
                shape,
                layouts,
                resume,
                special,
                seed,
            }
        })
}

fn random_cases(count: u32, threads: usize, limits: &Limits) {
    let config = Config {
        cases: count,
        failure_persistence: None,
        ..Config::default()
    };
    with_threads(threads, || {
        let run = TestRunner::new(config).run(&cases(), |case| {
            check::<f32>(&case, limits);
            check::<f64>(&case, limits);
            Ok(())
        });
        if let Err(failure) = run {
            panic!("{threads} threads: {failure}");
        }
    });
}

#[test]
fn random_shapes_and_strides_in_tiny_blocks_on_one_thread() {
    random_cases(3000, 1, &TINY);
}

#[test]
fn random_shapes_and_strides_in_tiny_blocks_on_two_threads() {
    random_cases(3000, 2, &TINY);
}

#[test]
fn random_shapes_and_strides_in_tiny_blocks_on_three_threads() {
    random_cases(1000, 3, &TINY);
}

#[test]
fn random_shapes_and_strides_in_standard_blocks() {
    random_cases(3000, 2, &Limits::STANDARD);
}

#[test]
fn sizes_that_cross_standard_blocks() {
    let transposed = Layout {
        transposed: true,
        ..Layout::PLAIN
    };
    for (index, shape) in [[600, 33, 530], [32, 784, 256], [256, 32, 784], [70, 300, 300]]
        .into_iter()
        .enumerate()
    {
        let layouts = [
            [Layout::PLAIN; 3],
            [transposed, Layout::PLAIN, Layout::PLAIN],
            [Layout::PLAIN, transposed, transposed],
        ];
        for threads in 1..=3 {
            let case = Case {
                shape,
                layouts: layouts[(index + threads) % 3],
                resume: threads == 2,
                special: false,
                seed: index as u64,
            };
            with_threads(threads, || {
                check::<f32>(&case, &Limits::STANDARD);
                check::<f64>(&case, &Limits::STANDARD);
            });
        }
    }
}

#[test]
fn a_long_sum_in_several_slabs() {
    let case = Case {
        shape: [5, 40, 9000],
        layouts: [
            Layout::PLAIN,
            Layout {
                transposed: true,
                ..Layout::PLAIN
            },
            Layout::PLAIN,
        ],
        resume: true,
        special: false,
        seed: 1,
    };
    check::<f32>(&case, &Limits::STANDARD);
}

#[test]
fn batches_broadcast_as_in_numpy() {
    let mut numbers = Numbers(3);
    for (left, right, result) in [
        (&[2, 3, 4, 5][..], &[5, 6][..], &[2, 3, 4, 6][..]),
        (&[2, 1, 4, 5], &[3, 5, 6], &[2, 3, 4, 6]),
        (&[4, 5], &[2, 5, 6], &[2, 4, 6]),
        (&[3, 1, 5], &[5, 6], &[3, 1, 6]),
        (&[5], &[7, 5, 6], &[7, 6]),
        (&[7, 4, 5], &[5], &[7, 4]),
        (&[5], &[5], &[]),
        (&[0, 4, 5], &[5, 6], &[0, 4, 6]),
        (&[2, 4, 0], &[0, 6], &[2, 4, 6]),
    ] {
        let a = Tensor::<f32>::from_vec(numbers.vector(left.iter().product(), false), left);
        let b = Tensor::<f32>::from_vec(numbers.vector(right.iter().product(), false), right);
        let product = a.matmul(&b);
        assert_eq!(&product.shape()[..], result, "{left:?} · {right:?}");
        assert_eq!(
            bits(&product.to_vec()),
            bits(&by_definition(&a, &b)),
            "{left:?} · {right:?}"
        );
        // The same product of operands that lie otherwise in memory.
        if a.rank() > 1 && b.rank() > 1 {
            let (a, b) = (
                a.transpose().copied().transpose(),
                b.transpose().copied().transpose(),
            );
            assert_eq!(
                bits(&a.matmul(&b).to_vec()),
                bits(&product.to_vec()),
                "{left:?} · {right:?}"
            );
        }
    }
}

/// The product of tensors, one element after the other.
fn by_definition(a: &Tensor, b: &Tensor) -> Vec<f32> {
    let a = if a.rank() == 1 {
        a.reshape([1, a.len()])
    } else {
        a.clone()
    };
    let b = if b.rank() == 1 {
        b.reshape([b.len(), 1])
    } else {
        b.clone()
    };
    let leading = |tensor: &Tensor| Shape::from(&tensor.shape()[..tensor.rank() - 2]);
    let batch = Shape::broadcast("matmul", &[leading(&a), leading(&b)]).unwrap();
    let matrices = |tensor: &Tensor| {
        let shape = tensor.shape();
        let [rows, columns] = [shape[tensor.rank() - 2], shape[tensor.rank() - 1]];
        let wide: Vec<usize> = batch.iter().copied().chain([rows, columns]).collect();
        tensor
            .broadcast_to(&wide[..])
            .reshape([batch.count(), rows, columns])
    };
    let (a, b) = (matrices(&a), matrices(&b));
    let [rows, depth, columns] = [a.size(1), a.size(2), b.size(2)];
    let mut values = Vec::new();
    for (index, row) in (0..batch.count()).flat_map(|index| (0..rows).map(move |row| (index, row))) {
        values.extend((0..columns).map(|column| {
            (0..depth).fold(0.0f32, |sum, p| {
                a.at(&[index, row, p]).mul_add(b.at(&[index, p, column]), sum)
            })
        }));
    }
    values
}

#[test]
fn many_small_products_on_threads() {
    let mut numbers = Numbers(4);
    let a = Tensor::<f32>::from_vec(numbers.vector(500 * 30 * 20, false), [500, 30, 20]);
    let b = Tensor::<f32>::from_vec(numbers.vector(500 * 20 * 25, false), [500, 20, 25]);
    let expected = bits(&by_definition(&a, &b));
    for threads in 1..=3 {
        with_threads(threads, || assert_eq!(bits(&a.matmul(&b).to_vec()), expected));
    }
}

#[test]
fn linear_is_matmul_then_add_then_formula() {
    struct Add;
    impl Pointwise<2> for Add {
        fn eval<A: Algebra>(&self, [x, y]: [A; 2]) -> A {
            x + y
        }
    }
    let mut numbers = Numbers(5);
    for (rows, inputs, outputs) in [(1, 1, 1), (7, 5, 19), (256, 70, 33), (100, 300, 50), (3, 0, 4)] {
        let mut tensor =
            |shape: &[usize]| Tensor::<f32>::from_vec(numbers.vector(shape.iter().product(), true), shape);
        let (x, weight, bias) = (
            tensor(&[2, rows, inputs]),
            tensor(&[outputs, inputs]),
            tensor(&[outputs]),
        );
        let product = x.matmul(&weight.transpose());
        let sum = crate::pointwise("add", &Add, [&product, &bias]);
        let expected = crate::pointwise("softsign", &Softsign, [&sum]);
        let fused = x.linear(&weight, Some(&bias), &Softsign);
        assert_eq!(fused.shape(), expected.shape());
        assert_eq!(bits(&fused.to_vec()), bits(&expected.to_vec()));
        let without = crate::pointwise("softsign", &Softsign, [&product]);
        assert_eq!(
            bits(&x.linear(&weight, None, &Softsign).to_vec()),
            bits(&without.to_vec())
        );
    }
}

#[test]
fn nothing_is_allocated_once_warm() {
    let x = Tensor::<f64>::ones([300, 200]);
    let mut out = vec![0.0; 300 * 300];
    matmul_into(&x, &x.transpose(), &mut out, Start::Zero);
    let before = crate::pool::statistics::<f64>().misses;
    matmul_into(&x, &x.transpose(), &mut out, Start::Output);
    assert_eq!(crate::pool::statistics::<f64>().misses, before);
    assert!(out.iter().all(|&sum| sum == 400.0));
}

#[test]
#[should_panic(expected = "the sum runs over 3 elements on the left and 4 on the right")]
fn shapes_that_do_not_fit() {
    Tensor::<f32>::zeros([2, 3]).matmul(&Tensor::zeros([4, 5]));
}

#[test]
#[should_panic(expected = "elements that share a place")]
fn outputs_do_not_overlap_themselves() {
    let mut data = [0.0f32; 16];
    MatMut::new(&mut data, 0, [4, 4], [2, 1]);
}

#[test]
#[should_panic(expected = "leaves its slice")]
fn matrices_stay_in_their_slices() {
    MatRef::new(&[0.0f32; 16], 3, [2, 2], [-4, 1]);
}
