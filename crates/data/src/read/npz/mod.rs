//! `.npz`: a zip archive of `.npy` files.

#[cfg(feature = "archives")]
mod archive;

use crate::format::{Format, LabelSource, Reader, Recognition, if_feature};

pub(crate) static FORMAT: Format = Format {
    name: ".npz",
    help: "`file.npz:key`, or else `x_train` (with `x_test` for validation), `X`, or the only table",
    extensions: &["npz"],
    labels: LabelSource::Named("`y`, or the array that is named"),
    images: true,
    keys: true,
    feature: Some("archives"),
    reader: Reader::File(
        Recognition::Start {
            // An archive that has files, or none.
            matches: |head| head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06"),
            misnamed: "not an npz file: it is no zip archive",
        },
        if_feature!("archives", archive::read),
    ),
};
