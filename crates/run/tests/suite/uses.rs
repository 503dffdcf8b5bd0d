//! What is done with a run.

use latents_autoencoders::{Corruption, UndercompleteConfig, VariationalConfig};
use latents_data::read_npy;
use latents_run::{
    AlarmRule, Compared, DataChoice, DataSettings, Density, DetectOptions, Detection, Drawing, Job, Probe,
    ProbeOptions, RowsFormat, Run, RunFolder, SampleOptions, Sampling, ScoreKind, TraverseOptions, along,
    between, codes, denoise, read_codes, write_codes, write_rows,
};
use latents_train::TrainerConfig;
use std::path::Path;
use std::sync::OnceLock;

/// Two small runs, made once: `undercomplete` and `variational`.
fn runs() -> &'static Path {
    static RUNS: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = RUNS.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let training = TrainerConfig::default().epochs(10).batch_size(32);
        let data = || DataSettings::default().read(0).unwrap();
        let jobs = [
            Job::new(data(), UndercompleteConfig::new(64, 8), training.clone()).unwrap(),
            Job::new(data(), VariationalConfig::new(64, 4), training).unwrap(),
        ];
        for job in jobs {
            let place = folder.path().join(job.config().model.kind());
            let claimed = RunFolder::claim(place, false).unwrap();
            job.train(claimed).unwrap();
        }
        folder
    });
    folder.path()
}

fn run(kind: &str) -> Run {
    Run::open(runs().join(kind)).unwrap()
}

#[test]
fn detection_ranks_rows_and_writes_them() {
    let run = run("undercomplete");
    let options = DetectOptions::default()
        .data(DataChoice::of("digits"))
        .score(ScoreKind::Error)
        .rule(AlarmRule::Quantile(0.9))
        .anomalies(vec!["8".to_owned()]);
    let found = Detection::of(&run, &options).unwrap();
    assert_eq!((found.findings.len(), found.calibration_rows), (1797, 180));
    let strongest = found.strongest();
    assert_eq!(strongest.len(), found.alarms());
    assert!((90..360).contains(&strongest.len()), "{}", strongest.len());
    let scores: Vec<f64> = strongest.iter().map(|&row| found.findings[row].score).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b) && *scores.last().unwrap() > found.threshold);
    assert_eq!(found.truth.as_ref().unwrap().anomalies, 174);
    assert!(
        found
            .notes
            .iter()
            .any(|note| note.to_string().contains("has learnt from these rows"))
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    found.write(file.path()).unwrap();
    let text = std::fs::read_to_string(file.path()).unwrap();
    assert_eq!(text.lines().count(), 1798);
    assert!(text.starts_with("row,score,p_value,anomaly,feature_1,share_1,"));
    let error = Detection::of(&run, &DetectOptions::default()).err().unwrap();
    assert!(error.is_misuse() && error.remedy().unwrap().to_string().contains("`data`"));
}

#[test]
fn denoising_is_measured_against_simpler_methods() {
    let run = run("undercomplete");
    let rows = DataChoice::default().read(&run).unwrap().data;
    let noise = Corruption::Gaussian { sigma: 0.5 };
    let made = denoise(&run, &rows, noise, 3, None).unwrap();
    let measured = made.measured.unwrap();
    assert_eq!((measured.measured_rows, measured.pca_components), (180, 8));
    let names: Vec<String> = measured
        .methods("model")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names.len(), 4, "{names:?}");
    assert!(measured.model.psnr > measured.noisy.psnr, "{measured:?}");
    let again = denoise(&run, &rows, noise, 3, None).unwrap();
    assert_eq!(again.noisy.to_vec(), made.noisy.to_vec());
}

#[test]
fn samples_come_from_the_prior_or_a_density() {
    let options = SampleOptions::default().count(20).seed(5);
    let (with_prior, without) = (run("variational"), run("undercomplete"));
    let drawn = Sampling::of(&with_prior, &options).unwrap();
    assert_eq!(
        (drawn.density, drawn.samples.shape().to_vec()),
        (Density::Prior, vec![20, 64])
    );
    let nearest = drawn.nearest.unwrap();
    assert!(nearest.samples_least > 0.0 && nearest.samples_mean >= nearest.samples_least);
    assert!(nearest.held_out_mean.is_some() && drawn.nearest_rows.is_some());
    let again = Sampling::of(&with_prior, &options).unwrap();
    assert_eq!(drawn.samples.to_vec(), again.samples.to_vec());
    assert_eq!(
        Sampling::of(&without, &options).unwrap().density,
        Density::Mixture(10)
    );
    let prior = options.density(Density::Prior);
    let error = Sampling::of(&without, &prior).err().unwrap();
    assert!(
        error.to_string().ends_with("has no prior to draw from"),
        "{error}"
    );
}

