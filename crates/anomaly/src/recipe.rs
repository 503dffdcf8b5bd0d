//! `Recipe`: one configuration for all data.

use super::{CoreTraining, Detector, DetectorConfig, DetectorError};
use latents_autoencoders::{Autoencoder, ModelConfig, NetworkConfig, UndercompleteConfig};
use latents_error::ConfigError;
use latents_nn::{Activation, AdamConfig};
use latents_tensor::Rows;
use latents_train::{Control, TrainError, TrainerConfig};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Approximate number of training steps.
const STEPS: usize = 500;
/// Rows per batch.
const BATCH: usize = 256;
/// Largest width of a hidden layer.
const WIDEST: usize = 256;

/// Model, training and detector for standardised rows (each feature with mean 0 and variance 1).
///
/// All settings follow from the numbers of rows and features; none is tuned to a data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// d − 2d − d/4 − 2d − d with tanh, where d is the number of features.
    pub model: ModelConfig,
    /// About 500 steps of Adam.
    pub training: CoreTraining,
    /// The default detector.
    pub detector: DetectorConfig,
}

/// Error from [`Recipe::fit`].
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecipeError {
    /// The model configuration is invalid.
    #[error(transparent)]
    Model(#[from] ConfigError),
    /// Training failed.
    #[error(transparent)]
    Training(#[from] TrainError),
    /// Fitting the detector failed.
    #[error(transparent)]
    Detector(#[from] DetectorError),
}

impl Recipe {
    /// The recipe for a table with this number of rows and features.
    ///
    /// ```
    /// # use latents_anomaly::Recipe;
    /// let recipe = Recipe::new(1000, 8);
    /// assert_eq!(recipe.model.network().unwrap().latent, 2);
    /// ```
    pub fn new(rows: usize, features: usize) -> Self {
        let network = NetworkConfig::new(features, features.div_ceil(4))
            .hidden([(2 * features).min(WIDEST)])
            .linear_output()
            .hidden_activation(Activation::Tanh);
        let adam = AdamConfig::default().learning_rate(3e-3);
        let steps_an_epoch = rows.div_ceil(BATCH).max(1);
        Self {
            model: UndercompleteConfig::from(network).into(),
            training: CoreTraining {
                trainer: TrainerConfig::default()
                    .epochs(STEPS.div_ceil(steps_an_epoch))
                    .batch_size(BATCH)
                    .optimizer(adam),
                core: 0.7,
                rounds: 15,
            },
            detector: DetectorConfig::default(),
        }
    }

    /// Trains the model and fits the detector. `calibration` are held-out rows that the model is not trained on.
    ///
    /// # Errors
    /// Those of [`CoreTraining::fit`] and [`Detector::fit`].
    ///
    /// ```
    /// # use latents_anomaly::Recipe;
    /// # use latents_tensor::{Tensor, random::Key};
    /// # let rows = |seed: u64| -> Tensor { Key::new(seed).normal([100, 4]) };
    /// let (model, detector) = Recipe::new(100, 4).fit(&rows(1), &rows(2), 0)?;
    /// assert_eq!(detector.scores(&*model, &rows(3))?.len(), 100);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fit(
        &self,
        train: &dyn Rows,
        calibration: &dyn Rows,
        seed: u64,
    ) -> Result<(Box<dyn Autoencoder>, Detector), RecipeError> {
        let mut model = self.model.build(seed)?;
        let mut training = self.training.clone();
        training.trainer.seed = seed;
        training.fit(&mut *model, train, &mut |_| Control::Continue)?;
        let detector = Detector::fit(&*model, train, calibration, self.detector)?;
        Ok((model, detector))
    }
}
