//! The expressions of `reference/torch_values.py`, by name.

use latents_autograd::catalogue::pointwise;
use latents_autograd::{Conv2dOptions, FusedActivation, Reduction, Var};
use latents_tensor::{Indices, Real, Tensor};
use std::collections::HashMap;

type Function<T> = Box<dyn for<'t> Fn(&[Var<'t, T>]) -> Var<'t, T>>;

/// An expression of variables, for both element types.
pub(crate) struct Expression {
    pub(crate) double: Function<f64>,
    pub(crate) single: Function<f32>,
}

/// Holds closures to the signature, regardless of the lifetime of the tape.
fn expression(
    double: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64> + 'static,
    single: impl for<'t> Fn(&[Var<'t, f32>]) -> Var<'t, f32> + 'static,
) -> Expression {
    Expression {
        double: Box::new(double),
        single: Box::new(single),
    }
}

/// Lines `name => |x| expression`, for one operand `x` or all of them.
macro_rules! table {
    ($($name:literal => |$x:ident| $body:expr;)+) => {
        vec![$(($name, expression(|$x| $body, |$x| $body))),+]
    };
}

fn composed() -> Vec<(&'static str, Expression)> {
    table! {
        "leaky_relu(0.1)" => |x| x[0].leaky_relu(0.1);
        "elu(0.5)" => |x| x[0].elu(0.5);
        "gelu" => |x| x[0].gelu();
        "silu" => |x| x[0].silu();
        "clamp(-1, 1)" => |x| x[0].clamp(-1.0, 1.0);
        "clamp(1, -1)" => |x| x[0].clamp(1.0, -1.0);
        "powf(2.5)" => |x| x[0].powf(2.5);
        "powf(1)" => |x| x[0].powf(1.0);
        "powf(0.5)" => |x| x[0].powf(0.5);
        "powf(-1)" => |x| x[0].powf(-1.0);
        "powf(2)" => |x| x[0].powf(2.0);
        "powf(0)" => |x| x[0].powf(0.0);
        "floor" => |x| x[0].floor();
        "safe_sqrt" => |x| x[0].safe_sqrt();
        "safe_ln" => |x| x[0].safe_ln();
        "safe_div" => |x| x[0].safe_div(x[1]);
        "less" => |x| x[0].less(x[1]);
        "less_equal" => |x| x[0].less_equal(x[1]);
        "greater" => |x| x[0].greater(x[1]);
        "greater_equal" => |x| x[0].greater_equal(x[1]);
        "equal" => |x| x[0].equal(x[1]);
        "not_equal" => |x| x[0].not_equal(x[1]);
    }
}

fn reductions() -> Vec<(&'static str, Expression)> {
    table! {
        "sum(-1)" => |x| x[0].sum(&[-1], false).square();
        "sum(0, -1) kept" => |x| x[0].sum(&[0, -1], true).square();
        "sum_all" => |x| x[0].sum_all().square();
        "mean(-1)" => |x| x[0].mean(&[-1], false).square();
        "mean_all" => |x| x[0].mean_all().square();
        "variance(-1)" => |x| x[0].variance(&[-1], false, 0);
        "variance(-1) unbiased" => |x| x[0].variance(&[-1], false, 1);
        "standard_deviation(-1)" => |x| x[0].standard_deviation(&[-1], false, 0);
        "standard_deviation(-1) unbiased" => |x| x[0].standard_deviation(&[-1], false, 1);
        "norm(-1)" => |x| x[0].norm(&[-1], false);
        "norm_all" => |x| x[0].norm_all();
        "norm(0, -1) kept" => |x| x[0].norm(&[0, -1], true);
        "norm(0)" => |x| x[0].norm(&[0], false);
        "variance(0)" => |x| x[0].variance(&[0], false, 1);
        "variance(0, -1) kept" => |x| x[0].variance(&[0, -1], true, 0);
        "standard_deviation(0)" => |x| x[0].standard_deviation(&[0], false, 1);
        "standard_deviation(0, -1) kept" => |x| x[0].standard_deviation(&[0, -1], true, 0);
        "logsumexp(0)" => |x| x[0].logsumexp(&[0], false);
        "softmax(0)" => |x| x[0].softmax(0);
        "log_softmax(0)" => |x| x[0].log_softmax(0);
        "logsumexp(-1)" => |x| x[0].logsumexp(&[-1], false);
        "logsumexp(0, -1)" => |x| x[0].logsumexp(&[0, -1], false);
        "softmax(-1)" => |x| x[0].softmax(-1);
        "log_softmax(-1)" => |x| x[0].log_softmax(-1);
        "max(-1)" => |x| x[0].max(&[-1], false).square();
        "min(-1)" => |x| x[0].min(&[-1], false).square();
        "max_all" => |x| x[0].max_all().square();
        "min_all" => |x| x[0].min_all().square();
        "cumsum(-1)" => |x| x[0].cumsum(-1).square();
        "cumsum(0)" => |x| x[0].cumsum(0).square();
        "sum_to(3)" => |x| x[0].sum_to([3]).square();
    }
}

