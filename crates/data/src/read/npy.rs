//! `.npy`: a single NumPy array.

use crate::format::{Format, LabelSource, OpenedFile, Reader, Recognition};
use crate::read::array::{self, Array};
use crate::read::input::Input;
use crate::read::npy_header::{Header, MAGIC};
use crate::{DataError, Loaded};

pub(crate) static FORMAT: Format = Format {
    name: ".npy",
    help: "a NumPy array of any numeric type and layout; rows along the first axis",
    extensions: &["npy"],
    labels: LabelSource::None("an .npy file contains one array; use .npz or CSV for labels"),
    images: true,
    keys: false,
    feature: None,
    reader: Reader::File(
        Recognition::Start {
            matches: |head| head.starts_with(MAGIC),
            misnamed: "not an npy file: it does not start with \\x93NUMPY",
        },
        Some(open),
    ),
};

fn open(file: OpenedFile<'_>) -> Result<Loaded, DataError> {
    read(file.input)?.into_dataset(file.spec).map(Loaded::from)
}

/// Reads a `.npy` file to its end.
pub(crate) fn read(mut input: Input<'_>) -> Result<Array, DataError> {
    let header = Header::read(&mut input)?;
    let count = array::count(&header.shape);
    let values = array::values(&mut input, header.kind, count, header.endian)?;
    input.finish()?;
    let values = if header.column_major && header.shape.len() > 1 {
        values.into_row_major(&header.shape)
    } else {
        values
    };
    Ok(Array {
        values,
        shape: header.shape,
    })
}
