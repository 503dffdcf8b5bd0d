//! Codes that leave nothing out.

use super::{Finding, FindingKind, Severity};
use crate::ModelConfig;

/// An overcomplete code may copy its row, unless noise, a prior or a penalty forbids it.
pub(super) fn look(config: &ModelConfig) -> Option<Finding> {
    let network = config.network();
    let copies = match config {
        ModelConfig::Undercomplete(_) => true,
        ModelConfig::Stacked(config) => config.pretraining.iter().all(|layer| layer.noise.is_none()),
        ModelConfig::Denoising(_) | ModelConfig::Sparse(_) | ModelConfig::Variational(_) => false,
    };
    if network.is_bottleneck() || !copies {
        return None;
    }
    let input = network.input;
    Some(Finding {
        kind: FindingKind::IdentityCopying,
        severity: Severity::Warning,
        what: format!(
            "Rows of {input} become codes of {}, and no layer is narrower: nothing has to be left out, so the model \
             may copy rows without learning what they have in common.",
            network.latent
        ),
        remedy: format!(
            "Choose a --latent below {input}, or a variant that may be wide: denoising, sparse or variational."
        ),
    })
}
