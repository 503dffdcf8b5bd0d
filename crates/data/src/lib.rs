#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod batches;
mod check;
mod dataset;
mod describe;
mod digits;
mod element;
mod error;
mod gather;
mod labels;
mod npy_file;
mod open;
mod read;
mod scaling;
mod split;
mod values;

pub use batches::Batches;
pub use dataset::{Dataset, ImageShape};
pub use digits::digits;
pub use element::{Element, ElementType};
pub use error::DataError;
pub use labels::Labels;
pub use npy_file::{read_npy, write_npy};
pub use open::{Loaded, OpenOptions, open};
pub use scaling::{Affine, Scaling, ScalingRule};
pub use values::Values;
