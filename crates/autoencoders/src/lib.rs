#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod autoencoder;
pub mod baselines;
mod batches;
mod error;
mod evaluate;
mod finite;
mod history;
pub mod metrics;
mod pca;
mod spread;
mod trainer;
mod undercomplete;

pub use autoencoder::{Autoencoder, Loss};
pub use error::{ConfigError, TrainError};
pub use evaluate::{BadLoss, Evaluation, evaluate, row_errors, try_evaluate};
pub use history::{EpochRecord, History};
pub use pca::Pca;
pub use trainer::{Control, Event, Trainer, TrainerConfig};
pub use undercomplete::{Undercomplete, UndercompleteConfig};
