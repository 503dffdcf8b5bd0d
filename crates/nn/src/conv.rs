//! `Conv2d` and `ConvTranspose2d`: convolutions over images.

use crate::{Init, Module, Parameter, join};
use latents_autograd::{Conv2dOptions, FusedActivation, Var};
use latents_tensor::random::Key;
use latents_tensor::{Real, Tensor};

/// A 2-d convolution, y = x ∗ w + b: (batch, channels, height, width) → (batch, outputs, height′, width′), where each size
/// becomes ⌊(size + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1.
///
/// The parameters are those of PyTorch's `nn.Conv2d`: `weight` (outputs, channels / groups, kernel height, kernel width) and
/// `bias` (outputs). As in [`Linear`](crate::Linear), the weight starts Glorot-uniform and the bias at zero.
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

/// A transposed 2-d convolution, y = xᵀ∗ w + b: (batch, channels, height, width) → (batch, outputs, height′, width′), where each
/// size becomes (size − 1)·stride − 2·padding + dilation·(kernel − 1) + 1 + output padding.
///
/// The parameters are those of PyTorch's `nn.ConvTranspose2d`: `weight` (channels, outputs / groups, kernel height, kernel
/// width) and `bias` (outputs). The weight starts Glorot-uniform and the bias at zero. As in PyTorch, the fans are computed from
/// the first two axes of the weight, so fan_in counts the outputs.
///
/// With the options of a [`Conv2d`] and a matching output padding (1 for stride 2, kernel 3, padding 1 and even sizes), it maps
/// that layer's output size back to its input size.
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

