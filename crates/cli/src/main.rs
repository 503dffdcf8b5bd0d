//! The `latents` command.
#![forbid(unsafe_code)]
fn main() {}
