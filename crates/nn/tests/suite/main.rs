//! The integration tests, in one binary: each links the crates below once.

mod common;
mod conv;
mod gradients;
mod reference;
mod state;
