//! `Settings`: what a person chose, from flags and a configuration file, and what the rest then is.
//!
//! Choices are tables laid one over the other (the default, the file, the flags) and read as a configuration at the end: no
//! setting has to be listed here, and the configuration's own checks name what is wrong.

pub(crate) mod overlay;

use crate::args::{OutputKind, Sizes, TrainArgs};
use crate::failure::{Failure, Outcome};
use crate::rows;
use crate::run_config::Revival;
use latents_autoencoders::registry::{Registry, Variant};
use latents_autoencoders::{ModelConfig, NetworkConfig};
use latents_data::{Color, DIGITS, ImageSize, OpenOptions, ScalingRule};
use latents_nn::Activation;
use latents_train::TrainerConfig;
use overlay::{Table, from_toml, inner, lay_over, set};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::Path;

/// What was chosen; everything may be missing.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    variant: &'static Variant,
    /// Of the model, without its kind.
    model: Table,
    pub(crate) data: DataSettings,
    training: Table,
    /// Of the flag; a file has it with its optimiser.
    weight_decay: Option<f64>,
}

/// A configuration file in which everything may be missing. The `config.toml` of a run is one: what it says about the
/// past run, and what is found anew from the data (scaling, width), is not taken over.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ConfigFile {
    model: toml::Table,
    data: DataSettings,
    training: toml::Table,
    revival: Option<Revival>,
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

const SEE_KEYS: &str = "the config.toml of any run shows every key";

impl Settings {
    /// The settings of a call of `train`: the file's, overridden by the flags.
    pub(crate) fn of(args: &TrainArgs, registry: &Registry) -> Outcome<Self> {
        let typed = args.model.as_deref().and_then(|name| registry.find(name));
        let mut settings = match &args.config {
            Some(path) => {
                let place = path.display().to_string();
                Self::read(path, typed, registry).map_err(|failure| failure.within(&place))?
            }
            None => Self {
                variant: typed.unwrap_or(registry.default_variant()),
                model: Table::new(),
                data: DataSettings::default(),
                training: Table::new(),
                weight_decay: None,
            },
        };
        settings.take_data(args);
        settings.take_kind(typed);
        settings.take_network(args);
        settings.take_options(args, registry)?;
        settings.take_activations(args);
        settings.take_training(args);
        // A variant without one has no table of this name.
        let is_empty = |network: &Value| network.as_object().is_some_and(Table::is_empty);
        settings
            .model
            .retain(|key, value| key != "network" || !is_empty(value));
        Ok(settings)
    }

