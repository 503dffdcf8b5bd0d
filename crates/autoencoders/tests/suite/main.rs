//! The integration tests, in one binary: each links the crates below once.

mod common;
mod schedule;
mod sparse;
mod stacked;
mod trainer;
mod training;
mod variational;
