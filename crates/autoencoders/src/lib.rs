#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod autoencoder;
mod batches;
mod corruption;
mod denoising;
mod doctor;
mod error;
mod evaluate;
mod finite;
mod history;
mod likelihood;
mod model;
mod network;
mod pca;
mod reconstruction;
mod spread;
mod trainable;
mod trainer;
mod undercomplete;
mod variational;

pub use autoencoder::{Autoencoder, Loss, Posterior};
pub use corruption::{Corrupt, Corruption, ParseCorruptionError};
pub use denoising::{Denoising, DenoisingConfig, Emphasis};
pub use doctor::{Errors, Finding, FindingKind, Patient, Severity, diagnose, diagnose_before};
pub use error::{ConfigError, TrainError};
pub use evaluate::{BadLoss, Evaluation, evaluate, row_errors, try_evaluate};
pub use history::{EpochRecord, History};
pub use likelihood::{Likelihood, ParseLikelihoodError};
pub use model::{LoadError, ModelConfig, load, save};
pub use network::NetworkConfig;
pub use pca::Pca;
pub use trainable::{Progress, Trainable};
pub use trainer::{Control, Event, Trainer, TrainerConfig};
pub use undercomplete::{Undercomplete, UndercompleteConfig};
pub use variational::{BetaSchedule, ParseScheduleError, Variational, VariationalConfig};
