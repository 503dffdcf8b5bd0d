//! What the benches share.
#![forbid(unsafe_code)]

pub mod peak;
pub mod program;
pub mod shapes;
pub mod top_k;
