//! Every wrong value of a configuration file is reported with the path of its key.

use latents_autoencoders::registry::{Registry, Variant};
use latents_autoencoders::{ConvolutionConfig, NetworkConfig};
use latents_nn::OptimizerConfig;
use latents_run::Settings;
use latents_train::TrainerConfig;
use serde_json::{Value, json};
use std::path::Path;

const IMAGE: [usize; 3] = [8, 8, 1];

/// What is put in the place of every value. The whole number is more than any size may be, and fits TOML.
fn wrong_values() -> [Value; 5] {
    [json!(0), json!(-1), json!(1e300), json!("x"), json!(1_u64 << 53)]
}

/// The values of a table that are no tables or lists, by their JSON pointers.
fn leaves(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(table) => {
            let inner = table.iter();
            inner.for_each(|(key, value)| leaves(value, &format!("{pointer}/{key}"), found));
        }
        Value::Array(items) => {
            let inner = items.iter().enumerate();
            inner.for_each(|(index, value)| leaves(value, &format!("{pointer}/{index}"), found));
        }
        _ => found.push(pointer.to_owned()),
    }
}

/// `/model/pretraining/1/epochs` as an error names it: `model.pretraining[1].epochs`.
fn path_of(pointer: &str) -> String {
    let mut path = String::new();
    for step in pointer.split('/').skip(1) {
        let dot = if path.is_empty() { "" } else { "." };
        match step.parse::<usize>() {
            Ok(index) => path += &format!("[{index}]"),
            Err(_) => path += &format!("{dot}{step}"),
        }
    }
    path
}

/// The first error of a configuration file, in the order in which a training asks for its settings.
fn error_of(file: &Path, config: &Value) -> Option<String> {
    std::fs::write(file, toml::to_string(config).unwrap()).unwrap();
    let registry = Registry::standard();
    let check = || {
        let settings = Settings::read(file, registry.default_variant(), &registry)?;
        settings.trainer_config()?;
        let model = settings.model_config(64, Some(IMAGE))?;
        latents_run::Outcome::Ok(model.validate())
    };
    match check() {
        Ok(validated) => validated.err().map(|error| format!("model.{error}")),
        Err(error) => {
            let text = error.to_string();
            let place = format!("{}: ", file.display());
            Some(text.strip_prefix(&place).unwrap_or(&text).to_owned())
        }
    }
}

/// Puts every wrong value in the place of every value, and holds the error to name its key.
fn sweep(file: &Path, config: &Value) {
    assert_eq!(error_of(file, config), None, "{config}");
    let mut pointers = Vec::new();
    leaves(config, "", &mut pointers);
    assert!(pointers.len() >= 5, "{config}");
    pointers
        .iter()
        .for_each(|pointer| sweep_value(file, config, pointer));
}

/// The same in the place of one value.
fn sweep_value(file: &Path, config: &Value, pointer: &str) {
    let mut refusals = 0;
    for wrong in wrong_values() {
        let mut config = config.clone();
        *config.pointer_mut(pointer).unwrap() = wrong.clone();
        let Some(error) = error_of(file, &config).map(|error| error.replace("e+", "e")) else {
            continue;
        };
        let (path, wrong) = (path_of(pointer), wrong.to_string().replace("e+", "e"));
        assert!(
            error.starts_with(&format!("{path} is {wrong}: ")) || is_about_list(&error, pointer),
            "{path} = {wrong} is reported as\n{error}"
        );
        refusals += 1;
    }
    assert!(refusals >= 2, "{pointer} takes nearly anything");
}

/// The sizes of an image make sense together, and so do the channels of its convolutions.
fn is_about_list(error: &str, pointer: &str) -> bool {
    let list = pointer.rsplit_once('/').map_or("", |(list, _)| list);
    list.ends_with("/image") && error.starts_with(&format!("{} is [", path_of(list)))
}

