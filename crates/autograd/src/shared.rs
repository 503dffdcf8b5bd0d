//! Every operation, compiled once for `f32` and `f64`: in debug and test builds only.
//!
//! A generic function is compiled in the crate that uses it, so each test binary above this crate would compile every
//! operation, rule and kernel again. At the optimisation levels 0 and 1 the compiler links to the copy of a crate
//! below instead, where that crate has one (`-Z share-generics`). Statics are roots of code generation: those below
//! mention everything, and nothing calls them. From level 2 on sharing is off, and this file would only cost time.

use crate::catalogue::{Entry, pointwise};
use crate::{Activation, Conv2dOptions, Gradients, Reduction, Tape, Var};
use latents_tensor::{Indices, Real, Tensor};
use std::sync::Arc;

#[used]
static ROWS: fn() -> [&'static [Entry]; 3] = pointwise;
#[used]
static SINGLE: fn(&mut Tape<f32>, &Tensor<f32>) -> Gradients<f32> = everything;
#[used]
static DOUBLE: fn(&mut Tape<f64>, &Tensor<f64>) -> Gradients<f64> = everything;

fn everything<T: Real>(tape: &mut Tape<T>, value: &Tensor<T>) -> Gradients<T> {
    tape.reset();
    let tape = &*tape;
    let leaves = [
        tape.input(value),
        tape.variable(value),
        tape.keyed_leaf(0, &Arc::from(""), value),
    ];
    let x = leaves.map(structure).map(losses).map(composed)[0];
    let (hessian, jacobian) = (tape.hessian_vector_product(x, x, value), tape.jacobian(x, x));
    let report = format!("{tape} {x:?} {} {:?}", tape.to_dot(), tape.first_not_finite());
    let gradients = tape.grad(hessian, &[x])[0].backward();
    assert!(
        gradients.get(x).is_some() && gradients.of_key(0).is_some(),
        "{report} {jacobian:?}"
    );
    gradients
}

fn structure<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    let (shape, indices) = (x.shape(), Indices::from(&[0][..]));
    let x = x
        .reshape(shape)
        .reshape([1])
        .reshape([1, 1])
        .broadcast_to(shape)
        .broadcast_to([1, 1]);
    let x = x
        .unsqueeze(0)
        .squeeze(0)
        .permute(&[0])
        .transpose()
        .narrow(0, 0, 1)
        .slice(0, 0..1, 2)
        .select(0, 0)
        .split(&[1], 0)[0];
    let x = x
        .flip(0)
        .pad(&[], 0.0)
        .index_select(0, &[0])
        .index_add(0, &[0], x)
        .gather(0, &indices);
    let x = x
        .scatter_add(0, &indices, x)
        .sort(0, true)
        .0
        .topk(1, 0)
        .0
        .sum_to(shape)
        .sum_to([1]);
    let x = x
        .sum(&[0], true)
        .mean(&[0], true)
        .variance(&[0], true, 0)
        .norm(&[0], true)
        .cumsum(0)
        .max_all()
        .min_all()
        .norm_all();
    let x = x
        .max(&[0], true)
        .min(&[0], true)
        .logsumexp(&[0], true)
        .softmax(0)
        .log_softmax(0);
    let x = x.tape().concat(&[x.sum_all(), x.mean_all()], 0);
    let x = x.tape().stack(&[x, x.detach()], 0).matmul(x);
    let options = Conv2dOptions::default();
    let x = x.linear(x, Some(x), Activation::Relu);
    let x = x.conv2d(x, None, &options, Activation::Relu);
    let x = x
        .conv_transpose2d(x, None, &options, [0; 2], Activation::Relu)
        .conv2d_weight(x, [1; 2], &options);
    let (values, units) = x.linear_top_k(x, Some(x), 1);
    let x = values
        .sparse_linear(&units, x, Some(x))
        .sampled_linear(x, Some(x), &units);
    x.sparse_transpose_matmul(&units, x, 1)
        .sparse_to_dense(&units, 1)
        .keep_top_k(1)
}

fn losses<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    let reduction = Reduction::Mean;
    let x = x
        .mse(x, reduction)
        .mae(x, reduction)
        .huber(x, 1.0, reduction)
        .bce(x, reduction);
    x.bce_with_logits(x, reduction).cross_entropy(&[0], reduction)
}

fn composed<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    let x = x
        .leaky_relu(0.1)
        .elu(1.0)
        .gelu()
        .silu()
        .powf(2.0)
        .clamp(0.0, 1.0)
        .floor();
    let x = x.less(x) + x.less_equal(x) - x.equal(x) * x / x;
    let x = x.greater(x) + x.greater_equal(x) + x.not_equal(x);
    -(x + T::one() - T::one() * T::one() / T::one()) * T::one() / T::one() - T::one()
}
