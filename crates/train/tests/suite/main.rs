//! The integration tests, in one binary: each links the crates below once.

mod batches;
mod checks;
mod stages;
mod state;
