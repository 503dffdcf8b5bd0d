//! Runs that version 0.1 wrote: they are read, and the models give the same bits.

use latents_autoencoders::{Registry, SparseConfig, evaluate};
use latents_run::{DataChoice, Run, Settings, report};
use std::path::PathBuf;

fn folder(kind: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/old_runs/0.1-{kind}"))
}

#[test]
fn their_models_evaluate_to_the_same_bits() {
    // As `latents eval` of version 0.1 printed it.
    let losses = [
        ("sparse", 4.937089326646593),
        ("stacked", 0.07394763893551297),
        ("variational", 38.02129338582357),
    ];
    for (kind, loss) in losses {
        let run = Run::open(folder(kind)).unwrap();
        assert_eq!(run.config.model.kind(), kind);
        let rows = DataChoice::default().read(&run).unwrap().data;
        assert_eq!(evaluate(&*run.model, &rows, 32).loss, loss, "{kind}");
        assert!(!run.history().unwrap().is_empty(), "{kind}");
    }
}

#[test]
fn their_revival_is_a_setting_of_the_model() {
    let run = Run::open(folder("sparse")).unwrap();
    let sparse = run.config.model.downcast::<SparseConfig>().unwrap();
    assert_eq!(sparse.revive_every, Some(1));
    let registry = Registry::standard();
    let config = folder("sparse").join("config.toml");
    let settings = Settings::read(config, registry.default_variant(), &registry).unwrap();
    assert_eq!(settings.model_config(64, None).unwrap(), run.config.model);
    assert_eq!(settings.trainer_config().unwrap(), run.config.training);
}

#[test]
fn their_reports_can_be_written_again() {
    let copy = tempfile::tempdir().unwrap();
    for file in ["config.toml", "history.csv", "model.safetensors"] {
        std::fs::copy(folder("variational").join(file), copy.path().join(file)).unwrap();
    }
    let run = Run::open(copy.path()).unwrap();
    let written = report(&run, &run.split(None).unwrap()).unwrap();
    let page = std::fs::read_to_string(written.page).unwrap();
    assert!(page.contains("variational 64-8-3-8-64") && written.picture.exists());
}
