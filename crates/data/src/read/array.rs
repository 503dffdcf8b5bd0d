//! `Array`: the numbers of a file, before they become a dataset.

use crate::element::Half;
use crate::read::input::{Endian, Input};
use crate::{DataError, Dataset, ElementType, ImageShape, Labels, Scaling, Values};

/// The element type in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileType {
    /// A type that is also used in memory.
    Stored(ElementType),
    /// 16-bit floats.
    F16,
}

/// Numbers with a shape, in row-major order.
#[derive(Debug)]
pub(crate) struct Array {
    pub(crate) values: Values,
    pub(crate) shape: Vec<usize>,
}

/// The number of elements, in a type that a header cannot overflow.
pub(crate) fn count(shape: &[usize]) -> u128 {
    // A length of 0 makes the product 0, even if other factors saturate.
    if shape.contains(&0) {
        return 0;
    }
    shape
        .iter()
        .fold(1u128, |count, &axis| count.saturating_mul(axis as u128))
}

/// Reads `count` elements.
pub(crate) fn values(
    input: &mut Input<'_>,
    kind: FileType,
    count: u128,
    endian: Endian,
) -> Result<Values, DataError> {
    Ok(match kind {
        FileType::F16 => Values::F32(input.numbers::<Half>(count, endian)?),
        FileType::Stored(ElementType::Bool) => Values::Bool(input.numbers::<bool>(count, endian)?),
        FileType::Stored(ElementType::U8) => Values::U8(input.numbers::<u8>(count, endian)?),
        FileType::Stored(ElementType::I8) => Values::I8(input.numbers::<i8>(count, endian)?),
        FileType::Stored(ElementType::U16) => Values::U16(input.numbers::<u16>(count, endian)?),
        FileType::Stored(ElementType::I16) => Values::I16(input.numbers::<i16>(count, endian)?),
        FileType::Stored(ElementType::U32) => Values::U32(input.numbers::<u32>(count, endian)?),
        FileType::Stored(ElementType::I32) => Values::I32(input.numbers::<i32>(count, endian)?),
        FileType::Stored(ElementType::U64) => Values::U64(input.numbers::<u64>(count, endian)?),
        FileType::Stored(ElementType::I64) => Values::I64(input.numbers::<i64>(count, endian)?),
        FileType::Stored(ElementType::F32) => Values::F32(input.numbers::<f32>(count, endian)?),
        FileType::Stored(ElementType::F64) => Values::F64(input.numbers::<f64>(count, endian)?),
    })
}

impl Array {
    /// Makes the first axis the rows and all others the features. A vector is one column.
    ///
    /// Three axes are grey images; four axes with 1, 3 or 4 values in the last are images with channels. Bytes of images are
    /// scaled by 1/255; other bytes are not.
    pub(crate) fn into_dataset(self, place: &str) -> Result<Dataset, DataError> {
        let (rows, features) = match self.shape.split_first() {
            Some((&rows, features)) => (rows, features),
            None => {
                let reason = "a single number; expected rows of numbers";
                let hint = "save an array (rows, columns)";
                return Err(DataError::malformed(place, reason, hint));
            }
        };
        if rows == 0 {
            return Err(DataError::NoRows {
                place: place.to_owned(),
            });
        }
        let image = match *features {
            [height, width] => Some((height, width, 1)),
            [height, width, channels @ (1 | 3 | 4)] => Some((height, width, channels)),
            _ => None,
        };
        let bytes = self.values.element_type() == ElementType::U8;
        // The elements are in memory, so their number fits a usize.
        let columns = count(features) as usize;
        let data = Dataset::new(place, self.values, columns)?;
        let Some((height, width, channels)) = image else {
            return Ok(data);
        };
        let data = data.with_image_shape(ImageShape {
            height,
            width,
            channels,
        })?;
        match bytes {
            true => data.with_scaling(Scaling::Divide { by: 255.0 }),
            false => Ok(data),
        }
    }

    /// Labels from a vector, or from a table with one column.
    pub(crate) fn into_labels(self, place: &str) -> Result<Labels, DataError> {
        let vector = matches!(self.shape[..], [_] | [_, 1]);
        if !vector {
            return Err(DataError::Labels {
                place: place.to_owned(),
                reason: format!("labels of shape {:?}, which is not a vector", self.shape),
            });
        }
        let values = &self.values;
        Ok(Labels::from_numbers((0..values.len()).map(|row| values.at(row))))
    }
}
