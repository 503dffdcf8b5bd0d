//! Images of all formats as grey or RGB bytes.
//!
//! The header is read first and trusted only within the bound for compressed data: memory is never allocated only because a
//! file declares many pixels.

mod codec;
mod jpeg;
mod pixels;
mod png;
mod resize;

pub(crate) use pixels::{About, Picture};

use crate::read::input::unpacked_limit;
use codec::{Codec, Decoder, Source};
use latents_text::list;
use std::io::Cursor;

/// The supported image formats.
pub(crate) static CODECS: &[&Codec] = &[&png::CODEC, &jpeg::CODEC];

/// The file name extensions of images.
pub(crate) fn extensions() -> impl Iterator<Item = &'static str> {
    CODECS.iter().flat_map(|codec| codec.format.extensions).copied()
}

fn decoder(head: &[u8]) -> Result<&'static Decoder, String> {
    let codec = CODECS
        .iter()
        .find(|codec| codec.matches(head))
        .ok_or_else(|| match head {
            [] => "the file is empty".to_owned(),
            _ => format!(
                "it is neither {}",
                list(CODECS.iter().map(|codec| codec.format.name), "nor")
            ),
        })?;
    codec
        .decoder
        .as_ref()
        .ok_or_else(|| format!("this build does not read {}", codec.format.name))
}

/// Reads the header of a file of `length` bytes. The error is a reason.
pub(crate) fn about(file: &mut dyn Source, length: u64) -> Result<About, String> {
    let head = file.fill_buf().map_err(|error| format!("cannot read: {error}"))?;
    let about = (decoder(head)?.about)(file)?;
    if about.size.pixels() == 0 {
        return Err("it has no pixels".to_owned());
    }
    let limit = unpacked_limit(length);
    match (about.size.pixels() as u64).saturating_mul(3) > limit {
        false => Ok(about),
        true => Err(format!(
            "it declares {} pixels, and unpacks to more than {limit} bytes (64 MiB and 100 times the packed size)",
            about.size
        )),
    }
}

/// Decodes the pixels of a file. The error is a reason.
pub(crate) fn decode(bytes: &[u8]) -> Result<Picture, String> {
    let length = bytes.len() as u64;
    let about = about(&mut Cursor::new(bytes), length)?;
    let picture = (decoder(bytes)?.decode)(bytes, &about, unpacked_limit(length))?;
    match picture.size == about.size && picture.values.len() == about.size.pixels() * picture.channels {
        true => Ok(picture),
        false => Err("the number of pixels differs from the declared one".to_owned()),
    }
}
