//! `Settings`: what a person chose, in a configuration file or one by one, and what the rest then is.
//!
//! Choices are tables laid one over the other (the default, the file, what was chosen after it) and read as a configuration at
//! the end: no setting has to be listed here, and the configuration's own checks name what is wrong.

use crate::config::check_training;
use crate::error::{Outcome, RunError};
use crate::revival::Revival;
use crate::source::{DataSettings, absolute};
use crate::table::{self, Table, inner, lay_over};
use crate::text::setting::{CHANNELS, LATENT_CHANNELS};
use latents_autoencoders::registry::{Registry, Variant};
use latents_autoencoders::{ConvolutionConfig, ModelConfig, NetworkConfig};
use latents_data::DIGITS;
use latents_error::{ConfigError, Within};
use latents_train::TrainerConfig;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::Path;

/// What was chosen for a training; everything may be missing.
///
/// ```
/// use latents_run::Settings;
/// let settings = Settings::standard("sparse")?.model("network.latent", 100).training("epochs", 20);
/// assert_eq!(settings.model_config(64, None)?.title(), "sparse 64-100-64");
/// assert_eq!(settings.trainer_config()?.epochs, 20);
/// # Ok::<(), latents_run::RunError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    variant: &'static Variant,
    /// Of the model, without its kind.
    model: Table,
    training: Table,
    weight_decay: Option<f64>,
    /// The data to learn.
    pub data: DataSettings,
}

/// A configuration file in which everything may be missing. The `config.toml` of a run is one: what it says about the
/// past run, and what is found anew from the data (scaling, width), is not taken over.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ConfigFile {
    model: Table,
    data: DataSettings,
    training: Table,
    revival: Option<Revival>,
    #[serde(rename = "run")]
    _run: serde::de::IgnoredAny,
}

const SEE_KEYS: &str = "the config.toml of any run shows every key";

impl Settings {
    /// Nothing is chosen but the variant.
    pub fn new(variant: &'static Variant) -> Self {
        Self {
            variant,
            model: Table::new(),
            training: Table::new(),
            weight_decay: None,
            data: DataSettings::default(),
        }
    }

