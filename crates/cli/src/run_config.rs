//! `RunConfig`: the `config.toml` of a run, with everything that is needed to use or repeat it.

use crate::failure::{Failure, Outcome};
use crate::settings::check_training;
use crate::settings::overlay::{Table, from_toml};
use latents_autoencoders::ModelConfig;
use latents_autoencoders::registry::{Registry, Variant};
use latents_data::{Color, ImageShape, ImageSize, OpenOptions, Scaling, ScalingRule};
use latents_report::EpochRow;
use latents_train::TrainerConfig;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// All that a run folder says about its model beside the weights.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RunConfig {
    pub(crate) run: RunFacts,
    pub(crate) model: ModelConfig,
    pub(crate) training: TrainerConfig,
    pub(crate) data: DataConfig,
}

/// The same as it is read: what kinds of model there are is known by a registry.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RunFile {
    run: RunFacts,
    model: toml::Table,
    training: TrainerConfig,
    data: DataConfig,
    #[serde(default)]
    revival: Option<Revival>,
}

/// When dead units of a sparse model are revived, as version 0.1 wrote it: now a setting of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revival {
    /// In epochs.
    every: usize,
}

impl Revival {
    /// Puts it among the settings of a model.
    pub(crate) fn take(self, variant: &Variant, registry: &Registry, model: &mut Table) -> Outcome {
        if !variant.has_option("--revive-every") {
            let what = format!("[revival] does not apply to {} models", variant.kind());
            let kinds = registry.kinds_with("--revive-every").join(", ");
            return Err(Failure::new(what).hint(format!("leave it out, or train the kind {kinds}")));
        }
        if self.every == 0 {
            return Err(Failure::new("revival.every is 0, and must be at least 1")
                .hint("correct the value, or leave it out for no revival"));
        }
        model.insert("revive_every".to_owned(), self.every.into());
        Ok(())
    }
}

/// What happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunFacts {
    /// Of the program.
    pub(crate) version: String,
    /// Runs of the same numerics version, seed and data give the same bits.
    pub(crate) numerics_version: u32,
    /// As it was typed, without where the run was written.
    pub(crate) command: String,
    /// When the run started, in UTC.
    pub(crate) created: String,
    /// How many there were; the results do not depend on it.
    pub(crate) threads: usize,
    /// Rows that were learnt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) train_rows: Option<usize>,
    /// Whether somebody, or the time that it had, ended it in the middle of an epoch.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) interrupted: bool,
    /// Whether the time that it had ended it before its last epoch was over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) out_of_time: bool,
    /// Of the epochs in which layers were trained one by one, before those of the history; none where there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pretraining_seconds: Option<f64>,
    /// Of the weights beside this file, once they are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) parameters_sha256: Option<String>,
}

/// What it was trained on.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DataConfig {
    /// A name, or a path that holds from everywhere.
    pub(crate) source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    /// The part held out; none where the data have validation rows of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) validation: Option<f64>,
    pub(crate) scale: ScalingRule,
    /// The size and the colours that were asked for of image files; `image` has those that they got.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) image_size: Option<ImageSize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) color: Option<Color>,
    /// Whether image files that cannot be read are left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) skip_bad: bool,
    /// Height, width and channels, where rows are pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) image: Option<[usize; 3]>,
    /// What `scale` came to on the training rows.
    pub(crate) scaling: Scaling,
}

