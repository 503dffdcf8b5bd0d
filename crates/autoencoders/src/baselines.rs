//! What a model stands beside: classical classifiers, detectors, densities and filters, and what turns scores into
//! alarms.

mod calibration;
mod forest;
mod logistic;
mod median;
mod mixture;
mod neighbours;

pub use calibration::{Calibration, alarms_at, contamination_threshold, quantile};
pub use forest::{IsolationForest, IsolationForestConfig};
pub use logistic::{LogisticRegression, LogisticRegressionConfig};
pub use median::median_filter;
pub use mixture::{GaussianMixture, GaussianMixtureConfig};
pub use neighbours::KNearest;
