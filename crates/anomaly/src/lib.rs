//! Anomaly detection with any autoencoder: which rows are unlike those that it was trained on, how sure that is, and
//! which features say so.
//!
//! Three things make it work without labels on data that may hold anomalies already:
//!
//! * **Training on the core** ([`CoreTraining`]): a model learns to reproduce whatever it is shown, anomalies included.
//!   Between rounds of training the rows that it reproduces worst are put aside, and it goes on with the others.
//! * **The shape of the normal** ([`Detector`]): where a row's reconstruction lies among the reconstructions, and how its
//!   residual lies among the residuals, each measured by the covariance of the core.
//! * **Calibration**: scores of held-out rows turn a score into a p-value, and a level into a threshold.
//!
//! [`Recipe`] is the whole of it with one set of settings that follow from the data's shape.
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
