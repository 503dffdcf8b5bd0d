//! The variants, one file or folder each. A new one needs its file and three lines here.

mod adversarial;
mod contractive;
mod denoising;
mod sparse;
mod stacked;
mod undercomplete;
mod variational;
mod vq;

pub use adversarial::{Adversarial, AdversarialConfig};
pub use contractive::{Contractive, ContractiveConfig, Jacobian, ParseJacobianError};
pub use denoising::{Denoising, DenoisingConfig, Emphasis};
pub use sparse::{ParsePenaltyError, Penalty, Sparse, SparseConfig};
pub use stacked::{LayerTraining, Stacked, StackedConfig};
pub use undercomplete::{Undercomplete, UndercompleteConfig};
pub use variational::{BetaSchedule, ParseScheduleError, Variational, VariationalConfig};
pub use vq::{Vq, VqConfig};

use crate::registry::{Registry, Variant};

/// The standard variants, in the order of the documentation.
static STANDARD: &[&Variant] = &[
    &undercomplete::UNDERCOMPLETE,
    &stacked::STACKED,
    &denoising::DENOISING,
    &sparse::SPARSE,
    &variational::VARIATIONAL,
    &contractive::CONTRACTIVE,
    &adversarial::ADVERSARIAL,
    &vq::VQ,
];

impl Registry {
    /// The variants of this crate.
    ///
    /// ```
    /// assert!(latents_autoencoders::Registry::standard().find("sparse").is_some());
    /// ```
    pub fn standard() -> Self {
        Self::of(STANDARD)
    }
}
