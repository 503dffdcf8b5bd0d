//! The sizes of a convolution, and the checks of its operands.

use crate::{Real, Shape, ShapeError, Tensor};

/// The options of a 2-d convolution. Pairs are (vertical, horizontal).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv2dOptions {
    /// The distance between two positions of the window, in pixels.
    pub stride: [usize; 2],
    /// Rows of zeros above and below, and columns of zeros left and right of the image.
    pub padding: [usize; 2],
    /// The distance between two taps of the window, in pixels.
    pub dilation: [usize; 2],
    /// The number of groups of channels; each group of outputs uses one group of inputs.
    pub groups: usize,
}

impl Default for Conv2dOptions {
    /// Stride 1, no padding, no dilation, one group.
    fn default() -> Self {
        Self {
            stride: [1; 2],
            padding: [0; 2],
            dilation: [1; 2],
            groups: 1,
        }
    }
}

impl Conv2dOptions {
    /// Sets the stride, the same in both directions.
    #[must_use]
    pub fn stride(self, stride: usize) -> Self {
        Self {
            stride: [stride; 2],
            ..self
        }
    }

    /// Sets the padding, the same on all sides.
    #[must_use]
    pub fn padding(self, padding: usize) -> Self {
        Self {
            padding: [padding; 2],
            ..self
        }
    }

    /// Sets the dilation, the same in both directions.
    #[must_use]
    pub fn dilation(self, dilation: usize) -> Self {
        Self {
            dilation: [dilation; 2],
            ..self
        }
    }

    /// Sets the number of groups.
    #[must_use]
    pub fn groups(self, groups: usize) -> Self {
        Self { groups, ..self }
    }

    /// Returns height and width of a convolution's output, `⌊(size + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1`, or
    /// `None` if the window does not fit into the padded image, or a size, stride, dilation or the number of groups is 0.
    ///
    /// ```
    /// # use latents_tensor::conv::Conv2dOptions;
    /// let options = Conv2dOptions::default().stride(2).padding(1);
    /// assert_eq!(options.output_size([28, 28], [3, 3]), Some([14, 14]));
    /// ```
    pub fn output_size(&self, image: [usize; 2], kernel: [usize; 2]) -> Option<[usize; 2]> {
        let size = |axis: usize| {
            let window = self.window(axis, kernel)?;
            let size = (image[axis] > 0).then_some(image[axis])?;
            let room = size
                .checked_add(self.padding[axis].checked_mul(2)?)?
                .checked_sub(window)?;
            Some(room.checked_div(self.stride[axis])? + 1)
        };
        Some([size(0)?, size(1)?])
    }

    /// Returns height and width of a transposed convolution's output, `(size − 1)·stride − 2·padding + dilation·(kernel − 1) + 1
    /// + extra`, or `None` if this is not positive, or the extra size is not less than the stride.
    ///
    /// ```
    /// # use latents_tensor::conv::Conv2dOptions;
    /// let options = Conv2dOptions::default().stride(2).padding(1);
    /// assert_eq!(options.transposed_size([14, 14], [3, 3], [1, 1]), Some([28, 28]));
    /// ```
    pub fn transposed_size(
        &self,
        image: [usize; 2],
        kernel: [usize; 2],
        extra: [usize; 2],
    ) -> Option<[usize; 2]> {
        let size = |axis: usize| {
            let spread = image[axis].checked_sub(1)?.checked_mul(self.stride[axis])?;
            let full = spread.checked_add(self.window(axis, kernel)?)?;
            let size = full
                .checked_add(extra[axis])?
                .checked_sub(self.padding[axis].checked_mul(2)?)?;
            (extra[axis] < self.stride[axis] && size > 0).then_some(size)
        };
        Some([size(0)?, size(1)?])
    }

    /// Returns the length of the window, including holes.
    fn window(&self, axis: usize, kernel: [usize; 2]) -> Option<usize> {
        let dilation = (self.dilation[axis] > 0).then_some(self.dilation[axis])?;
        kernel[axis].checked_sub(1)?.checked_mul(dilation)?.checked_add(1)
    }
}

/// All sizes of one convolution y = conv(x, w): x (samples, groups·inputs, image), w (groups·outputs, inputs, kernel),
/// y (samples, groups·outputs, output).
#[derive(Clone, Copy, Debug)]
pub(super) struct Geometry {
    pub samples: usize,
    pub groups: usize,
    /// Channels of x per group.
    pub inputs: usize,
    /// Channels of y per group.
    pub outputs: usize,
    pub image: [usize; 2],
    pub kernel: [usize; 2],
    pub output: [usize; 2],
    pub options: Conv2dOptions,
}

const HINT: &str =
    "x (batch, channels, height, width) with weight (out, channels / groups, height, width) and bias (out)";
const HINT_TRANSPOSED: &str =
    "x (batch, channels, height, width) with weight (channels, out / groups, height, width) and bias (out)";

