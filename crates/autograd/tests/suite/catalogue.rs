//! Every operation with samples that it is checked on: gradients of order 1 and 2, f32 beside f64, and the fused rules
//! beside the recorded ones. Outside the crate, so that the operations compiled there serve here too.

use latents_autograd::catalogue::{ALL, Entry, pointwise};
use latents_autograd::{Activation, Conv2dOptions, Reduction, Tape, Var, gradcheck2};
use latents_tensor::{Indices, Real, Tensor};
use std::ops::Range;

type Run<T> = Box<dyn for<'t> Fn(&[Var<'t, T>]) -> Var<'t, T>>;

/// An operation at a point.
struct Sample {
    operation: &'static str,
    inputs: Vec<Tensor<f64>>,
    double: Run<f64>,
    single: Run<f32>,
}

/// Holds a closure to the signature, whatever the lifetime of the tape.
fn run<T: Real>(f: impl for<'t> Fn(&[Var<'t, T>]) -> Var<'t, T> + 'static) -> Run<T> {
    Box::new(f)
}

/// Values spread over the ranges in turn, `turn` elements from each, no two alike, so that no sample sits on a tie.
fn spread(shape: &[usize], ranges: &[Range<f64>], turn: usize, salt: usize) -> Tensor<f64> {
    let place = |i: usize| ((i * 37 + salt * 11) % 101) as f64 / 101.0 + 0.003;
    Tensor::from_fn(shape, |i| {
        let range = &ranges[i / turn % ranges.len()];
        range.start + (range.end - range.start) * place(i)
    })
}

macro_rules! sample {
    ($list:ident, $operation:ident, [$($shape:expr => $range:expr),+], |$x:ident| $body:expr) => {
        let mut salt = $list.len();
        $list.push(Sample {
            operation: stringify!($operation),
            inputs: vec![$({ salt += 13; spread(&$shape, std::slice::from_ref(&$range), 1, salt) }),+],
            double: run::<f64>(|$x| $body),
            single: run::<f32>(|$x| $body),
        })
    };
}

/// A view that reaches an operation other than as a contiguous variable.
#[derive(Clone, Copy, Debug)]
enum Layout {
    Plain,
    Transposed,
    Flipped,
    Repeated,
}
use Layout::{Flipped, Plain, Repeated, Transposed};

