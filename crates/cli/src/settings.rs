//! `Settings`: what a person chose, from flags and a configuration file, and what the rest then is.
//!
//! Choices are tables of TOML laid one over the other (the default, the file, the flags) and read as a configuration
//! at the end: no setting has to be listed here, and the configuration's own checks name what is wrong.

mod overlay;
mod variant_flags;

use crate::args::{OutputKind, Sizes, TrainArgs};
use crate::failure::{Failure, Outcome};
use crate::model::ModelKind;
use crate::rows;
use crate::run_config::Revival;
use latents_autoencoders::{ModelConfig, NetworkConfig};
use latents_data::{Color, DIGITS, ImageSize, OpenOptions, ScalingRule};
use latents_nn::Activation;
use latents_train::TrainerConfig;
use overlay::{integers, lay_over, set};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::Path;
use toml::{Table, Value};

/// A configuration file in which everything may be missing. The `config.toml` of a run is one: what it says about the
/// past run, and what is found anew from the data (scaling, width), is not taken over.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) model: Table,
    pub(crate) data: DataSettings,
    pub(crate) training: Table,
    pub(crate) revival: Option<Revival>,
    /// Of the flag; a file says it with its optimiser.
    #[serde(skip)]
    weight_decay: Option<f64>,
    #[serde(rename = "run")]
    _run: serde::de::IgnoredAny,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DataSettings {
    pub(crate) source: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) validation: Option<f64>,
    pub(crate) scale: Option<ScalingRule>,
    pub(crate) image_size: Option<ImageSize>,
    pub(crate) color: Option<Color>,
    pub(crate) skip_bad: Option<bool>,
    #[serde(rename = "image")]
    _image: serde::de::IgnoredAny,
    #[serde(rename = "scaling")]
    _scaling: serde::de::IgnoredAny,
}

impl DataSettings {
    /// How the data are read.
    pub(crate) fn open_options(&self) -> OpenOptions {
        OpenOptions {
            label: self.label.clone(),
            image_size: self.image_size,
            color: self.color,
            skip_bad: self.skip_bad.unwrap_or_default(),
        }
    }
}