impl Geometry {
    /// Creates the sizes of a convolution from its operands.
    pub(super) fn forward<T: Real>(
        operation: &'static str,
        x: &Tensor<T>,
        weight: &Tensor<T>,
        bias: Option<&Tensor<T>>,
        options: &Conv2dOptions,
    ) -> Result<Self, ShapeError> {
        let error = |reason: &str| Err(refuse(operation, reason, x, weight, bias).hint(HINT));
        let (&[samples, channels, height, width], &[outs, inputs, down, across]) =
            (&x.shape()[..], &weight.shape()[..])
        else {
            return error("image and weight must have four axes");
        };
        if options.groups == 0 || channels != inputs * options.groups || outs % options.groups != 0 {
            return error(&format!("the channels do not fit {} group(s)", options.groups));
        }
        if bias.is_some_and(|bias| bias.shape()[..] != [outs]) {
            return error("the bias must have one element for each channel of the result");
        }
        let Some(output) = options.output_size([height, width], [down, across]) else {
            return error(&format!("the window does not fit the image, with {options:?}"));
        };
        Ok(Self {
            samples,
            groups: options.groups,
            inputs,
            outputs: outs / options.groups,
            image: [height, width],
            kernel: [down, across],
            output,
            options: *options,
        })
    }

    /// Creates the sizes of the convolution whose transpose maps `x` to an image of `size`.
    pub(super) fn transposed<T: Real>(
        operation: &'static str,
        x: &Tensor<T>,
        weight: &Tensor<T>,
        bias: Option<&Tensor<T>>,
        size: [usize; 2],
        options: &Conv2dOptions,
    ) -> Result<Self, ShapeError> {
        let error = |reason: &str| Err(refuse(operation, reason, x, weight, bias).hint(HINT_TRANSPOSED));
        let (&[samples, channels, height, width], &[outs, inputs, down, across]) =
            (&x.shape()[..], &weight.shape()[..])
        else {
            return error("image and weight must have four axes");
        };
        if options.groups == 0 || channels != outs || outs % options.groups != 0 {
            return error(&format!("the channels do not fit {} group(s)", options.groups));
        }
        if bias.is_some_and(|bias| bias.shape()[..] != [inputs * options.groups]) {
            return error("the bias must have one element for each channel of the result");
        }
        if options.output_size(size, [down, across]) != Some([height, width]) {
            return error(&format!("no image of {size:?} has this size, with {options:?}"));
        }
        Ok(Self {
            samples,
            groups: options.groups,
            inputs,
            outputs: outs / options.groups,
            image: size,
            kernel: [down, across],
            output: [height, width],
            options: *options,
        })
    }

    /// Creates the sizes of a weight gradient from the image and the gradient of the output.
    pub(super) fn weight<T: Real>(
        operation: &'static str,
        x: &Tensor<T>,
        gradient: &Tensor<T>,
        kernel: [usize; 2],
        options: &Conv2dOptions,
    ) -> Result<Self, ShapeError> {
        let error = |reason: String| {
            let shapes = [x.shape(), gradient.shape()];
            Err(ShapeError::new(operation, reason, &shapes)
                .hint("an image and the gradient of its convolution, (batch, channels, height, width) both"))
        };
        let (&[samples, channels, height, width], &[batch, outs, down, across]) =
            (&x.shape()[..], &gradient.shape()[..])
        else {
            return error("image and gradient must have four axes".to_owned());
        };
        let groups = options.groups;
        if groups == 0 || samples != batch || channels % groups != 0 || outs % groups != 0 {
            return error(format!("batch or channels do not fit, with {groups} group(s)"));
        }
        if options.output_size([height, width], kernel) != Some([down, across]) {
            return error(format!(
                "a window of {kernel:?} does not give this output, with {options:?}"
            ));
        }
        Ok(Self {
            samples,
            groups,
            inputs: channels / groups,
            outputs: outs / groups,
            image: [height, width],
            kernel,
            output: [down, across],
            options: *options,
        })
    }

    /// Returns the number of taps of the window.
    pub(super) fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Returns the number of pixels of the image and of the output.
    pub(super) fn pixels(&self) -> [usize; 2] {
        [self.image[0] * self.image[1], self.output[0] * self.output[1]]
    }

    /// Returns the shape of the weight.
    pub(super) fn weight_shape(&self) -> Shape {
        Shape::from([
            self.groups * self.outputs,
            self.inputs,
            self.kernel[0],
            self.kernel[1],
        ])
    }

    /// Returns the shape of the image.
    pub(super) fn image_shape(&self) -> Shape {
        Shape::from([
            self.samples,
            self.groups * self.inputs,
            self.image[0],
            self.image[1],
        ])
    }

    /// Returns the shape of the output.
    pub(super) fn output_shape(&self) -> Shape {
        Shape::from([
            self.samples,
            self.groups * self.outputs,
            self.output[0],
            self.output[1],
        ])
    }
}

#[cold]
fn refuse<T: Real>(
    operation: &'static str,
    reason: &str,
    x: &Tensor<T>,
    weight: &Tensor<T>,
    bias: Option<&Tensor<T>>,
) -> ShapeError {
    let shapes: Vec<Shape> = [Some(x), Some(weight), bias]
        .into_iter()
        .flatten()
        .map(Tensor::shape)
        .collect();
    ShapeError::new(operation, reason, &shapes)
}
