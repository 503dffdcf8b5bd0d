#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(feature = "default"),
    allow(dead_code, reason = "only some readers need it")
)]

mod batches;
mod check;
mod csv_file;
mod dataset;
mod describe;
mod digits;
mod element;
mod error;
mod format;
mod formats;
mod gather;
mod image;
#[cfg(feature = "images")]
mod image_files;
mod labels;
mod loaded;
mod npy_file;
mod open;
mod options;
mod ranges;
mod read;
mod row_names;
mod scaling;
mod scaling_rule;
mod skipped;
mod split;
mod synthetic;
mod values;

pub use batches::Batches;
pub use csv_file::{csv_cell, write_csv, write_csv_of_files};
pub use dataset::Dataset;
pub use digits::{DIGITS, digits};
pub use element::{Element, ElementType};
pub use error::DataError;
pub use format::{Form, Format, LabelSource};
pub use formats::{embedded, formats, formats_help, formats_summary, formats_table};
pub use image::{Color, ImageShape, ImageSize, InvalidImageOption};
#[cfg(feature = "images")]
pub use image_files::{write_image, write_images, write_named_images};
pub use labels::Labels;
pub use loaded::Loaded;
pub use npy_file::{read_npy, write_npy};
pub use open::{open, split_key};
pub use options::OpenOptions;
pub use scaling::{Affine, Scaling};
pub use scaling_rule::ScalingRule;
pub use skipped::Skipped;
pub use synthetic::{GENERATORS, Generator, Synthetic, generators_table, synthetic, synthetic_with_truth};
pub use values::Values;
