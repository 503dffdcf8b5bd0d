//! The laws that hold for every variant of the registry.

use crate::common::in_pool;
use latents_autoencoders::{Autoencoder, ModelConfig, NetworkConfig, Registry, Variant, load, save};
use latents_data::{Dataset, digits};
use latents_nn::{TensorFile, parameters_sha256, state_file};
use latents_tensor::{Rows, Tensor};
use latents_train::{Event, Examples, History, Trainable, Trainer, TrainerConfig, TrainingState};
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
    state_file(model).unwrap().to_bytes().unwrap()
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
        assert_eq!(bytes(&*again), bytes(&*model), "{}", variant.kind());
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
    for variant in variants() {
        let config = config(variant);
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
                variant.kind()
            );
            events += 1;
        }
        assert!(events > 9, "{}: {events} events", variant.kind());
    }
}

/// A step of any number of shards has, up to rounding, the loss and the gradient of the whole batch, where the loss of a row
/// draws nothing; a model whose rows are coupled refuses them.
#[test]
fn shards_add_up_to_the_batch() {
    let data = rows(64);
    let first_loss = |model: &mut dyn Trainable, shards: usize| {
        let config = TrainerConfig {
            shards,
            batch_size: 64,
            ..TrainerConfig::default()
        };
        let mut training = Trainer::new(config).start(model, examples(&data), None)?;
        match training.next_event()? {
            Some(Event::Batch { loss, .. }) => Ok(loss),
            other => panic!("{other:?}"),
        }
    };
    for variant in variants() {
        let config = config(variant);
        let built = || config.build(1).unwrap();
        if built().couples_rows() {
            let refused: Result<f64, latents_train::TrainError> = first_loss(&mut *built(), 2);
            assert!(refused.unwrap_err().to_string().contains("couples the rows"));
            continue;
        }
        let draws = config.facts().noise.is_some() || built().prior().is_some();
        let (mut whole, mut parts) = (built(), built());
        let (one, four) = (
            first_loss(&mut *whole, 1).unwrap(),
            first_loss(&mut *parts, 4).unwrap(),
        );
        if !draws {
            assert!(
                (one - four).abs() < 1e-5 * one.abs(),
                "{}: {one} {four}",
                variant.kind()
            );
        }
        let bits = || {
            let mut model = built();
            first_loss(&mut *model, 3).unwrap();
            parameters_sha256(&*model)
        };
        assert_eq!(in_pool(1, bits), in_pool(3, bits), "{}", variant.kind());
    }
}

/// Every option sets something that the configuration accepts.
#[test]
fn options_make_valid_configurations() {
    for variant in variants() {
        for option in variant.option_list() {
            let default = serde_json::to_value(config(variant)).unwrap();
            let mut changed = false;
            for value in [
                "",
                "1",
                "2",
                "0.5",
                "1:0.5",
                "4",
                "mae",
                "masking:0.2",
                "l1:0.1",
                "gaussian",
                "exact",
                "cyclic:2",
            ] {
                let mut settings = default.as_object().unwrap().clone();
                let network = settings["network"].clone();
                if (option.apply)(value, &mut settings).is_ok() {
                    if settings["network"] != network {
                        assert_ne!(
                            settings["network"]["latent_activation"],
                            network["latent_activation"]
                        );
                    }
                    let read = Registry::standard().config_from(settings.clone().into());
                    assert!(read.is_ok(), "{} {value}: {read:?}", option.flag);
                    changed |= settings != *default.as_object().unwrap();
                }
            }
            assert!(changed, "{} of {} changes nothing", option.flag, variant.kind());
            let mut settings = default.as_object().unwrap().clone();
            let nonsense = (option.apply)("no such value", &mut settings);
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