impl RunConfig {
    /// The epochs that went over all rows: where somebody ended the run, the last one did not.
    pub(crate) fn complete<'a>(&self, epochs: &'a [EpochRow]) -> &'a [EpochRow] {
        let last = usize::from(self.run.interrupted);
        &epochs[..epochs.len().saturating_sub(last)]
    }

    /// Seconds of training: those of the layers one by one, and those of all epochs.
    pub(crate) fn seconds(&self, epochs: &[EpochRow]) -> f64 {
        let before = self.run.pretraining_seconds.unwrap_or_default();
        before + epochs.iter().map(|epoch| epoch.seconds).sum::<f64>()
    }

    /// Which weights a training keeps whose time was up.
    pub(crate) fn kept_when_out_of_time(&self) -> &'static str {
        match (self.training.patience, self.run.interrupted) {
            (Some(_), _) => "the best weights are kept",
            (None, false) => "the weights of the last epoch are kept",
            (None, true) => {
                "the weights of the last batch are kept, or those of the last whole epoch where they validate better"
            }
        }
    }

    /// The text of `config.toml`.
    pub(crate) fn to_toml(&self) -> Outcome<String> {
        toml::to_string(self).map_err(|error| Failure::new(format!("config.toml cannot be written: {error}")))
    }

    /// Reads the text of `config.toml`; `place` is where it lies.
    pub(crate) fn parse(text: &str, place: &str, registry: &Registry) -> Outcome<Self> {
        let file: RunFile = toml::from_str(text).map_err(|error| {
            Failure::new(format!("{place}: {}", error.to_string().trim_end())).hint(RESTORE)
        })?;
        let model = model_from(file.model, file.revival, registry);
        let config = Self {
            run: file.run,
            model: model.map_err(|failure| failure.within(place).hint(RESTORE))?,
            training: file.training,
            data: file.data,
        };
        config
            .check()
            .map_err(|failure| failure.within(place).hint(RESTORE))?;
        Ok(config)
    }

    /// Refuses what no run has: the file may have been changed by hand.
    fn check(&self) -> Outcome {
        check_training(&self.training)?;
        let input = self.model.input_dim();
        self.data.scaling.validate(input)?;
        if let Some([height, width, channels]) = self.data.image {
            let pixels = height.checked_mul(width);
            if pixels.and_then(|pixels| pixels.checked_mul(channels)) != Some(input) {
                return Err(Failure::new(format!(
                    "data.image = [{height}, {width}, {channels}] does not make the {input} values of the model's rows"
                )));
            }
        }
        self.model
            .validate()
            .map_err(|error| Failure::of_key("model", error))
    }
}

const RESTORE: &str = "restore the file, or train the model again";

fn model_from(table: toml::Table, revival: Option<Revival>, registry: &Registry) -> Outcome<ModelConfig> {
    let in_model = |error: String| Failure::new(format!("model.{error}"));
    let mut table = from_toml(table).map_err(in_model)?;
    let kind = table.get("kind").and_then(serde_json::Value::as_str);
    if let Some(revival) = revival
        && let Some(variant) = kind.and_then(|kind| registry.find(kind))
    {
        revival.take(variant, registry, &mut table)?;
    }
    registry
        .config_from(table.into())
        .map_err(|error| Failure::new(format!("model: {error}")))
}

impl DataConfig {
    /// The name of the data without the folders above them.
    pub(crate) fn name(&self) -> &str {
        let name = Path::new(&self.source).file_name().and_then(|name| name.to_str());
        name.unwrap_or(&self.source)
    }

    /// How these data, and others for the same model, are read: image files in the size and the colours that the model
    /// has learnt.
    pub(crate) fn open_options(&self) -> OpenOptions {
        let size = self
            .image_shape()
            .map(|shape| ImageSize::new(shape.height, shape.width));
        let color = self.image_shape().and_then(|shape| match shape.channels {
            1 => Some(Color::Grey),
            3 => Some(Color::Rgb),
            _ => None,
        });
        OpenOptions {
            label: self.label.clone(),
            image_size: size.and_then(Result::ok).or(self.image_size),
            color: color.or(self.color),
            skip_bad: self.skip_bad,
        }
    }

    /// How rows make pictures, if they do.
    pub(crate) fn image_shape(&self) -> Option<ImageShape> {
        self.image.map(|[height, width, channels]| ImageShape {
            height,
            width,
            channels,
        })
    }
}
