//! `RunConfig`: the `config.toml` of a run, with everything that is needed to use or repeat it.

use crate::error::{Outcome, RunError};
use crate::revival::Revival;
use crate::table::{self, Table};
use latents_autoencoders::{ModelConfig, Registry};
use latents_data::{Color, ImageShape, ImageSize, OpenOptions, Scaling, ScalingRule};
use latents_error::{ConfigError, Within};
use latents_report::EpochRow;
use latents_train::TrainerConfig;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::SystemTime;

/// All that a run folder says about its model besides the weights.
#[derive(Clone, Debug, Serialize)]
pub struct RunConfig {
    /// What happened.
    pub run: RunFacts,
    /// The variant and its settings.
    pub model: ModelConfig,
    /// How it was trained.
    pub training: TrainerConfig,
    /// What it was trained on.
    pub data: DataConfig,
}

/// The same as it is read: what kinds of model there are is known by a registry.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RunFile {
    run: RunFacts,
    model: Table,
    training: TrainerConfig,
    data: DataConfig,
    #[serde(default)]
    revival: Option<Revival>,
}

/// What happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunFacts {
    /// Of the program.
    pub version: String,
    /// Runs of the same numerics version, seed and data give the same bits.
    pub numerics_version: u32,
    /// As it was typed, without where the run was written.
    pub command: String,
    /// When the run started, in UTC.
    pub created: String,
    /// How many there were; the results do not depend on it.
    pub threads: usize,
    /// Rows that were learnt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_rows: Option<usize>,
    /// Whether somebody, or the time that it had, ended it in the middle of an epoch.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// Whether the time that it had ended it before its last epoch was over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub out_of_time: bool,
    /// Of the epochs in which layers were trained one by one, before those of the history; none where there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pretraining_seconds: Option<f64>,
    /// Of the weights in the same folder, once they are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters_sha256: Option<String>,
}

/// What it was trained on.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataConfig {
    /// A name, or a path that holds from everywhere.
    pub source: String,
    /// The column of labels, where one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The part held out; none where the data have validation rows of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<f64>,
    /// How values were scaled.
    pub scale: ScalingRule,
    /// The size and the colours that were asked for of image files; `image` has those that they got.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_size: Option<ImageSize>,
    /// See `image_size`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<Color>,
    /// Whether image files that cannot be read are left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skip_bad: bool,
    /// Height, width and channels, where rows are images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<[usize; 3]>,
    /// The names of the columns, where the data have a header: rows that the model makes are written under them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// What `scale` came to on the training rows.
    pub scaling: Scaling,
}

impl RunFacts {
    /// Of a run that starts now, with this many training rows. `command` is what would repeat it.
    pub(crate) fn now(command: String, train_rows: usize) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            numerics_version: latents_tensor::NUMERICS_VERSION,
            command,
            created: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            threads: rayon::current_num_threads(),
            train_rows: Some(train_rows),
            interrupted: false,
            out_of_time: false,
            pretraining_seconds: None,
            parameters_sha256: None,
        }
    }
}

