//! The embedded digits; the README in this folder gives their source and licence.

use crate::format::{Format, LabelSource, Reader};
use crate::read::idx;
use crate::read::input::Input;
use crate::{Dataset, Scaling};

const IMAGES: &[u8] = include_bytes!("digits-images-idx3-ubyte");
const LABELS: &[u8] = include_bytes!("digits-labels-idx1-ubyte");

/// The name of the embedded [`digits`] in [`open`](crate::open).
pub const DIGITS: &str = "digits";

pub(crate) static FORMAT: Format = Format {
    name: DIGITS,
    help: "1,797 handwritten digits of 8×8 pixels, embedded in the program",
    extensions: &[],
    labels: LabelSource::Included("part of the data set"),
    images: true,
    keys: false,
    feature: None,
    reader: Reader::Embedded {
        is_named: |spec| spec == DIGITS,
        load: |_| Ok(digits()),
    },
};

/// The embedded data set of 1,797 handwritten digits of 8×8 pixels with labels 0…9: UCI "Optical Recognition of Handwritten
/// Digits", Alpaydin and Kaynak, CC BY 4.0. Pixels are stored as 0…16 and scaled by 1/16.
///
/// ```
/// let digits = latents_data::digits();
/// assert_eq!((digits.rows(), digits.columns(), digits.class(0)), (1797, 64, Some(0)));
/// ```
pub fn digits() -> Dataset {
    let read = || {
        let labels = idx::read(Input::of_bytes(LABELS, DIGITS)?)?.into_labels(DIGITS)?;
        idx::read(Input::of_bytes(IMAGES, DIGITS)?)?
            .into_dataset(DIGITS)?
            .with_labels(labels)?
            .with_scaling(Scaling::Divide { by: 16.0 })
    };
    match read() {
        Ok(data) => data,
        Err(error) => unreachable!("the embedded digits are valid, but: {error}"),
    }
}