#[test]
fn a_probe_predicts_classes_from_codes() {
    let run = run("undercomplete");
    let options = ProbeOptions::default().fine_tune(2);
    let mut events = 0;
    let probe = Probe::new(&run, options).unwrap();
    let found = probe.on_event(|_| events += 1).measure().unwrap();
    assert_eq!(
        (found.classes, found.fitted_rows, found.tested_rows),
        (10, 1617, 180)
    );
    assert!(found.codes.logistic_error < 0.5 && found.raw.logistic_error < 0.1);
    let tuned = found.fine_tuned.unwrap();
    assert!(tuned.error < 0.9 && events > 0);
    let crowd = ProbeOptions::default().neighbours(5000);
    let error = Probe::new(&run, crowd).err().unwrap();
    assert!(
        error.is_misuse() && error.to_string().starts_with("`neighbours` is 5000"),
        "{error}"
    );
}

#[test]
fn walks_begin_and_end_at_reconstructions() {
    let run = run("variational");
    let data = DataChoice::default().read_numbered(&run).unwrap().data;
    assert_eq!(data.rows(), 1797);
    let way = between(&run, &data, 1, 8, 5).unwrap();
    assert_eq!(way.shape()[..], [5, 64]);
    let ends = run.model.reconstruct_data(&data.gather(&[0, 7]));
    for (at, end) in [(0, 0), (4, 1)] {
        let far = |(a, b): (f32, f32)| (a - b).abs() > 1e-5;
        let (way, end) = (way.select(0, at).to_vec(), ends.select(0, end).to_vec());
        assert!(!way.into_iter().zip(end).any(far));
    }
    assert!(between(&run, &data, 0, 8, 5).is_err() && between(&run, &data, 1, 1798, 5).is_err());
    let options = TraverseOptions::default().latents(vec![3, 1]).steps(7);
    let found = along(&run, &data, &options, |_| Ok(())).unwrap();
    assert_eq!(found.rows.shape()[..], [14, 64]);
    assert_eq!([found.effects[0].latent, found.effects[1].latent], [2, 0]);
    let none = options.latents(vec![5]);
    assert!(along(&run, &data, &none, |_| Ok(())).is_err());
}

#[test]
fn codes_and_rows_are_files() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let run = run("undercomplete");
    let rows = DataChoice::default().read(&run).unwrap().data;
    let made = codes(&*run.model, &rows);
    for name in ["codes.npy", "codes.csv"] {
        write_codes(&at(name), &made, &rows).unwrap();
        assert_eq!(
            read_codes(&at(name), &run).unwrap().to_vec(),
            made.to_vec(),
            "{name}"
        );
    }
    let decoded = run.model.decode_data(&made);
    let drawing = Drawing::Rows(&decoded);
    write_rows(&at("rows.npy"), RowsFormat::Npy, drawing, Some(&rows), &run).unwrap();
    let stored: Vec<f32> = read_npy::<f32>(at("rows.npy")).unwrap().to_vec();
    let scaled: Vec<f32> = decoded.to_vec().iter().map(|value| value * 16.0).collect();
    assert_eq!(stored, scaled, "in the units of the data");
    write_rows(&at("rows.png"), RowsFormat::Png, drawing, Some(&rows), &run).unwrap();
    assert!(std::fs::read(at("rows.png")).unwrap().starts_with(b"\x89PNG"));
    assert!(RowsFormat::of_codes(&at("codes.png")).is_err());
}

#[test]
fn runs_are_compared_on_the_same_rows() {
    let runs = [run("undercomplete"), run("variational")];
    let compared = Compared::of(&runs, &DataChoice::default()).unwrap();
    assert!(compared.same_data && compared.same_rows && compared.same_scaling);
    let [first, second] = &compared.runs[..] else {
        panic!("two runs");
    };
    assert_eq!((first.rows, second.rows), (180, 180));
    assert!(first.pca_mse.unwrap() > 0.0 && first.sizes == "64-8-64");
}