impl RunConfig {
    /// The epochs that went over all rows: where somebody ended the run, the last one did not.
    pub fn complete<'a>(&self, epochs: &'a [EpochRow]) -> &'a [EpochRow] {
        let last = usize::from(self.run.interrupted);
        &epochs[..epochs.len().saturating_sub(last)]
    }

    /// Seconds of training: those of the layers one by one, and those of all epochs.
    pub fn seconds(&self, epochs: &[EpochRow]) -> f64 {
        let before = self.run.pretraining_seconds.unwrap_or_default();
        before + epochs.iter().map(|epoch| epoch.seconds).sum::<f64>()
    }

    /// Which weights a training keeps that ended before its last epoch; nothing where it came to its end.
    pub fn kept_when_cut_short(&self) -> Option<&'static str> {
        let (interrupted, out_of_time) = (self.run.interrupted, self.run.out_of_time);
        (interrupted || out_of_time).then_some(match (self.training.patience, interrupted, out_of_time) {
            (Some(_), ..) => "the best weights are kept",
            (None, false, _) => "the weights of the last epoch are kept",
            (None, true, false) => "the weights of the last batch are kept",
            (None, true, true) => {
                "the weights of the last batch are kept, or those of the last whole epoch where they validate better"
            }
        })
    }

    /// The text of `config.toml`.
    ///
    /// # Errors
    /// If a setting cannot be written as TOML.
    pub fn to_toml(&self) -> Outcome<String> {
        toml::to_string(self)
            .map_err(|error| RunError::new(format!("config.toml cannot be written: {error}")))
    }

    /// Reads the text of `config.toml`; `place` is where it lies.
    ///
    /// # Errors
    /// If it is not TOML, or says what no run has.
    pub fn parse(text: &str, place: &str, registry: &Registry) -> Outcome<Self> {
        Self::read(text, registry).map_err(|failure| failure.within(place).hint(RESTORE))
    }

    fn read(text: &str, registry: &Registry) -> Outcome<Self> {
        let file: RunFile = latents_error::read(&table::parse(text)?)?;
        let config = Self {
            run: file.run,
            model: model_from(file.model, file.revival, registry)?,
            training: file.training,
            data: file.data,
        };
        config.check()?;
        Ok(config)
    }

    /// Refuses what no run has: the file may have been changed by hand.
    fn check(&self) -> Outcome {
        check_training(&self.training)?;
        self.model.validate().within("model")?;
        let input = self.model.input_dim();
        self.data.scaling.validate(input)?;
        if let Some([height, width, channels]) = self.data.image {
            let pixels = height.checked_mul(width);
            if pixels.and_then(|pixels| pixels.checked_mul(channels)) != Some(input) {
                let image = format!("[{height}, {width}, {channels}]");
                let requirement = format!("its values must be the {input} of the model's rows");
                return Err(ConfigError::new("data.image", image, requirement).into());
            }
        }
        Ok(())
    }
}

const RESTORE: &str = "restore the file, or train the model again";

fn model_from(mut table: Table, revival: Option<Revival>, registry: &Registry) -> Outcome<ModelConfig> {
    let kind = table.get("kind").and_then(serde_json::Value::as_str);
    if let Some(revival) = revival
        && let Some(variant) = kind.and_then(|kind| registry.find(kind))
    {
        revival.take(variant, registry, &mut table)?;
    }
    Ok(registry.config_from(table.into()).within("model")?)
}

/// Refuses what no trainer can do, and a training that changes nothing, of which no run can be made.
pub(crate) fn check_training(config: &TrainerConfig) -> Result<(), ConfigError> {
    let checked = config
        .validate()
        .and_then(|()| match config.optimizer.learning_rate() {
            _ if config.epochs == 0 => Err(ConfigError::new("epochs", 0, "must be at least 1")),
            0.0 => Err(ConfigError::new("optimizer.learning_rate", 0, "must be above 0")),
            _ => Ok(()),
        });
    checked.within("training")
}

impl DataConfig {
    /// The name of the data without the folders above them.
    pub fn name(&self) -> &str {
        let name = Path::new(&self.source).file_name().and_then(|name| name.to_str());
        name.unwrap_or(&self.source)
    }

    /// How these data, and others for the same model, are read: image files in the size and the colours that the model
    /// has learnt.
    pub fn open_options(&self) -> OpenOptions {
        let size = self
            .image_shape()
            .map(|shape| ImageSize::new(shape.height, shape.width));
        let color = self.image_shape().and_then(|shape| match shape.channels {
            1 => Some(Color::Grey),
            3 => Some(Color::Rgb),
            _ => None,
        });
        OpenOptions::default()
            .label(self.label.clone())
            .image_size(size.and_then(Result::ok).or(self.image_size))
            .color(color.or(self.color))
            .skip_bad(self.skip_bad)
    }

    /// How rows make images, if they do.
    pub fn image_shape(&self) -> Option<ImageShape> {
        self.image.map(|[height, width, channels]| ImageShape {
            height,
            width,
            channels,
        })
    }

    /// How rows make images that the page can draw, if they do.
    pub fn drawable_image(&self) -> Option<ImageShape> {
        self.image_shape().filter(|shape| matches!(shape.channels, 1 | 3))
    }
}