impl Settings {
    /// Reads a configuration file, beside which somebody may have typed a kind of model.
    fn read(path: &Path, typed: Option<ModelKind>) -> Outcome<Self> {
        let place = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::new(format!("{place}: cannot read the configuration: {error}"))
                .hint("give a TOML file to --config, such as the config.toml of a run")
        })?;
        let settings: Self = toml::from_str(&text).map_err(|error| {
            Failure::new(format!("{place}: {}", error.to_string().trim_end()))
                .hint("the config.toml of any run shows every key")
        })?;
        let revival = settings.check_revival(typed);
        revival.map_err(|failure| failure.within(&place.to_string()))?;
        match settings.data.validation {
            Some(fraction) if !(0.0..1.0).contains(&fraction) => Err(Failure::new(format!(
                "{place}: data.validation is {fraction}, and must be at least 0 and below 1"
            ))
            .hint("correct the value, or leave it out for the default")),
            _ => Ok(settings),
        }
    }

    /// The settings of a call of `train`: the file's, overridden by the flags.
    pub(crate) fn of(args: &TrainArgs) -> Outcome<Self> {
        let mut settings = match &args.config {
            Some(path) => Self::read(path, args.model)?,
            None => Self::default(),
        };
        settings.take_data(args);
        settings.take_model(args)?;
        settings.take_training(args);
        settings.take_revival(args)?;
        Ok(settings)
    }

    /// Refuses a file whose kind of model has no units to revive. The kind is the typed one where the file names none; a
    /// file's own is judged as it stands, since another one that is typed leaves its settings out.
    fn check_revival(&self, typed: Option<ModelKind>) -> Outcome {
        let own = self.kind()?;
        let kind = match (self.model.contains_key("kind"), typed) {
            (false, Some(ModelKind(typed))) => typed,
            _ => own,
        };
        match self.revival {
            Some(Revival { every: 0 }) => Err(Failure::new("revival.every is 0, and must be at least 1")
                .hint("correct the value, or leave it out for no revival")),
            Some(_) if kind != "sparse" => Err(Failure::new(format!(
                "[revival] says nothing to a model of kind {kind}"
            ))
            .hint("leave it out, or train one of kind sparse")),
            _ => Ok(()),
        }
    }

    fn take_data(&mut self, args: &TrainArgs) {
        let path = |source: &Option<String>| source.as_deref().map(rows::absolute);
        if args.data.is_some() && path(&args.data) != path(&self.data.source) {
            // What was right for other data says nothing about these.
            self.data.label = None;
            self.data.validation = None;
            let network = self.network_table();
            network.remove("input");
            if let Some(Value::Table(convolution)) = network.get_mut("convolution") {
                convolution.remove("image");
            }
        }
        let data = &mut self.data;
        replace(&mut data.source, args.data.clone());
        replace(&mut data.label, args.label.clone());
        replace(&mut data.validation, args.validation);
        replace(&mut data.scale, args.scale);
        replace(&mut data.image_size, args.images.image_size);
        replace(&mut data.color, args.images.color);
        replace(&mut data.skip_bad, args.images.skip_bad.then_some(true));
    }

    fn take_model(&mut self, args: &TrainArgs) -> Outcome {
        if let Some(ModelKind(kind)) = args.model {
            let same = self.model.get("kind").and_then(Value::as_str) == Some(kind);
            if !same {
                // Settings of one kind say nothing to another; its layers do, but for what their code goes through.
                self.model.retain(|key, _| key == "network");
                self.network_table().remove("latent_activation");
            }
            set(&mut self.model, &["kind"], kind);
        }
        let network = |key| ["network", key];
        if let Some(Sizes(layers)) = &args.layers {
            let (latent, hidden) = layers.split_last().unwrap_or((&1, &[]));
            set(&mut self.model, &network("hidden"), integers(hidden));
            set(&mut self.model, &network("latent"), *latent as i64);
        }
        if let Some(Sizes(hidden)) = &args.hidden {
            set(&mut self.model, &network("hidden"), integers(hidden));
        }
        if let Some(Sizes(hidden)) = &args.decoder_hidden {
            set(&mut self.model, &network("decoder_hidden"), integers(hidden));
        }
        match &args.channels {
            Some(Sizes(channels)) if channels.is_empty() => drop(self.network_table().remove("convolution")),
            Some(Sizes(channels)) => set(
                &mut self.model,
                &["network", "convolution", "channels"],
                integers(channels),
            ),
            None => {}
        }
        if let Some(latent) = args.latent {
            set(&mut self.model, &network("latent"), latent as i64);
        }
        let activations = [
            ("hidden_activation", args.activation),
            ("latent_activation", args.latent_activation),
            ("output_activation", args.output.map(OutputKind::activation)),
        ];
        for (key, activation) in activations {
            if let Some(activation) = activation {
                set(&mut self.model, &network(key), String::from(activation));
            }
        }
        variant_flags::take(args, self.kind()?, &mut self.model)
    }

    fn take_training(&mut self, args: &TrainArgs) {
        let training = &mut self.training;
        let counts = [
            ("epochs", args.epochs),
            ("batch_size", args.batch_size),
            ("patience", args.patience),
            ("seed", args.seed.map(|seed| seed as usize)),
        ];
        for (key, count) in counts {
            if let Some(count) = count {
                set(training, &[key], count as i64);
            }
        }
        if let Some(rate) = args.learning_rate {
            set(training, &["optimizer", "learning_rate"], rate);
        }
        if let Some(norm) = args.clip {
            set(training, &["clip_norm"], norm);
        }
        if let Some(seconds) = args.max_seconds {
            set(training, &["max_seconds"], seconds);
        }
        if let Some(schedule) = args.schedule {
            set(training, &["schedule"], String::from(schedule));
        }
        self.weight_decay = args.weight_decay;
    }

    fn take_revival(&mut self, args: &TrainArgs) -> Outcome {
        let kind = self.kind()?;
        if let Some(every) = args.variant.revive_every {
            variant_flags::check_kind("--revive-every", &["sparse"], kind)?;
            self.revival = Some(Revival { every });
        }
        // As of another kind's settings, nothing is left of it.
        self.revival = self.revival.filter(|_| kind == "sparse");
        Ok(())
    }

    /// The table of the layers, made where it is missing.
    fn network_table(&mut self) -> &mut Table {
        let network = self
            .model
            .entry("network")
            .or_insert_with(|| Value::Table(Table::new()));
        if !network.is_table() {
            *network = Value::Table(Table::new());
        }
        match network {
            Value::Table(table) => table,
            _ => unreachable!("it was made a table"),
        }
    }

    /// Where the data are.
    pub(crate) fn source(&self) -> &str {
        self.data.source.as_deref().unwrap_or(DIGITS)
    }

    /// The kind of model that was chosen.
    fn kind(&self) -> Outcome<&'static str> {
        let Some(kind) = self.model.get("kind") else {
            return Ok(ModelKind::default().0);
        };
        let known = ModelConfig::KINDS
            .iter()
            .find(|known| Some(**known) == kind.as_str());
        known.copied().ok_or_else(|| {
            Failure::new(format!("model.kind is {kind}"))
                .hint(format!("take one of {}", ModelConfig::KINDS.join(", ")))
        })
    }

    /// What is known to work well on the data; on unknown data the program that everyone learns first.
    fn preset(&self, kind: &str, columns: usize) -> NetworkConfig {
        let chosen = |key| Some(self.model.get("network")?.get(key)?.clone());
        let (hidden, latent): (&[usize], usize) = match (kind, self.source()) {
            // A dictionary: of a narrow code few units can be active, and most die.
            ("sparse", _) => (&[], (2 * columns).clamp(1, 1024)),
            (_, DIGITS) => (&[128], 8),
            // Smaller than the rows, or there is nothing to learn.
            _ => (&[], (columns / 2).clamp(1, 32)),
        };
        // What a kind of model makes of its network (how many units are active, say) goes by the code that was chosen.
        let own = chosen("latent").and_then(|latent| usize::try_from(latent.as_integer()?).ok());
        let network = NetworkConfig::new(columns, own.unwrap_or(latent));
        // The preset's hidden layers go with its code: another code alone keeps them.
        let deep = match chosen("hidden") {
            Some(hidden) => hidden.as_array().is_some_and(|sizes| !sizes.is_empty()),
            None => !hidden.is_empty(),
        };
        let network = match deep || chosen("convolution").is_some() {
            true => network.hidden(hidden),
            false => network,
        };
        // A likelihood goes by the output.
        let output = chosen("output_activation").and_then(|output| output.as_str()?.parse().ok());
        NetworkConfig {
            output_activation: output.unwrap_or(network.output_activation),
            ..network
        }
    }

    /// The model for rows of `columns` values, which may be pictures.
    pub(crate) fn model(&self, columns: usize, image: Option<[usize; 3]>) -> Outcome<ModelConfig> {
        let input = self.model.get("network").and_then(|network| network.get("input"));
        if let Some(input) = input
            .and_then(Value::as_integer)
            .filter(|&input| input != columns as i64)
        {
            let what = format!(
                "model.network.input is {input}, and {} has {columns} columns",
                self.source()
            );
            return Err(Failure::new(what)
                .hint("give the data of that width, or leave `input` out of the configuration"));
        }
        let kind = self.kind()?;
        let default = ModelConfig::of_kind(kind, self.preset(kind, columns));
        let default = default.ok_or_else(|| Failure::new("model.kind is of no variant"))?;
        let mut choices = self.model.clone();
        if let Some(Value::Table(network)) = choices.get_mut("network")
            && let Some(Value::Table(convolution)) = network.get_mut("convolution")
            && !convolution.contains_key("image")
        {
            let image = image.ok_or_else(|| {
                Failure::new(format!(
                    "{}: the rows are no pictures, and convolutions need them",
                    self.source()
                ))
                .hint("leave out --channels, or give IDX files, arrays of pictures or a folder of images")
            })?;
            convolution.insert("image".to_owned(), integers(&image));
        }
        laid_over("model", &default, &choices)
    }

    /// How to train.
    pub(crate) fn training(&self) -> Outcome<TrainerConfig> {
        let default = TrainerConfig {
            batch_size: if self.source() == DIGITS { 32 } else { 256 },
            ..TrainerConfig::default()
        };
        let mut config: TrainerConfig = laid_over("training", &default, &self.training)?;
        if let Some(weight_decay) = self.weight_decay {
            config.optimizer = config.optimizer.with_weight_decay(weight_decay);
        }
        check_training(&config)?;
        Ok(config)
    }
}

