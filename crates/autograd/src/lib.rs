#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod check;
mod custom;
mod engine;
mod gradients;
mod held;
mod higher;
mod inspect;
mod op;
mod ops;
mod tape;
#[cfg(feature = "testing")]
pub mod testing;
mod var;

pub use check::{Check, CheckError, Operand, Place, Tolerance, gradcheck, gradcheck2};
pub use gradients::Gradients;
pub use latents_tensor::conv::Conv2dOptions;
pub use op::{Op, Rule};
#[doc(hidden)]
pub use ops::catalogue;
pub use ops::{FusedActivation, Reduction};
pub use tape::Tape;
pub use var::Var;
