#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod number;
mod printable;

pub use printable::{list, printable};