    /// Nothing is chosen but a standard variant, by any of its names.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn standard(kind: &str) -> Outcome<Self> {
        let registry = Registry::standard();
        let unknown = || RunError::misuse(format!("no kind of model is called {kind}"));
        let hint = || format!("choose one of {}", registry.kinds_text());
        let variant = registry.find(kind).ok_or_else(|| unknown().hint(hint()))?;
        Ok(Self::new(variant))
    }

    /// Reads a configuration file. Where it names no kind of model, `variant` is meant.
    ///
    /// # Errors
    /// If the file cannot be read, or says what no configuration file has.
    pub fn read(path: impl AsRef<Path>, variant: &'static Variant, registry: &Registry) -> Outcome<Self> {
        let path = path.as_ref();
        Self::read_file(path, variant, registry).map_err(|error| error.within(&path.display().to_string()))
    }

    fn read_file(path: &Path, variant: &'static Variant, registry: &Registry) -> Outcome<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            RunError::new(format!("cannot read the configuration: {error}"))
                .hint("give a TOML file, such as the config.toml of a run")
        })?;
        let tables = table::parse(&text).map_err(|error| error.hint(SEE_KEYS))?;
        let ConfigFile {
            mut model,
            data,
            training,
            revival,
            ..
        } = latents_error::read(&tables).map_err(unreadable)?;
        let variant = match model.remove("kind") {
            Some(kind) => known_kind(&kind, registry)?,
            None => variant,
        };
        if let Some(revival) = revival {
            revival.take(variant, registry, &mut model)?;
        }
        match data.validation {
            Some(fraction) if !(0.0..1.0).contains(&fraction) => {
                Err(ConfigError::new("data.validation", fraction, "must be at least 0 and below 1").into())
            }
            _ => Ok(Self {
                model,
                training,
                data,
                ..Self::new(variant)
            }),
        }
    }

    /// The variant.
    pub fn variant(&self) -> &'static Variant {
        self.variant
    }

    /// The same with a setting of the model: `settings.model("network.latent", 8)`.
    #[must_use]
    pub fn model(mut self, path: &str, value: impl Into<Value>) -> Self {
        self.set_model(path, value);
        self
    }

    /// The same with a setting of the training: `settings.training("optimizer.learning_rate", 1e-3)`.
    #[must_use]
    pub fn training(mut self, path: &str, value: impl Into<Value>) -> Self {
        self.set_training(path, value);
        self
    }

    /// The same with the data at a path, or of a name.
    #[must_use]
    pub fn source(mut self, source: &str) -> Self {
        self.set_source(source);
        self
    }

    /// Chooses a setting of the model by its path.
    pub fn set_model(&mut self, path: &str, value: impl Into<Value>) {
        put(&mut self.model, path, value.into());
    }

    /// Leaves a setting of the model at its default.
    pub fn forget_model(&mut self, path: &str) {
        let (tables, key) = path.rsplit_once('.').unwrap_or(("", path));
        let mut tables = tables.split('.').filter(|key| !key.is_empty());
        let table = tables.try_fold(&mut self.model, |table, key| table.get_mut(key)?.as_object_mut());
        table.map(|table| table.remove(key));
    }

    /// Chooses a setting of the convolutions, such as `channels`. A code that stays an image (`latent_channels`) has the size
    /// that follows from them, and no hidden layers: what was chosen before is forgotten, and so are the variant's settings that
    /// [follow from the size of the code](Variant::code_settings).
    pub fn set_convolution(&mut self, key: &str, value: impl Into<Value>) {
        self.set_model(&format!("network.convolution.{key}"), value);
        if self.forget_image_size() {
            self.forget_model("network.hidden");
            self.forget_model("network.decoder_hidden");
        }
    }

    /// Leaves the size of a code that stays an image, and what follows from it, to the convolutions, if the code is one.
    fn forget_image_size(&mut self) -> bool {
        let convolution = self
            .model
            .get("network")
            .and_then(|network| network.get("convolution"));
        let is_image = convolution.is_some_and(|settings| settings.get("latent_channels").is_some());
        if is_image {
            self.forget_model("network.latent");
            let of_code = self.variant.code_settings();
            of_code.iter().for_each(|setting| self.forget_model(setting));
        }
        is_image
    }

    /// Chooses a setting of the training by its path.
    pub fn set_training(&mut self, path: &str, value: impl Into<Value>) {
        put(&mut self.training, path, value.into());
    }

    /// Chooses an optimiser by its name. Numbers of one optimiser are not those of another.
    pub fn set_optimizer(&mut self, name: &str) {
        let optimizer = inner(&mut self.training, "optimizer");
        if optimizer.get("name").and_then(Value::as_str) != Some(name) {
            optimizer.clear();
        }
        optimizer.insert("name".to_owned(), name.into());
    }

    /// Chooses the decay of the weights; see
    /// [`OptimizerConfig::with_weight_decay`](latents_nn::OptimizerConfig::with_weight_decay).
    pub fn set_weight_decay(&mut self, weight_decay: f64) {
        self.weight_decay = Some(weight_decay);
    }

    /// Chooses the data. What was right for other data need not be right for these.
    pub fn set_source(&mut self, source: &str) {
        if self.data.source.as_deref().map(absolute) != Some(absolute(source)) {
            self.data.label = None;
            self.data.validation = None;
            self.forget_model("network.input");
            self.forget_model("network.convolution.image");
            self.forget_image_size();
        }
        self.data.source = Some(source.to_owned());
    }

    /// Chooses the variant. Settings of one do not apply to another; its layers do, but for the activation of their code.
    pub fn set_variant(&mut self, variant: &'static Variant) {
        if variant.kind() != self.variant.kind() {
            self.model.retain(|key, _| key == "network");
            self.forget_model("network.latent_activation");
            self.variant = variant;
        }
    }

    /// Chooses an option of the variant: `settings.set_option("--penalty", "topk:8")`.
    ///
    /// # Errors
    /// If the variant has no such option, or it does not take the value.
    pub fn set_option(&mut self, flag: &str, value: &str) -> Outcome {
        let mut options = self.variant.option_list().iter();
        let Some(option) = options.find(|option| option.flag == flag) else {
            let what = format!("{flag} does not apply to {} models", self.variant.kind());
            return Err(RunError::misuse(what).hint("leave it out"));
        };
        (option.apply)(value, &mut self.model)
            .map_err(|error| RunError::misuse(format!("{flag} {value}: {error}")))
    }

    /// What is known to work well on the data, with these convolutions; on unknown data what the variant starts with.
    fn preset(&self, columns: usize, convolution: Option<ConvolutionConfig>) -> NetworkConfig {
        let chosen = |key| self.model.get("network")?.get(key).cloned();
        let (hidden, latent) = match self.data.source() {
            DIGITS if !self.variant.has_own_sizes() => (vec![128], 8),
            _ => self.variant.preset_sizes(columns),
        };
        // What a kind of model makes of its network (how many units are active, say) goes by the code that was chosen.
        let own = chosen("latent").and_then(|latent| usize::try_from(latent.as_u64()?).ok());
        let (hidden, latent) = match convolution.as_ref().and_then(ConvolutionConfig::code_size) {
            Some(image) => (Vec::new(), image),
            None => (hidden, latent),
        };
        let network = NetworkConfig::new(columns, own.unwrap_or(latent))
            .hidden(hidden)
            .convolution(convolution);
        // A likelihood goes by the output.
        match chosen("output_activation").and_then(|output| output.as_str()?.parse().ok()) {
            Some(output) => network.output_activation(output),
            None => network,
        }
    }

    /// The model for rows of `columns` values, which may be images of this height, width and channels.
    ///
    /// # Errors
    /// If a setting is unknown or no model can have it.
    pub fn model_config(&self, columns: usize, image: Option<[usize; 3]>) -> Outcome<ModelConfig> {
        let input = self.model.get("network").and_then(|network| network.get("input"));
        if let Some(input) = input.filter(|input| input.as_u64() != Some(columns as u64)) {
            let requirement = format!("{} has {columns} columns", self.data.source());
            return Err(
                RunError::from(ConfigError::new("model.network.input", input, requirement))
                    .hint("give the data of that width, or leave `input` out of the configuration"),
            );
        }
        let mut choices = self.model.clone();
        let network = choices.get_mut("network").and_then(Value::as_object_mut);
        let convolution = network.and_then(|network| network.get_mut("convolution")?.as_object_mut());
        let convolution = convolution.map(|settings| self.convolution(settings, image));
        let default = self
            .variant
            .default_settings(self.preset(columns, convolution.transpose()?.flatten()));
        let mut table = laid_over("model", &default, &choices)?;
        table.remove("kind");
        self.variant
            .read(&table.into())
            .within("model")
            .map_err(unreadable)
    }

    /// Gives the convolutions the image that rows are, and reads them; nothing where no convolutions can have the settings.
    fn convolution(
        &self,
        settings: &mut Table,
        image: Option<[usize; 3]>,
    ) -> Outcome<Option<ConvolutionConfig>> {
        if settings.contains_key("latent_channels") && !settings.contains_key("channels") {
            let what =
                format!("{LATENT_CHANNELS} needs {CHANNELS}: the code is the image that convolutions make");
            return Err(
                RunError::misuse(what).hint(format!("choose {CHANNELS} too, or leave out {LATENT_CHANNELS}"))
            );
        }
        if !settings.contains_key("image") {
            let image = image.ok_or_else(|| {
                RunError::new(format!(
                    "{}: the rows are not images, and convolutions need them",
                    self.data.source()
                ))
                .hint(format!(
                    "leave out {CHANNELS}, or give IDX files, arrays of images or a folder of images"
                ))
            })?;
            settings.insert("image".to_owned(), image.to_vec().into());
        }
        Ok(serde_json::from_value(settings.clone().into()).ok())
    }

    /// How to train.
    ///
    /// # Errors
    /// If a setting is unknown or no trainer can have it.
    pub fn trainer_config(&self) -> Outcome<TrainerConfig> {
        let default =
            TrainerConfig::default().batch_size(if self.data.source() == DIGITS { 32 } else { 256 });
        let mut config: TrainerConfig = read_over("training", &default, &self.training)?;
        if let Some(weight_decay) = self.weight_decay {
            config.optimizer = config.optimizer.with_weight_decay(weight_decay);
        }
        check_training(&config)?;
        Ok(config)
    }
}

