//! JPEG, baseline and progressive: grey, RGB, or CMYK converted to RGB.

use super::codec::Codec;
use crate::format::{Format, LabelSource, Reader, Recognition, if_feature};

pub(super) static CODEC: Codec = Codec {
    format: Format {
        name: "JPEG",
        help: "one image as one row of bytes",
        extensions: &["jpg", "jpeg"],
        labels: LabelSource::None(
            "a single image has no labels; give a folder with one sub-folder per label",
        ),
        images: true,
        keys: false,
        feature: Some("images"),
        reader: Reader::Image(Recognition::Start {
            matches: |head| head.starts_with(&[0xff, 0xd8, 0xff]),
            misnamed: "not a JPEG file: it does not start with \\xff\\xd8",
        }),
    },
    decoder: if_feature!("images", decoder::DECODER),
};

#[cfg(feature = "images")]
mod decoder {
    use crate::image::ImageSize;
    use crate::read::picture::codec::{self, Source};
    use crate::read::picture::pixels::{About, Picture};
    use std::io::{BufRead, Cursor, Seek};
    use zune_jpeg::JpegDecoder;
    use zune_jpeg::errors::DecodeErrors;
    use zune_jpeg::zune_core::colorspace::ColorSpace;
    use zune_jpeg::zune_core::options::DecoderOptions;

    pub(super) const DECODER: codec::Decoder = codec::Decoder { about, decode };

    /// Strict, so that a truncated file is an error instead of an image with a grey end; and without instructions that not all
    /// machines have.
    fn decoder<R: BufRead + Seek>(file: R, color: ColorSpace) -> JpegDecoder<R> {
        let sides = usize::from(u16::MAX);
        let options = DecoderOptions::new_safe()
            .set_strict_mode(true)
            .set_max_width(sides)
            .set_max_height(sides)
            .jpeg_set_out_colorspace(color);
        JpegDecoder::new_with_options(file, options)
    }

    fn damaged(error: DecodeErrors) -> String {
        format!("the JPEG is damaged ({error})")
    }

    fn about(file: &mut dyn Source) -> Result<About, String> {
        let mut decoder = decoder(file, ColorSpace::RGB);
        decoder.decode_headers().map_err(damaged)?;
        let info = decoder.info().ok_or("the JPEG has no header")?;
        Ok(About {
            size: ImageSize::found(info.height.into(), info.width.into()),
            grey: info.components == 1,
        })
    }

    fn decode(bytes: &[u8], about: &About, _: u64) -> Result<Picture, String> {
        let (color, channels) = match about.grey {
            true => (ColorSpace::Luma, 1),
            false => (ColorSpace::RGB, 3),
        };
        let mut decoder = decoder(Cursor::new(bytes), color);
        let values = decoder.decode().map_err(damaged)?;
        if !ends(bytes) {
            return Err("the JPEG is truncated".to_owned());
        }
        let info = decoder.info().ok_or("the JPEG has no header")?;
        Ok(Picture {
            size: ImageSize::found(info.height.into(), info.width.into()),
            channels,
            values,
        })
    }

    /// Whether the end marker follows the start of the last scan. The decoder itself does not require it once all pixels are
    /// there.
    fn ends(bytes: &[u8]) -> bool {
        const SCAN: [u8; 2] = [0xff, 0xda];
        const END: [u8; 2] = [0xff, 0xd9];
        let scan = bytes.windows(2).rposition(|pair| pair == SCAN).unwrap_or(0);
        bytes[scan..].windows(2).any(|pair| pair == END)
    }
}
