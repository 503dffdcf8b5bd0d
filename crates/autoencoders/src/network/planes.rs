//! Conversions between rows with channels last and images with channels first.

use latents_autograd::Var;
use latents_nn::{Module, Parameter};
use latents_tensor::Real;

/// (batch, height · width · channels) → (batch, channels, height, width).
#[derive(Clone, Copy, Debug)]
pub(super) struct ToPlanes {
    /// Height, width and channels.
    pub(super) image: [usize; 3],
}

/// (batch, images · channels, height, width) → (batch, images · height · width · channels): each image with channels last, one
/// image after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct FromPlanes {
    pub(super) images: usize,
}

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
        let &[batch, planes, height, width] = &x.shape()[..] else {
            panic!(
                "expected images (batch, channels, height, width), found {}",
                x.shape()
            );
        };
        let (channels, pixels) = (planes / self.images, height * width);
        let flat = [batch, planes * pixels];
        match channels {
            1 => x.reshape(flat),
            _ => x
                .reshape([batch, self.images, channels, pixels])
                .permute(&[0, 1, 3, 2])
                .reshape(flat),
        }
    }

    fn visit(&self, _: &mut dyn FnMut(&Parameter<T>)) {}

    fn visit_mut(&mut self, _: &mut dyn FnMut(&mut Parameter<T>)) {}

    fn name_parameters(&mut self, _: &str) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use latents_autograd::Tape;
    use latents_tensor::Tensor;

    /// A filter that passes the second channel alone finds it.
    #[test]
    fn the_channels_of_a_pixel_stay_together() {
        let tape = Tape::new();
        let x = tape.input(&Tensor::from_vec((0..12).map(|i| i as f32).collect(), [1, 12]));
        let planes = ToPlanes { image: [2, 3, 2] }.forward(x);
        assert_eq!(
            planes.value().to_vec(),
            [0., 2., 4., 6., 8., 10., 1., 3., 5., 7., 9., 11.]
        );
        let back = |images: usize| FromPlanes { images }.forward(planes).value().to_vec();
        assert_eq!(back(1), x.value().to_vec());
        // Two images of one channel.
        assert_eq!(back(2), planes.value().to_vec());
    }

    #[test]
    fn images_come_one_after_the_other() {
        let tape = Tape::new();
        let x = tape.input(&Tensor::from_vec(
            (0..8).map(|i| i as f32).collect(),
            [1, 4, 1, 2],
        ));
        let rows = FromPlanes { images: 2 }.forward(x).value().to_vec();
        assert_eq!(rows, [0., 2., 1., 3., 4., 6., 5., 7.]);
    }
}
