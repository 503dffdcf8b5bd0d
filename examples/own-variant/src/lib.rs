//! A custom operation, layer and variant, outside the crates that they extend.
//!
//! [`log_cosh`] is an operation with its rule, [`Gain`] a layer, and [`Robust`] a variant that uses both. One entry in a
//! registry gives the variant files, findings, reports and a command: see `main.rs`. Property tests check the derivatives of
//! all three.

mod gain;
mod log_cosh;
mod robust;

pub use gain::Gain;
pub use log_cosh::log_cosh;
pub use robust::{ROBUST, Robust, RobustConfig};

use latents_autoencoders::Registry;

/// The standard variants and this one.
pub fn registry() -> Registry {
    Registry::standard().with(&ROBUST)
}
