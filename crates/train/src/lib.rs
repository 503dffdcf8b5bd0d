#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod batch;
mod config;
mod culprit;
mod error;
mod event;
mod finite;
mod history;
mod mean_loss;
mod means;
mod objective;
mod on_event;
mod optimizers;
mod parts;
#[cfg(feature = "testing")]
pub mod testing;
mod trainable;
mod trainer;

pub use batch::{Batch, Examples, Fields, OwnedExamples};
pub use config::TrainerConfig;
pub use culprit::Culprit;
pub use error::TrainError;
pub use event::{Control, Event, Note};
pub use history::{EpochRecord, History, PartMean};
pub use latents_error::ConfigError;
pub use mean_loss::{BadLoss, mean_loss};
pub use means::Means;
pub use objective::Objective;
pub use on_event::OnEvent;
pub use optimizers::Optimizers;
pub use parts::{Parts, Statistics};
pub use trainable::{EpochStart, Progress, Stage, Trainable};
pub use trainer::{Trainer, Training, TrainingState};
