//! Losses by name, for configurations. In code, call them on the prediction: `y.mse(x, Reduction::Mean)`.
//!
//! | here, on a [`Var`] | PyTorch | element |
//! |---|---|---|
//! | `mse` | `MSELoss` | (p − t)² |
//! | `mae` | `L1Loss` | \|p − t\| |
//! | `huber` | `HuberLoss(delta)` | d²/2 where \|d\| ≤ δ, else δ(\|d\| − δ/2) |
//! | `bce` | `BCELoss` | −t ln p − (1 − t) ln(1 − p), logarithms held at −100 |
//! | `bce_with_logits` | `BCEWithLogitsLoss` | softplus(z) − t z |
//! | `cross_entropy` | `CrossEntropyLoss` | logsumexp(z) − z\[class\], one a row |
//!
//! [`Reduction::Sum`] and [`Reduction::Mean`] are PyTorch's `sum` and `mean`. [`Reduction::BatchMean`] sums over
//! features and takes the mean over the batch, the scale in which a reconstruction loss adds to a KL divergence;
//! in PyTorch it is written `sum` and a division by the batch size.

use latents_autograd::{Reduction, Var};
use latents_tensor::Real;
use serde::{Deserialize, Serialize};

/// A loss between a prediction and a target of the same shape, as a configuration names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Squared error.
    #[default]
    Mse,
    /// Absolute error.
    Mae,
    /// Huber's loss (1964): quadratic up to `delta` from the target, linear beyond. PyTorch's default is 1.
    Huber {
        /// Where it turns linear; positive.
        delta: f64,
    },
    /// Cross entropy of probabilities, with targets in 0 ..= 1.
    Bce,
    /// Cross entropy of logits, with targets in 0 ..= 1.
    BceWithLogits,
}

impl Loss {
    /// The loss, a single number.
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
