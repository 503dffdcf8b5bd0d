//! 2-d convolution and its transpose. The gradients of each are the other and [`Conv2dWeight`], the gradient of the weight, whose
//! own gradients are the two convolutions. These three operations are closed under differentiation.

use super::activated::{CONV_TRANSPOSE2D, CONV2D, FusedActivation, WithRow, before_activation};
use super::row::Row;
use crate::{Op, Rule, Var};
use latents_tensor::conv::Conv2dOptions;
use latents_tensor::{Real, ShapeError, Tensor, concrete};

/// y = activation(x ∗ w + b).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conv2d {
    options: Conv2dOptions,
    activation: FusedActivation,
}

/// y = activation(xᵀ∗ w + b): the transpose of the convolution that maps y's size to x's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConvTranspose2d {
    options: Conv2dOptions,
    activation: FusedActivation,
}

/// The gradient of a convolution's weight, from its images and the gradient of its result.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conv2dWeight {
    options: Conv2dOptions,
}

/// Returns the gradient before activation and bias, and gives the bias its gradient: sums over samples and pixels.
fn before_bias<'t, T: Real>(activation: FusedActivation, rule: &mut Rule<'t, '_, T>) -> Var<'t, T> {
    let (g, sums) = before_activation(activation, rule);
    if let Some(sums) = sums {
        let (channels, pixels) = (g.shape()[1], g.shape()[2] * g.shape()[3]);
        rule.give(2, sums.reshape([channels, pixels]).sum(&[1], false));
    }
    g
}

/// Returns the height and width of images or windows.
fn size<T: Real>(x: Var<'_, T>) -> [usize; 2] {
    [x.shape()[2], x.shape()[3]]
}

impl<T: Real> Op<T> for Conv2d {
    fn name(&self) -> &'static str {
        CONV2D[self.activation as usize]
    }

    /// With z = x ∗ w + b: z̄ = ȳ · activation′, x̄ = z̄ᵀ∗ w, w̄ = the weight's gradient of (x, z̄), b̄ = the sums of z̄.
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let (x, w) = (rule.input(0), rule.input(1));
        let g = before_bias(self.activation, rule);
        if rule.wants(1) {
            rule.give(1, x.conv2d_weight(g, size(w), &self.options));
        }
        if rule.wants(0) {
            rule.give(
                0,
                g.spread(w, None, size(x), &self.options, FusedActivation::Identity),
            );
        }
    }
}

impl<T: Real> Op<T> for ConvTranspose2d {
    fn name(&self) -> &'static str {
        CONV_TRANSPOSE2D[self.activation as usize]
    }

    /// With z = xᵀ∗ w + b: z̄ = ȳ · activation′, x̄ = z̄ ∗ w, w̄ = the weight's gradient of (z̄, x), b̄ = the sums of z̄.
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let (x, w) = (rule.input(0), rule.input(1));
        let g = before_bias(self.activation, rule);
        if rule.wants(1) {
            rule.give(1, g.conv2d_weight(x, size(w), &self.options));
        }
        if rule.wants(0) {
            rule.give(0, g.conv2d(w, None, &self.options, FusedActivation::Identity));
        }
    }
}

impl<T: Real> Op<T> for Conv2dWeight {
    fn name(&self) -> &'static str {
        "conv2d_weight"
    }

    /// The operation is linear in the image and in the gradient: x̄ = gᵀ∗ w̄, ḡ = x ∗ w̄.
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let (x, g, w) = (rule.input(0), rule.input(1), rule.gradient());
        if rule.wants(0) {
            rule.give(
                0,
                g.spread(w, None, size(x), &self.options, FusedActivation::Identity),
            );
        }
        if rule.wants(1) {
            rule.give(1, x.conv2d(w, None, &self.options, FusedActivation::Identity));
        }
    }
}

/// A layer's operands; for a transposed convolution also the size of its images.
#[derive(Clone, Copy)]
struct Layer<'t, T: Real> {
    x: Var<'t, T>,
    weight: Var<'t, T>,
    bias: Option<Var<'t, T>>,
    options: Conv2dOptions,
    transposed_to: Option<[usize; 2]>,
}

impl<T: Real> WithRow for Layer<'_, T> {
    type Output = Result<Tensor<T>, ShapeError>;

    fn with<R: Row<1>>(self, row: R) -> Self::Output {
        let (x, weight, bias) = (self.x.value(), self.weight.value(), self.bias.map(Var::value));
        let (bias, options) = (bias.as_ref(), &self.options);
        match self.transposed_to {
            None => x.try_conv2d(&weight, bias, options, Some(&row)),
            Some(size) => x.try_conv_transpose2d(&weight, bias, size, options, Some(&row)),
        }
    }
}

impl<'t, T: Real> Layer<'t, T> {
    #[track_caller]
    fn recorded(self, activation: FusedActivation) -> Var<'t, T> {
        let (tape, options) = (self.x.tape(), self.options);
        let operands = [self.x, self.weight, self.bias.unwrap_or(self.weight)];
        let operands = &operands[..2 + usize::from(self.bias.is_some())];
        let value = tape.or_raise(activation.visit(self), operands);
        match self.transposed_to {
            None => tape.record(Conv2d { options, activation }, operands, value),
            Some(_) => tape.record(ConvTranspose2d { options, activation }, operands, value),
        }
    }
}