/// The parameters and options that both layers share.
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
            "a convolution from {first} to {second} channels cannot have {} groups: both must be multiples of it",
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
    /// If the shapes do not make a layer with `outputs` channels.
    #[track_caller]
    fn from_tensors(
        weight: Tensor<T>,
        bias: Option<Tensor<T>>,
        options: Conv2dOptions,
        outputs: fn(&Tensor<T>, &Conv2dOptions) -> usize,
    ) -> Self {
        assert!(
            weight.rank() == 4 && options.groups > 0 && weight.size(0).is_multiple_of(options.groups),
            "the weight of a convolution must have four axes, the first a multiple of {} groups; its shape is {}",
            options.groups,
            weight.shape()
        );
        let outputs = outputs(&weight, &options);
        if let Some(bias) = &bias {
            let fits = bias.shape()[..] == [outputs];
            assert!(
                fits,
                "the bias of a convolution with {outputs} outputs must have shape [{outputs}]; its shape is {}",
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

    /// Describes the layer: `16, 32, 3×3, stride 2`. Options are listed if they differ from their defaults.
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
    /// Creates a layer with a Glorot-uniform weight drawn with `key` and a zero bias.
    ///
    /// # Panics
    /// If the numbers of channels and outputs are not multiples of the groups.
    ///
    /// ```
    /// # use latents_nn::{Conv2d, Conv2dOptions, Module}; use latents_tensor::random::Key;
    /// let layer = Conv2d::<f32>::new(1, 16, [3, 3], Conv2dOptions::default().padding(1), Key::new(1));
    /// assert_eq!(layer.kind(), "Conv2d(1, 16, 3×3, padding 1)");
    /// ```
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

    /// Creates a layer whose weight is drawn by `init` with `key`, and a zero bias.
    ///
    /// # Panics
    /// As in [`Conv2d::new`].
    ///
    /// ```
    /// # use latents_nn::{Conv2d, Conv2dOptions, Init}; use latents_tensor::random::Key;
    /// let layer = Conv2d::<f32>::initialized(1, 2, [3, 3], Conv2dOptions::default(), Init::HeNormal, Key::new(1));
    /// assert_eq!(layer.weight().shape()[..], [2, 1, 3, 3]);
    /// ```
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

    /// Creates a layer from a weight and an optional bias.
    ///
    /// # Panics
    /// If `weight` is not of shape (outputs, channels / groups, height, width), or `bias` not of shape (outputs).
    ///
    /// ```
    /// # use latents_nn::{Conv2d, Conv2dOptions}; use latents_tensor::Tensor;
    /// let layer = Conv2d::<f32>::from_tensors(Tensor::ones([4, 3, 5, 5]), None, Conv2dOptions::default());
    /// assert_eq!((layer.channels(), layer.outputs()), (3, 4));
    /// ```
    #[track_caller]
    pub fn from_tensors(weight: Tensor<T>, bias: Option<Tensor<T>>, options: Conv2dOptions) -> Self {
        Self {
            filter: Filter::from_tensors(weight, bias, options, |weight, _| weight.size(0)),
        }
    }

    /// Removes the bias.
    #[must_use]
    pub fn without_bias(mut self) -> Self {
        self.filter.bias = None;
        self
    }

    /// Returns the number of input channels.
    pub fn channels(&self) -> usize {
        self.filter.weight.shape()[1] * self.filter.options.groups
    }

    /// Returns the number of output channels.
    pub fn outputs(&self) -> usize {
        self.filter.weight.shape()[0]
    }

    /// Returns the stride, padding, dilation and groups.
    pub fn options(&self) -> &Conv2dOptions {
        &self.filter.options
    }

    /// Returns w, of shape (outputs, channels / groups, height, width).
    pub fn weight(&self) -> &Parameter<T> {
        &self.filter.weight
    }

    /// Returns b, of shape (outputs), if the layer has a bias.
    pub fn bias(&self) -> Option<&Parameter<T>> {
        self.filter.bias.as_ref()
    }
}

impl<T: Real> ConvTranspose2d<T> {
    /// Creates a layer with a Glorot-uniform weight drawn with `key` and a zero bias.
    ///
    /// # Panics
    /// If the numbers of channels and outputs are not multiples of the groups, or the output padding is not less than the stride.
    ///
    /// ```
    /// # use latents_nn::{Conv2dOptions, ConvTranspose2d, Module}; use latents_tensor::random::Key;
    /// let options = Conv2dOptions::default().stride(2);
    /// let layer = ConvTranspose2d::<f32>::new(16, 1, [3, 3], options, [1, 1], Key::new(1));
    /// assert_eq!(layer.kind(), "ConvTranspose2d(16, 1, 3×3, stride 2, output padding 1)");
    /// ```
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

    /// Creates a layer whose weight is drawn by `init` with `key`, and a zero bias.
    ///
    /// # Panics
    /// As in [`ConvTranspose2d::new`].
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

    /// Creates a layer from a weight and an optional bias.
    ///
    /// # Panics
    /// If `weight` is not of shape (channels, outputs / groups, height, width), `bias` not of shape (outputs), or the output
    /// padding not less than the stride.
    ///
    /// ```
    /// # use latents_nn::{Conv2dOptions, ConvTranspose2d}; use latents_tensor::Tensor;
    /// let (weight, options) = (Tensor::ones([4, 3, 5, 5]), Conv2dOptions::default());
    /// let layer = ConvTranspose2d::<f32>::from_tensors(weight, None, options, [0, 0]);
    /// assert_eq!((layer.channels(), layer.outputs()), (4, 3));
    /// ```
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

    /// Removes the bias.
    #[must_use]
    pub fn without_bias(mut self) -> Self {
        self.filter.bias = None;
        self
    }

    /// Returns the number of input channels.
    pub fn channels(&self) -> usize {
        self.filter.weight.shape()[0]
    }

    /// Returns the number of output channels.
    pub fn outputs(&self) -> usize {
        self.filter.weight.shape()[1] * self.filter.options.groups
    }

    /// Returns the stride, padding, dilation and groups.
    pub fn options(&self) -> &Conv2dOptions {
        &self.filter.options
    }

    /// Returns the output padding (height, width): the number of rows and columns added to the output.
    pub fn output_padding(&self) -> [usize; 2] {
        self.output_padding
    }

    /// Returns w, of shape (channels, outputs / groups, height, width).
    pub fn weight(&self) -> &Parameter<T> {
        &self.filter.weight
    }

    /// Returns b, of shape (outputs), if the layer has a bias.
    pub fn bias(&self) -> Option<&Parameter<T>> {
        self.filter.bias.as_ref()
    }
}

#[track_caller]
fn refuse_padding(options: &Conv2dOptions, output_padding: [usize; 2]) {
    let less = [0, 1].map(|axis| output_padding[axis] < options.stride[axis]);
    assert!(
        less == [true; 2],
        "the output padding {output_padding:?} must be less than the stride {:?}",
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
