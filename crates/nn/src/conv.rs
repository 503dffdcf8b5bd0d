//! `Conv2d` and `ConvTranspose2d`: layers over images.

use crate::{Init, Module, Parameter, join};
use latents_autograd::{Conv2dOptions, FusedActivation, Var};
use latents_tensor::random::Key;
use latents_tensor::{Real, Tensor};

/// y = x ∗ w + b, a 2-d convolution: (batch, channels, height, width) → (batch, outputs, height′, width′), each size
/// ⌊(size + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1.
///
/// Parameters as PyTorch's `nn.Conv2d`: `weight` (outputs, channels / groups, kernel height, kernel width) and `bias`
/// (outputs). As [`Linear`](crate::Linear) the weight starts Glorot-uniform and the bias zero.
///
/// ```
/// use latents_nn::{Conv2d, Conv2dOptions, Module};
/// use latents_tensor::{Shape, random::Key};
/// let options = Conv2dOptions::default().stride(2).padding(1);
/// let layer = Conv2d::<f32>::new(1, 16, [3, 3], options, Key::new(1));
/// assert_eq!(layer.layers(Shape::from([8, 1, 28, 28]))[0].output_shape[..], [8, 16, 14, 14]);
/// ```
#[derive(Clone, Debug)]
pub struct Conv2d<T: Real = f32> {
    filter: Filter<T>,
}

/// y = xᵀ∗ w + b, a transposed 2-d convolution: (batch, channels, height, width) → (batch, outputs, height′, width′), each
/// size (size − 1)·stride − 2·padding + dilation·(kernel − 1) + 1 + output padding.
///
/// Parameters as PyTorch's `nn.ConvTranspose2d`: `weight` (channels, outputs / groups, kernel height, kernel width) and
/// `bias` (outputs). As in PyTorch the fans of the weight are those of its first two axes: fan_in counts the outputs. The
/// weight starts Glorot-uniform and the bias zero.
///
/// With the options of a [`Conv2d`] and a fitting output padding (stride 2, kernel 3, padding 1 and even sizes: 1) it
/// leads back from that layer's output size to its input size.
///
/// ```
/// use latents_nn::{Conv2dOptions, ConvTranspose2d, Module};
/// use latents_tensor::{Shape, random::Key};
/// let options = Conv2dOptions::default().stride(2).padding(1);
/// let layer = ConvTranspose2d::<f32>::new(16, 1, [3, 3], options, [1, 1], Key::new(1));
/// assert_eq!(layer.layers(Shape::from([8, 16, 14, 14]))[0].output_shape[..], [8, 1, 28, 28]);
/// ```
#[derive(Clone, Debug)]
pub struct ConvTranspose2d<T: Real = f32> {
    filter: Filter<T>,
    output_padding: [usize; 2],
}

/// What both layers have.
#[derive(Clone, Debug)]
struct Filter<T: Real> {
    weight: Parameter<T>,
    bias: Option<Parameter<T>>,
    options: Conv2dOptions,
}

impl<T: Real> Filter<T> {
    #[track_caller]
    fn new(axes: [usize; 2], outputs: usize, kernel: [usize; 2], options: Conv2dOptions) -> Self {
        let [first, second] = axes;
        assert!(
            options.groups > 0
                && first.is_multiple_of(options.groups)
                && second.is_multiple_of(options.groups),
            "a convolution between {first} and {second} channels cannot have {} groups: both must be multiples",
            options.groups
        );
        let shape = [first, second / options.groups, kernel[0], kernel[1]];
        Self {
            weight: Parameter::new("weight", Tensor::zeros(shape)),
            bias: Some(Parameter::new("bias", Tensor::zeros([outputs]))),
            options,
        }
    }

    fn draw(mut self, init: Init, key: Key) -> Self {
        let shape = self.weight.value().shape();
        self.weight = Parameter::new("weight", init.draw(shape, key));
        self
    }

    /// # Panics
    /// If the values do not make a layer with `outputs` channels.
    #[track_caller]
    fn from_tensors(
        weight: Tensor<T>,
        bias: Option<Tensor<T>>,
        options: Conv2dOptions,
        outputs: fn(&Tensor<T>, &Conv2dOptions) -> usize,
    ) -> Self {
        assert!(
            weight.rank() == 4 && options.groups > 0 && weight.size(0).is_multiple_of(options.groups),
            "a convolution's weight must have four axes, the first a multiple of {} groups; this is {}",
            options.groups,
            weight.shape()
        );
        let outputs = outputs(&weight, &options);
        if let Some(bias) = &bias {
            let fits = bias.shape()[..] == [outputs];
            assert!(
                fits,
                "a bias for {outputs} outputs must have as many elements; this is {}",
                bias.shape()
            );
        }
        Self {
            weight: Parameter::new("weight", weight),
            bias: bias.map(|bias| Parameter::new("bias", bias)),
            options,
        }
    }

