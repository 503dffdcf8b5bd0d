//! `.npy` files of tensors: codes and reconstructions.

use crate::read::input::Input;
use crate::read::{array, npy};
use crate::values::with_values;
use crate::{DataError, Element};
use latents_tensor::{Real, Shape, Tensor};
use std::io::{self, Write};
use std::path::Path;

/// Writes a tensor as a `.npy` file (version 1, little-endian, row-major) that NumPy's `load` reads. The write is atomic: after
/// a failure the previous file is unchanged.
///
/// # Errors
/// If the file cannot be written.
///
/// ```no_run
/// # use latents_tensor::Tensor;
/// latents_data::write_npy("codes.npy", &Tensor::<f32>::zeros([3, 2]))?;
/// assert_eq!(latents_data::read_npy::<f32>("codes.npy")?.shape()[..], [3, 2]);
/// # Ok::<(), latents_data::DataError>(())
/// ```
pub fn write_npy<T: Real>(path: impl AsRef<Path>, tensor: &Tensor<T>) -> Result<(), DataError> {
    let elements = tensor.elements();
    let written = latents_durable::write_with(path, |out| {
        out.write_all(&header::<T>(tensor.shape()))?;
        elements
            .chunks(4096)
            .try_for_each(|block| write_block(out, block))
    });
    Ok(written?)
}

/// Magic, version, length and dictionary, padded so that the data starts at a multiple of 64 bytes.
fn header<T: Real>(shape: Shape) -> Vec<u8> {
    const START: usize = 10;
    let lengths: String = shape.iter().map(|length| format!("{length}, ")).collect();
    let lengths = match shape.rank() {
        // A tuple of one element needs its comma.
        1 => lengths.trim_end(),
        _ => lengths.trim_end_matches(", "),
    };
    let mut text = format!(
        "{{'descr': '<f{}', 'fortran_order': False, 'shape': ({lengths}), }}",
        size_of::<T>()
    );
    let end = (START + text.len() + 1).next_multiple_of(64);
    text.extend(std::iter::repeat_n(' ', end - START - text.len() - 1));
    text.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.into_bytes());
    bytes
}

fn write_block<T: Real>(out: &mut dyn Write, block: &[T]) -> io::Result<()> {
    // NaN payloads differ between machines; a canonical NaN does not.
    let canonical = |value: f64| if value.is_nan() { f64::NAN } else { value };
    let mut bytes = Vec::with_capacity(size_of_val(block));
    match size_of::<T>() {
        4 => block
            .iter()
            .for_each(|value| bytes.extend((canonical(value.to_f64()) as f32).to_le_bytes())),
        _ => block
            .iter()
            .for_each(|value| bytes.extend(canonical(value.to_f64()).to_le_bytes())),
    }
    out.write_all(&bytes)
}

/// Reads a `.npy` file (optionally gzipped) of numbers as a tensor of the same shape, not scaled.
///
/// # Errors
/// If the file is not a `.npy` file, is damaged, has more than six axes, or contains a number that is not finite in `T`.
///
/// ```no_run
/// let codes = latents_data::read_npy::<f32>("codes.npy")?;
/// # Ok::<(), latents_data::DataError>(())
/// ```
pub fn read_npy<T: Real>(path: impl AsRef<Path>) -> Result<Tensor<T>, DataError> {
    let place = path.as_ref().display().to_string();
    let array = npy::read(Input::open(path.as_ref())?)?;
    let shape = Shape::new(&array.shape).map_err(|error| {
        let hint = "save it with at most six axes";
        DataError::malformed(&place, error.to_string(), hint)
    })?;
    debug_assert_eq!(array::count(&array.shape), array.values.len() as u128);
    if let Some(index) = crate::ranges::find_unusable(&array.values) {
        let columns = array.shape.last().copied().unwrap_or(1).max(1);
        return Err(DataError::NotFinite {
            place,
            row: index / columns,
            column: index % columns,
            value: array.values.at(index),
        });
    }
    Ok(Tensor::build(shape, |out| {
        with_values!(&array.values, slice => convert(slice, out));
    }))
}

fn convert<E: Element, T: Real>(values: &[E], out: &mut [T]) {
    out.iter_mut()
        .zip(values)
        .for_each(|(out, value)| *out = T::from_f64(value.to_f64()));
}
