//! The settings of a call of `train`: those of the configuration file, overridden by the flags.

use crate::args::{OutputKind, Sizes, TrainArgs};
use crate::failure::{Failure, Outcome};
use latents_autoencoders::registry::{Registry, Variant};
use latents_nn::Activation;
use latents_run::Settings;
use serde_json::Value;

/// The settings that the flags come to.
pub(crate) fn of(args: &TrainArgs, registry: &Registry) -> Outcome<Settings> {
    let typed = args.model.as_deref().and_then(|name| registry.find(name));
    let variant = typed.unwrap_or(registry.default_variant());
    let mut settings = match &args.config {
        Some(path) => Settings::read(path, variant, registry)?,
        None => Settings::new(variant),
    };
    take_data(&mut settings, args);
    if let Some(typed) = typed {
        settings.set_variant(typed);
    }
    take_network(&mut settings, args);
    take_options(&mut settings, args, registry)?;
    take_activations(&mut settings, args);
    take_training(&mut settings, args);
    Ok(settings)
}

fn take_data(settings: &mut Settings, args: &TrainArgs) {
    if let Some(source) = &args.data {
        settings.set_source(source);
    }
    let data = &mut settings.data;
    replace(&mut data.label, args.label.clone());
    replace(&mut data.validation, args.validation);
    replace(&mut data.scale, args.scale);
    replace(&mut data.image_size, args.images.image_size);
    replace(&mut data.color, args.images.color);
    replace(&mut data.skip_bad, args.images.skip_bad.then_some(true));
}

fn replace<T>(setting: &mut Option<T>, flag: Option<T>) {
    if flag.is_some() {
        *setting = flag;
    }
}

/// Convolutions come first: the size of a code that stays an image follows from them.
fn take_network(settings: &mut Settings, args: &TrainArgs) {
    let sizes = |sizes: &Option<Sizes>| sizes.as_ref().map(|Sizes(sizes)| sizes.clone());
    match sizes(&args.channels) {
        Some(channels) if channels.is_empty() => settings.forget_model("network.convolution"),
        Some(channels) => settings.set_convolution("channels", channels),
        None => {}
    }
    if let Some(channels) = args.latent_channels {
        settings.set_convolution("latent_channels", channels);
    }
    let layers = args.layers.as_ref();
    if let Some((latent, hidden)) = layers.and_then(|Sizes(layers)| layers.split_last()) {
        settings.set_model("network.hidden", hidden);
        settings.set_model("network.latent", *latent);
    }
    let mut choose = |path, value: Option<Value>| {
        if let Some(value) = value {
            settings.set_model(path, value);
        }
    };
    choose("network.hidden", sizes(&args.hidden).map(Value::from));
    choose(
        "network.decoder_hidden",
        sizes(&args.decoder_hidden).map(Value::from),
    );
    choose("network.latent", args.latent.map(Value::from));
}

/// The options of the variant, in its own order; those of others are refused.
fn take_options(settings: &mut Settings, args: &TrainArgs, registry: &Registry) -> Outcome {
    let variant = settings.variant();
    args.variant
        .flags()
        .try_for_each(|flag| check_option(flag, variant, registry))?;
    for option in variant.option_list() {
        if let Some(value) = args.variant.get(option.flag) {
            settings.set_option(option.flag, value)?;
        }
    }
    Ok(())
}

/// Refuses an option that the variant does not have.
fn check_option(flag: &str, variant: &Variant, registry: &Registry) -> Outcome {
    if variant.has_option(flag) {
        return Ok(());
    }
    let what = format!("{flag} does not apply to {} models", variant.kind());
    Err(Failure::misuse(what).hint(match &registry.kinds_with(flag)[..] {
        [kind] => format!("leave it out, or train the kind {kind}"),
        kinds => format!("leave it out, or train one of the kinds {}", kinds.join(", ")),
    }))
}

/// Activations that were asked for stand, whatever options bring along, and are refused where they do not fit.
fn take_activations(settings: &mut Settings, args: &TrainArgs) {
    let activations = [
        ("network.hidden_activation", args.activation),
        ("network.latent_activation", args.latent_activation),
        (
            "network.output_activation",
            args.output.map(OutputKind::activation),
        ),
    ];
    for (path, activation) in activations {
        if let Some(activation) = activation {
            settings.set_model(path, String::from(activation));
        }
    }
}

fn take_training(settings: &mut Settings, args: &TrainArgs) {
    if let Some(name) = &args.optimizer {
        settings.set_optimizer(name);
    }
    let values = [
        ("epochs", args.epochs.map(Value::from)),
        ("batch_size", args.batch_size.map(Value::from)),
        ("patience", args.patience.map(Value::from)),
        ("seed", args.seed.map(Value::from)),
        ("clip_norm", args.clip.map(Value::from)),
        ("max_seconds", args.max_seconds.map(Value::from)),
        ("schedule", args.schedule.map(String::from).map(Value::from)),
        ("optimizer.learning_rate", args.learning_rate.map(Value::from)),
    ];
    for (path, value) in values {
        if let Some(value) = value {
            settings.set_training(path, value);
        }
    }
    if let Some(weight_decay) = args.weight_decay {
        settings.set_weight_decay(weight_decay);
    }
}

impl OutputKind {
    fn activation(self) -> Activation {
        match self {
            Self::Sigmoid => Activation::Sigmoid,
            Self::Linear => Activation::Identity,
        }
    }
}