    fn kernel(&self) -> [usize; 2] {
        let shape = self.weight.value().shape();
        [shape[2], shape[3]]
    }

    fn visit(&self, f: &mut dyn FnMut(&Parameter<T>)) {
        f(&self.weight);
        self.bias.iter().for_each(f);
    }

    fn visit_mut(&mut self, f: &mut dyn FnMut(&mut Parameter<T>)) {
        f(&mut self.weight);
        self.bias.iter_mut().for_each(f);
    }

    fn name_parameters(&mut self, prefix: &str) {
        self.weight.set_name(join(prefix, "weight"));
        self.bias
            .iter_mut()
            .for_each(|bias| bias.set_name(join(prefix, "bias")));
    }

    /// `16, 32, 3×3, stride 2`, with whatever differs from the default.
    fn describe(&self, channels: usize, outputs: usize, output_padding: [usize; 2]) -> String {
        let [down, across] = self.kernel();
        let mut text = format!("{channels}, {outputs}, {down}×{across}");
        let options = &self.options;
        for (name, pair, usual) in [
            ("stride", options.stride, 1),
            ("padding", options.padding, 0),
            ("output padding", output_padding, 0),
            ("dilation", options.dilation, 1),
        ] {
            match pair {
                [down, across] if down == across && down == usual => {}
                [down, across] if down == across => text += &format!(", {name} {down}"),
                [down, across] => text += &format!(", {name} {down}×{across}"),
            }
        }
        if options.groups > 1 {
            text += &format!(", groups {}", options.groups);
        }
        text
    }
}

impl<T: Real> Conv2d<T> {
    /// A layer with a Glorot-uniform weight drawn with `key`, and a bias of zeros.
    ///
    /// # Panics
    /// If the channels are not multiples of the groups.
    #[track_caller]
    pub fn new(
        channels: usize,
        outputs: usize,
        kernel: [usize; 2],
        options: Conv2dOptions,
        key: Key,
    ) -> Self {
        Self::initialized(channels, outputs, kernel, options, Init::GlorotUniform, key)
    }

    /// A layer whose weight is drawn by `init` with `key`, and a bias of zeros.
    ///
    /// # Panics
    /// As [`Conv2d::new`].
    #[track_caller]
    pub fn initialized(
        channels: usize,
        outputs: usize,
        kernel: [usize; 2],
        options: Conv2dOptions,
        init: Init,
        key: Key,
    ) -> Self {
        Self {
            filter: Filter::new([outputs, channels], outputs, kernel, options).draw(init, key),
        }
    }

    /// A layer with these values.
    ///
    /// # Panics
    /// If `weight` is not (outputs, channels / groups, height, width) or `bias` not (outputs).
    #[track_caller]
    pub fn from_tensors(weight: Tensor<T>, bias: Option<Tensor<T>>, options: Conv2dOptions) -> Self {
        Self {
            filter: Filter::from_tensors(weight, bias, options, |weight, _| weight.size(0)),
        }
    }

    /// The same layer without a bias.
    #[must_use]
    pub fn without_bias(mut self) -> Self {
        self.filter.bias = None;
        self
    }

    /// Channels of its input.
    pub fn channels(&self) -> usize {
        self.filter.weight.shape()[1] * self.filter.options.groups
    }

    /// Channels of its output.
    pub fn outputs(&self) -> usize {
        self.filter.weight.shape()[0]
    }

    /// Stride, padding, dilation and groups.
    pub fn options(&self) -> &Conv2dOptions {
        &self.filter.options
    }

    /// w, of shape (outputs, channels / groups, height, width).
    pub fn weight(&self) -> &Parameter<T> {
        &self.filter.weight
    }

    /// b, of shape (outputs), where there is one.
    pub fn bias(&self) -> Option<&Parameter<T>> {
        self.filter.bias.as_ref()
    }
}

impl<T: Real> ConvTranspose2d<T> {
    /// A layer with a Glorot-uniform weight drawn with `key`, and a bias of zeros.
    ///
    /// # Panics
    /// If the channels are not multiples of the groups, or the output padding is not less than the stride.
    #[track_caller]
    pub fn new(
        channels: usize,
        outputs: usize,
        kernel: [usize; 2],
        options: Conv2dOptions,
        output_padding: [usize; 2],
        key: Key,
    ) -> Self {
        let init = Init::GlorotUniform;
        Self::initialized(channels, outputs, kernel, options, output_padding, init, key)
    }

    /// A layer whose weight is drawn by `init` with `key`, and a bias of zeros.
    ///
    /// # Panics
    /// As [`ConvTranspose2d::new`].
    #[track_caller]
    pub fn initialized(
        channels: usize,
        outputs: usize,
        kernel: [usize; 2],
        options: Conv2dOptions,
        output_padding: [usize; 2],
        init: Init,
        key: Key,
    ) -> Self {
        refuse_padding(&options, output_padding);
        Self {
            filter: Filter::new([channels, outputs], outputs, kernel, options).draw(init, key),
            output_padding,
        }
    }

