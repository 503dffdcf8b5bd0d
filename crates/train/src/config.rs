//! `TrainerConfig`: the training configuration.

use latents_error::{ConfigError, Within};
use latents_nn::{AdamConfig, OptimizerConfig, Schedule};
use serde::{Deserialize, Serialize};

/// Training configuration.
///
/// ```
/// use latents_train::TrainerConfig;
/// use latents_nn::AdamWConfig;
/// let config = TrainerConfig::default()
///     .epochs(20)
///     .optimizer(AdamWConfig::default().learning_rate(3e-4))
///     .clip_norm(1.0);
/// config.validate()?;
/// # Ok::<(), latents_error::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TrainerConfig {
    /// Number of epochs.
    pub epochs: usize,
    /// Rows per batch. The last batch of an epoch may be smaller.
    pub batch_size: usize,
    /// The optimiser. The default is Adam with ε = 10⁻⁷, as in Keras.
    pub optimizer: OptimizerConfig,
    /// Gradient clipping: gradients with a larger norm over all parameters are scaled down to this norm.
    pub clip_norm: Option<f64>,
    /// Seed of shuffling and of all noise.
    pub seed: u64,
    /// Early stopping: stop after this number of epochs without a better validation loss (training loss without validation
    /// data), and keep the best weights.
    pub patience: Option<usize>,
    /// Learning-rate schedule over the steps of all epochs. If `None`, the learning rate is constant.
    pub schedule: Option<Schedule>,
    /// The number of shards of each batch, whose losses and gradients are summed, for batches that do not fit in memory. Random
    /// numbers of a step depend on it.
    #[serde(default = "one_shard", skip_serializing_if = "is_one")]
    pub shards: usize,
    /// Time limit: stop after the first step that ends this number of seconds after the start, even within an epoch; the
    /// validation still runs.
    ///
    /// With `patience`, the model then has its best weights. Without it, the model has the weights of its last step, or those
    /// of the last complete epoch if their validation loss is lower. The number of steps depends on the machine, and with it
    /// everything that depends on the fraction of the training completed ([`Progress::fraction`](crate::Progress::fraction):
    /// schedules of β, `k_from`, reviving). Otherwise a training with the same number of steps has the same bits.
    pub max_seconds: Option<f64>,
}

latents_error::setters! {
    TrainerConfig { epochs: usize, batch_size: usize, seed: u64, shards: usize }
    into { optimizer: OptimizerConfig, clip_norm: Option<f64>, patience: Option<usize>, schedule: Option<Schedule>, max_seconds: Option<f64> }
}

fn one_shard() -> usize {
    1
}

fn is_one(shards: &usize) -> bool {
    *shards == 1
}

impl Default for TrainerConfig {
    fn default() -> Self {
        let adam = AdamConfig::default().epsilon(1e-7);
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
    /// Checks the configuration.
    ///
    /// # Errors
    /// The first invalid setting.
    ///
    /// ```
    /// # use latents_train::TrainerConfig;
    /// let error = TrainerConfig::default().batch_size(0).validate().unwrap_err();
    /// assert_eq!(error.to_string(), "batch_size is 0: must be at least 1 row");
    /// ```
    pub fn validate(&self) -> Result<(), ConfigError> {
        let counts = [
            ("batch_size", self.batch_size, "must be at least 1 row"),
            ("shards", self.shards, "must be at least 1"),
            ("patience", self.patience.unwrap_or(1), "must be at least 1 epoch"),
        ];
        if let Some((name, _, requirement)) = counts.into_iter().find(|(_, count, _)| *count == 0) {
            return Err(ConfigError::new(name, 0, requirement));
        }
        self.optimizer
            .check()
            .map_err(ConfigError::from)
            .within("optimizer")?;
        let numbers = [
            ("clip_norm", self.clip_norm.unwrap_or(1.0)),
            // An infinite time is no limit.
            (
                "max_seconds",
                self.max_seconds.unwrap_or(1.0).clamp(f64::MIN, f64::MAX),
            ),
        ];
        let wrong = |(_, number): &(&str, f64)| !(number.is_finite() && *number > 0.0);
        if let Some((name, number)) = numbers.into_iter().find(wrong) {
            return Err(ConfigError::new(name, number, "must be positive and finite"));
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
            let requirement =
                "its peak makes the learning rate infinite; lower the peak or the learning rate";
            return Err(ConfigError::new("schedule", schedule, requirement));
        }
        Ok(())
    }
}
