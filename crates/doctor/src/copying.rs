//! Codes that can copy the row.

use super::{Finding, FindingKind, Severity};
use latents_autoencoders::ModelConfig;

/// An overcomplete code can copy its row, unless noise, a prior or a penalty prevents it.
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
            "The rows have {input} columns and the codes {} dimensions, with no narrower layer between them: the model \
             can copy the rows without learning their structure.",
            network.latent
        ),
        remedy: format!(
            "Set `latent` below {input}, or prevent copying with `noise` (denoising), a `penalty` with fewer \
             than {input} active units or a weight above 0 (sparse), or a `beta` above 0 (variational)."
        ),
    })
}
