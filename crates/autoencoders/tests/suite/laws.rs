//! The laws that hold for every variant of the registry (`latents_autoencoders::testing`), and the descriptions of variants.

use latents_autoencoders::testing::{
    check_drawn_files, check_evaluating, check_file, check_gradients, check_options, check_resuming,
    check_shards, check_text, default_config,
};
use latents_autoencoders::{
    ConvolutionConfig, ModelConfig, NetworkConfig, Registry, SparseConfig, Variant, VariationalConfig,
    VqConfig, load, save,
};
use latents_nn::OptimizerConfig;
use latents_tensor::Tensor;
use latents_tensor::random::Key;
use std::collections::BTreeSet;
use std::path::Path;

fn variants() -> Vec<&'static Variant> {
    Registry::standard().variants().collect()
}

/// Configurations with settings that are off by default.
fn more_configs() -> Vec<ModelConfig> {
    let network = || NetworkConfig::new(64, 8).hidden([12]);
    let sparse = |penalty: &str| SparseConfig::from(network()).penalty(penalty.parse().unwrap());
    let variational = VariationalConfig::from(network());
    // Of codes that stay images of 2×2.
    let image = |channels: usize| {
        let convolution = ConvolutionConfig::new([8, 8, 1], [4, 5]).latent_channels(channels);
        NetworkConfig::image_code(convolution)
    };
    vec![
        VqConfig::from(image(3)).entries(8).shared(true).decay(0.9).into(),
        VqConfig::from(image(2)).into(),
        VariationalConfig::from(image(2)).into(),
        sparse("topk:2").k_from(6).revive_every(1).into(),
        sparse("kl:0.1:1").into(),
        variational
            .clone()
            .schedule("warm-up:0.5".parse().unwrap())
            .binarize(true)
            .into(),
        variational.free_bits(0.1).into(),
    ]
}

/// The default settings of every variant, and more.
fn configs() -> Vec<ModelConfig> {
    let defaults = variants().into_iter().map(default_config);
    defaults.chain(more_configs()).collect()
}

#[test]
fn configurations_come_back_from_their_text() {
    for config in configs() {
        check_text(&Registry::standard(), &config);
        let json = serde_json::to_value(&config).unwrap();
        assert_eq!(serde_json::from_value::<ModelConfig>(json).unwrap(), config);
    }
}

/// A training's state is resumed only by a model with the same settings: models that have any give their configuration.
#[test]
fn models_give_their_settings() {
    for config in configs() {
        let model = config.build(1).unwrap();
        let settings = model.settings();
        if !settings.is_null() {
            assert_eq!(settings, serde_json::to_value(model.config()).unwrap());
        }
    }
}

#[test]
fn every_variant_is_described() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    for variant in variants() {
        let kind = variant.kind();
        assert!(
            !variant.summary_text().is_empty() && !variant.paper_text().is_empty(),
            "{kind}"
        );
        assert!(variant.golden_hash().is_some(), "{kind}");
        let chapter = format!("docs/variants/{kind}.md");
        assert!(root.join(&chapter).is_file(), "{chapter}");
        assert!(readme.contains(&chapter), "{kind} has no row in README.md");
        for option in variant.option_list() {
            assert!(
                option.flag.starts_with("--") && !option.help.is_empty(),
                "{kind} {}",
                option.flag
            );
        }
    }
}

#[test]
fn a_model_that_was_saved_gives_the_same_outputs() {
    for config in configs() {
        check_file(&Registry::standard(), &config);
    }
    // And by way of the file system.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let rows: Tensor = Key::new(1).uniform([9, 64]);
    for config in configs() {
        let model = config.build(3).unwrap();
        save(&*model, &path).unwrap();
        assert_eq!(
            load(&path).unwrap().reconstruct_data(&rows),
            model.reconstruct_data(&rows)
        );
    }
}

#[test]
fn a_training_that_is_resumed_ends_as_if_it_had_not_been_interrupted() {
    configs().iter().for_each(check_resuming);
}

#[test]
fn shards_add_up_to_the_batch() {
    configs().iter().for_each(check_shards);
    let coupled = |config: &ModelConfig| config.build(1).unwrap().couples_rows();
    assert_eq!(configs().iter().filter(|config| coupled(config)).count(), 2);
}

#[test]
fn options_make_valid_configurations() {
    for variant in variants() {
        check_options(&Registry::standard(), variant);
    }
}

#[test]
fn evaluating_changes_nothing() {
    configs().iter().for_each(check_evaluating);
}

#[test]
fn the_gradients_of_every_loss_are_those_of_differences() {
    let seen: BTreeSet<_> = variants()
        .into_iter()
        .flat_map(|variant| check_gradients(&Registry::standard(), variant))
        .collect();
    for what in ["convolution", "image code", "latent activation"] {
        assert!(seen.contains(what), "no drawn model has {what}: {seen:?}");
    }
}

#[test]
fn drawn_models_train_and_come_back_from_their_files() {
    let seen: BTreeSet<_> = variants()
        .into_iter()
        .flat_map(|variant| check_drawn_files(&Registry::standard(), variant))
        .collect();
    let layers = ["convolution", "image code", "latent activation"];
    let training = ["schedule", "clip", "weight decay", "patience", "shards"];
    let optimizers = OptimizerConfig::KINDS.iter().map(|kind| kind.name);
    for what in layers.into_iter().chain(training).chain(optimizers) {
        assert!(seen.contains(what), "no drawn training has {what}: {seen:?}");
    }
}
