//! The convolutional part of a network: from pictures to features and back.

use super::numbered;
use latents_autograd::Var;
use latents_error::ConfigError;
use latents_nn::{
    Activation, Conv2d, Conv2dOptions, ConvTranspose2d, Flatten, Module, Parameter, Sequential, Unflatten,
};
use latents_tensor::random::Key;
use latents_tensor::{Real, Shape};
use serde::{Deserialize, Serialize};

/// Convolutions before an encoder's fully connected layers, mirrored by transposed ones at the end of its decoder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvolutionConfig {
    /// Height, width and channels of a row's picture; rows are row-major with the channels last, as data sets have them.
    pub image: [usize; 3],
    /// The output channels of each convolution.
    pub channels: Vec<usize>,
    /// Height and width of the filters.
    #[serde(default = "three")]
    pub kernel: usize,
    /// Pixels from one place of the filter to the next.
    #[serde(default = "two")]
    pub stride: usize,
    /// Zeros around the picture.
    #[serde(default = "one")]
    pub padding: usize,
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
    pub fn new(image: [usize; 3], channels: impl Into<Vec<usize>>) -> Self {
        Self {
            image,
            channels: channels.into(),
            kernel: 3,
            stride: 2,
            padding: 1,
        }
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
                "name at least one convolution".to_owned(),
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
            let requirement = format!("must fit into the image of {height} × {width} with its padding");
            return refused("kernel", self.kernel.to_string(), requirement);
        }
        match self.sizes() {
            Some(_) => Ok(()),
            None => refused(
                "channels",
                listed(&self.channels),
                "so many convolutions leave nothing of the image; use fewer, or a smaller stride or kernel"
                    .to_owned(),
            ),
        }
    }

    /// Every size of the list of channels with its name.
    pub(super) fn channels_by_name(&self) -> impl Iterator<Item = (String, usize)> {
        numbered("channels", &self.channels)
    }

    /// Height and width before each convolution and after the last; nothing where a picture is smaller than the filter.
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

    /// Numbers after the last convolution: what the first fully connected layer takes.
    pub(super) fn features(&self) -> usize {
        self.deepest()
            .iter()
            .fold(1, |all, size| all.saturating_mul(*size))
    }

    /// Weights and biases of the convolutions and their mirror.
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

    /// `28×28`, `16c`, `32c`.
    pub(super) fn texts(&self) -> Vec<String> {
        let [height, width, channels] = self.image;
        let depth = if channels == 1 {
            String::new()
        } else {
            format!("×{channels}")
        };
        std::iter::once(format!("{height}×{width}{depth}"))
            .chain(self.channels.iter().map(|channels| format!("{channels}c")))
            .collect()
    }

    fn options(&self) -> Conv2dOptions {
        Conv2dOptions::default().stride(self.stride).padding(self.padding)
    }

    /// From rows to features, with `activation` after each convolution.
    pub(super) fn encoder<T: Real>(&self, activation: Activation, key: Key) -> Sequential<T> {
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
        layers.then(Flatten)
    }

    /// Appends the way from features back to rows, with `between` after each transposed convolution but the last, and
    /// `last` after that.
    pub(super) fn push_decoder<T: Real>(
        &self,
        layers: &mut Sequential<T>,
        between: Activation,
        last: Activation,
        key: Key,
    ) {
        let (planes, sizes) = (self.planes(), self.sizes().unwrap_or_default());
        layers.push(Box::new(Unflatten::new(self.deepest())));
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
        layers.push(Box::new(FromPlanes));
    }
}

/// Appends an activation, where it is one.
pub(super) fn push_activation<T: Real>(layers: &mut Sequential<T>, activation: Activation) {
    if activation != Activation::Identity {
        layers.push(Box::new(activation));
    }
}

/// (batch, height · width · channels) → (batch, channels, height, width).
#[derive(Clone, Copy, Debug)]
struct ToPlanes {
    image: [usize; 3],
}

/// (batch, channels, height, width) → (batch, height · width · channels).
#[derive(Clone, Copy, Debug)]
struct FromPlanes;

impl<T: Real> Module<T> for ToPlanes {
    fn forward<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        let ([height, width, channels], batch) = (self.image, x.shape()[0]);
        match channels {
            1 => x.reshape([batch, 1, height, width]),
            _ => x.reshape([batch, height, width, channels]).permute(&[0, 3, 1, 2]),
        }
    }

    fn visit(&self, _: &mut dyn FnMut(&Parameter<T>)) {}

    fn visit_mut(&mut self, _: &mut dyn FnMut(&mut Parameter<T>)) {}

    fn name_parameters(&mut self, _: &str) {}
}

impl<T: Real> Module<T> for FromPlanes {
    fn forward<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        let shape: Shape = x.shape();
        let flat = [shape[0], shape[1] * shape[2] * shape[3]];
        match shape[1] {
            1 => x.reshape(flat),
            _ => x.permute(&[0, 2, 3, 1]).reshape(flat),
        }
    }

    fn visit(&self, _: &mut dyn FnMut(&Parameter<T>)) {}

    fn visit_mut(&mut self, _: &mut dyn FnMut(&mut Parameter<T>)) {}

    fn name_parameters(&mut self, _: &str) {}
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn to_planes(image: [usize; 3], x: Var<'_>) -> Var<'_> {
        ToPlanes { image }.forward(x)
    }

    pub(in super::super) fn from_planes(x: Var<'_>) -> Var<'_> {
        FromPlanes.forward(x)
    }
}
