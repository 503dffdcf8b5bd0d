//! Errors of training.

use crate::{Culprit, History};
use latents_error::ConfigError;
use latents_nn::StateError;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a training did not start, or stopped before its end. If it had started, the model holds the last good weights.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// Invalid configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The training state does not match the model.
    #[error(transparent)]
    State(#[from] StateError),
    /// The data has no rows.
    #[error("the {0} data has no rows")]
    NoRows(&'static str),
    /// The number of columns differs from the input width of the model.
    #[error("the {part} data has {data} features, but the model expects {model}")]
    Width {
        /// `training` or `validation`.
        part: &'static str,
        /// Number of columns of the data.
        data: usize,
        /// Input width of the model.
        model: usize,
    },
    /// A part that is trained on its own before the whole model does not fit its data or settings.
    #[error("layer {layer}: {error}")]
    Layer {
        /// From 1.
        layer: usize,
        /// What does not fit.
        error: Box<TrainError>,
    },
    /// The state to resume is not the state of this training.
    #[error("cannot resume from {}: {reason}", source_name(.path))]
    Resume {
        /// The file; empty for a state in memory.
        path: PathBuf,
        /// What differs.
        reason: String,
    },
    /// A training that ended while a part was trained on its own has no state.
    #[error("the training ended in a layer, before the whole model was trained: there is nothing to resume")]
    Ended,
    /// A value became NaN or infinite.
    #[error(
        "{}epoch {epoch}, {}batch {batch}: {operation} is not finite; the model holds {}",
        .layer.map(|layer| format!("layer {layer}, ")).unwrap_or_default(),
        if *.part == "training" { "" } else { "validation " }, held(*.layer, .history)
    )]
    NotFinite {
        /// The layer that was being trained before the whole model, from 1, if one was.
        layer: Option<usize>,
        /// From 1, the layer's own where there is one.
        epoch: usize,
        /// `training` or `validation`.
        part: &'static str,
        /// Batch number, from 1.
        batch: usize,
        /// The non-finite value.
        operation: Culprit,
        /// The epochs before, of the layer where there is one; it names the one whose weights the model holds. Its
        /// [`pretraining_seconds`](History::pretraining_seconds) are those of the layers before.
        history: History,
    },
}

fn source_name(path: &Path) -> String {
    if path.as_os_str().is_empty() {
        "this state".to_owned()
    } else {
        path.display().to_string()
    }
}

fn held(layer: Option<usize>, history: &History) -> String {
    let weights = match history.final_epoch() {
        Some(record) => format!("the weights of epoch {}", record.epoch),
        None => "the weights from before the first epoch".to_owned(),
    };
    match layer {
        None | Some(1) => weights,
        Some(layer) => format!("{weights} in layer {layer}, and the layers below as they were trained"),
    }
}
