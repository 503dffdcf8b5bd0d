#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod embedding;
mod frechet;
mod images;
mod latent;
mod ranking;

pub use embedding::{Neighbourhood, NeighbourhoodConfig, neighbour_accuracy, neighbourhood};
pub use frechet::{frechet_distance, random_projection};
pub use images::{mse, psnr, psnr_from_mse, ssim};
pub use latent::{ACTIVE_VARIANCE, ActiveUnits, active_units};
pub use ranking::{auroc, average_precision, precision_at};
