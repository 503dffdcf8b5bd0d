//! Measures of what a model is good for: rankings of anomalies, pictures, neighbourhoods of codes, used latents.

mod embedding;
mod latent;
mod pictures;
mod ranking;

pub use embedding::{Neighbourhood, NeighbourhoodConfig, neighbour_accuracy, neighbourhood};
pub use latent::{ACTIVE_VARIANCE, ActiveUnits, active_units};
pub use pictures::{mse, psnr, psnr_from_mse, ssim};
pub use ranking::{auroc, average_precision, precision_at};
