//! `Codec`: an image format and its decoder.

use super::pixels::{About, Picture};
use crate::format::{Format, Recognition};
use std::io::{BufRead, Seek};

/// An image format and its decoder.
pub(crate) struct Codec {
    pub(crate) format: Format,
    /// `None` if the feature is disabled.
    pub(super) decoder: Option<Decoder>,
}

/// The functions of a decoder. Errors are reasons.
pub(super) struct Decoder {
    /// Reads the header.
    pub(super) about: fn(&mut dyn Source) -> Result<About, String>,
    /// Decodes the pixels of a file with this header, if they need no more than this number of bytes.
    pub(super) decode: fn(&[u8], &About, u64) -> Result<Picture, String>,
}

/// A seekable file.
pub(crate) trait Source: BufRead + Seek {}
impl<R: BufRead + Seek> Source for R {}

impl Codec {
    /// Whether a file starts like one of this format.
    pub(super) fn matches(&self, head: &[u8]) -> bool {
        matches!(self.format.recognition(), Some(Recognition::Start { matches, .. }) if matches(head))
    }
}
