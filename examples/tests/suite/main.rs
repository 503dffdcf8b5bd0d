//! The integration tests, in one binary: each links the crates below once.

mod book;
mod english;
mod readme;
mod uses;
