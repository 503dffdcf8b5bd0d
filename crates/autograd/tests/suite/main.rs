//! The integration tests, in one binary: each links the crates below once.

mod check;
mod conventions;
mod exact;
mod laws;
mod mutants;
mod rules;
mod tape;
mod torch;
