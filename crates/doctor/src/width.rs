//! Codes that are wider than a preceding layer.

use super::{Finding, FindingKind, Severity};
use latents_autoencoders::ModelConfig;
use latents_autoencoders::registry::CodeKind;

/// A hidden layer that is narrower than both the code and the row limits the information in the code.
pub(super) fn look(config: &ModelConfig) -> Option<Finding> {
    let network = config.network()?;
    let is_sparse = matches!(config.facts().code, CodeKind::Sparse { .. });
    if is_sparse || network.convolution.is_some() {
        return None;
    }
    let layers = network.hidden.iter().copied().enumerate();
    let (index, width) = layers.min_by_key(|&(_, width)| width)?;
    // With layers at least as wide as the row, a wide code is intended.
    if width >= network.latent || width >= network.input {
        return None;
    }
    Some(Finding {
        kind: FindingKind::WideCode,
        severity: Severity::Warning,
        what: format!(
            "The code has {} dimensions but is computed from hidden layer {}, which has only {width} units: the dimensions \
             beyond {width} add no information.",
            network.latent,
            index + 1
        ),
        remedy: format!("Set `latent` to {width} or less, or widen the layer with `hidden`."),
    })
}
