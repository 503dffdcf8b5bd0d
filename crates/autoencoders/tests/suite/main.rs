//! The integration tests, in one binary: each links the crates below once.

mod adversarial;
mod common;
mod contractive;
mod laws;
mod schedule;
mod sparse;
mod stacked;
mod tables;
mod trainer;
mod training;
mod variational;
mod vq;
mod vq_grid;
