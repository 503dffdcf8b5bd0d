//! From data to a run folder, and back.

use latents_autoencoders::{SparseConfig, UndercompleteConfig, load};
use latents_nn::parameters_sha256;
use latents_run::{CONFIG, DataSettings, HISTORY, Job, MODEL, PICTURE, REPORT, Run, RunFolder, Settings};
use latents_train::{Control, Event, TrainerConfig};
use std::path::Path;

fn training(epochs: usize) -> TrainerConfig {
    TrainerConfig::default().epochs(epochs)
}

fn job(epochs: usize) -> Job<'static> {
    let data = DataSettings::default().read(0).unwrap();
    Job::new(data, UndercompleteConfig::new(64, 4), training(epochs)).unwrap()
}

fn claimed(path: &Path) -> RunFolder {
    RunFolder::claim(path, false).unwrap()
}

#[test]
fn a_run_is_what_was_trained() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("run");
    let mut epochs = 0;
    let trained = job(2)
        .command("a program".to_owned())
        .on_event(|event| epochs += usize::from(matches!(event, Event::Epoch(_))))
        .train(claimed(&place));
    let trained = trained.unwrap();
    let report = trained.report().unwrap();
    for name in [MODEL, CONFIG, HISTORY, REPORT, PICTURE] {
        assert!(place.join(name).metadata().unwrap().len() > 0, "{name}");
    }
    let run = Run::open(&place).unwrap();
    assert_eq!((epochs, run.history().unwrap().len()), (2, 2));
    assert_eq!(run.config.run.command, "a program");
    let hash = parameters_sha256(&*run.model);
    assert_eq!(parameters_sha256(&*trained.run.model), hash);
    assert_eq!(report.results.parameters_sha256, Some(hash.clone()));
    // The model file alone says what it is.
    assert_eq!(parameters_sha256(&*load(place.join(MODEL)).unwrap()), hash);
    let error = RunFolder::claim(&place, false).unwrap_err();
    assert!(error.to_string().ends_with("the run folder exists"), "{error}");
    assert!(error.remedy().unwrap().to_string().contains("`overwrite`"));
    assert!(RunFolder::claim(&place, true).unwrap().has_run());
}

#[test]
fn a_training_that_is_stopped_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let job = job(9).on_event(|event| match event {
        Event::Batch {
            epoch: 2, batch: 3, ..
        } => Control::Stop,
        _ => Control::Continue,
    });
    let trained = job.train(claimed(&folder.path().join("run")));
    let run = trained.unwrap().run;
    assert!(run.config.run.interrupted && !run.config.run.out_of_time);
    assert_eq!(run.config.complete(&run.history().unwrap()).len(), 1);
}

#[test]
fn weights_from_before_a_bad_number_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("run");
    let registry = latents_autoencoders::Registry::standard();
    let settings = Settings::new(registry.find("undercomplete").unwrap())
        .model("network.output_activation", "identity")
        .training("epochs", 2)
        .training("optimizer.learning_rate", 1e30);
    let job = Job::of(&settings).unwrap();
    let error = job.train(claimed(&place)).err().unwrap();
    let remedy = error.remedy().unwrap().to_string();
    assert!(
        remedy.starts_with("lower `learning_rate` (it was 1e30)"),
        "{remedy}"
    );
    assert_eq!(Run::open(&place).unwrap().history().unwrap().len(), 0);
}

#[test]
fn what_does_not_fit_is_refused_before_the_training() {
    let data = || DataSettings::default().read(0).unwrap();
    let refused = |job: Result<Job, latents_run::RunError>| job.err().unwrap().to_string();
    let none = Job::new(data(), UndercompleteConfig::new(64, 4), training(0));
    assert_eq!(refused(none), "training.epochs is 0: must be at least 1");
    let config = SparseConfig::new(64, 16).k_from(1);
    let wrong = refused(Job::new(data(), config, training(1)));
    assert!(wrong.starts_with("model.k_from is 1"), "{wrong}");
    let standard = DataSettings {
        scale: Some(latents_data::ScalingRule::Standard),
        ..DataSettings::default()
    };
    let outside = Job::new(
        standard.read(0).unwrap(),
        UndercompleteConfig::new(64, 4),
        training(1),
    );
    let error = outside.err().unwrap();
    assert!(error.remedy().unwrap().to_string().contains("`scale`"), "{error}");
}

#[test]
fn an_empty_folder_does_not_stay() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("run");
    drop(claimed(&place));
    assert!(!place.exists());
    std::fs::create_dir(&place).unwrap();
    std::fs::write(place.join("notes.txt"), "mine").unwrap();
    assert!(
        RunFolder::claim(&place, true).is_err(),
        "other files are never replaced"
    );
}
