//! The reconstruction losses of the variants that have no likelihood.

use crate::NetworkConfig;
use crate::registry::{VariantOption, option, set};
use latents_error::ConfigError;
use latents_nn::Loss;

/// Squared errors.
pub(crate) fn default_loss() -> Loss {
    Loss::Mse
}

/// Refuses a loss that the network's outputs do not fit.
pub(crate) fn check_loss(loss: Loss, network: &NetworkConfig) -> Result<(), ConfigError> {
    let refused = |value, requirement| Err(ConfigError::new("loss", value, requirement));
    match loss {
        Loss::BceWithLogits => refused(
            "bce_with_logits",
            "a decoder gives probabilities, not logits; take bce with a sigmoid output",
        ),
        Loss::Bce if network.output_range() != Some((0.0, 1.0)) => refused(
            "bce",
            "it compares probabilities; the output needs a sigmoid activation",
        ),
        _ => Ok(()),
    }
}

/// The option that chooses among them.
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
