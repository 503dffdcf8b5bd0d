//! `Tables`: the data of a training, and whether settings, model and data fit each other.

use crate::{Examples, TrainError, Trainable, TrainerConfig};
use latents_error::ConfigError;
use latents_tensor::{Real, Rows};

/// The rows that a model is trained on, and those of its validation.
#[derive(Clone, Copy)]
pub(super) struct Tables<'a, T: Real> {
    pub(super) train: Examples<'a, T>,
    pub(super) validation: Option<Examples<'a, T>>,
}

impl<T: Real> Tables<'_, T> {
    /// Checks everything that can be known before the first step, for a whole model and for a part that is trained on its own.
    pub(super) fn check(&self, config: &TrainerConfig, model: &dyn Trainable<T>) -> Result<(), TrainError> {
        config.validate()?;
        if config.shards > 1 && model.couples_rows() {
            let requirement = "the loss of this model couples the rows of a batch; use 1 shard";
            return Err(ConfigError::new("shards", config.shards, requirement).into());
        }
        let validation = self.validation.as_ref().map(|examples| ("validation", examples));
        for (part, examples) in std::iter::once(("training", &self.train)).chain(validation) {
            check_size(part, examples.x, model.input_dim())?;
            examples.check(model.reads())?;
            model.check(examples)?;
        }
        Ok(())
    }
}

fn check_size<T: Real>(part: &'static str, data: &dyn Rows<T>, model: usize) -> Result<(), TrainError> {
    match data.features() {
        _ if data.rows() == 0 => Err(TrainError::NoRows(part)),
        features if features != model => Err(TrainError::Width {
            part,
            data: features,
            model,
        }),
        _ => Ok(()),
    }
}
