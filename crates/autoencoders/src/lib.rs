#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod anomaly;
mod autoencoder;
pub mod baselines;
mod batches;
mod classifier;
mod corruption;
mod denoising;
mod doctor;
mod error;
mod evaluate;
mod finite;
mod generate;
mod history;
mod likelihood;
pub mod metrics;
mod model;
mod network;
mod pca;
mod reconstruction;
mod sparse;
mod spread;
mod stacked;
mod trainable;
mod trainer;
mod undercomplete;
mod variational;

pub use autoencoder::{Autoencoder, Loss, Posterior};
pub use classifier::{Classifier, Labelled};
pub use corruption::{Corrupt, Corruption, ParseCorruptionError};
pub use denoising::{Denoising, DenoisingConfig, Emphasis};
pub use doctor::{Errors, Finding, FindingKind, Patient, Severity, diagnose, diagnose_before};
pub use error::{ConfigError, TrainError};
pub use evaluate::{BadLoss, Evaluation, evaluate, row_errors, try_evaluate};
pub use generate::{LatentEffect, Sweep, interpolate, latent_effects, traverse};
pub use history::{EpochRecord, History};
pub use likelihood::{Likelihood, ParseLikelihoodError};
pub use model::{LoadError, ModelConfig, load, save};
pub use network::{ConvolutionConfig, NetworkConfig};
pub use pca::Pca;
pub use sparse::{ParsePenaltyError, Penalty, Sparse, SparseConfig};
pub use stacked::{LayerTraining, Stacked, StackedConfig};
pub use trainable::{Progress, Trainable};
pub use trainer::{Control, Event, Trainer, TrainerConfig};
pub use undercomplete::{Undercomplete, UndercompleteConfig};
pub use variational::{BetaSchedule, ParseScheduleError, Variational, VariationalConfig};
