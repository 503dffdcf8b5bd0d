//! The integration tests, in one binary: each links the crates below once.

mod display;
mod elementwise;
mod exact;
mod index;
mod layout;
mod math;
mod pointwise;
mod random;
mod reduce;
mod sparse;
