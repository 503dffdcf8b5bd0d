#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod batches;
mod check;
mod csv_file;
mod dataset;
mod describe;
mod digits;
mod element;
mod error;
mod gather;
mod image_files;
mod image_options;
mod labels;
mod npy_file;
mod open;
mod read;
mod row_names;
mod scaling;
mod split;
mod values;

pub use batches::Batches;
pub use csv_file::{csv_cell, write_csv, write_csv_of_files};
pub use dataset::{Dataset, ImageShape};
pub use digits::digits;
pub use element::{Element, ElementType};
pub use error::DataError;
pub use image_files::{write_image, write_images, write_named_images};
pub use image_options::{Color, ImageSize, InvalidImageOption};
pub use labels::Labels;
pub use npy_file::{read_npy, write_npy};
pub use open::{Loaded, OpenOptions, Skipped, open};
pub use scaling::{Affine, Scaling, ScalingRule};
pub use values::Values;