    /// Reads a configuration file. Where it names no kind of model, the typed one is meant.
    fn read(path: &Path, typed: Option<&'static Variant>, registry: &Registry) -> Outcome<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::new(format!("cannot read the configuration: {error}"))
                .hint("give a TOML file to --config, such as the config.toml of a run")
        })?;
        let file: ConfigFile = toml::from_str(&text)
            .map_err(|error| Failure::new(error.to_string().trim_end()).hint(SEE_KEYS))?;
        let table = |name: &str, table| {
            from_toml(table).map_err(|what| Failure::new(format!("{name}.{what}")).hint(CORRECT))
        };
        let mut model = table("model", file.model)?;
        let variant = match model.remove("kind") {
            Some(kind) => known_kind(&kind, registry)?,
            None => typed.unwrap_or(registry.default_variant()),
        };
        if let Some(revival) = file.revival {
            revival.take(variant, registry, &mut model)?;
        }
        let settings = Self {
            variant,
            model,
            data: file.data,
            training: table("training", file.training)?,
            weight_decay: None,
        };
        match settings.data.validation {
            Some(fraction) if !(0.0..1.0).contains(&fraction) => Err(Failure::new(format!(
                "data.validation is {fraction}, and must be at least 0 and below 1"
            ))
            .hint(CORRECT)),
            _ => Ok(settings),
        }
    }

    fn take_data(&mut self, args: &TrainArgs) {
        let path = |source: &Option<String>| source.as_deref().map(rows::absolute);
        if args.data.is_some() && path(&args.data) != path(&self.data.source) {
            // What was right for other data need not be right for these.
            self.data.label = None;
            self.data.validation = None;
            let network = inner(&mut self.model, "network");
            network.remove("input");
            if let Some(Value::Object(convolution)) = network.get_mut("convolution") {
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

    fn take_kind(&mut self, typed: Option<&'static Variant>) {
        let Some(variant) = typed.filter(|variant| variant.kind() != self.variant.kind()) else {
            return;
        };
        // Settings of one kind do not apply to another; its layers do, but for the activation of their code.
        self.model.retain(|key, _| key == "network");
        inner(&mut self.model, "network").remove("latent_activation");
        self.variant = variant;
    }

    fn take_network(&mut self, args: &TrainArgs) {
        let sizes = |sizes: &Option<Sizes>| sizes.as_ref().map(|Sizes(sizes)| sizes.clone());
        let network = inner(&mut self.model, "network");
        if let Some((latent, hidden)) = args.layers.as_ref().and_then(|Sizes(layers)| layers.split_last()) {
            set(network, "hidden", Some(hidden));
            set(network, "latent", Some(*latent));
        }
        set(network, "hidden", sizes(&args.hidden));
        set(network, "decoder_hidden", sizes(&args.decoder_hidden));
        set(network, "latent", args.latent);
        match sizes(&args.channels) {
            Some(channels) if channels.is_empty() => drop(network.remove("convolution")),
            Some(channels) => set(inner(network, "convolution"), "channels", Some(channels)),
            None => {}
        }
    }

    /// The options of the variant, in its own order; those of others are refused.
    fn take_options(&mut self, args: &TrainArgs, registry: &Registry) -> Outcome {
        for flag in args.variant.flags() {
            check_option(flag, self.variant, registry)?;
        }
        for option in self.variant.option_list() {
            let Some(value) = args.variant.get(option.flag) else {
                continue;
            };
            (option.apply)(value, &mut self.model)
                .map_err(|error| Failure::usage(format!("{} {value}: {error}", option.flag)))?;
        }
        Ok(())
    }

    /// Activations that were asked for stand, whatever options bring along, and are refused where they do not fit.
    fn take_activations(&mut self, args: &TrainArgs) {
        let network = inner(&mut self.model, "network");
        set(network, "hidden_activation", args.activation.map(String::from));
        set(
            network,
            "latent_activation",
            args.latent_activation.map(String::from),
        );
        let output = args.output.map(OutputKind::activation);
        set(network, "output_activation", output.map(String::from));
    }

    fn take_training(&mut self, args: &TrainArgs) {
        let training = &mut self.training;
        set(training, "epochs", args.epochs);
        set(training, "batch_size", args.batch_size);
        set(training, "patience", args.patience);
        set(training, "seed", args.seed);
        set(training, "clip_norm", args.clip);
        set(training, "max_seconds", args.max_seconds);
        set(training, "schedule", args.schedule.map(String::from));
        if let Some(name) = &args.optimizer {
            let optimizer = inner(training, "optimizer");
            if optimizer.get("name").and_then(Value::as_str) != Some(name) {
                // Numbers of one optimiser are not those of another.
                optimizer.clear();
            }
            set(optimizer, "name", Some(name.as_str()));
        }
        if let Some(rate) = args.learning_rate {
            set(inner(training, "optimizer"), "learning_rate", Some(rate));
        }
        self.weight_decay = args.weight_decay;
    }

    /// Where the data are.
    pub(crate) fn source(&self) -> &str {
        self.data.source.as_deref().unwrap_or(DIGITS)
    }

    /// What is known to work well on the data; on unknown data what the variant starts with.
    fn preset(&self, columns: usize) -> NetworkConfig {
        let chosen = |key| self.model.get("network")?.get(key).cloned();
        let (hidden, latent) = match self.source() {
            DIGITS if !self.variant.has_own_sizes() => (vec![128], 8),
            _ => self.variant.preset_sizes(columns),
        };
        // What a kind of model makes of its network (how many units are active, say) goes by the code that was chosen.
        let own = chosen("latent").and_then(|latent| usize::try_from(latent.as_u64()?).ok());
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

    /// The model for rows of `columns` values, which may be images.
    pub(crate) fn model(&self, columns: usize, image: Option<[usize; 3]>) -> Outcome<ModelConfig> {
        let input = self.model.get("network").and_then(|network| network.get("input"));
        if let Some(input) = input.filter(|input| input.as_u64() != Some(columns as u64)) {
            let what = format!(
                "model.network.input is {input}, and {} has {columns} columns",
                self.source()
            );
            return Err(Failure::new(what)
                .hint("give the data of that width, or leave `input` out of the configuration"));
        }
        let mut choices = self.model.clone();
        if let Some(Value::Object(network)) = choices.get_mut("network")
            && let Some(Value::Object(convolution)) = network.get_mut("convolution")
            && !convolution.contains_key("image")
        {
            let image = image.ok_or_else(|| {
                Failure::new(format!(
                    "{}: the rows are not images, and convolutions need them",
                    self.source()
                ))
                .hint("leave out --channels, or give IDX files, arrays of images or a folder of images")
            })?;
            set(convolution, "image", Some(image.to_vec()));
        }
        let default = self.variant.default_config(self.preset(columns));
        let mut table = laid_over("model", &default, &choices)?;
        table.remove("kind");
        let read = self.variant.read(table.into());
        read.map_err(|error| Failure::new(format!("model: {error}")).hint(SEE_KEYS))
    }

    /// How to train.
    pub(crate) fn training(&self) -> Outcome<TrainerConfig> {
        let default = TrainerConfig {
            batch_size: if self.source() == DIGITS { 32 } else { 256 },
            ..TrainerConfig::default()
        };
        let mut config: TrainerConfig = read_over("training", &default, &self.training)?;
        if let Some(weight_decay) = self.weight_decay {
            config.optimizer = config.optimizer.with_weight_decay(weight_decay);
        }
        check_training(&config)?;
        Ok(config)
    }
}

const CORRECT: &str = "correct the value, or leave it out for the default";

/// The variant that a file names.
fn known_kind(kind: &Value, registry: &Registry) -> Outcome<&'static Variant> {
    let named = |variant: &&'static Variant| Some(variant.kind()) == kind.as_str();
    registry.variants().find(named).ok_or_else(|| {
        Failure::new(format!("model.kind is {kind}")).hint(format!("choose one of {}", registry.kinds_text()))
    })
}

/// Refuses an option that the variant does not have.
pub(crate) fn check_option(flag: &str, variant: &Variant, registry: &Registry) -> Outcome {
    if variant.has_option(flag) {
        return Ok(());
    }
    let what = format!("{flag} does not apply to {} models", variant.kind());
    Err(Failure::usage(what).hint(match &registry.kinds_with(flag)[..] {
        [kind] => format!("leave it out, or train the kind {kind}"),
        kinds => format!("leave it out, or train one of the kinds {}", kinds.join(", ")),
    }))
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
        return Err(Failure::new(format!("training.{key} must be {range}")).hint(CORRECT));
    }
    config
        .validate()
        .map_err(|error| Failure::of_key("training", error))
}

/// `default` as a table with the choices laid over it.
fn laid_over(name: &str, default: &impl serde::Serialize, choices: &Table) -> Outcome<Table> {
    let value = serde_json::to_value(default);
    let Ok(Value::Object(mut table)) = value else {
        return Err(Failure::new(format!(
            "{name}: a configuration has named settings"
        )));
    };
    lay_over(&mut table, choices);
    Ok(table)
}

/// `default` with the choices laid over it.
fn read_over<T: serde::Serialize + DeserializeOwned>(name: &str, default: &T, choices: &Table) -> Outcome<T> {
    let table = laid_over(name, default, choices)?;
    serde_json::from_value(table.into())
        .map_err(|error| Failure::new(format!("{name}: {error}")).hint(SEE_KEYS))
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