concrete! {
    fn layer<'t, T>(operands: Layer<'t, T>, activation: FusedActivation) -> Var<'t, T> = operands.recorded(activation);
}

impl<'t, T: Real> Var<'t, T> {
    /// Computes activation(x ∗ w + b), the 2-d convolution of images x (batch, channels, height, width) with `weight` (out,
    /// channels / groups, height, width) and `bias` (out), in PyTorch's layout. As there, the kernel is not flipped. The result
    /// is (batch, out, height, width), where each size becomes ⌊(size + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1.
    ///
    /// ```
    /// use latents_autograd::{FusedActivation, Conv2dOptions, Tape};
    /// use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let (x, w) = (tape.input(&Tensor::ones([2, 1, 28, 28])), tape.variable(&Tensor::ones([16, 1, 3, 3])));
    /// let options = Conv2dOptions::default().stride(2).padding(1);
    /// let y = x.conv2d(w, None, &options, FusedActivation::Relu);
    /// assert_eq!(y.shape()[..], [2, 16, 14, 14]);
    /// ```
    ///
    /// # Panics
    /// If shapes and options do not match.
    #[track_caller]
    #[must_use]
    pub fn conv2d(
        self,
        weight: Self,
        bias: Option<Self>,
        options: &Conv2dOptions,
        activation: FusedActivation,
    ) -> Self {
        let operands = Layer {
            x: self,
            weight,
            bias,
            options: *options,
            transposed_to: None,
        };
        layer(operands, activation)
    }

    /// Computes activation(xᵀ∗ w + b), the transposed 2-d convolution of x (batch, channels, height, width) with `weight`
    /// (channels, out / groups, height, width) and `bias` (out), in PyTorch's layout. The result is (batch, out, height, width),
    /// where each size becomes (size − 1)·stride − 2·padding + dilation·(kernel − 1) + 1 + `output_padding`.
    ///
    /// Without bias and activation, this is the gradient that a [`conv2d`](Var::conv2d) with the same options passes to its
    /// images. `output_padding`, less than the stride, selects one of the image sizes that such a convolution maps to the same
    /// size.
    ///
    /// ```
    /// # use latents_autograd::{Conv2dOptions, FusedActivation, Tape}; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let (x, w) = (tape.input(&Tensor::ones([2, 16, 14, 14])), tape.variable(&Tensor::ones([16, 1, 3, 3])));
    /// let options = Conv2dOptions::default().stride(2).padding(1);
    /// let y = x.conv_transpose2d(w, None, &options, [1, 1], FusedActivation::Identity);
    /// assert_eq!(y.shape()[..], [2, 1, 28, 28]);
    /// ```
    ///
    /// # Panics
    /// If shapes and options do not match.
    #[track_caller]
    #[must_use]
    pub fn conv_transpose2d(
        self,
        weight: Self,
        bias: Option<Self>,
        options: &Conv2dOptions,
        output_padding: [usize; 2],
        activation: FusedActivation,
    ) -> Self {
        let (x, w) = (self.shape(), weight.shape());
        let size = match (&x[..], &w[..]) {
            (&[_, _, height, width], &[_, _, down, across]) => {
                options.transposed_size([height, width], [down, across], output_padding)
            }
            _ => None,
        };
        let Some(size) = size else {
            let reason = format!(
                "no image has this transpose, with output padding {output_padding:?} and {options:?}"
            );
            let error = ShapeError::new("conv_transpose2d", reason, &[x, w])
                .hint("four axes each, the output padding less than the stride, and a size that is positive");
            self.tape().raise(error, &[self, weight]);
        };
        self.spread(weight, bias, size, options, activation)
    }

    /// Like [`Var::conv_transpose2d`], to images of `size`.
    #[track_caller]
    fn spread(
        self,
        weight: Self,
        bias: Option<Self>,
        size: [usize; 2],
        options: &Conv2dOptions,
        activation: FusedActivation,
    ) -> Self {
        let operands = Layer {
            x: self,
            weight,
            bias,
            options: *options,
            transposed_to: Some(size),
        };
        layer(operands, activation)
    }

    /// Computes the gradient that [`conv2d`](Var::conv2d) of these images passes to a weight with windows of `kernel`, from the
    /// gradient of its result (batch, out, height, width). Its shape is (out, channels / groups, height, width).
    ///
    /// # Panics
    /// If shapes and options do not match.
    ///
    /// ```
    /// # use latents_autograd::{Conv2dOptions, Tape}; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let (images, g) = (tape.input(&Tensor::ones([2, 1, 5, 5])), tape.input(&Tensor::ones([2, 4, 3, 3])));
    /// let weight = images.conv2d_weight(g, [3, 3], &Conv2dOptions::default());
    /// assert_eq!(weight.shape()[..], [4, 1, 3, 3]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn conv2d_weight(self, gradient: Self, kernel: [usize; 2], options: &Conv2dOptions) -> Self {
        let value = self
            .value()
            .try_conv2d_weight_gradient(&gradient.value(), kernel, options);
        let value = self.tape().or_raise(value, &[self, gradient]);
        let op = Conv2dWeight { options: *options };
        self.tape().record(op, &[self, gradient], value)
    }
}
