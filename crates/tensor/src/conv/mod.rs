//! 2-d convolution, its transpose, and the gradient of its weight: the three products that all layers and rules use.
//!
//! # Guarantee
//! As in the [matrix product](crate::gemm), an element is one chain of fused multiply-adds in one order:
//!
//! ```text
//! y[n, o, p]    = Σ over c, then taps (i, j) in rows:  w[o, c, i, j] · x[n, c, p·stride + (i, j)·dilation − padding]
//! x[n, c, p]    = Σ over o, then taps (i, j) in rows:  w[o, c, i, j] · y[n, o, (p + padding − (i, j)·dilation) / stride]
//! w[o, c, i, j] = Σ over samples and pixels:           y[n, o, p] · x[n, c, p·stride + (i, j)·dilation − padding]
//! ```
//!
//! Elements outside an image count as zeros and take part in the chain; taps of the second line for which the division leaves a
//! remainder do not. The third sum is split as described in `weight`: each sample is a lane, 32 lanes per block. `naive`
//! implements these lines as a program, and the tests check that every path gives its bits.
//!
//! # Why it is fast
//! A matrix product needs operands whose vectors lie along a row of the output. Here they lie along *samples*: a block of
//! 32 samples is packed so that each pixel is a run of 32 elements (`planes`). A patch is then not a copy but a *table of
//! offsets*, the same for every pixel: row k of B is the pixel at `start + table[k]`. Nothing is repeated as in a patch
//! matrix, stride and dilation are free, the padding is a border of the packed image, and packing is the transposition of
//! squares in registers, once per pixel rather than once per tap.
//!
//! ```text
//! for each block of samples, and part of the channels        what threads take
//!   pack the images                                          stays in the second cache
//!   for each tile's rows                                     12 channels with AVX-512; their weights stay in the first cache
//!     for each pixel                                         rows × 32 samples in registers, over all of k
//!   bias, activation, and back to one sample after the other
//! ```
//!
//! Samples outside the batch are lanes of zeros, so a batch smaller than a vector costs as much as a full one. For the gradient
//! of the weight both factors are packed in this way, and a tile is a few outputs by a few taps, each with a vector of samples
//! as its sum.

mod finish;
mod forward;
mod geometry;
#[cfg(test)]
mod naive;
mod pass;
mod planes;
mod table;
#[cfg(test)]
mod tests;
mod tile;
mod transposed;
mod weight;

pub use geometry::Conv2dOptions;

use crate::simd::Isa;
use crate::{OrRaise, Pointwise, Real, ShapeError, Tensor};
use finish::{BiasThen, Finish};
use geometry::Geometry;

impl<T: Real> Tensor<T> {
    /// Convolves images (batch, channels, height, width) with `weight` (out, channels / groups, height, width), adds `bias`
    /// (out), and applies `formula`. The result is (batch, out, height, width), with the size of [`Conv2dOptions::output_size`].
    /// As in all frameworks, the kernel is not flipped.
    ///
    /// ```
    /// use latents_tensor::conv::Conv2dOptions;
    /// use latents_tensor::{Tensor, formula::Relu};
    /// let image = Tensor::<f32>::arange(0.0, 9.0, 1.0).reshape([1, 1, 3, 3]);
    /// let sums = image.conv2d(&Tensor::ones([1, 1, 2, 2]), None, &Conv2dOptions::default(), None::<&Relu>);
    /// assert_eq!(sums.to_vec(), [8.0, 12.0, 20.0, 24.0]);
    /// ```
    ///
    /// # Panics
    /// If shapes or options do not match.
    #[track_caller]
    #[must_use]
    pub fn conv2d<P: Pointwise<1>>(
        &self,
        weight: &Self,
        bias: Option<&Self>,
        options: &Conv2dOptions,
        formula: Option<&P>,
    ) -> Self {
        self.try_conv2d(weight, bias, options, formula).or_raise()
    }

    /// Like [`Tensor::conv2d`], but returns an error instead of panicking.
    ///
    /// # Errors
    /// If shapes or options do not match.
    pub fn try_conv2d<P: Pointwise<1>>(
        &self,
        weight: &Self,
        bias: Option<&Self>,
        options: &Conv2dOptions,
        formula: Option<&P>,
    ) -> Result<Self, ShapeError> {
        let geometry = Geometry::forward("conv2d", self, weight, bias, options)?;
        let (x, w, b) = (self.in_order(), weight.in_order(), bias.map(Tensor::in_order));
        let finish = BiasThen {
            bias: b.as_deref(),
            formula,
        };
        Ok(Self::build(geometry.output_shape(), |out| {
            forward::forward(Isa::active(), &geometry, &x, &w, needed(&finish), out);
        }))
    }

