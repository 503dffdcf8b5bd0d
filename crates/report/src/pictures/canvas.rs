//! A pixel canvas with PNG output.

use super::color::Rgb;

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

    /// Fills a rectangle, which must be inside the canvas.
    pub(crate) fn fill(&mut self, (left, top): (usize, usize), (width, height): (usize, usize), color: Rgb) {
        for row in top..top + height {
            let start = (row * self.width + left) * 3;
            let line = &mut self.pixels[start..start + width * 3];
            line.chunks_exact_mut(3)
                .for_each(|pixel| pixel.copy_from_slice(&color));
        }
    }

    /// Encodes the canvas as PNG.
    pub(crate) fn png(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(&self.pixels))
            .expect("a canvas with pixels is encoded into memory");
        bytes
    }
}
