//! Autoencoders in Rust: tensors, a tape, layers and every variant, under one name.
#![forbid(unsafe_code)]
