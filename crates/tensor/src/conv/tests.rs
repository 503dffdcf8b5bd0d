//! Every path against the oracle, bit for bit.

use super::geometry::Geometry;
use super::*;
use crate::{Algebra, Shape, parallel};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Numbers that would show a changed order of additions, and now and then one that shows a term too many or too few.
struct Numbers(u64);

impl Numbers {
    fn bits(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        self.0 >> 33
    }

    fn tensor<T: Real>(&mut self, shape: Shape, special: bool) -> Tensor<T> {
        let number = |numbers: &mut Self| match numbers.bits() % 256 {
            0 if special => f64::INFINITY,
            1 if special => f64::NAN,
            2..12 if special => -0.0,
            12..20 if special => 0.0,
            _ => numbers.bits() as f64 / (1u64 << 28) as f64 - 4.0,
        };
        Tensor::from_vec(
            (0..shape.count()).map(|_| T::from_f64(number(self))).collect(),
            shape,
        )
    }
}

struct Softsign;

impl Pointwise<1> for Softsign {
    fn eval<A: Algebra>(&self, [x]: [A; 1]) -> A {
        x / (x.lit(1.0) + x.abs())
    }
}

#[derive(Clone, Debug)]
struct Case {
    samples: usize,
    inputs: usize,
    outputs: usize,
    image: [usize; 2],
    kernel: [usize; 2],
    options: Conv2dOptions,
    special: bool,
    seed: u64,
}