    /// Computes the transposed convolution from (batch, channels, height, width) to images of `size` with `weight` (channels,
    /// out / groups, height, width), adds `bias` (out), and applies `formula`. The result is (batch, out, height, width).
    ///
    /// Without bias and formula this is the gradient that [`conv2d`](Tensor::conv2d) passes to its images. If the stride leaves a
    /// remainder, several image sizes map to the same input size; [`Conv2dOptions::transposed_size`] computes them.
    ///
    /// ```
    /// # use latents_tensor::{Tensor, conv::Conv2dOptions, formula::Identity};
    /// let (x, weight) = (Tensor::<f32>::ones([2, 16, 14, 14]), Tensor::ones([16, 1, 3, 3]));
    /// let options = Conv2dOptions::default().stride(2).padding(1);
    /// let images = x.conv_transpose2d(&weight, None, [28, 28], &options, None::<&Identity>);
    /// assert_eq!(images.shape()[..], [2, 1, 28, 28]);
    /// ```
    ///
    /// # Panics
    /// If shapes or options do not match, or a convolution of an image of `size` has another size than this input.
    #[track_caller]
    #[must_use]
    pub fn conv_transpose2d<P: Pointwise<1>>(
        &self,
        weight: &Self,
        bias: Option<&Self>,
        size: [usize; 2],
        options: &Conv2dOptions,
        formula: Option<&P>,
    ) -> Self {
        self.try_conv_transpose2d(weight, bias, size, options, formula)
            .or_raise()
    }

    /// Like [`Tensor::conv_transpose2d`], but returns an error instead of panicking.
    ///
    /// # Errors
    /// If shapes or options do not match.
    pub fn try_conv_transpose2d<P: Pointwise<1>>(
        &self,
        weight: &Self,
        bias: Option<&Self>,
        size: [usize; 2],
        options: &Conv2dOptions,
        formula: Option<&P>,
    ) -> Result<Self, ShapeError> {
        let geometry = Geometry::transposed("conv_transpose2d", self, weight, bias, size, options)?;
        let (x, w, b) = (self.in_order(), weight.in_order(), bias.map(Tensor::in_order));
        let finish = BiasThen {
            bias: b.as_deref(),
            formula,
        };
        Ok(Self::build(geometry.image_shape(), |out| {
            transposed::transposed(Isa::active(), &geometry, &x, &w, needed(&finish), out);
        }))
    }

    /// Computes the gradient that [`conv2d`](Tensor::conv2d) of these images passes to a weight with windows of `kernel`, from
    /// the gradient of its result (batch, out, height, width). Its shape is (out, channels / groups, height, width).
    ///
    /// ```
    /// # use latents_tensor::{Tensor, conv::Conv2dOptions};
    /// let (images, gradient) = (Tensor::<f32>::ones([2, 1, 5, 5]), Tensor::ones([2, 4, 3, 3]));
    /// let weight = images.conv2d_weight_gradient(&gradient, [3, 3], &Conv2dOptions::default());
    /// assert_eq!(weight.shape()[..], [4, 1, 3, 3]);
    /// ```
    ///
    /// # Panics
    /// If shapes or options do not match.
    #[track_caller]
    #[must_use]
    pub fn conv2d_weight_gradient(
        &self,
        gradient: &Self,
        kernel: [usize; 2],
        options: &Conv2dOptions,
    ) -> Self {
        self.try_conv2d_weight_gradient(gradient, kernel, options)
            .or_raise()
    }

    /// Like [`Tensor::conv2d_weight_gradient`], but returns an error instead of panicking.
    ///
    /// # Errors
    /// If shapes or options do not match.
    pub fn try_conv2d_weight_gradient(
        &self,
        gradient: &Self,
        kernel: [usize; 2],
        options: &Conv2dOptions,
    ) -> Result<Self, ShapeError> {
        let geometry = Geometry::weight("conv2d_weight_gradient", self, gradient, kernel, options)?;
        let (x, g) = (self.in_order(), gradient.in_order());
        Ok(Self::build(geometry.weight_shape(), |out| {
            weight::weight_gradient(Isa::active(), &geometry, &x, &g, out);
        }))
    }
}

/// Returns the operation that follows the sums, if there is one.
fn needed<'a, T: Real, P: Pointwise<1>>(finish: &'a BiasThen<'a, T, P>) -> Option<&'a dyn Finish<T>> {
    (finish.bias.is_some() || finish.formula.is_some() && !P::IDENTITY).then_some(finish)
}
