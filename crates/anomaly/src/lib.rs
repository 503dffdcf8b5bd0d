//! Anomaly detection with any autoencoder: which rows differ from the training data, how certain that is, and which features
//! are responsible.
//!
//! Three techniques make it work without labels, even if the training data contains anomalies:
//!
//! * **Training on the core** ([`CoreTraining`]): a model learns to reproduce all rows it is shown, including anomalies.
//!   Between rounds of training, the rows with the largest errors are left out, and training continues with the others.
//! * **Robust covariances** ([`Detector`]): the position of a row's reconstruction among the reconstructions, and of its
//!   residual among the residuals, each measured by the covariance of the core.
//! * **Calibration**: the scores of held-out rows turn a score into a p-value, and a level into a threshold.
//!
//! [`Recipe`] combines all three with settings that depend only on the shape of the data.
//!
//! ```
//! use latents_anomaly::Recipe;
//! use latents_tensor::{Tensor, random::Key};
//! // Points near a plane in four dimensions, and one off it.
//! let near = |seed: u64, rows: usize| {
//!     let codes: Tensor = Key::new(seed).normal([rows, 2]);
//!     codes.matmul(&Tensor::from_slice(&[1.0, 0.0, 0.6, 0.2, 0.0, 1.0, -0.4, 0.8], [2, 4]))
//! };
//! let (train, held_out) = (near(1, 300), near(2, 200));
//! let (model, detector) = Recipe::new(300, 4).fit(&train, &held_out, 0)?;
//! let strange = Tensor::from_slice(&[0.0, 0.0, 0.0, 3.0], [1, 4]);
//! let found = &detector.detect(&*model, &strange, 2)?[0];
//! assert!(found.anomaly && found.p_value < 0.01);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod concentrate;
mod config;
mod detector;
mod ellipsoid;
mod recipe;
mod training;
mod views;

pub use config::{DetectorConfig, DetectorError, Threshold};
pub use detector::{Detector, RowScore, largest};
pub use recipe::{Recipe, RecipeError};
pub use training::CoreTraining;
