//! Losses by name, for configurations. In code, call them on the prediction: `y.mse(x, Reduction::Mean)`.
//!
//! | method of [`Var`] | PyTorch | element |
//! |---|---|---|
//! | `mse` | `MSELoss` | (p − t)² |
//! | `mae` | `L1Loss` | \|p − t\| |
//! | `huber` | `HuberLoss(delta)` | d²/2 where \|d\| ≤ δ, else δ(\|d\| − δ/2) |
//! | `bce` | `BCELoss` | −t ln p − (1 − t) ln(1 − p), logarithms clamped at −100 |
//! | `bce_with_logits` | `BCEWithLogitsLoss` | softplus(z) − t z, exact where it is tiny |
//! | `cross_entropy` | `CrossEntropyLoss` | −ln softmax(z)\[class\], one per row |
//!
//! [`Reduction::Sum`] and [`Reduction::Mean`] are PyTorch's `sum` and `mean`. [`Reduction::BatchMean`] sums over features and
//! averages over the batch, the scale at which a reconstruction loss can be added to a KL divergence; in PyTorch, use `sum` and
//! divide by the batch size.

use latents_autograd::{Reduction, Var};
use latents_tensor::Real;
use serde::{Deserialize, Deserializer, Serialize, de::Error};

/// A loss between a prediction and a target of the same shape, selected by name in configurations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Loss {
    /// Squared error.
    #[default]
    Mse,
    /// Absolute error.
    Mae,
    /// Huber's loss (1964): quadratic within `delta` of the target, linear beyond. PyTorch's default is 1.
    Huber {
        /// The distance from the target at which the loss becomes linear; positive.
        #[serde(deserialize_with = "positive")]
        delta: f64,
    },
    /// Binary cross entropy of probabilities, with targets between 0 and 1.
    Bce,
    /// Binary cross entropy of logits, with targets between 0 and 1.
    BceWithLogits,
}

impl Loss {
    /// Computes the loss, a single number.
    ///
    /// # Panics
    /// If the shapes differ, or Huber's δ is not positive.
    #[track_caller]
    pub fn of<'t, T: Real>(
        self,
        prediction: Var<'t, T>,
        target: Var<'t, T>,
        reduction: Reduction,
    ) -> Var<'t, T> {
        match self {
            Loss::Mse => prediction.mse(target, reduction),
            Loss::Mae => prediction.mae(target, reduction),
            Loss::Huber { delta } => prediction.huber(target, delta, reduction),
            Loss::Bce => prediction.bce(target, reduction),
            Loss::BceWithLogits => prediction.bce_with_logits(target, reduction),
        }
    }
}

/// Huber's δ from a file.
fn positive<'de, D: Deserializer<'de>>(file: D) -> Result<f64, D::Error> {
    let delta = f64::deserialize(file)?;
    match delta > 0.0 && delta.is_finite() {
        true => Ok(delta),
        false => Err(D::Error::custom(format!(
            "delta is {delta}; it must be a positive number"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_come_from_text() {
        let read = |text: &str| serde_json::from_str::<Loss>(text);
        assert_eq!(read(r#""bce_with_logits""#).unwrap(), Loss::BceWithLogits);
        assert_eq!(
            read(r#"{"huber": {"delta": 0.5}}"#).unwrap(),
            Loss::Huber { delta: 0.5 }
        );
        for delta in ["-1", "0", "-0.0"] {
            let text = format!(r#"{{"huber": {{"delta": {delta}}}}}"#);
            let message = read(&text).unwrap_err().to_string();
            assert!(message.contains("it must be a positive number"), "{message}");
        }
        assert!(read(r#"{"huber": {"delta": 1, "dleta": 2}}"#).is_err());
    }
}
