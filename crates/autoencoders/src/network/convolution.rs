//! The convolutional layers of a network.

use super::planes::{FromPlanes, ToPlanes};
use super::{MOST_PARAMETERS, numbered};
use latents_error::ConfigError;
use latents_nn::{Activation, Conv2d, Conv2dOptions, ConvTranspose2d, Flatten, Sequential, Unflatten};
use latents_tensor::Real;
use latents_tensor::random::Key;
use serde::{Deserialize, Serialize};

/// Convolutions before the fully connected layers of an encoder, mirrored by transposed convolutions at the end of the decoder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ConvolutionConfig {
    /// Height, width and channels of the images; rows are row-major with the channels last, as in data sets.
    pub image: [usize; 3],
    /// Output channels of each convolution.
    pub channels: Vec<usize>,
    /// Side of the filters, in pixels.
    #[serde(default = "three")]
    pub kernel: usize,
    /// Stride, in pixels.
    #[serde(default = "two")]
    pub stride: usize,
    /// Zero padding, in pixels.
    #[serde(default = "one")]
    pub padding: usize,
    /// Channels of an image code. Instead of fully connected layers, the encoder then ends in a 1×1 convolution to these
    /// channels, and the decoder starts with one. The code is an image with height · width · channels values, channels last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latent_channels: Option<usize>,
}

latents_error::setters! {
    ConvolutionConfig { image: [usize; 3], kernel: usize, stride: usize, padding: usize }
    into { channels: Vec<usize>, latent_channels: Option<usize> }
}

fn listed(sizes: &[usize]) -> String {
    format!("{sizes:?}")
}

fn three() -> usize {
    3
}

fn two() -> usize {
    2
}

fn one() -> usize {
    1
}

impl ConvolutionConfig {
    /// Filters of 3 × 3 with stride 2 and padding 1: every convolution halves height and width.
    ///
    /// ```
    /// # use latents_autoencoders::ConvolutionConfig;
    /// let convolution = ConvolutionConfig::new([28, 28, 1], [8, 16]).latent_channels(4);
    /// assert_eq!((convolution.code_image(), convolution.code_size()), (Some([7, 7, 4]), Some(196)));
    /// ```
    pub fn new(image: [usize; 3], channels: impl Into<Vec<usize>>) -> Self {
        Self {
            image,
            channels: channels.into(),
            kernel: 3,
            stride: 2,
            padding: 1,
            latent_channels: None,
        }
    }

    /// The size of an image code, which [`NetworkConfig::latent`](crate::NetworkConfig::latent) must equal.
    ///
    /// ```
    /// # use latents_autoencoders::ConvolutionConfig;
    /// assert_eq!(ConvolutionConfig::new([28, 28, 1], [8, 16]).latent_channels(4).code_size(), Some(7 * 7 * 4));
    /// ```
    pub fn code_size(&self) -> Option<usize> {
        let image = self.code_image()?;
        Some(image.into_iter().fold(1, usize::saturating_mul))
    }

    /// Height, width and channels of the code, if it is an image.
    ///
    /// ```
    /// # use latents_autoencoders::ConvolutionConfig;
    /// assert_eq!(ConvolutionConfig::new([28, 28, 1], [8, 16]).code_image(), None);
    /// ```
    pub fn code_image(&self) -> Option<[usize; 3]> {
        let channels = self.latent_channels?;
        let [height, width] = self.sizes()?.last().copied()?;
        Some([height, width, channels])
    }

