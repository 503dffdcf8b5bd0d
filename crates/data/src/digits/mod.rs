//! The embedded digits; see the README beside this file for their source and licence.

use crate::read::idx;
use crate::read::input::Input;
use crate::{Dataset, Scaling};

const IMAGES: &[u8] = include_bytes!("digits-images-idx3-ubyte.gz");
const LABELS: &[u8] = include_bytes!("digits-labels-idx1-ubyte.gz");

/// 1,797 handwritten digits of 8×8 pixels, labelled 0…9, in the crate itself: UCI "Optical Recognition of Handwritten
/// Digits", Alpaydin and Kaynak, CC BY 4.0. Pixels are stored as 0…16 and scaled by 1/16.
pub fn digits() -> Dataset {
    let read = || {
        let labels = idx::read(Input::packed(LABELS, "digits (labels)")?)?.into_labels("digits")?;
        idx::read(Input::packed(IMAGES, "digits")?)?
            .into_dataset("digits")?
            .with_labels(labels)?
            .with_scaling(Scaling::Divide { by: 16.0 })
    };
    match read() {
        Ok(data) => data,
        Err(error) => unreachable!("the embedded digits are well-formed, yet {error}"),
    }
}
