//! Codes that are wider than what they are made of.

use super::{Finding, FindingKind, Severity};
use latents_autoencoders::ModelConfig;
use latents_autoencoders::registry::CodeKind;

/// A code is a function of every hidden layer before it: where one of them is narrower than code and row, it is that layer
/// that decides how much is kept.
pub(super) fn look(config: &ModelConfig) -> Option<Finding> {
    let network = config.network()?;
    let is_sparse = matches!(config.facts().code, CodeKind::Sparse { .. });
    if is_sparse || network.convolution.is_some() {
        return None;
    }
    let layers = network.hidden.iter().copied().enumerate();
    let (index, width) = layers.min_by_key(|&(_, width)| width)?;
    // With layers at least as wide as the row, the code is meant to be wide.
    if width >= network.latent || width >= network.input {
        return None;
    }
    Some(Finding {
        kind: FindingKind::WideCode,
        severity: Severity::Warning,
        what: format!(
            "The code of {} is wider than hidden layer {} of {width}, from which it is made: its dimensions \
             beyond {width} carry no more information.",
            network.latent,
            index + 1
        ),
        remedy: format!(
            "Choose a --latent of {width} or less, or widen the layer with --hidden (all sizes with --layers)."
        ),
    })
}
