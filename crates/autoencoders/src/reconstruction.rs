//! Reconstruction losses of the variants without a likelihood.

use crate::NetworkConfig;
use crate::registry::{VariantOption, option, set};
use latents_error::ConfigError;
use latents_nn::Loss;

/// Squared errors.
pub(crate) fn default_loss() -> Loss {
    Loss::Mse
}

/// Rejects a loss that does not match the output of the network.
pub(crate) fn check_loss(loss: Loss, network: &NetworkConfig) -> Result<(), ConfigError> {
    let refused = |value, requirement| Err(ConfigError::new("loss", value, requirement));
    match loss {
        Loss::BceWithLogits => refused(
            "bce_with_logits",
            "the decoder outputs probabilities, not logits; use bce with a sigmoid output",
        ),
        Loss::Bce if network.output_range() != Some((0.0, 1.0)) => refused(
            "bce",
            "it compares probabilities; the output requires a sigmoid activation",
        ),
        _ => Ok(()),
    }
}

/// The option for choosing the loss.
pub(crate) const LOSS: VariantOption = option(
    "--loss",
    "NAME",
    "Reconstruction loss: mse, mae or bce [default: mse]",
    |value, settings| match value {
        "mse" | "mae" | "bce" => set(settings, "loss", value),
        _ => Err("expected mse, mae or bce".to_owned()),
    },
)
.examples(&["mse", "mae", "bce"]);
