#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod activation;
mod buffer;
mod clip;
mod config_error;
mod conv;
mod dropout;
mod flatten;
mod init;
mod linear;
pub mod loss;
mod module;
mod optim;
mod parameter;
mod parts;
mod schedule;
mod sequential;
mod state;
#[cfg(feature = "testing")]
pub mod testing;

pub use activation::{Activation, UnknownActivation};
pub use buffer::Buffer;
pub use clip::{clip_by_global_norm, clip_by_value, global_norm};
pub use conv::{Conv2d, ConvTranspose2d};
pub use dropout::Dropout;
pub use flatten::{Flatten, Unflatten};
pub use init::Init;
pub use latents_autograd::{Conv2dOptions, Reduction};
pub use linear::Linear;
pub use loss::Loss;
pub use module::{LayerRow, Module, join};
pub use optim::{
    Adam, AdamConfig, AdamW, AdamWConfig, InvalidConfig, Optimizer, OptimizerConfig, OptimizerKind, RmsProp,
    RmsPropConfig, Sgd, SgdConfig, UnknownOptimizer,
};
pub use parameter::Parameter;
pub use parts::PartsOfMany;
pub use schedule::{Decay, InvalidSchedule, Schedule};
pub use sequential::Sequential;
pub use state::{
    Problem, Snapshot, StateError, TensorFile, apply_state, complete_state_file, load_state,
    parameters_sha256, save_state, state_file,
};
