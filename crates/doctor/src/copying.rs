//! Codes that leave nothing out.

use super::{Finding, FindingKind, Severity};
use latents_autoencoders::{ModelConfig, Penalty};

/// An overcomplete code may copy its row, unless noise, a prior or a penalty forbids it.
pub(super) fn look(config: &ModelConfig) -> Option<Finding> {
    let network = config.network();
    let copies = match config {
        ModelConfig::Undercomplete(_) => true,
        ModelConfig::Stacked(config) => config
            .pretraining
            .iter()
            .all(|layer| layer.noise.is_none_or(|noise| noise.level() == 0.0)),
        ModelConfig::Denoising(config) => config.noise.level() == 0.0,
        ModelConfig::Sparse(config) => holds_nothing(config.penalty, network.input),
        ModelConfig::Variational(config) => config.beta == 0.0,
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
            "Choose a --latent below {input}, or what keeps a wide code from copying: --noise (denoising), a --penalty of fewer \
             than {input} active units or of a weight above 0 (sparse), a --beta above 0 (variational)."
        ),
    })
}

/// Whether a penalty lets a code of many numbers be whatever it likes.
fn holds_nothing(penalty: Penalty, input: usize) -> bool {
    match penalty {
        Penalty::Kl { weight, .. } | Penalty::L1 { weight } => weight == 0.0,
        // As many numbers as a row has can hold it.
        Penalty::TopK { k, .. } => k >= input,
    }
}
