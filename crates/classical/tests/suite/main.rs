//! The integration tests, in one binary: each links the crates below once.

mod pca;
