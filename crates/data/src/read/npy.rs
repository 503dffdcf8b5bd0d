//! `.npy`: one array of NumPy.

use crate::DataError;
use crate::read::array::{self, Array};
use crate::read::input::Input;
use crate::read::npy_header::{Header, MAGIC};

/// Whether a file starts like `.npy`.
pub(crate) fn recognises(head: &[u8]) -> bool {
    head.starts_with(MAGIC)
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
