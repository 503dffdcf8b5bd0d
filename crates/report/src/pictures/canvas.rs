//! A canvas of pixels and its PNG.

use super::color::Rgb;
use image::{ExtendedColorType, ImageEncoder, codecs::png};

/// Pixels, row by row, `width × height`.
pub(crate) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    pub(crate) fn new(width: usize, height: usize, background: Rgb) -> Self {
        let pixels = background.repeat(width * height);
        Self {
            width,
            height,
            pixels,
        }
    }

    /// Fills a rectangle, which must lie inside.
    pub(crate) fn fill(&mut self, (left, top): (usize, usize), (width, height): (usize, usize), color: Rgb) {
        for row in top..top + height {
            let start = (row * self.width + left) * 3;
            let line = &mut self.pixels[start..start + width * 3];
            line.chunks_exact_mut(3)
                .for_each(|pixel| pixel.copy_from_slice(&color));
        }
    }

    /// The picture as PNG.
    pub(crate) fn png(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let encoder = png::PngEncoder::new(&mut bytes);
        let (width, height) = (self.width as u32, self.height as u32);
        encoder
            .write_image(&self.pixels, width, height, ExtendedColorType::Rgb8)
            .expect("a canvas with pixels is encoded into memory");
        bytes
    }
}
