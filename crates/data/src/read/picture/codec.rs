//! `Codec`: what a format of images brings.

use super::pixels::{About, Picture};
use crate::format::{Format, Recognition};
use std::io::{BufRead, Seek};

/// A format of images, and its decoder.
pub(crate) struct Codec {
    pub(crate) format: Format,
    /// None where the feature is off.
    pub(super) decoder: Option<Decoder>,
}

/// What a decoder does. Errors are reasons.
pub(super) struct Decoder {
    /// What a header says.
    pub(super) about: fn(&mut dyn Source) -> Result<About, String>,
    /// The pixels of a file with that header, if they take no more than so many bytes.
    pub(super) decode: fn(&[u8], &About, u64) -> Result<Picture, String>,
}

/// A file to look into.
pub(crate) trait Source: BufRead + Seek {}
impl<R: BufRead + Seek> Source for R {}

impl Codec {
    /// Whether a file starts like one of this format.
    pub(super) fn matches(&self, head: &[u8]) -> bool {
        matches!(self.format.recognition(), Some(Recognition::Start { matches, .. }) if matches(head))
    }
}
