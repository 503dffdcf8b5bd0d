//! `OpenOptions`: how data are to be read.

use crate::image::{Color, ImageSize};

/// What [`open`](crate::open) shall look for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenOptions {
    /// The column of a CSV file (its name, or its number from 0; negative from the end), or the array of an `.npz`
    /// file, that holds the labels.
    pub label: Option<String>,
    /// The size that images are resized to, whatever their proportions; without it all must have the same. Only image
    /// files heed this option and those below.
    pub image_size: Option<ImageSize>,
    /// Whether images become grey or coloured; without it they become coloured if one of them is.
    pub color: Option<Color>,
    /// Whether images of a folder that cannot be read are left out; without it they are an error.
    pub skip_bad: bool,
}

latents_error::setters! {
    OpenOptions { skip_bad: bool }
    into { label: Option<String>, image_size: Option<ImageSize>, color: Option<Color> }
}
