//! IDX, the format of MNIST: a big-endian header with type and lengths, followed by the elements.

use crate::format::{Format, LabelSource, OpenedFile, Reader, Recognition};
use crate::read::array::{self, Array, FileType};
use crate::read::input::{Endian, Input};
use crate::{DataError, ElementType, Loaded};

pub(crate) static FORMAT: Format = Format {
    name: "IDX",
    help: "rows along the first axis; three axes are images",
    extensions: &["idx"],
    labels: LabelSource::None("labels of IDX data are in a separate file; give the folder with both"),
    images: true,
    keys: false,
    feature: None,
    reader: Reader::File(
        Recognition::Start {
            matches,
            misnamed: "not an IDX file: it does not start with two zero bytes, a type and the number of axes",
        },
        Some(open),
    ),
};

fn open(file: OpenedFile<'_>) -> Result<Loaded, DataError> {
    read(file.input)?.into_dataset(file.spec).map(Loaded::from)
}

/// Whether a file starts like IDX: two zero bytes, a type, the number of axes.
fn matches(head: &[u8]) -> bool {
    matches!(head, [0, 0, kind, axes, ..] if element_type(*kind).is_some() && (1..=8).contains(axes))
}

fn element_type(code: u8) -> Option<ElementType> {
    match code {
        0x08 => Some(ElementType::U8),
        0x09 => Some(ElementType::I8),
        0x0b => Some(ElementType::I16),
        0x0c => Some(ElementType::I32),
        0x0d => Some(ElementType::F32),
        0x0e => Some(ElementType::F64),
        _ => None,
    }
}

/// Reads an IDX file to its end.
pub(crate) fn read(mut input: Input<'_>) -> Result<Array, DataError> {
    let mut magic = [0; 4];
    input.fill(&mut magic, "the IDX header")?;
    let [0, 0, code, axes] = magic else {
        let reason = "not an IDX file: it must start with two zero bytes";
        let hint = "give an IDX file, such as train-images-idx3-ubyte";
        return Err(DataError::malformed(input.place(), reason, hint));
    };
    let Some(kind) = element_type(code) else {
        return Err(DataError::UnsupportedType {
            place: input.place().to_owned(),
            found: format!("IDX {code:#04x}"),
        });
    };
    if !(1..=8).contains(&axes) {
        let reason = format!("an IDX header with {axes} axes; supported are 1 to 8");
        return Err(DataError::malformed(
            input.place(),
            reason,
            "copy or download it again",
        ));
    }
    let mut shape = Vec::with_capacity(axes.into());
    for _ in 0..axes {
        let mut length = [0; 4];
        input.fill(&mut length, "the IDX header")?;
        shape.push(u32::from_be_bytes(length) as usize);
    }
    let count = array::count(&shape);
    let values = array::values(&mut input, FileType::Stored(kind), count, Endian::Big)?;
    input.finish()?;
    Ok(Array { values, shape })
}
