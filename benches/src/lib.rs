//! Code shared by the benches.
#![forbid(unsafe_code)]

pub mod convolutional;
pub mod peak;
pub mod peer;
pub mod program;
pub mod shapes;
pub mod top_k;
