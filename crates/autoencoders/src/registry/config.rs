//! `ModelConfig`: a configuration of any family.

use super::{Facts, Family, Registry, Variant};
use crate::{Autoencoder, NetworkConfig};
use latents_error::ConfigError;
use latents_tensor::Real;
use latents_train::TrainerConfig;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::any::Any;
use std::fmt;

/// The configuration of any variant. In files, `kind` names the variant.
///
/// ```
/// use latents_autoencoders::{ModelConfig, Sparse, SparseConfig};
/// let config = ModelConfig::from(SparseConfig::new(64, 128));
/// assert_eq!((config.kind(), config.title().as_str()), ("sparse", "sparse 64-128-64"));
/// assert_eq!(config.downcast::<SparseConfig>().map(|config| config.tied), Some(false));
/// let model = config.build(1)?;
/// assert_eq!(model.latent_dim(), 128);
/// # Ok::<(), latents_autoencoders::ConfigError>(())
/// ```
///
/// Deserialisation knows the standard variants; [`Registry::config_from`] reads those of any registry.
pub struct ModelConfig(Box<dyn AnyConfig>);

/// The configuration of a model as JSON, with its kind; null if it has none. For
/// [`Trainable::settings`](latents_train::Trainable::settings).
pub fn settings_of<T: Real>(model: &dyn Autoencoder<T>) -> serde_json::Value {
    serde_json::to_value(model.config()).unwrap_or_default()
}

/// A [`Family`] without its type.
trait AnyConfig: Send + Sync {
    fn variant(&self) -> &'static Variant;
    fn as_any(&self) -> &dyn Any;
    fn boxed(&self) -> Box<dyn AnyConfig>;
    fn equals(&self, other: &dyn Any) -> bool;
    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
    fn to_json(&self) -> Result<serde_json::Value, serde_json::Error>;
    fn network(&self) -> Option<&NetworkConfig>;
    fn input_dim(&self) -> usize;
    fn latent_dim(&self) -> usize;
    fn parameters(&self) -> u128;
    fn sizes_text(&self) -> String;
    fn validate(&self) -> Result<(), ConfigError>;
    fn build(&self, seed: u64) -> Result<Box<dyn Autoencoder>, ConfigError>;
    fn build_for_weights(&self) -> Result<Box<dyn Autoencoder>, ConfigError>;
    #[cfg(feature = "testing")]
    fn build_f64(&self, seed: u64) -> Result<Box<dyn Autoencoder<f64>>, ConfigError>;
    fn facts(&self) -> Facts;
    fn warnings(&self, training: &TrainerConfig) -> Vec<String>;
}

impl<F: Family> AnyConfig for F {
    fn variant(&self) -> &'static Variant {
        F::variant()
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn boxed(&self) -> Box<dyn AnyConfig> {
        Box::new(self.clone())
    }
    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<F>() == Some(self)
    }
    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
    fn to_json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
    fn network(&self) -> Option<&NetworkConfig> {
        Family::network(self)
    }
    fn input_dim(&self) -> usize {
        Family::input_dim(self)
    }
    fn latent_dim(&self) -> usize {
        Family::latent_dim(self)
    }
    fn parameters(&self) -> u128 {
        Family::parameters(self)
    }
    fn sizes_text(&self) -> String {
        Family::sizes_text(self)
    }
    fn validate(&self) -> Result<(), ConfigError> {
        Family::validate(self)
    }
    fn build(&self, seed: u64) -> Result<Box<dyn Autoencoder>, ConfigError> {
        Ok(Box::new(Family::build::<f32>(self, seed)?))
    }
    fn build_for_weights(&self) -> Result<Box<dyn Autoencoder>, ConfigError> {
        Ok(Box::new(Family::build_for_weights::<f32>(self)?))
    }
    #[cfg(feature = "testing")]
    fn build_f64(&self, seed: u64) -> Result<Box<dyn Autoencoder<f64>>, ConfigError> {
        Ok(Box::new(Family::build::<f64>(self, seed)?))
    }
    fn facts(&self) -> Facts {
        Family::facts(self)
    }
    fn warnings(&self, training: &TrainerConfig) -> Vec<String> {
        Family::warnings(self, training)
    }
}

impl<F: Family> From<F> for ModelConfig {
    fn from(config: F) -> Self {
        Self(Box::new(config.resolved()))
    }
}

impl ModelConfig {
    /// Keeps settings open that the variant may still choose.
    pub(super) fn unresolved<F: Family>(config: F) -> Self {
        Self(Box::new(config))
    }

    /// All settings, including `kind`.
    pub(super) fn settings(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The variant.
    ///
    /// ```
    /// # use latents_autoencoders::{ModelConfig, SparseConfig};
    /// assert!(ModelConfig::from(SparseConfig::new(64, 128)).variant().has_option("--penalty"));
    /// ```
    pub fn variant(&self) -> &'static Variant {
        self.0.variant()
    }