/// The variant that a file names.
fn known_kind(kind: &Value, registry: &Registry) -> Outcome<&'static Variant> {
    let named = |variant: &&'static Variant| Some(variant.kind()) == kind.as_str();
    registry.variants().find(named).ok_or_else(|| {
        let requirement = format!("must be one of {}", registry.kinds_text());
        ConfigError::new("model.kind", kind, requirement).into()
    })
}

/// `default` as a table with the choices laid over it.
fn laid_over(name: &str, default: &impl serde::Serialize, choices: &Table) -> Outcome<Table> {
    let value = serde_json::to_value(default);
    let Ok(Value::Object(mut table)) = value else {
        return Err(RunError::new(format!(
            "{name}: a configuration must be a table of settings"
        )));
    };
    lay_over(&mut table, choices);
    Ok(table)
}

/// `default` with the choices laid over it.
fn read_over<T: serde::Serialize + DeserializeOwned>(name: &str, default: &T, choices: &Table) -> Outcome<T> {
    let table = laid_over(name, default, choices)?;
    latents_error::read(&table.into())
        .within(name)
        .map_err(unreadable)
}

fn unreadable(error: ConfigError) -> RunError {
    RunError::from(error).hint(SEE_KEYS)
}

/// Puts a value at a path of keys, with the tables that lead there.
fn put(table: &mut Table, path: &str, value: Value) {
    match path.split_once('.') {
        None => drop(table.insert(path.to_owned(), value)),
        Some((key, rest)) => put(inner(table, key), rest, value),
    }
}

#[cfg(test)]
mod tests;
