#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod anomaly;
mod autoencoder;
pub mod baselines;
mod batches;
mod corruption;
mod denoising;
mod error;
mod evaluate;
mod finite;
mod history;
mod model;
mod network;
pub mod metrics;
mod pca;
mod reconstruction;
mod spread;
mod trainable;
mod trainer;
mod undercomplete;

pub use autoencoder::{Autoencoder, Loss, Posterior};
pub use corruption::{Corrupt, Corruption, ParseCorruptionError};
pub use denoising::{Denoising, DenoisingConfig, Emphasis};
pub use error::{ConfigError, TrainError};
pub use evaluate::{BadLoss, Evaluation, evaluate, row_errors, try_evaluate};
pub use history::{EpochRecord, History};
pub use model::{LoadError, ModelConfig, load, save};
pub use network::NetworkConfig;
pub use pca::Pca;
pub use trainable::{Progress, Trainable};
pub use trainer::{Control, Event, Trainer, TrainerConfig};
pub use undercomplete::{Undercomplete, UndercompleteConfig};