impl Case {
    fn geometry(&self) -> Option<Geometry> {
        Some(Geometry {
            samples: self.samples,
            groups: self.options.groups,
            inputs: self.inputs,
            outputs: self.outputs,
            image: self.image,
            kernel: self.kernel,
            output: self.options.output_size(self.image, self.kernel)?,
            options: self.options,
        })
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
    assert!(difference.is_none(), "{case:?}, {path}: element {difference:?}");
}

/// `sums`, each plus the bias of its channel, through the formula.
fn finished<T: Real>(sums: &[T], bias: &[T], pixels: usize) -> Vec<T> {
    let element = |(index, &sum): (usize, &T)| Softsign.eval([sum + bias[index / pixels % bias.len()]]);
    sums.iter().enumerate().map(element).collect()
}

fn check<T: Real>(case: &Case) {
    let Some(geometry) = case.geometry() else { return };
    let mut numbers = Numbers(case.seed);
    let x = numbers.tensor::<T>(geometry.image_shape(), case.special);
    let w = numbers.tensor::<T>(geometry.weight_shape(), case.special);
    let g = numbers.tensor::<T>(geometry.output_shape(), case.special);
    let (x, w, g) = (&x.in_order()[..], &w.in_order()[..], &g.in_order()[..]);
    let channels = geometry.groups * geometry.inputs.max(geometry.outputs);
    let bias = numbers.tensor::<T>(Shape::from(channels), false);
    let bias = &bias.in_order()[..];
    let [pixels, places] = geometry.pixels();
    let sums = naive::forward(&geometry, x, w);
    let spread = naive::transposed(&geometry, g, w);
    let weight = naive::weight_gradient(&geometry, x, g);
    let formula = Some(&Softsign);
    for &isa in Isa::available() {
        let name = isa.name();
        let mut out = vec![T::one(); sums.len()];
        forward::forward(isa, &geometry, x, w, None, &mut out);
        assert_same(&out, &sums, case, name);
        let bias_of = &bias[..geometry.groups * geometry.outputs];
        let finish = BiasThen {
            bias: Some(bias_of),
            formula,
        };
        forward::forward(isa, &geometry, x, w, Some(&finish), &mut out);
        assert_same(&out, &finished(&sums, bias_of, places), case, name);
        let mut out = vec![T::one(); spread.len()];
        transposed::transposed(isa, &geometry, g, w, None, &mut out);
        assert_same(&out, &spread, case, &format!("{name}, transposed"));
        let bias_of = &bias[..geometry.groups * geometry.inputs];
        let finish = BiasThen {
            bias: Some(bias_of),
            formula,
        };
        transposed::transposed(isa, &geometry, g, w, Some(&finish), &mut out);
        assert_same(&out, &finished(&spread, bias_of, pixels), case, name);
        let mut out = vec![T::one(); weight.len()];
        weight::weight_gradient(isa, &geometry, x, g, &mut out);
        assert_same(&out, &weight, case, &format!("{name}, weight"));
    }
}

fn with_threads(threads: usize, body: impl FnOnce() + Send) {
    latents_testing::in_pool(threads, || parallel::team(body));
}

fn cases() -> impl Strategy<Value = Case> {
    let samples = prop_oneof![3 => 0usize..5, 2 => 5usize..40, 1 => 60usize..75];
    let pair = |range: std::ops::Range<usize>| [range.clone(), range];
    let options = (pair(1..4), pair(0..3), pair(1..4), 1usize..4);
    (
        samples,
        [1usize..5, 1usize..15],
        pair(1..9),
        pair(1..4),
        options,
        any::<bool>(),
        any::<u64>(),
    )
        .prop_map(
            |(samples, [inputs, outputs], image, kernel, options, special, seed)| {
                let (stride, padding, dilation, groups) = options;
                // Many channels on one side or the other.
                let [inputs, outputs] = if seed % 2 == 0 {
                    [inputs, outputs]
                } else {
                    [outputs, inputs]
                };
                Case {
                    samples,
                    inputs,
                    outputs,
                    image,
                    kernel,
                    options: Conv2dOptions {
                        stride,
                        padding,
                        dilation,
                        groups,
                    },
                    special,
                    seed,
                }
            },
        )
}

fn random_cases(count: u32, threads: usize) {
    let config = Config {
        cases: count,
        failure_persistence: None,
        ..Config::default()
    };
    with_threads(threads, || {
        let run = TestRunner::new(config).run(&cases(), |case| {
            check::<f32>(&case);
            check::<f64>(&case);
            Ok(())
        });
        if let Err(failure) = run {
            panic!("{threads} threads: {failure}");
        }
    });
}

#[test]
fn random_convolutions_on_one_thread() {
    random_cases(150, 1);
}

#[test]
fn random_convolutions_on_two_threads() {
    random_cases(150, 2);
}

#[test]
fn random_convolutions_on_three_threads() {
    random_cases(80, 3);
}

/// So many blocks that the sum over samples has runs of several.
#[test]
fn runs_of_several_blocks() {
    for (threads, samples) in [(1, 32 * 17 + 5), (2, 32 * 32), (3, 32 * 16 - 31)] {
        let case = Case {
            samples,
            inputs: 2,
            outputs: 3,
            image: [3, 2],
            kernel: [2, 2],
            options: Conv2dOptions::default().padding(1).stride(2),
            special: false,
            seed: samples as u64,
        };
        with_threads(threads, || {
            check::<f32>(&case);
            check::<f64>(&case);
        });
    }
}

/// More channels than a tile has rows, and more taps than it has columns.
#[test]
fn many_channels() {
    for (inputs, outputs, groups) in [(9, 31, 1), (31, 9, 1), (1, 1, 20)] {
        let case = Case {
            samples: 40,
            inputs,
            outputs,
            image: [7, 6],
            kernel: [3, 3],
            options: Conv2dOptions::default().padding(1).stride(2).groups(groups),
            special: false,
            seed: 7,
        };
        with_threads(2, || {
            check::<f32>(&case);
            check::<f64>(&case);
        });
    }
}

#[test]
fn sizes_are_those_of_the_formula() {
    let options = Conv2dOptions::default().stride(2).padding(1);
    assert_eq!(options.output_size([28, 27], [3, 3]), Some([14, 14]));
    assert_eq!(options.transposed_size([14, 14], [3, 3], [1, 0]), Some([28, 27]));
    assert_eq!(
        options.transposed_size([14, 14], [3, 3], [2, 0]),
        None,
        "no less than the stride"
    );
    assert_eq!(options.output_size([1, 1], [4, 1]), None, "the window is larger");
    assert_eq!(options.output_size([0, 3], [1, 1]), None);
    assert_eq!(options.stride(0).output_size([3, 3], [1, 1]), None);
    assert_eq!(options.dilation(0).output_size([3, 3], [1, 1]), None);
    assert_eq!(options.padding(usize::MAX).output_size([3, 3], [1, 1]), None);
    assert_eq!(
        Conv2dOptions::default().dilation(3).output_size([9, 9], [3, 1]),
        Some([3, 9])
    );
    assert_eq!(
        Conv2dOptions::default()
            .padding(2)
            .transposed_size([1, 1], [3, 3], [0, 0]),
        None
    );
}

#[test]
fn views_are_read_as_their_elements() {
    let mut numbers = Numbers(1);
    let x = numbers.tensor::<f32>(Shape::from([5, 4, 2, 6]), false);
    let w = numbers.tensor::<f32>(Shape::from([3, 3, 2, 3]), false);
    let (turned, flipped) = (x.permute(&[3, 2, 0, 1]), w.transpose());
    let options = Conv2dOptions::default().padding(1);
    let expected = turned.copied().conv2d(
        &flipped.narrow(1, 0, 2).copied(),
        None,
        &options,
        None::<&Softsign>,
    );
    let got = turned.conv2d(&flipped.narrow(1, 0, 2), None, &options, None::<&Softsign>);
    assert_eq!(bits(&got.to_vec()), bits(&expected.to_vec()));
}

#[test]
fn nothing_is_allocated_once_warm() {
    let options = Conv2dOptions::default().padding(1).stride(2);
    let (x, w) = (Tensor::<f32>::ones([70, 3, 9, 9]), Tensor::ones([4, 3, 3, 3]));
    let step = || {
        let y = x.conv2d(&w, None, &options, Some(&Softsign));
        drop(y.conv_transpose2d(&w, None, [9, 9], &options, None::<&Softsign>));
        drop(x.conv2d_weight_gradient(&y, [3, 3], &options));
    };
    step();
    let before = crate::pool::statistics::<f32>().misses;
    step();
    assert_eq!(crate::pool::statistics::<f32>().misses, before);
}

#[test]
#[should_panic(expected = "the channels do not fit 2 group(s)")]
fn channels_that_do_not_fit() {
    let options = Conv2dOptions::default().groups(2);
    let (x, w) = (Tensor::<f32>::zeros([1, 4, 5, 5]), Tensor::zeros([2, 4, 3, 3]));
    drop(x.conv2d(&w, None, &options, None::<&Softsign>));
}

#[test]
#[should_panic(expected = "no image of [7, 7] has this size")]
fn a_size_that_the_transpose_does_not_have() {
    let (x, w) = (Tensor::<f32>::zeros([1, 4, 5, 5]), Tensor::zeros([4, 2, 1, 1]));
    drop(x.conv_transpose2d(&w, None, [7, 7], &Conv2dOptions::default(), None::<&Softsign>));
}

#[test]
#[should_panic(expected = "the window does not fit the image")]
fn a_window_larger_than_the_image() {
    let (x, w) = (Tensor::<f32>::zeros([1, 1, 2, 2]), Tensor::zeros([1, 1, 3, 3]));
    drop(x.conv2d(&w, None, &Conv2dOptions::default(), None::<&Softsign>));
}
