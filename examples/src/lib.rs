//! The lessons are in `examples/*.rs`; run one with `cargo run --release -p latents-examples --example NAME`.
#![forbid(unsafe_code)]
