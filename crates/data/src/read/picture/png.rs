//! PNG: any depth and colour type as 8 bits; 16-bit values are truncated to their upper byte, palettes are expanded.

use super::codec::Codec;
use crate::format::{Format, LabelSource, Reader, Recognition, if_feature};

pub(super) static CODEC: Codec = Codec {
    format: Format {
        name: "PNG",
        help: "one image as one row of bytes",
        extensions: &["png"],
        labels: LabelSource::None(
            "a single image has no labels; give a folder with one sub-folder per label",
        ),
        images: true,
        keys: false,
        feature: Some("images"),
        reader: Reader::Image(Recognition::Start {
            matches: |head| head.starts_with(b"\x89PNG"),
            misnamed: "not a PNG file: it does not start with \\x89PNG",
        }),
    },
    decoder: if_feature!("images", decoder::DECODER),
};

#[cfg(feature = "images")]
mod decoder {
    use crate::image::ImageSize;
    use crate::read::picture::codec::{self, Source};
    use crate::read::picture::pixels::{About, Picture};
    use png::{BitDepth, ColorType, Decoder, DecodingError, Limits, Transformations};
    use std::io::{BufRead, Cursor, Seek};

    pub(super) const DECODER: codec::Decoder = codec::Decoder { about, decode };

    fn decoder<R: BufRead + Seek>(file: R, limit: u64) -> Decoder<R> {
        let bytes = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut decoder = Decoder::new_with_limits(file, Limits { bytes });
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
        decoder
    }

    fn damaged(error: DecodingError) -> String {
        format!("the PNG is damaged ({error})")
    }

    fn about(file: &mut dyn Source) -> Result<About, String> {
        let mut decoder = decoder(file, 1 << 20);
        let info = decoder.read_header_info().map_err(damaged)?;
        Ok(About {
            size: ImageSize::found(info.height as usize, info.width as usize),
            grey: matches!(info.color_type, ColorType::Grayscale | ColorType::GrayscaleAlpha),
        })
    }

    /// Decodes the image; for an animation, the still image that other programs show.
    fn decode(bytes: &[u8], _: &About, limit: u64) -> Result<Picture, String> {
        let mut reader = decoder(Cursor::new(bytes), limit).read_info().map_err(damaged)?;
        let length = reader
            .output_buffer_size()
            .filter(|&length| length as u64 <= limit)
            .ok_or("the PNG is too large")?;
        let mut values = vec![0; length];
        let frame = reader.next_frame(&mut values).map_err(damaged)?;
        reader.finish().map_err(damaged)?;
        if frame.bit_depth != BitDepth::Eight {
            return Err(format!("the PNG has {:?} bits per value", frame.bit_depth));
        }
        values.truncate(frame.buffer_size());
        Ok(Picture {
            size: ImageSize::found(frame.height as usize, frame.width as usize),
            channels: frame.color_type.samples(),
            values,
        })
    }
}
