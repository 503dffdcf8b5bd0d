//! A linear layer in one pass: product, bias and activation.

use super::matmul::Product;
use super::{BiasThen, Finished, Start};
use crate::{OrRaise, Pointwise, Real, Shape, ShapeError, Tensor};

impl<T: Real> Tensor<T> {
    /// `formula(x·wᵀ + b)` for x `[…, in]`, w `[out, in]`, b `[out]`: the result is `[…, out]`.
    ///
    /// Bias and formula meet the sums while they are in the first cache. The bits are those of
    /// [`matmul`](Tensor::matmul), then the addition, then the formula.
    ///
    /// ```
    /// use latents_tensor::{Algebra, Pointwise, Tensor};
    /// struct Relu;
    /// impl Pointwise<1> for Relu {
    ///     fn eval<A: Algebra>(&self, [x]: [A; 1]) -> A {
    ///         x.maximum(x.lit(0.0))
    ///     }
    /// }
    /// let x = Tensor::from_vec(vec![1.0f32, 2.0], [1, 2]);
    /// let weight = Tensor::from_vec(vec![1.0, 1.0, -1.0, -1.0], [2, 2]);
    /// let bias = Tensor::from_vec(vec![0.5, 0.5], [2]);
    /// assert_eq!(x.linear(&weight, Some(&bias), &Relu).to_vec(), [3.5, 0.0]);
    /// ```
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn linear<P: Pointwise<1>>(&self, weight: &Self, bias: Option<&Self>, formula: &P) -> Self {
        let product = product_of("linear", self, weight, bias).or_raise();
        Self::build(product.shape, |out| {
            run(&product, self, weight, bias, formula, out)
        })
    }
}

/// As [`Tensor::linear`], into the row-major elements of the result.
///
/// # Panics
/// If the shapes do not fit, or `out` has another number of elements than the result.
#[track_caller]
pub fn linear_into<T: Real, P: Pointwise<1>>(
    x: &Tensor<T>,
    weight: &Tensor<T>,
    bias: Option<&Tensor<T>>,
    formula: &P,
    out: &mut [T],
) {
    let product = product_of("linear_into", x, weight, bias).or_raise();
    product.check_output("linear_into", out);
    run(&product, x, weight, bias, formula, out);
}

fn product_of<T: Real>(
    operation: &'static str,
    x: &Tensor<T>,
    weight: &Tensor<T>,
    bias: Option<&Tensor<T>>,
) -> Result<Product, ShapeError> {
    if weight.rank() != 2 {
        return Err(ShapeError::new(
            operation,
            "the weight must have two axes, [out, in]",
            &[x.shape(), weight.shape()],
        ));
    }
    if let Some(bias) = bias
        && bias.shape() != Shape::from(weight.shape()[0])
    {
        let shapes = [x.shape(), weight.shape(), bias.shape()];
        return Err(ShapeError::new(
            operation,
            "the bias must have one element for each row of the weight",
            &shapes,
        ));
    }
    if x.rank() == 0 || x.size(-1) != weight.shape()[1] {
        let reason = format!("the weight takes {} features", weight.shape()[1]);
        return Err(ShapeError::new(operation, reason, &[x.shape(), weight.shape()])
            .hint("x is […, in] and the weight [out, in]"));
    }
    Product::new(operation, x, &weight.transpose())
}

fn run<T: Real, P: Pointwise<1>>(
    product: &Product,
    x: &Tensor<T>,
    weight: &Tensor<T>,
    bias: Option<&Tensor<T>>,
    formula: &P,
    out: &mut [T],
) {
    let Some(bias) = bias.map(Tensor::contiguous) else {
        return product.run(x, weight, out, Start::Zero, &Finished(formula));
    };
    let bias = bias.as_slice().unwrap_or(&[]);
    product.run(x, weight, out, Start::Zero, &BiasThen { bias, formula });
}
