//! The integration tests, in one binary: each links the crates below once.
//!
//! `features` runs with any set of cargo features, all else with the default ones.

mod common;
#[cfg(feature = "default")]
mod documents;
#[cfg(feature = "default")]
mod errors;
mod features;
#[cfg(feature = "default")]
mod formats;
#[cfg(feature = "default")]
mod gathering;
#[cfg(feature = "default")]
mod images;
#[cfg(feature = "default")]
mod mutations;
#[cfg(feature = "default")]
mod real_data;
#[cfg(feature = "default")]
mod resources;
#[cfg(feature = "default")]
mod synthetic;
mod writing;
