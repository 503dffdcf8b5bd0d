//! `ModelConfig`: any variant by its configuration, and models as files.

use crate::{
    Autoencoder, Denoising, DenoisingConfig, NetworkConfig, Sparse, SparseConfig, Stacked, StackedConfig,
    Undercomplete, UndercompleteConfig, Variational, VariationalConfig,
};
use latents_error::ConfigError;
use latents_nn::{StateError, TensorFile, apply_state, state_file};
use serde::{Deserialize, Serialize};
use std::path::Path;
use thiserror::Error;

/// The list of variants. A variant enters here once: the list makes the configuration of any model, its name in files
/// and on the command line, and what builds it. Every configuration has a `network` and a `validate`.
macro_rules! variants {
    ($($(#[$doc:meta])* $variant:ident($config:ty, $model:ty) = $name:literal),+ $(,)?) => {
        /// A variant with its settings. In a file `kind` says which it is.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum ModelConfig {
            $($(#[$doc])* $variant($config),)+
        }

        impl ModelConfig {
            /// The names of all variants.
            pub const KINDS: &[&str] = &[$($name),+];

            /// The variant's name: `undercomplete`.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)+
                }
            }

            /// The variant of this name with its default settings for a network; nothing where there is none.
            pub fn of_kind(kind: &str, network: NetworkConfig) -> Option<Self> {
                match kind {
                    $($name => Some(Self::$variant(network.into())),)+
                    _ => None,
                }
            }

            /// Encoder and decoder.
            pub fn network(&self) -> &NetworkConfig {
                match self {
                    $(Self::$variant(config) => &config.network,)+
                }
            }

            /// # Errors
            /// The first setting that no model can have.
            pub fn validate(&self) -> Result<(), ConfigError> {
                match self {
                    $(Self::$variant(config) => config.validate(),)+
                }
            }

            /// A new model with weights drawn from `seed`.
            ///
            /// # Errors
            /// As [`ModelConfig::validate`].
            pub fn build(&self, seed: u64) -> Result<Box<dyn Autoencoder>, ConfigError> {
                match self {
                    $(Self::$variant(config) => Ok(Box::new(<$model>::new(config.clone(), seed)?)),)+
                }
            }
        }

        $(impl From<$config> for ModelConfig {
            fn from(config: $config) -> Self {
                Self::$variant(config)
            }
        })+
    };
}

variants! {
    /// A code smaller than the data.
    Undercomplete(UndercompleteConfig, Undercomplete) = "undercomplete",
    /// Layers trained one by one, then together.
    Stacked(StackedConfig, Stacked) = "stacked",
    /// Clean rows from corrupted ones.
    Denoising(DenoisingConfig, Denoising) = "denoising",
    /// Codes of which few units are active.
    Sparse(SparseConfig, Sparse) = "sparse",
    /// Codes that are distributions, and rows that can be drawn.
    Variational(VariationalConfig, Variational) = "variational",
}

impl ModelConfig {
    /// Kind and sizes: `undercomplete 784-32-784`.
    pub fn title(&self) -> String {
        format!("{} {}", self.kind(), self.network().sizes_text())
    }
}

/// Why a model cannot be read from a file.
#[derive(Debug, Error)]
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

/// Writes a model to one safetensors file: its weights, and its configuration as metadata. (A model of your own, that
/// has no configuration here, is written without and can be read with `load_state`.)
///
/// # Errors
/// If the file cannot be written.
pub fn save(model: &dyn Autoencoder, path: impl AsRef<Path>) -> Result<(), StateError> {
    let mut file = state_file(model)?;
    if let Some(config) = model.config() {
        file.set_metadata(serde_json::json!({ KEY: config }));
    }
    file.save(path)
}

/// Reads a model that [`save`] wrote.
///
/// # Errors
/// If the file cannot be read, is damaged, or holds no model.
pub fn load(path: impl AsRef<Path>) -> Result<Box<dyn Autoencoder>, LoadError> {
    let path = path.as_ref();
    let place = || path.display().to_string();
    let file = TensorFile::load(path)?;
    let config = file
        .metadata()
        .get(KEY)
        .ok_or_else(|| LoadError::NoConfig { path: place() })?;
    let bad = |reason: String| LoadError::BadConfig {
        path: place(),
        reason,
    };
    let config = ModelConfig::deserialize(config).map_err(|error| bad(error.to_string()))?;
    check_size(&config, &file).map_err(bad)?;
    let mut model = built(config).map_err(|error| bad(error.to_string()))?;
    apply_state(&mut *model, &file)?;
    Ok(model)
}

/// A model whose weights come from a file: what is done once, before a training, has been done.
fn built(config: ModelConfig) -> Result<Box<dyn Autoencoder>, ConfigError> {
    match config {
        ModelConfig::Stacked(config) => Ok(Box::new(Stacked::new(config, 0)?.pretrained())),
        config => config.build(0),
    }
}

/// Refuses a configuration of a model far larger than its tensors before memory is asked for.
fn check_size(config: &ModelConfig, file: &TensorFile) -> Result<(), String> {
    config.validate().map_err(|error| error.to_string())?;
    let needed = config.network().parameters();
    match needed > 2 * file.elements() as u128 + (1 << 18) {
        true => Err(format!(
            "{} has {needed} parameters, and the file {} numbers",
            config.title(),
            file.elements()
        )),
        false => Ok(()),
    }
}
