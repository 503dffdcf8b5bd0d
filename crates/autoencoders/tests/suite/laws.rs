//! The laws that hold for every variant of the registry.

use latents_autoencoders::{
    Autoencoder, ModelConfig, NetworkConfig, Registry, SparseConfig, Variant, VariationalConfig, load, save,
};
use latents_data::{Dataset, digits};
use latents_nn::{OptimizerConfig, SgdConfig, TensorFile, complete_state_file, parameters_sha256};
use latents_tensor::{Rows, Tensor};
use latents_testing::in_pool;
use latents_train::{Event, Examples, History, TrainError, Trainable, Trainer, TrainerConfig, TrainingState};
use std::path::{Path, PathBuf};

fn variants() -> Vec<&'static Variant> {
    Registry::standard().variants().collect()
}

fn config(variant: &Variant) -> ModelConfig {
    variant.default_config(NetworkConfig::new(64, 8).hidden([12]))
}

fn rows(count: usize) -> Dataset {
    digits().select(&(0..count).map(|row| row * 7).collect::<Vec<_>>())
}

fn options() -> TrainerConfig {
    TrainerConfig {
        epochs: 3,
        batch_size: 32,
        patience: Some(2),
        schedule: "warmup:4+cosine".parse().ok(),
        clip_norm: Some(1.0),
        seed: 5,
        ..TrainerConfig::default()
    }
}

/// Parameters and buffers, as bytes.
fn bytes(model: &dyn Autoencoder) -> Vec<u8> {
    complete_state_file(model).unwrap().to_bytes().unwrap()
}

fn examples(data: &Dataset) -> Examples<'_> {
    let rows: &dyn Rows = data;
    rows.into()
}

/// A record without its seconds.
fn untimed(history: &History) -> History {
    let mut history = history.clone();
    history.pretraining_seconds = 0.0;
    history.epochs.iter_mut().for_each(|record| record.seconds = 0.0);
    history
}