    pub(super) fn validate(&self, input: usize) -> Result<(), ConfigError> {
        let [height, width, channels] = self.image;
        let refused = |option, value: String, requirement| Err(ConfigError::new(option, value, requirement));
        let pixels = height.checked_mul(width);
        if pixels.and_then(|pixels| pixels.checked_mul(channels)) != Some(input) {
            let requirement = format!("its values must be the {input} of a row");
            return refused("image", listed(&self.image), requirement);
        }
        if self.channels.is_empty() {
            return refused(
                "channels",
                "empty".to_owned(),
                "there must be at least one convolution".to_owned(),
            );
        }
        let kernel_and_stride = [("kernel", self.kernel), ("stride", self.stride)];
        let sizes = kernel_and_stride.map(|(name, size)| (name.to_owned(), size));
        if let Some((name, _)) = self.channels_by_name().chain(sizes).find(|(_, size)| *size == 0) {
            return Err(ConfigError::new(name, 0, "must be at least 1"));
        }
        if self.padding >= self.kernel {
            let requirement = format!("must be smaller than the kernel, which is {}", self.kernel);
            return refused("padding", self.padding.to_string(), requirement);
        }
        if self.reduced(height.min(width)).is_none() {
            let requirement = format!("must not exceed the padded image of {height} × {width}");
            return refused("kernel", self.kernel.to_string(), requirement);
        }
        if self.sizes().is_none() {
            let requirement = "too many convolutions for the image; use fewer, or a smaller stride or kernel";
            return refused("channels", listed(&self.channels), requirement.to_owned());
        }
        self.check_latent_channels()
    }

    fn check_latent_channels(&self) -> Result<(), ConfigError> {
        let refused = |channels, requirement| Err(ConfigError::new("latent_channels", channels, requirement));
        let Some(channels) = self.latent_channels else {
            return Ok(());
        };
        let size = self
            .code_image()
            .into_iter()
            .flatten()
            .fold(1, usize::saturating_mul);
        if channels == 0 {
            return refused(channels, "must be at least 1".to_owned());
        }
        if size as u128 > MOST_PARAMETERS {
            return refused(
                channels,
                format!("a code can have at most {MOST_PARAMETERS} dimensions"),
            );
        }
        Ok(())
    }

    /// The sizes in the list of channels with their names.
    pub(super) fn channels_by_name(&self) -> impl Iterator<Item = (String, usize)> {
        numbered("channels", &self.channels)
    }

    /// Height and width before each convolution and after the last; `None` if an image becomes smaller than the filter.
    fn sizes(&self) -> Option<Vec<[usize; 2]>> {
        let mut size = [self.image[0], self.image[1]];
        let mut sizes = vec![size];
        for _ in &self.channels {
            let [height, width] = size;
            size = [self.reduced(height)?, self.reduced(width)?];
            sizes.push(size);
        }
        Some(sizes)
    }

    fn reduced(&self, size: usize) -> Option<usize> {
        let room = size
            .checked_add(self.padding.checked_mul(2)?)?
            .checked_sub(self.kernel)?;
        Some(room / self.stride + 1)
    }

    /// The channels before each convolution and after the last.
    fn planes(&self) -> Vec<usize> {
        std::iter::once(self.image[2])
            .chain(self.channels.iter().copied())
            .collect()
    }

    /// Channels, height and width after the last convolution.
    fn deepest(&self) -> [usize; 3] {
        let [height, width] = self
            .sizes()
            .and_then(|sizes| sizes.last().copied())
            .unwrap_or([0, 0]);
        [self.channels.last().copied().unwrap_or(0), height, width]
    }

    /// The number of outputs of the last convolution, which are the inputs of the first fully connected layer.
    pub(super) fn features(&self) -> usize {
        self.deepest()
            .iter()
            .fold(1, |all, size| all.saturating_mul(*size))
    }

    /// The number of weights and biases of the convolutions and their mirror.
    pub(super) fn parameters(&self) -> u128 {
        let planes = self.planes();
        let kernel = (self.kernel as u128).saturating_mul(self.kernel as u128);
        planes
            .windows(2)
            .map(|pair| {
                let (from, to) = (pair[0] as u128, pair[1] as u128);
                let weights = from.saturating_mul(to).saturating_mul(kernel).saturating_mul(2);
                weights.saturating_add(from + to)
            })
            .fold(0, u128::saturating_add)
    }

