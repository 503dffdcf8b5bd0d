//! The integration tests, in one binary: each links the crates below once.

mod jobs;
mod old_runs;
mod paths;
mod uses;
