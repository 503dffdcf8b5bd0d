//! Reverse-mode automatic differentiation on a tape, with higher orders and public gradient checks.
#![forbid(unsafe_code)]
