//! Convolutions: any stride, padding, dilation, groups, and empty batches.

use super::products::activation;
use super::{Law, case, law};
use latents_autograd::Conv2dOptions;
use latents_autograd::testing::{Strided, strided};
use proptest::prelude::*;
use std::ops::Range;

const WIDE: [Range<f64>; 1] = [-2.0..2.0];

/// A window, and the images that it fits.
#[derive(Clone, Copy, Debug)]
struct Window {
    options: Conv2dOptions,
    batch: usize,
    /// A group's, of the image and of the result.
    channels: [usize; 2],
    kernel: [usize; 2],
    /// The image that the window is laid on, and what is left of it.
    size: [usize; 2],
    result: [usize; 2],
}

fn windows() -> impl Strategy<Value = Window> {
    let pair = |range: Range<usize>| [range.clone(), range];
    let options = (pair(1..3), pair(0..2), pair(1..3), 1..3usize);
    let batch = prop_oneof![1 => Just(0usize), 5 => Just(1), 2 => Just(2)];
    (options, batch, pair(1..3), pair(1..3), pair(0..3)).prop_map(
        |((stride, padding, dilation, groups), batch, channels, kernel, more)| {
            let options = Conv2dOptions {
                stride,
                padding,
                dilation,
                groups,
            };
            let reach = |side: usize| dilation[side] * (kernel[side] - 1) + 1;
            let size = [0, 1].map(|side| {
                (reach(side) + more[side])
                    .saturating_sub(2 * padding[side])
                    .max(1)
            });
            let result = [0, 1].map(|side| (size[side] + 2 * padding[side] - reach(side)) / stride[side] + 1);
            Window {
                options,
                batch,
                channels,
                kernel,
                size,
                result,
            }
        },
    )
}

impl Window {
    fn image(&self) -> [usize; 4] {
        [
            self.batch,
            self.channels[0] * self.options.groups,
            self.size[0],
            self.size[1],
        ]
    }
    fn result(&self) -> [usize; 4] {
        [
            self.batch,
            self.channels[1] * self.options.groups,
            self.result[0],
            self.result[1],
        ]
    }
    /// The weight of the convolution, whose transpose has the same one.
    fn weight(&self) -> [usize; 4] {
        let [inputs, outputs] = self.channels;
        [
            outputs * self.options.groups,
            inputs,
            self.kernel[0],
            self.kernel[1],
        ]
    }
    /// What the transpose adds to the smallest image of its size.
    fn output_padding(&self) -> [usize; 2] {
        [0, 1].map(|side| {
            let reach = self.options.dilation[side] * (self.kernel[side] - 1) + 1;
            self.size[side] + 2 * self.options.padding[side]
                - reach
                - (self.result[side] - 1) * self.options.stride[side]
        })
    }
}

/// Tensors of these shapes, and of a bias if there is to be one.
fn tensors(shapes: [[usize; 4]; 2], channels: usize, bias: bool) -> Vec<BoxedStrategy<Strided>> {
    let mut all: Vec<_> = shapes
        .into_iter()
        .map(|shape| strided(shape, &WIDE).boxed())
        .collect();
    all.extend(bias.then(|| strided([channels], &WIDE).boxed()));
    all
}

pub(crate) fn laws() -> Vec<Law> {
    let choices = || (windows(), activation(), any::<bool>());
    vec![
        law(
            "Conv2d",
            choices().prop_flat_map(|(window, activation, bias)| {
                let operands = tensors([window.image(), window.weight()], window.result()[1], bias);
                operands.prop_map(move |operands| {
                    case!(operands, [window, activation], |x| {
                        x[0].conv2d(x[1], x.get(2).copied(), &window.options, activation)
                    })
                })
            }),
        ),
        law(
            "ConvTranspose2d",
            choices().prop_flat_map(|(window, activation, bias)| {
                let operands = tensors([window.result(), window.weight()], window.image()[1], bias);
                operands.prop_map(move |operands| {
                    case!(operands, [window, activation], |x| {
                        let (options, more) = (&window.options, window.output_padding());
                        x[0].conv_transpose2d(x[1], x.get(2).copied(), options, more, activation)
                    })
                })
            }),
        ),
        law(
            "Conv2dWeight",
            windows().prop_flat_map(|window| {
                let operands = tensors([window.image(), window.result()], 0, false);
                operands.prop_map(move |operands| {
                    case!(operands, [window], |x| x[0].conv2d_weight(
                        x[1],
                        window.kernel,
                        &window.options
                    ))
                })
            }),
        ),
    ]
}
