//! The variants, a file or a folder each. A new one is a file beside these and its three lines here.

mod adversarial;
mod contractive;
mod denoising;
mod sparse;
mod stacked;
mod undercomplete;
mod variational;

pub use adversarial::{Adversarial, AdversarialConfig};
pub use contractive::{Contractive, ContractiveConfig, Jacobian, ParseJacobianError};
pub use denoising::{Denoising, DenoisingConfig, Emphasis};
pub use sparse::{ParsePenaltyError, Penalty, Sparse, SparseConfig};
pub use stacked::{LayerTraining, Stacked, StackedConfig};
pub use undercomplete::{Undercomplete, UndercompleteConfig};
pub use variational::{BetaSchedule, ParseScheduleError, Variational, VariationalConfig};

use crate::registry::Variant;

/// The standard variants, in the order of the documentation.
pub(crate) static STANDARD: &[&Variant] = &[
    &undercomplete::UNDERCOMPLETE,
    &stacked::STACKED,
    &denoising::DENOISING,
    &sparse::SPARSE,
    &variational::VARIATIONAL,
    &contractive::CONTRACTIVE,
    &adversarial::ADVERSARIAL,
];
