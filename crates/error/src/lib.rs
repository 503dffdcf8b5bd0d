#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod config;
mod read;
mod setters;

pub use config::{ConfigError, Within};
pub use read::read;
