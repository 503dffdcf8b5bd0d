#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod config;
mod read;
mod setters;
mod severity;

pub use config::{ConfigError, Within};
pub use read::read;
pub use severity::Severity;