    /// A layer with these values.
    ///
    /// # Panics
    /// If `weight` is not (channels, outputs / groups, height, width) or `bias` not (outputs), or the output padding is not
    /// less than the stride.
    #[track_caller]
    pub fn from_tensors(
        weight: Tensor<T>,
        bias: Option<Tensor<T>>,
        options: Conv2dOptions,
        output_padding: [usize; 2],
    ) -> Self {
        refuse_padding(&options, output_padding);
        let outputs = |weight: &Tensor<T>, options: &Conv2dOptions| weight.size(1) * options.groups;
        Self {
            filter: Filter::from_tensors(weight, bias, options, outputs),
            output_padding,
        }
    }

    /// The same layer without a bias.
    #[must_use]
    pub fn without_bias(mut self) -> Self {
        self.filter.bias = None;
        self
    }

    /// Channels of its input.
    pub fn channels(&self) -> usize {
        self.filter.weight.shape()[0]
    }

    /// Channels of its output.
    pub fn outputs(&self) -> usize {
        self.filter.weight.shape()[1] * self.filter.options.groups
    }

    /// Stride, padding, dilation and groups.
    pub fn options(&self) -> &Conv2dOptions {
        &self.filter.options
    }

    /// What is added to the size of the output, down and across.
    pub fn output_padding(&self) -> [usize; 2] {
        self.output_padding
    }

    /// w, of shape (channels, outputs / groups, height, width).
    pub fn weight(&self) -> &Parameter<T> {
        &self.filter.weight
    }

    /// b, of shape (outputs), where there is one.
    pub fn bias(&self) -> Option<&Parameter<T>> {
        self.filter.bias.as_ref()
    }
}

#[track_caller]
fn refuse_padding(options: &Conv2dOptions, output_padding: [usize; 2]) {
    let less = [0, 1].map(|axis| output_padding[axis] < options.stride[axis]);
    assert!(
        less == [true; 2],
        "an output padding of {output_padding:?} with strides of {:?}: it must be less than the stride",
        options.stride
    );
}

impl<T: Real> Module<T> for Conv2d<T> {
    #[track_caller]
    fn forward<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        let (filter, bias) = (
            &self.filter,
            self.filter.bias.as_ref().map(|bias| bias.on(x.tape())),
        );
        x.conv2d(
            filter.weight.on(x.tape()),
            bias,
            &filter.options,
            FusedActivation::Identity,
        )
    }

    #[track_caller]
    fn forward_with<'t>(&self, x: Var<'t, T>, activation: FusedActivation) -> Option<Var<'t, T>> {
        let (filter, bias) = (
            &self.filter,
            self.filter.bias.as_ref().map(|bias| bias.on(x.tape())),
        );
        Some(x.conv2d(filter.weight.on(x.tape()), bias, &filter.options, activation))
    }

    fn visit(&self, f: &mut dyn FnMut(&Parameter<T>)) {
        self.filter.visit(f);
    }

    fn visit_mut(&mut self, f: &mut dyn FnMut(&mut Parameter<T>)) {
        self.filter.visit_mut(f);
    }

    fn name_parameters(&mut self, prefix: &str) {
        self.filter.name_parameters(prefix);
    }

    fn kind(&self) -> String {
        let inner = self.filter.describe(self.channels(), self.outputs(), [0; 2]);
        format!("Conv2d({inner})")
    }
}

impl<T: Real> Module<T> for ConvTranspose2d<T> {
    #[track_caller]
    fn forward<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        let (filter, bias) = (
            &self.filter,
            self.filter.bias.as_ref().map(|bias| bias.on(x.tape())),
        );
        let (weight, activation) = (filter.weight.on(x.tape()), FusedActivation::Identity);
        x.conv_transpose2d(weight, bias, &filter.options, self.output_padding, activation)
    }

    #[track_caller]
    fn forward_with<'t>(&self, x: Var<'t, T>, activation: FusedActivation) -> Option<Var<'t, T>> {
        let (filter, bias) = (
            &self.filter,
            self.filter.bias.as_ref().map(|bias| bias.on(x.tape())),
        );
        let weight = filter.weight.on(x.tape());
        Some(x.conv_transpose2d(weight, bias, &filter.options, self.output_padding, activation))
    }

    fn visit(&self, f: &mut dyn FnMut(&Parameter<T>)) {
        self.filter.visit(f);
    }

    fn visit_mut(&mut self, f: &mut dyn FnMut(&mut Parameter<T>)) {
        self.filter.visit_mut(f);
    }

    fn name_parameters(&mut self, prefix: &str) {
        self.filter.name_parameters(prefix);
    }

    fn kind(&self) -> String {
        let inner = self
            .filter
            .describe(self.channels(), self.outputs(), self.output_padding);
        format!("ConvTranspose2d({inner})")
    }
}
