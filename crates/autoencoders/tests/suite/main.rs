//! The integration tests, in one binary: each links the crates below once.

mod anomaly;
mod common;
mod doctor;
mod measures;
mod pca;
mod schedule;
mod sparse;
mod stacked;
mod trainer;
mod training;
mod variational;
