//! Optimisers. Each step is one pass over a parameter, its gradient and its moments, in place.
//!
//! Formulas and defaults are PyTorch's, including the place of ε. Sums are evaluated in the order of the formula, so the result
//! does not depend on the number of threads or the instruction set. To add an optimiser, add a file to this folder and a row to
//! `config.rs`.

mod adam;
mod adamw;
mod check;
mod config;
mod moments;
mod optimizer;
mod rmsprop;
mod sgd;

pub use adam::{Adam, AdamConfig};
pub use adamw::{AdamW, AdamWConfig};
pub use check::InvalidConfig;
pub use config::{OptimizerConfig, OptimizerKind, UnknownOptimizer};
pub(crate) use moments::power;
pub use optimizer::Optimizer;
pub use rmsprop::{RmsProp, RmsPropConfig};
pub use sgd::{Sgd, SgdConfig};
