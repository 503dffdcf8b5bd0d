//! `Picture`: a decoded image, converted to the colour mode and size of a row.

use super::resize::resize;
use crate::image::{Color, ImageSize};

/// The header of an image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    pub(crate) size: ImageSize,
    pub(crate) grey: bool,
}

/// A decoded image: 8 bits per value, interleaved channels, row-major.
pub(crate) struct Picture {
    pub(super) size: ImageSize,
    /// 1 grey, 2 grey with opacity, 3 RGB, 4 RGB with opacity.
    pub(super) channels: usize,
    pub(super) values: Vec<u8>,
}

impl Picture {
    pub(crate) fn size(&self) -> ImageSize {
        self.size
    }

    /// Its colour mode.
    pub(crate) fn color(&self) -> Color {
        match self.channels {
            1 | 2 => Color::Grey,
            _ => Color::Rgb,
        }
    }

    /// Converts the image to this colour mode and size, on a white background.
    pub(crate) fn fit_into(self, color: Color, size: ImageSize, out: &mut [u8]) {
        let (from, values) = (self.size, self.in_color(color));
        match from == size {
            true => out.copy_from_slice(&values),
            false => resize(&values, from, color.channels(), size, out),
        }
    }

    fn in_color(self, color: Color) -> Vec<u8> {
        let pixels = self.values.chunks_exact(self.channels);
        match (self.channels, color) {
            (1, Color::Grey) | (3, Color::Rgb) => self.values,
            (1, Color::Rgb) => pixels.flat_map(|pixel| [pixel[0]; 3]).collect(),
            (2, Color::Grey) => pixels.map(|pixel| on_white(pixel[0], pixel[1])).collect(),
            (2, Color::Rgb) => pixels
                .flat_map(|pixel| [on_white(pixel[0], pixel[1]); 3])
                .collect(),
            (3, Color::Grey) => pixels.map(|pixel| luma([pixel[0], pixel[1], pixel[2]])).collect(),
            (_, Color::Grey) => pixels.map(|pixel| luma(opaque(pixel))).collect(),
            (_, Color::Rgb) => pixels.flat_map(opaque).collect(),
        }
    }
}

/// Red, green and blue of a pixel, blended with white.
fn opaque(pixel: &[u8]) -> [u8; 3] {
    [0, 1, 2].map(|channel| on_white(pixel[channel], pixel[3]))
}

/// A value blended with white, rounded.
fn on_white(value: u8, opacity: u8) -> u8 {
    let (value, opacity) = (u32::from(value), u32::from(opacity));
    ((value * opacity + 255 * (255 - opacity) + 127) / 255) as u8
}

/// ITU-R BT.601, with the integer weights of Pillow.
fn luma([red, green, blue]: [u8; 3]) -> u8 {
    ((u32::from(red) * 19_595 + u32::from(green) * 38_470 + u32::from(blue) * 7_471 + 0x8000) >> 16) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(channels: usize, values: &[u8]) -> Picture {
        Picture {
            size: ImageSize::found(1, values.len() / channels),
            channels,
            values: values.to_vec(),
        }
    }

    #[test]
    fn opacity_is_before_white() {
        assert_eq!(
            picture(2, &[0, 255, 0, 0, 100, 128]).in_color(Color::Grey),
            [0, 255, 177]
        );
        assert_eq!(
            picture(4, &[10, 20, 30, 0, 10, 20, 30, 255]).in_color(Color::Rgb),
            [255, 255, 255, 10, 20, 30]
        );
        assert_eq!(picture(2, &[7, 255]).in_color(Color::Rgb), [7, 7, 7]);
    }

    #[test]
    fn grey_is_grey_either_way() {
        for value in 0..=255 {
            assert_eq!(luma([value; 3]), value);
            assert_eq!(on_white(value, 255), value);
            assert_eq!(on_white(value, 0), 255);
        }
        // Pillow's convert("L").
        assert_eq!(
            picture(3, &[255, 0, 0, 0, 255, 0, 0, 0, 255, 12, 34, 56]).in_color(Color::Grey),
            [76, 150, 29, 30]
        );
    }
}
