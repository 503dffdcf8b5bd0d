//! Models as files: one writer and one reader.

use super::{ModelConfig, Registry};
use crate::Autoencoder;
use latents_nn::{StateError, TensorFile, apply_state, state_file};
use std::path::Path;
use thiserror::Error;

/// Why a model cannot be read from a file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file cannot be read, or does not fit the model that it describes.
    #[error(transparent)]
    State(#[from] StateError),
    /// The file does not say what model it holds.
    #[error("{path}: the file holds tensors, but not what model they are of; read them with load_state")]
    NoConfig {
        /// The file.
        path: String,
    },
    /// The file describes a model that cannot be.
    #[error("{path}: the model in the file cannot be built: {reason}")]
    BadConfig {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
}

/// The key of the configuration among a file's metadata.
const KEY: &str = "model";

/// A model as a file in memory: its parameters and buffers, and its configuration as metadata. (A model of your own that
/// has no configuration is written without, and can be read with `load_state`.)
///
/// # Errors
/// If two parameters have one name.
pub fn file_of_model(model: &dyn Autoencoder) -> Result<TensorFile, StateError> {
    let mut file = state_file(model)?;
    if let Some(config) = model.config() {
        file.set_metadata(serde_json::json!({ KEY: config }));
    }
    Ok(file)
}

/// Writes a model to one safetensors file.
///
/// # Errors
/// If the file cannot be written.
pub fn save(model: &dyn Autoencoder, path: impl AsRef<Path>) -> Result<(), StateError> {
    file_of_model(model)?.save(path)
}

/// Reads a model of a standard variant that [`save`] wrote.
///
/// # Errors
/// If the file cannot be read, is damaged, or holds no model.
pub fn load(path: impl AsRef<Path>) -> Result<Box<dyn Autoencoder>, LoadError> {
    load_with(&Registry::standard(), path)
}

/// Reads a model of a variant of the registry that [`save`] wrote.
///
/// # Errors
/// As [`load`].
pub fn load_with(registry: &Registry, path: impl AsRef<Path>) -> Result<Box<dyn Autoencoder>, LoadError> {
    model_in_file(registry, &TensorFile::load(path)?)
}

/// The model of a variant of the registry that [`file_of_model`] put into a file.
///
/// # Errors
/// As [`load`].
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

/// The model of a configuration with the weights of a file.
///
/// # Errors
/// As [`load`].
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

/// Refuses a configuration of a model far larger than its tensors before memory is asked for.
fn check_size(config: &ModelConfig, file: &TensorFile) -> Result<(), String> {
    config.validate().map_err(|error| error.to_string())?;
    let needed = config.parameters();
    if needed <= 2 * file.elements() as u128 + (1 << 18) {
        return Ok(());
    }
    Err(format!(
        "{} has {needed} parameters, and the file {} numbers",
        config.title(),
        file.elements()
    ))
}