#[test]
fn configurations_come_back_from_their_text() {
    for variant in variants() {
        let config = config(variant);
        let json = serde_json::to_value(&config).unwrap();
        assert_eq!(json["kind"], variant.kind());
        assert_eq!(Registry::standard().config_from(json.clone()).unwrap(), config);
        assert_eq!(serde_json::from_value::<ModelConfig>(json).unwrap(), config);
        let mut unknown = serde_json::to_value(&config).unwrap();
        unknown["nonsense"] = 1.into();
        assert!(
            Registry::standard()
                .config_from(unknown)
                .unwrap_err()
                .contains("nonsense"),
            "{}",
            variant.kind()
        );
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

fn file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    (folder, path)
}

#[test]
fn a_model_that_was_saved_gives_the_same_outputs() {
    let (train, new) = (rows(90), digits().to_tensor::<f32>().narrow(0, 1000, 1100));
    for variant in variants() {
        let mut model = config(variant).build(1).unwrap();
        let trainer = Trainer::new(options());
        trainer
            .fit(&mut *model, &train, None, &mut |_| {
                latents_train::Control::Continue
            })
            .unwrap();
        let (_folder, path) = file();
        save(&*model, &path).unwrap();
        let again = load(&path).unwrap();
        assert_eq!(
            parameters_sha256(&*again),
            parameters_sha256(&*model),
            "{}",
            variant.kind()
        );
        assert_eq!(again.config(), model.config());
        assert_eq!(
            again.encode_data(&new),
            model.encode_data(&new),
            "{}",
            variant.kind()
        );
        assert_eq!(
            again.reconstruct_data(&new),
            model.reconstruct_data(&new),
            "{}",
            variant.kind()
        );
    }
}

/// What a training ends with.
type End = (String, Vec<u8>, History);

/// Goes on to the end.
fn finished(mut training: latents_train::Training<'_>) -> History {
    while training.next_event().unwrap().is_some() {}
    untimed(&training.finish())
}

/// The end of a training that is interrupted after so many events: its state goes through a file, into a model that was
/// drawn from another seed. Nothing where there are fewer events.
fn interrupted(config: &ModelConfig, data: [&Dataset; 2], events: usize) -> Option<End> {
    let trainer = Trainer::new(options());
    let [train, validation] = data.map(examples);
    let mut first = config.build(1).unwrap();
    let mut training = trainer.start(&mut *first, train, Some(validation)).unwrap();
    for _ in 0..events {
        training.next_event().unwrap()?;
    }
    let file = training.state().unwrap().file().to_bytes().unwrap();
    drop(training);
    let state = TrainingState::from_file(TensorFile::from_bytes(&file, "state").unwrap());
    let mut second = config.build(99).unwrap();
    let training = trainer
        .resume(&state, &mut *second, train, Some(validation))
        .unwrap();
    let history = finished(training);
    Some((parameters_sha256(&*second), bytes(&*second), history))
}

#[test]
fn a_training_that_is_resumed_ends_as_if_it_had_not_been_interrupted() {
    let (train, validation) = (rows(75), rows(40));
    for config in all_configs() {
        let trainer = Trainer::new(options());
        let mut model = config.build(1).unwrap();
        let training = trainer
            .start(&mut *model, examples(&train), Some(examples(&validation)))
            .unwrap();
        let history = finished(training);
        let whole = (parameters_sha256(&*model), bytes(&*model), history);
        let mut events = 0;
        while let Some(end) = interrupted(&config, [&train, &validation], events) {
            assert!(
                end == whole,
                "{} differs when it is resumed after {events} events",
                config.kind()
            );
            events += 1;
        }
        assert!(events > 9, "{}: {events} events", config.kind());
    }
}

/// Configurations with settings that are off by default.
fn more_configs() -> Vec<ModelConfig> {
    let network = || NetworkConfig::new(64, 8).hidden([12]);
    let sparse = |penalty: &str| SparseConfig::from(network()).penalty(penalty.parse().unwrap());
    let variational = VariationalConfig::from(network());
    vec![
        SparseConfig {
            k_from: Some(6),
            revive_every: Some(1),
            ..sparse("topk:2")
        }
        .into(),
        sparse("kl:0.1:1").into(),
        VariationalConfig {
            schedule: "warm-up:0.5".parse().unwrap(),
            binarize: true,
            ..variational.clone()
        }
        .into(),
        VariationalConfig {
            free_bits: 0.1,
            ..variational
        }
        .into(),
    ]
}

fn all_configs() -> Vec<ModelConfig> {
    let defaults = variants().into_iter().map(config);
    defaults.chain(more_configs()).collect()
}

/// A step of several shards has, up to rounding, the loss of the whole batch, and changes parameters and buffers as it does,
/// where the loss draws nothing; its bits do not depend on threads; a model whose rows are coupled refuses shards.
#[test]
fn shards_add_up_to_the_batch() {
    let data = rows(64);
    let step = |model: &mut dyn Trainable, shards: usize| -> Result<f64, TrainError> {
        let config = TrainerConfig {
            shards,
            batch_size: 64,
            optimizer: OptimizerConfig::Sgd(SgdConfig {
                learning_rate: 0.1,
                ..SgdConfig::default()
            }),
            ..TrainerConfig::default()
        };
        let mut training = Trainer::new(config).start(model, examples(&data), None)?;
        loop {
            if let Some(Event::Batch { loss, .. }) = training.next_event()? {
                return Ok(loss);
            }
        }
    };
    let mut coupled = 0;
    for config in all_configs() {
        let built = || config.build(1).unwrap();
        if built().couples_rows() {
            coupled += 1;
            let refused = step(&mut *built(), 2).unwrap_err().to_string();
            assert!(refused.contains("couples the rows"), "{refused}");
            continue;
        }
        let draws = config.facts().noise.is_some() || built().prior().is_some();
        let (mut whole, mut parts) = (built(), built());
        let (one, four) = (step(&mut *whole, 1).unwrap(), step(&mut *parts, 4).unwrap());
        if !draws {
            assert!(
                (one - four).abs() < 1e-5 * one.abs(),
                "{}: {one} {four}",
                config.kind()
            );
            for (a, b) in values(&*whole).into_iter().zip(values(&*parts)) {
                assert!(
                    (a - b).abs() < 1e-4 * (1.0 + a.abs()),
                    "{}: {a} {b}",
                    config.kind()
                );
            }
        }
        let bits = || {
            let mut model = built();
            step(&mut *model, 3).unwrap();
            bytes(&*model)
        };
        assert!(in_pool(1, bits) == in_pool(3, bits), "{}", config.kind());
    }
    assert_eq!(coupled, 2);
}

/// The numbers of all parameters and buffers.
fn values(model: &dyn Autoencoder) -> Vec<f32> {
    let mut all = Vec::new();
    model.visit(&mut |parameter| all.extend(parameter.value().to_vec()));
    model.visit_buffers(&mut |buffer| all.extend(buffer.value().to_vec()));
    all
}

/// Every option sets something that the configuration accepts, and refuses what it cannot read.
#[test]
fn options_make_valid_configurations() {
    for variant in variants() {
        for option in variant.option_list() {
            let default = serde_json::to_value(config(variant)).unwrap();
            let default = default.as_object().unwrap();
            let examples = if option.value_name.is_none() {
                &[""]
            } else {
                option.examples
            };
            let mut changed = false;
            for value in examples {
                let mut settings = default.clone();
                (option.apply)(value, &mut settings).unwrap();
                changed |= settings != *default;
                let read = Registry::standard().config_from(settings.into());
                assert!(read.is_ok(), "{} {value}: {read:?}", option.flag);
            }
            assert!(changed, "{} of {} changes nothing", option.flag, variant.kind());
            let nonsense = (option.apply)("no such value", &mut default.clone());
            assert!(
                nonsense.is_err() || option.value_name.is_none(),
                "{}",
                option.flag
            );
        }
    }
}

/// Training changes what it may, and an evaluation nothing.
#[test]
fn evaluating_changes_nothing() {
    let new: Tensor = rows(30).to_tensor();
    for variant in variants() {
        let model = config(variant).build(1).unwrap();
        let before = bytes(&*model);
        let (codes, again) = (model.encode_data(&new), model.encode_data(&new));
        assert_eq!(codes, again, "{}", variant.kind());
        latents_autoencoders::evaluate(&*model, &new, 16);
        assert_eq!(bytes(&*model), before, "{}", variant.kind());
    }
}