fn losses() -> Vec<(&'static str, Expression)> {
    table! {
        "mse sum" => |x| x[0].mse(x[1], Reduction::Sum);
        "mse mean" => |x| x[0].mse(x[1], Reduction::Mean);
        "mse batch mean" => |x| x[0].mse(x[1], Reduction::BatchMean);
        "mae sum" => |x| x[0].mae(x[1], Reduction::Sum);
        "mae mean" => |x| x[0].mae(x[1], Reduction::Mean);
        "mae batch mean" => |x| x[0].mae(x[1], Reduction::BatchMean);
        "huber(0.7) sum" => |x| x[0].huber(x[1], 0.7, Reduction::Sum);
        "huber(0.7) mean" => |x| x[0].huber(x[1], 0.7, Reduction::Mean);
        "huber(0.7) batch mean" => |x| x[0].huber(x[1], 0.7, Reduction::BatchMean);
        "bce sum" => |x| x[0].bce(x[1], Reduction::Sum);
        "bce mean" => |x| x[0].bce(x[1], Reduction::Mean);
        "bce batch mean" => |x| x[0].bce(x[1], Reduction::BatchMean);
        "bce_with_logits sum" => |x| x[0].bce_with_logits(x[1], Reduction::Sum);
        "bce_with_logits mean" => |x| x[0].bce_with_logits(x[1], Reduction::Mean);
        "bce_with_logits batch mean" => |x| x[0].bce_with_logits(x[1], Reduction::BatchMean);
        "cross_entropy sum" => |x| x[0].cross_entropy(&[0, 1, 2], Reduction::Sum);
        "cross_entropy of the first" => |x| x[0].cross_entropy(&vec![0; x[0].shape()[0]], Reduction::Sum);
        "cross_entropy mean" => |x| x[0].cross_entropy(&[0, 1, 2], Reduction::Mean);
    }
}

fn layouts() -> Vec<(&'static str, Expression)> {
    table! {
        "reshape(3, 2)" => |x| x[0].reshape([3, 2]).square();
        "permute(2, 0, 1)" => |x| x[0].permute(&[2, 0, 1]).square();
        "broadcast_to(2, 2, 3)" => |x| x[0].broadcast_to([2, 2, 3]).square();
        "narrow(1, 1, 3)" => |x| x[0].narrow(1, 1, 3).square();
        "slice(1, 2)" => |x| x[0].slice(1, 0..3, 2).square();
        "select(1, 2)" => |x| x[0].select(1, 2).square();
        "flip(0)" => |x| x[0].flip(0).square();
        "pad" => |x| x[0].pad(&[(0, 1), (1, 2)], 0.5).square();
        "concat(0)" => |x| x[0].tape().concat(x, 0).square();
        "stack(1)" => |x| x[0].tape().stack(x, 1).square();
        "index_select(0)" => |x| x[0].index_select(0, &[2, 0, 2]).square();
        "index_add(0)" => |x| x[0].index_add(0, &[2, 0, 2], x[1]).square();
        "gather(0)" => |x| x[0].gather(0, &beside()).square();
        "scatter_add(0)" => |x| x[0].scatter_add(0, &beside(), x[1]).square();
        "sort(-1)" => |x| x[0].sort(-1, false).0.square();
        "split(1, 2)" => |x| {
            let parts = x[0].split(&[1, 2], 1);
            x[0].tape().concat(&[parts[0], parts[1] + parts[1]], 1).square()
        };
        "squeeze(1)" => |x| x[0].squeeze(1).square();
        "unsqueeze(-1)" => |x| x[0].unsqueeze(-1).square();
        "argmax(-1)" => |x| x[0].tape().input(&as_numbers(&x[0].value().argmax(-1)));
        "argmin(0)" => |x| x[0].tape().input(&as_numbers(&x[0].value().argmin(0)));
        "topk(3, -1)" => |x| x[0].topk(3, -1).0.square();
        "topk(2, -1)" => |x| x[0].topk(2, -1).0.square();
    }
}

