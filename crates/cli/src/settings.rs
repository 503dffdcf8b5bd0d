//! `Settings`: what a person chose, from flags and a configuration file, and what the rest then is.

use crate::args::{OutputKind, Sizes, TrainArgs};
use crate::failure::{Failure, Outcome};
use crate::model::{ModelConfig, ModelKind};
use crate::rows;
use crate::run_config::TrainingConfig;
use latents_autoencoders::UndercompleteConfig;
use latents_data::ScalingRule;
use latents_nn::Activation;
use serde::Deserialize;
use std::path::Path;

/// A configuration file in which everything may be missing. The `config.toml` of a run is one: what it says about the
/// past run, and what is found anew from the data (scaling, width), is not taken over.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) model: ModelSettings,
    pub(crate) data: DataSettings,
    pub(crate) training: TrainingSettings,
    #[serde(rename = "run")]
    _run: serde::de::IgnoredAny,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ModelSettings {
    pub(crate) kind: Option<ModelKind>,
    pub(crate) input: Option<usize>,
    pub(crate) hidden: Option<Vec<usize>>,
    pub(crate) latent: Option<usize>,
    pub(crate) hidden_activation: Option<Activation>,
    pub(crate) latent_activation: Option<Activation>,
    pub(crate) output_activation: Option<Activation>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DataSettings {
    pub(crate) source: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) validation: Option<f64>,
    pub(crate) scale: Option<ScalingRule>,
    #[serde(rename = "image")]
    _image: serde::de::IgnoredAny,
    #[serde(rename = "scaling")]
    _scaling: serde::de::IgnoredAny,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TrainingSettings {
    pub(crate) epochs: Option<usize>,
    pub(crate) batch_size: Option<usize>,
    pub(crate) learning_rate: Option<f64>,
    pub(crate) epsilon: Option<f64>,
    pub(crate) patience: Option<usize>,
    pub(crate) seed: Option<u64>,
}

impl Settings {
    /// Reads a configuration file.
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let place = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::new(format!("{place}: cannot read the configuration: {error}"))
                .hint("give a TOML file to --config, such as the config.toml of a run")
        })?;
        let settings: Self = toml::from_str(&text).map_err(|error| {
            Failure::new(format!("{place}: {}", error.to_string().trim_end()))
                .hint("the config.toml of any run shows every key")
        })?;
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
            Some(path) => Self::read(path)?,
            None => Self::default(),
        };
        let model = &mut settings.model;
        replace(&mut model.kind, args.model);
        replace(&mut model.hidden, args.hidden.clone().map(|Sizes(sizes)| sizes));
        replace(&mut model.latent, args.latent);
        replace(&mut model.hidden_activation, args.activation);
        replace(&mut model.latent_activation, args.latent_activation);
        replace(
            &mut model.output_activation,
            args.output.map(OutputKind::activation),
        );
        let data = &mut settings.data;
        let path = |source: &Option<String>| source.as_deref().map(rows::absolute);
        if args.data.is_some() && path(&args.data) != path(&data.source) {
            // What was right for other data says nothing about these.
            data.label = None;
            data.validation = None;
            model.input = None;
        }
        replace(&mut data.source, args.data.clone());
        replace(&mut data.label, args.label.clone());
        replace(&mut data.validation, args.validation);
        replace(&mut data.scale, args.scale);
        let training = &mut settings.training;
        replace(&mut training.epochs, args.epochs);
        replace(&mut training.batch_size, args.batch_size);
        replace(&mut training.learning_rate, args.learning_rate);
        replace(&mut training.patience, args.patience);
        replace(&mut training.seed, args.seed);
        Ok(settings)
    }

    /// Where the data are.
    pub(crate) fn source(&self) -> &str {
        self.data.source.as_deref().unwrap_or("digits")
    }

    /// What is known to work well on the data; on unknown data the program that everyone learns first.
    fn preset(&self, columns: usize) -> Preset {
        match self.source() {
            "digits" => Preset {
                hidden: &[128],
                latent: 8,
            },
            _ => Preset {
                hidden: &[],
                // Smaller than the rows, or there is nothing to learn.
                latent: (columns / 2).clamp(1, 32),
            },
        }
    }

    fn preset_batch_size(&self) -> usize {
        if self.source() == "digits" { 32 } else { 256 }
    }

    /// The model for rows of `columns` values.
    pub(crate) fn model(&self, columns: usize) -> Outcome<ModelConfig> {
        if let Some(input) = self.model.input.filter(|&input| input != columns) {
            let what = format!(
                "model.input is {input}, and {} has {columns} columns",
                self.source()
            );
            return Err(Failure::new(what)
                .hint("give the data of that width, or leave `input` out of the configuration"));
        }
        let (model, preset) = (&self.model, self.preset(columns));
        // The preset's hidden layers go with its code: another code alone keeps them.
        let hidden = model.hidden.clone().unwrap_or_else(|| preset.hidden.to_vec());
        let code = if hidden.is_empty() {
            Activation::Relu
        } else {
            Activation::Identity
        };
        match model.kind.unwrap_or_default() {
            ModelKind::Undercomplete => Ok(ModelConfig::Undercomplete(UndercompleteConfig {
                input: columns,
                latent: model.latent.unwrap_or(preset.latent),
                hidden,
                hidden_activation: model.hidden_activation.unwrap_or(Activation::Relu),
                latent_activation: model.latent_activation.unwrap_or(code),
                output_activation: model.output_activation.unwrap_or(Activation::Sigmoid),
            })),
        }
    }

    /// How to train.
    pub(crate) fn training(&self) -> Outcome<TrainingConfig> {
        let training = &self.training;
        let config = TrainingConfig {
            epochs: training.epochs.unwrap_or(50),
            batch_size: training.batch_size.unwrap_or(self.preset_batch_size()),
            learning_rate: training.learning_rate.unwrap_or(1e-3),
            epsilon: training.epsilon.unwrap_or(1e-7),
            patience: training.patience,
            seed: training.seed.unwrap_or(0),
        };
        config.check()?;
        Ok(config)
    }
}

/// Defaults that depend on the data.
struct Preset {
    hidden: &'static [usize],
    latent: usize,
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
