//! A sample of every operation, for the checks that each must pass: gradients of order 1 and 2, and f32 beside f64.

use std::ops::Range;

/// Where the tests of a pointwise operation draw its operands from. A row of the table cannot be without it.
pub(crate) trait Sampled<const N: usize> {
    #[cfg_attr(not(test), allow(dead_code, reason = "read by the tests"))]
    const DOMAIN: [Range<f64>; N];
}

#[cfg(test)]
mod tests {
    use super::super::{ALL, pointwise};
    use super::*;
    use crate::{Activation, Reduction, Tape, Var, gradcheck2};
    use latents_tensor::{Indices, Tensor};

    type Run<T> = Box<dyn for<'t> Fn(&[Var<'t, T>]) -> Var<'t, T>>;

    /// An operation at a point.
    struct Sample {
        operation: &'static str,
        inputs: Vec<Tensor<f64>>,
        double: Run<f64>,
        single: Run<f32>,
    }

    /// Holds a closure to the signature, whatever the lifetime of the tape.
    fn run<T: latents_tensor::Real>(f: impl for<'t> Fn(&[Var<'t, T>]) -> Var<'t, T> + 'static) -> Run<T> {
        Box::new(f)
    }

    /// Values spread over a range, no two alike, so that no sample sits on a tie.
    fn spread(shape: &[usize], range: &Range<f64>, salt: usize) -> Tensor<f64> {
        let place = |i: usize| ((i * 37 + salt * 11) % 101) as f64 / 101.0 + 0.003;
        Tensor::from_fn(shape, |i| range.start + (range.end - range.start) * place(i))
    }

    macro_rules! sample {
        ($list:ident, $operation:ident, [$($shape:expr => $range:expr),+], |$x:ident| $body:expr) => {
            $list.push(Sample {
                operation: stringify!($operation),
                inputs: vec![$(spread(&$shape, &$range, $list.len() + line!() as usize + $shape.len())),+],
                double: run::<f64>(|$x| $body),
                single: run::<f32>(|$x| $body),
            })
        };
    }

    macro_rules! pointwise_samples {
        ($list:ident, 1: $($name:ident $method:ident),+) => {$(
            let [x] = <pointwise::$name as Sampled<1>>::DOMAIN;
            sample!($list, $name, [[2, 5] => x], |x| x[0].$method());
        )+};
        ($list:ident, 2: $($name:ident $method:ident),+) => {$(
            let [a, b] = <pointwise::$name as Sampled<2>>::DOMAIN;
            sample!($list, $name, [[2, 3] => a, [2, 3] => b], |x| x[0].$method(x[1]));
            sample!($list, $name, [[4, 1, 3] => a, [2, 1] => b], |x| x[0].$method(x[1]));
        )+};
        ($list:ident, 3: $($name:ident $method:ident),+) => {$(
            let [a, b, c] = <pointwise::$name as Sampled<3>>::DOMAIN;
            sample!($list, $name, [[2, 3] => a, [2, 3] => b, [2, 3] => c], |x| x[0].$method(x[1], x[2]));
            sample!($list, $name, [[3, 1] => a, [3] => b, [1] => c], |x| x[0].$method(x[1], x[2]));
        )+};
    }

    fn pointwise_samples() -> Vec<Sample> {
        let mut list = Vec::new();
        pointwise_samples!(list, 1: Neg neg, Abs abs, Sqrt sqrt, Square square, Recip recip, Exp exp, Expm1 expm1, Ln ln,
            Log1p log1p, Tanh tanh, Sigmoid sigmoid, Softplus softplus, Erf erf, Relu relu);
        pointwise_samples!(list, 2: Add add, Sub sub, Mul mul, Div div, Pow pow, Maximum maximum, Minimum minimum,
            SquaredError squared_error, AbsoluteError absolute_error, BinaryCrossEntropy binary_cross_entropy,
            BinaryCrossEntropyWithLogits binary_cross_entropy_with_logits);
        sample!(list, Choose, [[2, 3] => -1.0..1.0, [3] => -2.0..2.0], |x| {
            let mask = x[0].detach().less(x[0].lit(0.1));
            mask.choose(x[0] * x[0], x[1])
        });
        sample!(list, HuberError, [[2, 4] => -3.0..3.0, [2, 4] => -1.0..1.0], |x| {
            x[0].huber_error(x[1], x[0].lit(0.8))
        });
        list
    }

    fn structural_samples() -> Vec<Sample> {
        let (wide, unit) = (-2.0..2.0, 0.1..0.9);
        let mut list = Vec::new();
        sample!(list, SumSquaredError, [[3, 4] => wide, [3, 4] => wide], |x| x[0].mse(x[1], Reduction::Mean));
        sample!(list, SumSquaredError, [[3, 4] => wide, [3, 4] => wide], |x| x[0].mse(x[1], Reduction::BatchMean));
        sample!(list, SumAbsoluteError, [[3, 4] => 0.2..2.0, [3, 4] => -2.0..0.1], |x| x[0].mae(x[1], Reduction::Sum));
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
        sample!(list, Linear, [[3, 4] => 0.2..1.0, [2, 4] => 0.1..1.0, [2] => unit], |x| {
            x[0].linear(x[1], Some(x[2]), Activation::Relu)
        });
        sample!(list, Linear, [[3, 4] => wide, [2, 4] => wide], |x| x[0].linear(x[1], None, Activation::Sigmoid));
        sample!(list, Linear, [[2, 3, 4] => unit, [2, 4] => wide, [2] => wide], |x| {
            x[0].linear(x[1], Some(x[2]), Activation::Tanh)
        });
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
        sample!(list, Mul, [[3, 4] => wide], |x| x[0].leaky_relu(0.2) + x[0].elu(1.3) + x[0].gelu() + x[0].silu());
        sample!(list, Mul, [[3, 4] => 0.2..2.0], |x| x[0].powf(2.5) + x[0].clamp(-1.0, 1.05));
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
        for (index, sample) in samples().into_iter().enumerate() {
            if let Err(mismatch) = gradcheck2(&sample.double, &sample.inputs) {
                panic!("{} (sample {index}): {mismatch}", sample.operation);
            }
        }
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
            let narrow =
                |t: &Tensor<f64>| Tensor::from_vec(t.to_vec().iter().map(|&x| x as f32).collect(), t.shape());
            let ss: Vec<_> = sample
                .inputs
                .iter()
                .map(|input| single.variable(&narrow(input)))
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
}
