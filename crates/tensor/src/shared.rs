//! Every method of [`Tensor`], compiled once for `f32` and `f64`: in debug and test builds only.
//!
//! A generic function is compiled in the crate that uses it, so each test binary would compile every method and kernel
//! again. At the optimisation levels 0 and 1 the compiler links to the copy of a crate below instead, where that crate
//! has one (`-Z share-generics`). Statics are roots of code generation: those below mention everything, and nothing
//! calls them. From level 2 on sharing is off, and this file would only cost time.

use crate::conv::Conv2dOptions;
use crate::formula::Relu;
use crate::random::Key;
use crate::{Indices, Real, Shape, Tensor};

#[used]
static SINGLE: fn(&mut Tensor<f32>) -> String = everything;
#[used]
static DOUBLE: fn(&mut Tensor<f64>) -> String = everything;

fn everything<T: Real>(x: &mut Tensor<T>) -> String {
    let made = [
        Tensor::from_slice(&[T::one()], [1]),
        Tensor::from_vec(vec![T::one()], [1, 1]),
        Tensor::from_vec(vec![T::one()], x.shape()),
        Tensor::zeros([1]) + Tensor::ones([1, 1]),
        Tensor::zeros(x.shape()) * Tensor::ones(x.shape()),
        Tensor::full([1], T::one()),
        Tensor::arange(0.0, 1.0, 1.0) - Tensor::linspace(0.0, 1.0, 2),
        Tensor::eye(1) / Tensor::scalar(T::one()),
        random(x.shape()),
    ];
    let joined = Tensor::stack(&[&made[0], &viewed(x)], 0);
    let x = reduced(&indexed(&operators(&Tensor::concat(&[&joined, &made[1]], 0))));
    format!(
        "{x} {x:?} {} {}",
        x.item(),
        x == made[2] && x.allclose(&made[3], 0.0, 0.0)
    )
}

fn random<T: Real>(shape: Shape) -> Tensor<T> {
    let key = Key::new(0);
    key.uniform(shape) + key.normal(shape) + key.bernoulli(0.5, shape)
}

fn viewed<T: Real>(x: &mut Tensor<T>) -> Tensor<T> {
    let other = x.copied();
    x.add_assign(&other);
    x.axpy(T::one(), &other);
    x.scale_assign(x.at(&[0]));
    let x = x
        .reshape([1])
        .reshape([1, 1])
        .reshape(other.shape())
        .permute(&[0])
        .transpose();
    let x = x
        .broadcast_to([1])
        .broadcast_to([1, 1])
        .broadcast_to(other.shape())
        .narrow(0, 0, 1);
    let x = x
        .slice(0, 0..1, 1)
        .flip(0)
        .select(0, 0)
        .squeeze(0)
        .unsqueeze(0)
        .pad(&[], T::one());
    x.split(&[1], 0)[0].contiguous()
}

fn indexed<T: Real>(x: &Tensor<T>) -> Tensor<T> {
    let indices = [
        x.argmax(0),
        x.argmin(0),
        x.argsort(0, true),
        Indices::from(&[0][..]),
    ];
    let x = x
        .index_select(0, &[0])
        .index_add(0, &[0], x)
        .gather(0, &indices[0]);
    let x = x
        .sparse_matmul(&indices[2], &x, Some(&x))
        .sampled_matmul(&x, &indices[2])
        .sparse_transpose_matmul(&indices[2], &x, 1)
        .sparse_to_dense(&indices[2], 1);
    x.scatter_add(0, &indices[1], &x)
        .cumsum(0)
        .sort(0, true)
        .0
        .topk(1, 0)
        .0
}

fn reduced<T: Real>(x: &Tensor<T>) -> Tensor<T> {
    let numbers = [x.sum_all(), x.mean_all(), x.max_all(), x.min_all(), x.norm_all()];
    let x = x
        .sum(&[0], true)
        .mean(&[0], true)
        .variance(&[0], true, 0)
        .max(&[0], true)
        .min(&[0], true);
    let x = x
        .logsumexp(&[0], true)
        .norm(&[0], true)
        .sum_to([1])
        .sum_to(x.shape());
    let options = Conv2dOptions::default();
    let x = x.conv2d(&x, None, &options, None::<&Relu>);
    let x = x.conv_transpose2d(&x, None, [1; 2], &options, None::<&Relu>);
    x.conv2d_weight_gradient(&x, [1; 2], &options).matmul(&x) * numbers[0]
}

fn operators<T: Real>(x: &Tensor<T>) -> Tensor<T> {
    let one = T::one();
    let x = x + x - &(x * x) / x;
    let x = -(&x + one - one * one) * one / one;
    -&(&x - one) * one
}
