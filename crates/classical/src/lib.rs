#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod calibration;
mod forest;
mod logistic;
mod median;
mod mixture;
mod neighbours;
mod pca;
mod standardised;

pub use calibration::{Calibration, alarms_at, contamination_threshold, quantile};
pub use forest::{IsolationForest, IsolationForestConfig};
pub use latents_error::ConfigError;
pub use logistic::{LogisticRegression, LogisticRegressionConfig};
pub use median::median_filter;
pub use mixture::{GaussianMixture, GaussianMixtureConfig};
pub use neighbours::KNearest;
pub use pca::{Pca, centred};
