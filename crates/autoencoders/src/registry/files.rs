//! Model files: one writer and one reader.

use super::{ModelConfig, Registry};
use crate::Autoencoder;
use latents_nn::{StateError, TensorFile, apply_state, state_file};
use std::path::Path;
use thiserror::Error;

/// Error from loading a model.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file cannot be read, or does not match the model that it describes.
    #[error(transparent)]
    State(#[from] StateError),
    /// The file does not name its model.
    #[error("{path}: the file has tensors but no model configuration; read them with load_state")]
    NoConfig {
        /// The file.
        path: String,
    },
    /// The file describes an invalid model.
    #[error("{path}: the model in the file cannot be built: {reason}")]
    BadConfig {
        /// The file.
        path: String,
        /// The reason.
        reason: String,
    },
}

/// The metadata key of the configuration.
const KEY: &str = "model";

/// Serialises a model to a file in memory: its parameters and buffers, with its configuration as metadata. (A custom model
/// without a configuration is stored without one, and can be read with `load_state`.)
///
/// # Errors
/// If two parameters have the same name.
///
/// ```
/// # use latents_autoencoders::{Registry, Undercomplete, UndercompleteConfig};
/// # use latents_autoencoders::registry::{file_of_model, model_in_file};
/// let model: Undercomplete = Undercomplete::new(UndercompleteConfig::new(4, 2), 0)?;
/// let file = file_of_model(&model)?;
/// assert_eq!(model_in_file(&Registry::standard(), &file)?.latent_dim(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn file_of_model(model: &dyn Autoencoder) -> Result<TensorFile, StateError> {
    let mut file = state_file(model)?;
    if let Some(config) = model.config() {
        file.set_metadata(serde_json::json!({ KEY: config }));
    }
    Ok(file)
}

/// Writes a model to a safetensors file.
///
/// # Errors
/// If the file cannot be written.
///
/// ```no_run
/// # use latents_autoencoders::{Undercomplete, UndercompleteConfig, load, save};
/// let model: Undercomplete = Undercomplete::new(UndercompleteConfig::new(4, 2), 0)?;
/// save(&model, "model.safetensors")?;
/// assert_eq!(load("model.safetensors")?.latent_dim(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn save(model: &dyn Autoencoder, path: impl AsRef<Path>) -> Result<(), StateError> {
    file_of_model(model)?.save(path)
}

/// Loads a model of a standard variant that was written by [`save`].
///
/// # Errors
/// If the file cannot be read, is damaged, or does not contain a model.
///
/// ```no_run
/// let model = latents_autoencoders::load("model.safetensors")?;
/// # Ok::<(), latents_autoencoders::LoadError>(())
/// ```
pub fn load(path: impl AsRef<Path>) -> Result<Box<dyn Autoencoder>, LoadError> {
    load_with(&Registry::standard(), path)
}

/// Loads a model of a variant in `registry` that was written by [`save`].
///
/// # Errors
/// Those of [`load`].
///
/// ```no_run
/// # use latents_autoencoders::{Registry, load_with};
/// let model = load_with(&Registry::standard(), "model.safetensors")?;
/// # Ok::<(), latents_autoencoders::LoadError>(())
/// ```
pub fn load_with(registry: &Registry, path: impl AsRef<Path>) -> Result<Box<dyn Autoencoder>, LoadError> {
    model_in_file(registry, &TensorFile::load(path)?)
}

/// Reads the model in a file from [`file_of_model`].
///
/// # Errors
/// Those of [`load`].
pub fn model_in_file(registry: &Registry, file: &TensorFile) -> Result<Box<dyn Autoencoder>, LoadError> {
    let Some(config) = file.metadata().get(KEY) else {
        let path = file.path().display().to_string();
        return Err(LoadError::NoConfig { path });
    };
    let config = registry
        .config_from(config.clone())
        .map_err(|error| bad(file, error.to_string()))?;
    load_weights(&config, file)
}

/// Builds the model of a configuration with the weights of a file.
///
/// # Errors
/// Those of [`load`].
///
/// ```
/// # use latents_autoencoders::{ModelConfig, Undercomplete, UndercompleteConfig};
/// # use latents_autoencoders::registry::{file_of_model, load_weights};
/// let config = ModelConfig::from(UndercompleteConfig::new(4, 2));
/// let file = file_of_model(&*config.build(0)?)?;
/// assert_eq!(load_weights(&config, &file)?.latent_dim(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn load_weights(config: &ModelConfig, file: &TensorFile) -> Result<Box<dyn Autoencoder>, LoadError> {
    check_size(config, file).map_err(|reason| bad(file, reason))?;
    let built = config.build_for_weights();
    let mut model = built.map_err(|error| bad(file, error.to_string()))?;
    apply_state(&mut *model, file)?;
    Ok(model)
}

fn bad(file: &TensorFile, reason: String) -> LoadError {
    LoadError::BadConfig {
        path: file.path().display().to_string(),
        reason,
    }
}

/// Rejects a configuration whose model is far larger than the tensors of the file, before memory is allocated.
fn check_size(config: &ModelConfig, file: &TensorFile) -> Result<(), String> {
    config.validate().map_err(|error| error.to_string())?;
    let needed = config.parameters();
    if needed <= 2 * file.elements() as u128 + (1 << 18) {
        return Ok(());
    }
    Err(format!(
        "{} has {needed} parameters, but the file has {} values",
        config.title(),
        file.elements()
    ))
}
