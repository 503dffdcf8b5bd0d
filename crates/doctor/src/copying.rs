//! Codes that leave nothing out.

use super::{Finding, FindingKind, Severity};
use latents_autoencoders::ModelConfig;

/// An overcomplete code may copy its row, unless noise, a prior or a penalty forbids it.
pub(super) fn look(config: &ModelConfig) -> Option<Finding> {
    let network = config.network()?;
    if network.is_bottleneck() || config.facts().restrains_code {
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
            "Choose a --latent below {input}, or what keeps a wide code from copying: --noise (denoising), a --penalty of fewer \
             than {input} active units or of a weight above 0 (sparse), a --beta above 0 (variational)."
        ),
    })
}
