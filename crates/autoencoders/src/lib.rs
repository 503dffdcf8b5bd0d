//! Autoencoders, their trainer and their baselines.
#![forbid(unsafe_code)]
