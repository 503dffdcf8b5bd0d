//! `.npz`: a zip archive of `.npy` files.

#[cfg(feature = "archives")]
mod archive;

use crate::format::{Format, LabelSource, Reader, Recognition, if_feature};

pub(crate) static FORMAT: Format = Format {
    name: ".npz",
    help: "`file.npz:key`; without a key `x_train` (with `x_test` for validation), `X`, or the only table",
    extensions: &["npz"],
    labels: LabelSource::Named("`y`, or a named array"),
    images: true,
    keys: true,
    feature: Some("archives"),
    reader: Reader::File(
        Recognition::Start {
            // An archive with or without files.
            matches: |head| head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06"),
            misnamed: "not an npz file: it is not a zip archive",
        },
        if_feature!("archives", archive::read),
    ),
};
