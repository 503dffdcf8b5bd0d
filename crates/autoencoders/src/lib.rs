//! Autoencoders: one trait, one trainer, and PCA, the best linear one, as the baseline beside every model.
//!
//! ```
//! use latents_autoencoders::{Control, Trainer, TrainerConfig, Undercomplete, UndercompleteConfig};
//! use latents_tensor::Tensor;
//!
//! let data = Tensor::from_fn([64, 6], |i| ((i * 37) % 11) as f32 / 11.0);
//! let mut model = Undercomplete::new(UndercompleteConfig::new(6, 2), 0)?;
//! let trainer = Trainer::new(TrainerConfig { epochs: 3, batch_size: 16, ..TrainerConfig::default() });
//! let history = trainer.fit(&mut model, &data, None, &mut |_| Control::Continue)?;
//! assert!(history.epochs[2].train_loss < history.epochs[0].train_loss);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod autoencoder;
mod error;
mod evaluate;
mod history;
mod pca;
mod trainer;
mod undercomplete;

pub use autoencoder::{Autoencoder, Loss};
pub use error::{ConfigError, TrainError};
pub use evaluate::{Evaluation, evaluate, row_errors};
pub use history::{EpochRecord, History};
pub use pca::Pca;
pub use trainer::{Control, Event, Trainer, TrainerConfig};
pub use undercomplete::{Undercomplete, UndercompleteConfig};