impl Layout {
    fn of<T: Real>(self, x: Var<'_, T>) -> Var<'_, T> {
        match self {
            Plain => x,
            Transposed => x.transpose(),
            Flipped => x.flip(-1),
            Repeated => x.broadcast_to([&[2][..], &x.shape()].concat().as_slice()),
        }
    }
}

/// Operands of `shapes` in a row's domain. Neighbouring elements of the first operand, and stretches of the others,
/// alternate between the ranges.
fn drawn(entry: &Entry, shapes: [&[usize]; 3]) -> Vec<Tensor<f64>> {
    let draw = |place: usize| {
        spread(
            shapes[place],
            entry.domain[place],
            place + 1,
            7 * place + entry.method.len(),
        )
    };
    (0..entry.operands.len()).map(draw).collect()
}

/// A row on operands of `shapes`, in a layout. Operands without a gradient are no inputs.
fn pointwise_sample(entry: &'static Entry, shapes: [&[usize]; 3], layout: Layout) -> Sample {
    fn call<'t, T: Real>(
        entry: &Entry,
        layout: Layout,
        constants: &[Tensor<f64>],
        x: &[Var<'t, T>],
        method: fn(&[Var<'t, T>]) -> Var<'t, T>,
    ) -> Var<'t, T> {
        let mut given = x.iter();
        let operand = |place: usize| {
            let constant = || x[0].tape().input(&cast(&constants[place]));
            let ruled = entry.ruled.contains(&place).then(|| given.next()).flatten();
            layout.of(ruled.copied().unwrap_or_else(constant))
        };
        method(&(0..entry.operands.len()).map(operand).collect::<Vec<_>>())
    }
    let all = drawn(entry, shapes);
    let inputs = entry.ruled.iter().map(|&place| all[place].clone()).collect();
    let constants = all.clone();
    Sample {
        operation: entry.operation,
        inputs,
        double: run::<f64>(move |x| call(entry, layout, &all, x, entry.double)),
        single: run::<f32>(move |x| call(entry, layout, &constants, x, entry.single)),
    }
}

fn cast<T: Real>(x: &Tensor<f64>) -> Tensor<T> {
    Tensor::from_vec(x.to_vec().iter().map(|&x| T::from_f64(x)).collect(), x.shape())
}

fn rows() -> impl Iterator<Item = &'static Entry> {
    pointwise().into_iter().flatten()
}

/// Shapes that broadcast, each with a repeated axis.
const BROADCAST: [&[usize]; 3] = [&[4, 1, 3], &[2, 1], &[1]];

fn pointwise_samples() -> Vec<Sample> {
    let mut list = Vec::new();
    for entry in rows() {
        for layout in [Plain, Transposed, Flipped, Repeated] {
            list.push(pointwise_sample(entry, [&[3, 4]; 3], layout));
        }
        list.push(pointwise_sample(entry, BROADCAST, Plain));
        list.push(pointwise_sample(entry, [&[1]; 3], Plain));
        list.push(pointwise_sample(entry, [&[0, 3]; 3], Flipped));
    }
    list
}

fn structural_samples() -> Vec<Sample> {
    let (wide, unit) = (-2.0..2.0, 0.1..0.9);
    let mut list = Vec::new();
    sample!(list, SumSquaredError, [[3, 4] => wide, [3, 4] => wide], |x| x[0].mse(x[1], Reduction::Mean));
    sample!(list, SumSquaredError, [[3, 4] => wide, [3, 4] => wide], |x| x[0].mse(x[1], Reduction::BatchMean));
    sample!(list, SumAbsoluteError, [[3, 4] => wide, [3, 4] => wide], |x| x[0].mae(x[1], Reduction::Sum));
    sample!(list, SumHuberError, [[3, 4] => wide, [3, 4] => wide], |x| x[0].huber(x[1], 0.7, Reduction::Mean));
    sample!(list, SumBinaryCrossEntropy, [[3, 4] => unit, [3, 4] => unit], |x| x[0].bce(x[1], Reduction::Mean));
    sample!(list, SumBinaryCrossEntropyWithLogits, [[3, 4] => wide, [3, 4] => unit], |x| {
        x[0].bce_with_logits(x[1], Reduction::Sum)
    });
    sample!(list, MatMul, [[3, 4] => wide, [4, 2] => wide], |x| x[0].matmul(x[1]));
    sample!(list, MatMul, [[2, 1, 3, 4] => wide, [3, 4, 2] => wide], |x| x[0].matmul(x[1]));
    sample!(list, MatMul, [[4, 3] => wide, [4, 2] => wide], |x| x[0].transpose().matmul(x[1]));
    sample!(list, MatMul, [[4] => wide, [4, 3] => wide], |x| x[0].matmul(x[1]));
    sample!(list, MatMul, [[4] => wide, [4] => wide], |x| x[0].matmul(x[1]));
    sample!(list, Linear, [[3, 4] => wide, [2, 4] => wide, [2] => wide], |x| {
        x[0].linear(x[1], Some(x[2]), Activation::Identity)
    });
    sample!(list, Linear, [[3, 4] => wide, [2, 4] => wide, [2] => wide], |x| {
        x[0].linear(x[1], Some(x[2]), Activation::Relu)
    });
    sample!(list, Linear, [[3, 4] => wide, [2, 4] => wide], |x| x[0].linear(x[1], None, Activation::Sigmoid));
    sample!(list, Linear, [[2, 3, 4] => unit, [2, 4] => wide, [2] => wide], |x| {
        x[0].linear(x[1], Some(x[2]), Activation::Tanh)
    });
    list.extend(convolution_samples());
    sample!(list, Sum, [[2, 3, 4] => wide], |x| x[0].sum(&[0, -1], false).square());
    sample!(list, Sum, [[2, 3] => wide], |x| x[0].mean_all() * x[0].variance(&[1], true, 1));
    sample!(list, Sum, [[2, 3] => wide], |x| x[0].norm(&[1], false));
    sample!(list, SumTo, [[2, 3, 4] => wide], |x| x[0].sum_to([3, 1]).square());
    sample!(list, Extreme, [[3, 5] => wide], |x| x[0].max(&[1], false).square() + x[0].min(&[-1], false));
    sample!(list, LogSumExp, [[3, 4] => wide], |x| x[0].logsumexp(&[1], false));
    sample!(list, LogSumExp, [[3, 4] => wide], |x| x[0].softmax(0) + x[0].cross_entropy(&[1, 3, 0], Reduction::Mean));
    sample!(list, CumulativeSum, [[3, 4] => wide], |x| x[0].cumsum(0).square());
    sample!(list, Reshape, [[3, 4] => wide], |x| x[0].reshape([2, 6]).square());
    sample!(list, Permute, [[2, 3, 4] => wide], |x| x[0].permute(&[2, 0, 1]).square());
    sample!(list, BroadcastTo, [[3, 1] => wide], |x| x[0].broadcast_to([2, 3, 4]).square());
    sample!(list, Narrow, [[3, 5] => wide], |x| x[0].narrow(1, 1, 4).square());
    sample!(list, Narrow, [[3, 5] => wide], |x| {
        let parts = x[0].split(&[2, 3], 1);
        parts[0].sum_all() * parts[1]
    });
    sample!(list, Extreme, [[3, 5] => wide], |x| x[0].max_all() * x[0].norm_all() - 2.0 / x[0].min_all());
    sample!(list, IndexSelect, [[3, 7] => wide], |x| x[0].slice(1, 1..6, 2).square() + x[0].slice(-1, 0..7, -3));
    sample!(list, Narrow, [[3, 4] => wide], |x| x[0].select(1, 2).square() * x[0].select(-1, 0));
    sample!(list, Flip, [[3, 4] => wide], |x| x[0].flip(1).square() * x[0]);
    sample!(list, Pad, [[2, 3] => wide], |x| x[0].pad(&[(1, 0), (0, 2)], 0.5).square());
    sample!(list, Concat, [[2, 3] => wide, [2, 2] => wide], |x| {
        x[0].tape().concat(&[x[0], x[1], x[0].square()], 1).square()
    });
    sample!(list, Concat, [[2, 3] => wide, [2, 3] => wide], |x| x[0].tape().stack(&[x[0], x[1]], 1).square());
    sample!(list, IndexSelect, [[4, 3] => wide], |x| x[0].index_select(0, &[2, 0, 2]).square());
    sample!(list, IndexAdd, [[4, 3] => wide, [3, 3] => wide], |x| x[0].index_add(0, &[2, 0, 2], x[1]).square());
    sample!(list, Gather, [[2, 3] => wide], |x| {
        x[0].gather(1, &Indices::new(vec![2, 0, 0, 1], [2, 2])).square()
    });
    sample!(list, Gather, [[2, 5] => wide], |x| x[0].topk(2, 1).0.square() * x[0].sort(1, false).0.narrow(1, 0, 2));
    sample!(list, ScatterAdd, [[2, 3] => wide, [2, 2] => wide], |x| {
        x[0].scatter_add(1, &Indices::new(vec![2, 0, 0, 0], [2, 2]), x[1]).square()
    });
    sample!(list, SparseLinear, [[3, 2] => wide, [4, 5] => wide, [5] => wide], |x| {
        x[0].sparse_linear(&Indices::new(vec![2, 0, 1, 1, 0, 2], [3, 2]), x[1], Some(x[2])).square()
    });
    sample!(list, SparseLinear, [[3, 2] => wide, [4, 5] => wide], |x| {
        x[0].sparse_linear(&Indices::new(vec![2, 0, 1, 1, 0, 2], [3, 2]), x[1], None).square()
    });
    sample!(list, SampledLinear, [[3, 5] => wide, [4, 5] => wide, [4] => wide], |x| {
        x[0].sampled_linear(x[1], Some(x[2]), &Indices::new(vec![2, 0, 1, 1, 0, 2], [3, 2])).square()
    });
    sample!(list, SampledLinear, [[3, 5] => wide, [4, 5] => wide, [4] => wide], |x| {
        let (values, indices) = x[0].linear_top_k(x[1], Some(x[2]), 2);
        values.tanh().sparse_to_dense(&indices, 4) * x[2]
    });
    sample!(list, SparseTransposeMatMul, [[3, 2] => wide, [3, 5] => wide], |x| {
        x[0].sparse_transpose_matmul(&Indices::new(vec![2, 0, 1, 1, 0, 2], [3, 2]), x[1], 4).square()
    });
    sample!(list, ScatterAdd, [[3, 5] => wide], |x| x[0].keep_top_k(2).square() * x[0]);
    sample!(list, Mul, [[3, 4] => wide], |x| x[0].leaky_relu(0.2) + x[0].elu(1.3) + x[0].gelu() + x[0].silu());
    sample!(list, Mul, [[3, 4] => 0.2..2.0], |x| x[0].powf(2.5));
    sample!(list, Choose, [[3, 4] => wide], |x| x[0].clamp(-0.8, 1.05) * x[0]);
    sample!(list, Choose, [[2, 3] => wide, [3] => wide], |x| {
        let mask = x[0].detach().less(x[0].lit(0.1));
        mask.choose(x[0] * x[0], x[1])
    });
    list
}

/// Stride, padding, dilation (down and across not the same) and groups.
const WINDOW: Conv2dOptions = Conv2dOptions {
    stride: [2, 1],
    padding: [1, 2],
    dilation: [1, 2],
    groups: 2,
};

fn convolution_samples() -> Vec<Sample> {
    let wide = -2.0..2.0;
    let mut list = Vec::new();
    sample!(list, Conv2d, [[2, 2, 4, 3] => wide, [4, 1, 3, 2] => wide, [4] => wide], |x| {
        x[0].conv2d(x[1], Some(x[2]), &WINDOW, Activation::Identity)
    });
    sample!(list, Conv2d, [[1, 3, 4, 4] => wide, [2, 3, 3, 3] => wide, [2] => wide], |x| {
        x[0].conv2d(x[1], Some(x[2]), &Conv2dOptions::default().stride(2).padding(1), Activation::Relu)
    });
    sample!(list, Conv2d, [[2, 1, 3, 3] => wide, [2, 1, 2, 2] => wide], |x| {
        x[0].conv2d(x[1], None, &Conv2dOptions::default(), Activation::Tanh).square()
    });
    sample!(list, ConvTranspose2d, [[2, 4, 2, 3] => wide, [4, 1, 3, 2] => wide, [2] => wide], |x| {
        x[0].conv_transpose2d(x[1], Some(x[2]), &WINDOW, [1, 0], Activation::Identity)
    });
    sample!(list, ConvTranspose2d, [[1, 2, 2, 2] => wide, [2, 3, 3, 3] => wide, [3] => wide], |x| {
        let options = Conv2dOptions::default().stride(2).padding(1);
        x[0].conv_transpose2d(x[1], Some(x[2]), &options, [1; 2], Activation::Sigmoid)
    });
    sample!(list, ConvTranspose2d, [[1, 2, 2, 2] => wide, [2, 1, 2, 2] => wide], |x| {
        let options = Conv2dOptions::default().stride(3).dilation(2);
        x[0].conv_transpose2d(x[1], None, &options, [2, 0], Activation::Relu).square()
    });
    sample!(list, Conv2dWeight, [[2, 2, 4, 3] => wide, [2, 4, 2, 5] => wide], |x| {
        x[0].conv2d_weight(x[1], [3, 2], &WINDOW).square()
    });
    list
}

fn samples() -> Vec<Sample> {
    let mut list = pointwise_samples();
    list.extend(structural_samples());
    list
}

#[test]
fn every_operation_has_a_sample() {
    let samples = samples();
    for operation in ALL {
        assert!(
            samples.iter().any(|sample| sample.operation == *operation),
            "{operation} has no sample"
        );
    }
}

#[test]
fn gradients_of_order_one_and_two_match_central_differences() {
    let check = |(index, sample): (usize, Sample)| {
        let mismatch = gradcheck2(&sample.double, &sample.inputs).err()?;
        Some(format!("{} (sample {index}): {mismatch}", sample.operation))
    };
    let wrong: Vec<String> = samples().into_iter().enumerate().filter_map(check).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `backward` uses fused kernels where `grad` records the composed rule: both must say the same.
#[test]
fn backward_agrees_with_the_recorded_gradient() {
    for sample in samples() {
        let tape = Tape::new();
        let xs: Vec<_> = sample.inputs.iter().map(|input| tape.variable(input)).collect();
        let y = (sample.double)(&xs).sum_all();
        let (fused, recorded) = (y.backward(), tape.grad(y, &xs));
        for (x, recorded) in xs.iter().zip(recorded) {
            let recorded = recorded.value().to_vec();
            let fused = fused.get(*x).map_or(vec![0.0; x.len()], Tensor::to_vec);
            for (fused, recorded) in fused.iter().zip(recorded) {
                let scale = recorded.abs().max(1.0);
                assert!(
                    (fused - recorded).abs() <= 1e-12 * scale,
                    "{}: {fused} {recorded}",
                    sample.operation
                );
            }
        }
    }
}

#[test]
fn f32_follows_f64() {
    for sample in samples() {
        let (double, single) = (Tape::new(), Tape::new());
        let xs: Vec<_> = sample.inputs.iter().map(|input| double.variable(input)).collect();
        let ss: Vec<_> = sample
            .inputs
            .iter()
            .map(|input| single.variable(&cast(input)))
            .collect();
        let (y, s) = ((sample.double)(&xs).sum_all(), (sample.single)(&ss).sum_all());
        let close = |a: f64, b: f32| (a - f64::from(b)).abs() <= 2e-4 * a.abs().max(1.0);
        assert!(
            close(y.item(), s.item()),
            "{}: {} {}",
            sample.operation,
            y.item(),
            s.item()
        );
        let (gy, gs) = (y.backward(), s.backward());
        for (x, s) in xs.iter().zip(&ss) {
            let gx = gy.get(*x).map_or(vec![0.0; x.len()], Tensor::to_vec);
            let gs = gs.get(*s).map_or(vec![0.0; s.len()], Tensor::to_vec);
            assert!(
                gx.iter().zip(gs).all(|(&a, b)| close(a, b)),
                "{}: gradients",
                sample.operation
            );
        }
    }
}

#[test]
fn rows_on_plain_numbers_say_the_same() {
    for entry in rows() {
        let operands = drawn(entry, [&[3, 37]; 3]);
        let tape = Tape::new();
        let xs: Vec<_> = operands.iter().map(|operand| tape.input(operand)).collect();
        for (element, got) in (entry.double)(&xs).value().to_vec().into_iter().enumerate() {
            let numbers: Vec<f64> = operands.iter().map(|operand| operand.to_vec()[element]).collect();
            let expected = (entry.number)(&numbers);
            assert_eq!(got.to_bits(), expected.to_bits(), "{}{numbers:?}", entry.method);
        }
    }
}

#[test]
fn gradients_of_nothing_are_empty() {
    for entry in rows() {
        let tape = Tape::new();
        let xs: Vec<_> = entry
            .operands
            .iter()
            .map(|_| tape.variable(&Tensor::zeros([0, 3])))
            .collect();
        let gradients = (entry.double)(&xs).sum_all().backward();
        for &place in entry.ruled {
            let shape = gradients.get(xs[place]).map(Tensor::shape);
            assert_eq!(shape, Some([0, 3].into()), "{}", entry.method);
        }
    }
}
