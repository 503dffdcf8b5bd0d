//! `OpenOptions`: options for reading data.

use crate::image::{Color, ImageSize};

/// Options of [`open`](crate::open).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenOptions {
    /// The labels: a column of a CSV file (its name, or its index from 0; negative counts from the end), or an array of an
    /// `.npz` file.
    pub label: Option<String>,
    /// The size that images are resized to, ignoring their aspect ratio. If `None`, all images must have the same size. This
    /// option and the following apply only to image files.
    pub image_size: Option<ImageSize>,
    /// Whether images are read as grey or RGB. If `None`, RGB if any image has colours.
    pub color: Option<Color>,
    /// Whether to skip images of a folder that cannot be read, instead of failing.
    pub skip_bad: bool,
}

latents_error::setters! {
    OpenOptions { skip_bad: bool }
    into { label: Option<String>, image_size: Option<ImageSize>, color: Option<Color> }
}