fn products() -> Vec<(&'static str, Expression)> {
    table! {
        "matmul" => |x| x[0].matmul(x[1]);
        "linear" => |x| x[0].linear(x[1], Some(x[2]), FusedActivation::Identity);
        "linear without bias" => |x| x[0].linear(x[1], None, FusedActivation::Identity);
        "linear relu without bias" => |x| x[0].linear(x[1], None, FusedActivation::Relu);
        "conv2d groups" => |x| x[0].conv2d(x[1], Some(x[2]), &grouped(), FusedActivation::Identity);
        "conv2d relu" => |x| x[0].conv2d(x[1], Some(x[2]), &convolution(), FusedActivation::Relu);
        "conv2d tanh without bias" => |x| x[0].conv2d(x[1], None, &convolution(), FusedActivation::Tanh);
        "conv_transpose2d groups" => |x| x[0].conv_transpose2d(x[1], Some(x[2]), &grouped(), [1, 0], FusedActivation::Identity);
        "conv_transpose2d sigmoid" => |x| x[0].conv_transpose2d(x[1], Some(x[2]), &convolution(), [1, 0], FusedActivation::Sigmoid);
        "linear relu" => |x| x[0].linear(x[1], Some(x[2]), FusedActivation::Relu);
        "linear sigmoid" => |x| x[0].linear(x[1], Some(x[2]), FusedActivation::Sigmoid);
        "linear tanh" => |x| x[0].linear(x[1], Some(x[2]), FusedActivation::Tanh);
        "conv2d" => |x| x[0].conv2d(x[1], Some(x[2]), &convolution(), FusedActivation::Identity);
        "conv_transpose2d" => |x| x[0].conv_transpose2d(x[1], Some(x[2]), &convolution(), [1, 0], FusedActivation::Identity);
        "conv2d_weight" => |x| x[0].conv2d_weight(x[1], [3, 2], &convolution());
        "sparse_linear" => |x| x[0].sparse_linear(&units(), x[1], Some(x[2]));
        "sampled_linear" => |x| x[0].sampled_linear(x[1], Some(x[2]), &units());
        "sparse_transpose_matmul" => |x| x[0].sparse_transpose_matmul(&units(), x[1], 4);
        "linear_top_k(2)" => |x| x[0].linear_top_k(x[1], Some(x[2]), 2).0;
        "keep_top_k(2)" => |x| x[0].keep_top_k(2).square();
        "sparse_to_dense(4)" => |x| x[0].sparse_to_dense(&units(), 4).square();
    }
}

fn beside() -> Indices {
    Indices::new(vec![0, 1, 0, 1, 1, 0], [2, 3])
}

fn units() -> Indices {
    Indices::new(vec![0, 2, 3, 1], [2, 2])
}

fn convolution() -> Conv2dOptions {
    Conv2dOptions {
        stride: [2, 1],
        padding: [1, 0],
        dilation: [1, 2],
        groups: 1,
    }
}

fn grouped() -> Conv2dOptions {
    Conv2dOptions {
        groups: 2,
        ..convolution()
    }
}

fn as_numbers<T: Real>(places: &Indices) -> Tensor<T> {
    Tensor::from_fn(places.shape(), |i| T::from_f64(places.as_slice()[i] as f64))
}

/// The expressions, with the rows of the table of pointwise operations under the names of their methods.
pub(crate) fn expressions() -> HashMap<&'static str, Expression> {
    let rows = pointwise()
        .into_iter()
        .flatten()
        .map(|entry| (entry.method, expression(entry.double, entry.single)));
    let others = [composed(), reductions(), losses(), layouts(), products()];
    rows.chain(others.into_iter().flatten()).collect()
}