    /// The name of the variant: `undercomplete`.
    ///
    /// ```
    /// # use latents_autoencoders::{ModelConfig, UndercompleteConfig};
    /// assert_eq!(ModelConfig::from(UndercompleteConfig::new(784, 32)).kind(), "undercomplete");
    /// ```
    pub fn kind(&self) -> &'static str {
        self.variant().kind()
    }

    /// Kind and sizes: `undercomplete 784-32-784`.
    ///
    /// ```
    /// # use latents_autoencoders::{ModelConfig, UndercompleteConfig};
    /// assert_eq!(ModelConfig::from(UndercompleteConfig::new(784, 32)).title(), "undercomplete 784-32-784");
    /// ```
    pub fn title(&self) -> String {
        format!("{} {}", self.kind(), self.0.sizes_text())
    }

    /// The configuration as type `F`, if it is of this family.
    pub fn downcast<F: Family>(&self) -> Option<&F> {
        self.0.as_any().downcast_ref()
    }

    /// The encoder and decoder, if they are one common network.
    pub fn network(&self) -> Option<&NetworkConfig> {
        self.0.network()
    }

    /// Number of columns of the data.
    ///
    /// ```
    /// # use latents_autoencoders::{ModelConfig, UndercompleteConfig};
    /// let config = ModelConfig::from(UndercompleteConfig::new(784, 32));
    /// assert_eq!((config.input_dim(), config.latent_dim()), (784, 32));
    /// assert_eq!((config.kind(), config.sizes_text().as_str()), ("undercomplete", "784-32-784"));
    /// assert_eq!(config.parameters(), config.network().unwrap().parameters());
    /// ```
    pub fn input_dim(&self) -> usize {
        self.0.input_dim()
    }

    /// Number of latent dimensions.
    pub fn latent_dim(&self) -> usize {
        self.0.latent_dim()
    }

    /// The approximate number of parameters.
    pub fn parameters(&self) -> u128 {
        self.0.parameters()
    }

    /// Properties of the model that follow from its settings.
    ///
    /// ```
    /// # use latents_autoencoders::{ModelConfig, UndercompleteConfig};
    /// assert_eq!(ModelConfig::from(UndercompleteConfig::new(784, 32)).facts().loss_name, "Mean squared error");
    /// ```
    pub fn facts(&self) -> Facts {
        self.0.facts()
    }

    /// A summary of the sizes: `784-32-784`.
    pub fn sizes_text(&self) -> String {
        self.0.sizes_text()
    }

    /// Warnings about model settings that have no effect in a training with this configuration. Names of settings are in
    /// backticks.
    ///
    /// ```
    /// # use latents_autoencoders::{ModelConfig, SparseConfig};
    /// # use latents_train::TrainerConfig;
    /// let config = ModelConfig::from(SparseConfig::new(64, 128).revive_every(9));
    /// assert_eq!(config.warnings(&TrainerConfig::default().epochs(10)).len(), 1);
    /// ```
    pub fn warnings(&self, training: &TrainerConfig) -> Vec<String> {
        self.0.warnings(training)
    }

    /// Checks the configuration.
    ///
    /// # Errors
    /// The first invalid setting.
    ///
    /// ```
    /// # use latents_autoencoders::{ModelConfig, UndercompleteConfig};
    /// assert!(ModelConfig::from(UndercompleteConfig::new(784, 0)).validate().is_err());
    /// ```
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.0.validate()
    }

    /// Builds a model with weights drawn from `seed`.
    ///
    /// # Errors
    /// Those of [`ModelConfig::validate`].
    ///
    /// ```
    /// # use latents_autoencoders::{ModelConfig, UndercompleteConfig};
    /// let model = ModelConfig::from(UndercompleteConfig::new(784, 32)).build(0)?;
    /// assert_eq!(model.latent_dim(), 32);
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    pub fn build(&self, seed: u64) -> Result<Box<dyn Autoencoder>, ConfigError> {
        self.0.build(seed)
    }

    /// Builds a model with element type `f64`, for gradient checks.
    ///
    /// # Errors
    /// Those of [`ModelConfig::validate`].
    ///
    /// ```
    /// # use latents_autoencoders::{ModelConfig, UndercompleteConfig};
    /// let model = ModelConfig::from(UndercompleteConfig::new(4, 2)).build_f64(0)?;
    /// assert_eq!(model.input_dim(), 4);
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    #[cfg(feature = "testing")]
    pub fn build_f64(&self, seed: u64) -> Result<Box<dyn Autoencoder<f64>>, ConfigError> {
        self.0.build_f64(seed)
    }

    /// Builds a model whose weights will be read from a file.
    pub(crate) fn build_for_weights(&self) -> Result<Box<dyn Autoencoder>, ConfigError> {
        self.0.build_for_weights()
    }
}

impl Clone for ModelConfig {
    fn clone(&self) -> Self {
        Self(self.0.boxed())
    }
}

impl PartialEq for ModelConfig {
    fn eq(&self, other: &Self) -> bool {
        self.0.equals(other.0.as_any())
    }
}

impl fmt::Debug for ModelConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.debug(f)
    }
}

impl Serialize for ModelConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut value = self.0.to_json().map_err(serde::ser::Error::custom)?;
        remove_nulls(&mut value);
        // The kind comes first, for readability.
        let serde_json::Value::Object(settings) = value else {
            return Err(serde::ser::Error::custom(
                "a configuration must be a table of settings",
            ));
        };
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(Some(settings.len() + 1))?;
        map.serialize_entry("kind", self.kind())?;
        // Tables come last, because TOML cannot return from one.
        let is_table = |value: &serde_json::Value| match value {
            serde_json::Value::Object(_) => true,
            serde_json::Value::Array(items) => items.iter().any(serde_json::Value::is_object),
            _ => false,
        };
        let ordered = settings.iter().filter(|(_, value)| !is_table(value));
        let tables = settings.iter().filter(|(_, value)| is_table(value));
        for (key, value) in ordered.chain(tables) {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for ModelConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Registry::standard()
            .config_from(value)
            .map_err(serde::de::Error::custom)
    }
}

/// Removes settings without a value, because TOML has no null.
fn remove_nulls(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(remove_nulls);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(remove_nulls),
        _ => {}
    }
}
