//! A linear layer in one pass: product, bias and activation.

use super::epilogue::{Finish, needed};
use super::matmul::Product;
use super::{BiasThen, Finished, Start};
use crate::{OrRaise, Pointwise, Real, Shape, ShapeError, Tensor, concrete};

impl<T: Real> Tensor<T> {
    /// Computes `formula(x·wᵀ + b)` for x `[…, in]`, w `[out, in]` and b `[out]`: the result is `[…, out]`.
    ///
    /// Bias and formula are applied while the sums are in the first cache. The bits are those of [`matmul`](Tensor::matmul),
    /// then the addition, then the formula.
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
    /// If the shapes do not match.
    #[track_caller]
    pub fn linear<P: Pointwise<1>>(&self, weight: &Self, bias: Option<&Self>, formula: &P) -> Self {
        linear(self, weight, bias, &Behind(formula))
    }
}

/// Like [`Tensor::linear`], writing the row-major elements of the result to `out`.
///
/// # Panics
/// If the shapes do not match, or `out` has another number of elements than the result.
///
/// ```
/// # use latents_tensor::{Tensor, formula::Relu, gemm::linear_into};
/// let (x, weight) = (Tensor::<f32>::ones([1, 2]), Tensor::from_slice(&[1.0, 1.0, -1.0, 0.0], [2, 2]));
/// let mut out = [0.0; 2];
/// linear_into(&x, &weight, None, &Relu, &mut out);
/// assert_eq!(out, [2.0, 0.0]);
/// ```
#[track_caller]
pub fn linear_into<T: Real, P: Pointwise<1>>(
    x: &Tensor<T>,
    weight: &Tensor<T>,
    bias: Option<&Tensor<T>>,
    formula: &P,
    out: &mut [T],
) {
    linear_to(x, weight, bias, &Behind(formula), out);
}

/// A formula behind a pointer, so that the surrounding code is compiled once, not once per formula.
trait Then<T: Real>: Sync {
    /// Calls `multiply` with the operation that follows the sums, if there is one.
    fn after(&self, bias: Option<&[T]>, multiply: &mut dyn FnMut(Option<&dyn Finish<T>>));
}

struct Behind<'a, P>(&'a P);

impl<T: Real, P: Pointwise<1>> Then<T> for Behind<'_, P> {
    fn after(&self, bias: Option<&[T]>, multiply: &mut dyn FnMut(Option<&dyn Finish<T>>)) {
        let formula = self.0;
        match bias {
            Some(bias) => multiply(needed(&BiasThen { bias, formula })),
            None => multiply(needed(&Finished(formula))),
        }
    }
}

concrete! {
    fn linear<'a, T>(
        x: &'a Tensor<T>,
        weight: &'a Tensor<T>,
        bias: Option<&'a Tensor<T>>,
        formula: &'a dyn Then<T>,
    ) -> Tensor<T> = linear_generic(x, weight, bias, formula);

    fn linear_to<'a, T>(
        x: &'a Tensor<T>,
        weight: &'a Tensor<T>,
        bias: Option<&'a Tensor<T>>,
        formula: &'a dyn Then<T>,
        out: &'a mut [T],
    ) = linear_into_generic(x, weight, bias, formula, out);
}

#[track_caller]
fn linear_generic<T: Real>(
    x: &Tensor<T>,
    weight: &Tensor<T>,
    bias: Option<&Tensor<T>>,
    formula: &dyn Then<T>,
) -> Tensor<T> {
    let product = product_of("linear", x, weight, bias).or_raise();
    Tensor::build(product.shape, |out| run(&product, x, weight, bias, formula, out))
}

#[track_caller]
fn linear_into_generic<T: Real>(
    x: &Tensor<T>,
    weight: &Tensor<T>,
    bias: Option<&Tensor<T>>,
    formula: &dyn Then<T>,
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

fn run<T: Real>(
    product: &Product,
    x: &Tensor<T>,
    weight: &Tensor<T>,
    bias: Option<&Tensor<T>>,
    formula: &dyn Then<T>,
    out: &mut [T],
) {
    let bias = bias.map(Tensor::in_order);
    formula.after(bias.as_deref(), &mut |finish| {
        product.run(x, weight, out, Start::Zero, finish)
    });
}
