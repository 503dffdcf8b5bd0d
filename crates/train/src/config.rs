//! `TrainerConfig`: how to train.

use latents_error::{ConfigError, Within};
use latents_nn::{AdamConfig, OptimizerConfig, Schedule};
use serde::{Deserialize, Serialize};

/// How to train.
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
    /// # Errors
    /// The first option that makes no sense.
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
            // An infinite time is one without a limit.
            (
                "max_seconds",
                self.max_seconds.unwrap_or(1.0).clamp(f64::MIN, f64::MAX),
            ),
        ];
        let wrong = |(_, number): &(&str, f64)| !(number.is_finite() && *number > 0.0);
        if let Some((name, number)) = numbers.into_iter().find(wrong) {
            return Err(ConfigError::new(name, number, "must be a finite number above 0"));
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
