#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod error;
mod finite;
mod history;
mod loss;
mod mean_loss;
mod means;
mod trainable;
mod trainer;

pub use error::TrainError;
pub use history::{EpochRecord, History, PartMean, PartMeans};
pub use latents_error::ConfigError;
pub use loss::Loss;
pub use mean_loss::{BadLoss, mean_loss};
pub use means::Measured;
pub use trainable::{Progress, Trainable};
pub use trainer::{Control, Event, Trainer, TrainerConfig};