/// Refuses what a configuration file may say and no trainer can do.
pub(crate) fn check_training(config: &TrainerConfig) -> Outcome {
    let positive = |number: f64| number.is_finite() && number > 0.0;
    let wrong = [
        (config.epochs == 0, "epochs", "at least 1"),
        (config.batch_size == 0, "batch_size", "at least 1"),
        (config.patience == Some(0), "patience", "at least 1"),
        (
            !positive(config.optimizer.learning_rate()),
            "optimizer.learning_rate",
            "a finite number above 0",
        ),
    ];
    if let Some((_, key, range)) = wrong.iter().find(|(wrong, ..)| *wrong) {
        return Err(Failure::new(format!("training.{key} must be {range}"))
            .hint("correct the value, or leave it out for the default"));
    }
    config
        .validate()
        .map_err(|error| Failure::of_key("training", error))
}

/// `default` with the table of choices laid over it.
fn laid_over<T: serde::Serialize + DeserializeOwned>(name: &str, default: &T, choices: &Table) -> Outcome<T> {
    let failed = |error: String| {
        Failure::new(format!("{name}: {}", error.trim_end()))
            .hint("the config.toml of any run shows every key")
    };
    let mut table = Table::try_from(default).map_err(|error| failed(error.to_string()))?;
    lay_over(&mut table, choices);
    T::deserialize(table).map_err(|error| failed(error.to_string()))
}

impl OutputKind {
    fn activation(self) -> Activation {
        match self {
            Self::Sigmoid => Activation::Sigmoid,
            Self::Linear => Activation::Identity,
        }
    }
}

fn replace<T>(setting: &mut Option<T>, flag: Option<T>) {
    if flag.is_some() {
        *setting = flag;
    }
}
