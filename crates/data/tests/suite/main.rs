//! The integration tests, in one binary: each links the crates below once.

mod common;
mod errors;
mod formats;
mod gathering;
mod images;
mod mutations;
mod real_data;
mod resources;
mod writing;