    /// The number of weights and biases of the 1×1 convolutions of an image code, where the encoder has `copies` outputs per
    /// latent dimension.
    pub(super) fn code_parameters(&self, copies: usize) -> u128 {
        let Some(latent) = self.latent_channels else {
            return 0;
        };
        let (inner, latent) = (self.deepest()[0] as u128, latent as u128);
        let encoded = latent.saturating_mul(copies as u128);
        let encoder = inner.saturating_mul(encoded).saturating_add(encoded);
        let decoder = inner.saturating_mul(latent).saturating_add(inner);
        encoder.saturating_add(decoder)
    }

    /// `28×28`, `16c`, `32c`.
    pub(super) fn texts(&self) -> Vec<String> {
        std::iter::once(image_text(self.image))
            .chain(self.channels.iter().map(|channels| format!("{channels}c")))
            .collect()
    }

    fn options(&self) -> Conv2dOptions {
        Conv2dOptions::default().stride(self.stride).padding(self.padding)
    }

    /// The layers from rows to features, with `activation` after each convolution. For an image code, up to the code, with
    /// `last` after it and `copies` outputs per latent dimension.
    pub(super) fn encoder<T: Real>(
        &self,
        [activation, last]: [Activation; 2],
        copies: usize,
        key: Key,
    ) -> Sequential<T> {
        let planes = self.planes();
        let mut layers = Sequential::new().then(ToPlanes { image: self.image });
        for (index, pair) in planes.windows(2).enumerate() {
            let key = key.index(index as u64);
            layers.push(Box::new(Conv2d::new(
                pair[0],
                pair[1],
                [self.kernel; 2],
                self.options(),
                key,
            )));
            push_activation(&mut layers, activation);
        }
        let Some(latent) = self.latent_channels else {
            return layers.then(Flatten);
        };
        let [inner, ..] = self.deepest();
        layers.push(of_positions(inner, latent * copies, key.purpose("code")));
        push_activation(&mut layers, last);
        layers.then(FromPlanes { images: copies })
    }

    /// Appends the layers from features, or from an image code, back to rows, with `between` after each convolution except the
    /// last, and `last` after that.
    pub(super) fn push_decoder<T: Real>(
        &self,
        layers: &mut Sequential<T>,
        between: Activation,
        last: Activation,
        key: Key,
    ) {
        let (planes, sizes) = (self.planes(), self.sizes().unwrap_or_default());
        match self.code_image() {
            None => layers.push(Box::new(Unflatten::new(self.deepest()))),
            Some(image) => {
                layers.push(Box::new(ToPlanes { image }));
                layers.push(of_positions(image[2], self.deepest()[0], key.purpose("code")));
                push_activation(layers, between);
            }
        }
        for index in (0..self.channels.len()).rev() {
            let missing = |axis: usize| {
                let reached = (sizes[index + 1][axis] - 1) * self.stride + self.kernel;
                (sizes[index][axis] + 2 * self.padding).saturating_sub(reached)
            };
            layers.push(Box::new(ConvTranspose2d::new(
                planes[index + 1],
                planes[index],
                [self.kernel; 2],
                self.options(),
                [missing(0), missing(1)],
                key.index(index as u64),
            )));
            push_activation(layers, if index == 0 { last } else { between });
        }
        layers.push(Box::new(FromPlanes { images: 1 }));
    }
}

/// A 1×1 convolution, which maps the channels of each position.
fn of_positions<T: Real>(from: usize, to: usize, key: Key) -> Box<Conv2d<T>> {
    Box::new(Conv2d::new(from, to, [1; 2], Conv2dOptions::default(), key))
}

/// `28×28`, or `7×7×8` with more channels than one.
pub(super) fn image_text([height, width, channels]: [usize; 3]) -> String {
    match channels {
        1 => format!("{height}×{width}"),
        _ => format!("{height}×{width}×{channels}"),
    }
}

/// Appends an activation unless it is the identity.
pub(super) fn push_activation<T: Real>(layers: &mut Sequential<T>, activation: Activation) {
    if activation != Activation::Identity {
        layers.push(Box::new(activation));
    }
}
