//! `TrainerConfig`: how to train.

use latents_error::ConfigError;
use latents_nn::{AdamConfig, OptimizerConfig, Schedule};
use serde::{Deserialize, Serialize};

/// How to train.
///
/// ```
/// use latents_train::TrainerConfig;
/// use latents_nn::{AdamWConfig, OptimizerConfig};
/// let config = TrainerConfig {
///     optimizer: OptimizerConfig::AdamW(AdamWConfig { learning_rate: 3e-4, ..AdamWConfig::default() }),
///     clip_norm: Some(1.0),
///     ..TrainerConfig::default()
/// };
/// config.validate()?;
/// # Ok::<(), latents_error::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainerConfig {
    /// How often to go through the data.
    pub epochs: usize,
    /// Rows in a step. The last batch of an epoch may be smaller.
    pub batch_size: usize,
    /// How gradients change the weights. The default is Adam with ε = 10⁻⁷, as in Keras.
    pub optimizer: OptimizerConfig,
    /// The largest norm of a step's gradients, over all parameters; longer ones are scaled down to it.
    pub clip_norm: Option<f64>,
    /// The seed of the shuffling and of every noise.
    pub seed: u64,
    /// Stop after so many epochs without a better validation loss (training loss where there is no validation
    /// data), and take the best weights.
    pub patience: Option<usize>,
    /// How the learning rate changes over the steps of all epochs; the optimiser's stays where `None`.
    pub schedule: Option<Schedule>,
    /// How many parts each batch is cut into, whose losses and gradients are added up: for batches that do not fit memory
    /// at once. Random numbers of a step differ from those of one shard.
    #[serde(default = "one_shard", skip_serializing_if = "is_one")]
    pub shards: usize,
    /// Stop after the first step that ends so many seconds after the start, even if its epoch is not over; the
    /// validation still runs.
    ///
    /// The training then holds the best weights where `patience` is set. Where it is not, it holds those of its last
    /// step, unless there is validation data on which the last whole epoch did better: then that epoch's. How many
    /// steps are made depends on the machine, and so does what goes by the part of a training that is over
    /// ([`Progress::fraction`](crate::Progress::fraction): schedules of β, `k_from`, reviving). Where there is nothing of
    /// these, a training that makes as many steps has the same bits.
    pub max_seconds: Option<f64>,
}

fn one_shard() -> usize {
    1
}

fn is_one(shards: &usize) -> bool {
    *shards == 1
}

impl Default for TrainerConfig {
    fn default() -> Self {
        let adam = AdamConfig {
            epsilon: 1e-7,
            ..AdamConfig::default()
        };
        Self {
            epochs: 50,
            batch_size: 256,
            optimizer: OptimizerConfig::Adam(adam),
            clip_norm: None,
            seed: 0,
            patience: None,
            schedule: None,
            shards: 1,
            max_seconds: None,
        }
    }
}

impl TrainerConfig {
    /// # Errors
    /// The first option that makes no sense.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if self.batch_size == 0 {
            return Err(ConfigError::new("batch size", 0, "must be at least 1 row"));
        }
        if self.shards == 0 {
            return Err(ConfigError::new("shards", 0, "must be at least 1"));
        }
        self.optimizer.check()?;
        if let Some(norm) = self.clip_norm.filter(|norm| !(*norm > 0.0 && norm.is_finite())) {
            return Err(ConfigError::new("clip norm", norm, "must be a positive number"));
        }
        if self.patience == Some(0) {
            return Err(ConfigError::new("patience", 0, "must be at least 1 epoch"));
        }
        if let Some(seconds) = self
            .max_seconds
            .filter(|seconds| seconds.is_nan() || *seconds <= 0.0)
        {
            let requirement = "must be a positive number of seconds";
            return Err(ConfigError::new("max_seconds", seconds, requirement));
        }
        self.check_schedule()
    }

    fn check_schedule(&self) -> Result<(), ConfigError> {
        let Some(schedule) = self.schedule else {
            return Ok(());
        };
        if let Err(error) = schedule.check() {
            return Err(ConfigError::new("schedule", error.given, error.problem));
        }
        let highest = self.optimizer.learning_rate() * schedule.highest();
        if !highest.is_finite() {
            let requirement = "its peak makes the learning rate infinite; lower one of them";
            return Err(ConfigError::new("schedule", schedule, requirement));
        }
        Ok(())
    }
}
