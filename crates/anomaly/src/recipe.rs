//! `Recipe`: one set of settings for all data.

use super::{CoreTraining, Detector, DetectorConfig, DetectorError};
use latents_autoencoders::{Autoencoder, ModelConfig, NetworkConfig, UndercompleteConfig};
use latents_error::ConfigError;
use latents_nn::{Activation, AdamConfig};
use latents_tensor::Rows;
use latents_train::{Control, TrainError, TrainerConfig};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Steps of a training, about.
const STEPS: usize = 500;
/// Rows in a step.
const BATCH: usize = 256;
/// The widest hidden layer.
const WIDEST: usize = 256;

/// A model, its training and its detector, for standardised rows (each feature with mean 0 and variance 1).
///
/// Everything follows from the numbers of rows and features; nothing is tuned to a data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// d − 2d − d/4 − 2d − d with tanh, d the features.
    pub model: ModelConfig,
    /// About 500 steps of Adam.
    pub training: CoreTraining,
    /// The defaults.
    pub detector: DetectorConfig,
}

/// Why a recipe failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecipeError {
    /// No such model can be.
    #[error(transparent)]
    Model(#[from] ConfigError),
    /// The training failed.
    #[error(transparent)]
    Training(#[from] TrainError),
    /// The detector failed.
    #[error(transparent)]
    Detector(#[from] DetectorError),
}

impl Recipe {
    /// For a table of this size.
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

    /// Trains the model and fits the detector. `calibration` are rows that the model does not learn from.
    ///
    /// # Errors
    /// As [`CoreTraining::fit`] and [`Detector::fit`].
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