fn networks() -> Vec<NetworkConfig> {
    let deep = NetworkConfig::new(64, 8).hidden([16]);
    vec![
        deep.clone().decoder_hidden(vec![16, 12]),
        deep.clone().convolution(ConvolutionConfig::new(IMAGE, [4, 6])),
        deep,
    ]
}

/// Files of a variant: its defaults on several networks, and each of its options beside them.
fn files_of(variant: &Variant) -> Vec<Value> {
    let model = |network: NetworkConfig| variant.default_settings(network);
    let networks = networks().into_iter();
    let mut models: Vec<Value> = networks
        .map(|network| variant.default_config(network))
        .filter(|config| config.validate().is_ok())
        .map(|config| serde_json::to_value(config).unwrap())
        .collect();
    for option in variant.option_list() {
        for example in option.examples.iter().take(2) {
            let mut model = model(NetworkConfig::new(64, 8).hidden([16]));
            (option.apply)(example, model.as_object_mut().unwrap()).unwrap();
            models.push(model);
        }
    }
    models
        .into_iter()
        .map(|model| json!({ "model": model }))
        .collect()
}

#[test]
fn wrong_values_of_models_are_named_by_their_paths() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    for variant in Registry::standard().variants() {
        for config in files_of(variant) {
            // What is not together possible is refused for its own reason.
            if error_of(&file, &config).is_none() {
                sweep(&file, &config);
            }
        }
    }
}

#[test]
fn wrong_channels_of_a_code_that_is_an_image_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    let convolution = ConvolutionConfig::new(IMAGE, [4, 6]).latent_channels(2);
    let network = NetworkConfig::image_code(convolution);
    let registry = Registry::standard();
    let configs = registry
        .variants()
        .map(|variant| variant.default_config(network.clone()));
    let configs: Vec<_> = configs.filter(|config| config.validate().is_ok()).collect();
    assert!(configs.len() >= 5);
    for config in configs {
        let config = json!({ "model": config });
        sweep_value(&file, &config, "/model/network/convolution/latent_channels");
    }
}

#[test]
fn wrong_values_of_trainings_are_named_by_their_paths() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    for kind in OptimizerConfig::KINDS {
        let training = TrainerConfig::default()
            .optimizer(kind.name.parse::<OptimizerConfig>().unwrap())
            .clip_norm(1.0)
            .patience(3)
            .schedule(latents_nn::Schedule::COSINE)
            .max_seconds(10.0)
            .shards(2);
        sweep(&file, &json!({ "training": training }));
    }
}

#[test]
fn wrong_values_of_data_are_named_by_their_paths() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    for (key, wrong) in [
        ("validation", json!(1)),
        ("validation", json!("x")),
        ("scale", json!("loud")),
        ("image_size", json!("small")),
        ("color", json!("red")),
        ("skip_bad", json!(3)),
        ("source", json!(3)),
        ("label", json!(3)),
        ("sauce", json!(3)),
    ] {
        let error = error_of(&file, &json!({ "data": { key: wrong } })).unwrap();
        assert!(error.starts_with(&format!("data.{key} is {wrong}: ")), "{error}");
    }
}

#[test]
fn a_table_in_the_place_of_a_value_and_the_reverse_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    for (config, start) in [
        (
            json!({ "model": { "network": 3 } }),
            "model.network is 3: must be a table",
        ),
        (
            json!({ "model": { "network": { "latent": [8] } } }),
            "model.network.latent is [8]: must be a whole",
        ),
        (
            json!({ "training": { "optimizer": "adam" } }),
            "training.optimizer is \"adam\": ",
        ),
        (json!({ "training": 3 }), "training is 3: must be a table"),
        (
            json!({ "trainin": {} }),
            "trainin is {}: there is no such setting",
        ),
        (
            json!({ "model": { "kind": "x" } }),
            "model.kind is \"x\": must be one of",
        ),
    ] {
        let error = error_of(&file, &config).unwrap();
        assert!(error.starts_with(start), "{error}");
    }
}
