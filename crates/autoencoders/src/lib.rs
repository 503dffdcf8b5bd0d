#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod autoencoder;
mod classifier;
mod corruption;
mod evaluate;
mod finding;
mod generate;
mod likelihood;
mod network;
mod prior;
mod reconstruction;
pub mod registry;
mod section;
#[cfg(feature = "testing")]
pub mod testing;
pub mod variants;

pub use autoencoder::{Autoencoder, Posterior, evaluated};
pub use classifier::{Classifier, Labelled};
pub use corruption::{Corrupt, Corruption, ParseCorruptionError};
pub use evaluate::{Evaluation, evaluate, row_errors, try_evaluate};
pub use finding::{Finding, FindingKind, Severity};
pub use generate::{LatentEffect, Sweep, interpolate, latent_effects, traverse};
pub use latents_error::ConfigError;
pub use likelihood::{Likelihood, ParseLikelihoodError};
pub use network::{ConvolutionConfig, Network, NetworkConfig};
pub use prior::{Prior, StandardNormal};
pub use registry::{Family, LoadError, ModelConfig, Registry, Variant, load, load_with, save};
pub use section::Section;
pub use variants::*;
