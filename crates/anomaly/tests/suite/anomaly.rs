//! The detector on planted anomalies, and on the sets of ADBench where they lie beside the code.

use latents_anomaly::{CoreTraining, Detector, DetectorConfig, DetectorError, Recipe, Threshold};
use latents_autoencoders::{
    Autoencoder, ModelConfig, NetworkConfig, Registry, StackedConfig, load, row_errors, save,
};
use latents_classical::Pca;
use latents_data::{Dataset, OpenOptions, ScalingRule, open};
use latents_metrics::auroc;
use latents_tensor::Tensor;
use latents_tensor::random::Key;
use latents_testing::{in_pool, real_data};
use latents_train::{Control, Event};
use std::path::Path;

const FEATURES: usize = 6;

/// Rows on a curved sheet with a little noise; those from `normal` on have one feature of another row.
fn planted(seed: u64, normal: usize, anomalies: usize) -> Tensor {
    let rows = normal + anomalies;
    let key = Key::new(seed);
    let place: Tensor = key.purpose("place").uniform([rows + 1, 2]);
    let noise: Tensor = key.purpose("noise").normal([rows, FEATURES]);
    let value = |row: usize, column: usize| {
        let (u, v) = (4.0 * place.at(&[row, 0]) - 2.0, 4.0 * place.at(&[row, 1]) - 2.0);
        [u, v, u * v * 0.5, u * u * 0.5 - 0.7, u - v, 0.5 * v * v - 0.7][column]
    };
    Tensor::from_fn([rows, FEATURES], |i| {
        let (row, column) = (i / FEATURES, i % FEATURES);
        let planted = row >= normal && column == swapped(row);
        let clean = if planted {
            value(row, column) + 2.5
        } else {
            value(row, column)
        };
        clean + 0.05 * noise.at(&[row, column])
    })
}

fn swapped(row: usize) -> usize {
    row % FEATURES
}

fn labels(normal: usize, anomalies: usize) -> Vec<bool> {
    (0..normal + anomalies).map(|row| row >= normal).collect()
}

fn train() -> Tensor {
    planted(1, 900, 60)
}

fn fitted() -> (Box<dyn Autoencoder>, Detector) {
    let recipe = Recipe::new(960, FEATURES);
    recipe.fit(&train(), &planted(2, 400, 0), 0).unwrap()
}

#[test]
fn planted_anomalies_are_found_and_explained() {
    let (model, detector) = fitted();
    let test = planted(3, 400, 60);
    let findings = detector.detect(&*model, &test, 2).unwrap();
    let scores: Vec<f64> = findings.iter().map(|finding| finding.score).collect();
    let area = auroc(&labels(400, 60), &scores).unwrap();
    // The sheet is curved: a plane of the same dimensions does worse.
    let plane = Pca::fit(&train(), 2).unwrap();
    let flat = plane.inverse_transform(&plane.transform(&test));
    let linear = auroc(&labels(400, 60), &row_errors(&test, &flat)).unwrap();
    assert!(area > 0.95 && area > linear, "{area}, PCA {linear}");
    let alarms = |from: usize, to: usize| {
        findings[from..to]
            .iter()
            .filter(|finding| finding.anomaly)
            .count()
    };
    // Of 400 normal rows 1 % are reported, within four standard deviations of them and of 400 held-out rows.
    assert!(alarms(0, 400) <= 15, "{}", alarms(0, 400));
    assert!(alarms(400, 460) >= 20, "{}", alarms(400, 460));
    let named = (400..460).filter(|&row| {
        findings[row]
            .features
            .iter()
            .any(|(column, _)| *column == swapped(row))
    });
    // Two of six features would name a third of them by chance.
    assert!(named.clone().count() >= 40, "{}", named.count());
    assert!(
        findings
            .iter()
            .all(|finding| (finding.p_value <= 0.01) == finding.anomaly)
    );
}

#[test]
fn a_constant_feature_is_blamed_where_a_row_has_another_value() {
    const CONSTANT: usize = 2;
    let constant = |rows: Tensor| {
        let values = rows.to_vec();
        Tensor::from_fn(rows.shape(), |i| match i % FEATURES {
            CONSTANT => 0.7,
            _ => values[i],
        })
    };
    let [train, held_out, new] =
        [(1, 400), (2, 200), (3, 200)].map(|(seed, rows)| constant(planted(seed, rows, 20)));
    let (model, detector) = Recipe::new(420, FEATURES).fit(&train, &held_out, 0).unwrap();
    detector
        .explain(&*model, &new, |row, _, shares| {
            assert!(shares[CONSTANT] < 1e-6, "row {row}: {shares:?}");
        })
        .unwrap();
    let values = new.to_vec();
    let changed = Tensor::from_fn([1, FEATURES], |i| if i == CONSTANT { 1.7 } else { values[i] });
    let found = &detector.detect(&*model, &changed, 1).unwrap()[0];
    assert!(found.anomaly && found.features[0].0 == CONSTANT, "{found:?}");
    let text = serde_json::to_string(&detector).unwrap();
    assert_eq!(serde_json::from_str::<Detector>(&text).unwrap(), detector);
}

#[test]
fn shares_are_parts_of_the_whole() {
    let (model, detector) = fitted();
    let mut rows = 0;
    let mut each = |row: usize, score: f64, shares: &[f64]| {
        assert_eq!(row, rows);
        assert!(score > 0.0 && shares.len() == FEATURES);
        assert!(shares.iter().all(|share| *share >= 0.0));
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        rows += 1;
    };
    detector.explain(&*model, &planted(4, 50, 5), &mut each).unwrap();
    assert_eq!(rows, 55);
}

#[test]
fn a_row_has_the_same_score_at_every_call_in_any_company_and_on_any_threads() {
    let (model, detector) = in_pool(1, fitted);
    let test = planted(3, 1500, 20);
    let all = in_pool(1, || detector.scores(&*model, &test).unwrap());
    assert_eq!(all, in_pool(3, || detector.scores(&*model, &test).unwrap()));
    let few = test.narrow(0, 1100, 1117).contiguous();
    assert_eq!(detector.scores(&*model, &few).unwrap(), all[1100..1117]);
    let (again, same) = in_pool(2, fitted);
    assert_eq!(same, detector);
    assert_eq!(same.scores(&*again, &few).unwrap(), all[1100..1117]);
}

#[test]
fn a_saved_detector_is_the_same() {
    let (model, detector) = fitted();
    let text = serde_json::to_string(&detector).unwrap();
    let read: Detector = serde_json::from_str(&text).unwrap();
    assert_eq!(read, detector);
    let folder = std::env::temp_dir().join(format!("latents-anomaly-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("model.safetensors");
    save(&*model, &path).unwrap();
    let (test, model_read) = (planted(3, 30, 3), load(&path).unwrap());
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(read.scores(&*model_read, &test), detector.scores(&*model, &test));
    let damaged = text.replacen("\"scales\":[", "\"scales\":[1.0,", 1);
    let problem = serde_json::from_str::<Detector>(&damaged)
        .unwrap_err()
        .to_string();
    assert!(problem.contains("damaged"), "{problem}");
}

#[test]
fn thresholds_follow_the_held_out_rows() {
    let (_, detector) = fitted();
    let reported = |threshold: Threshold| {
        let detector = detector.clone().with_threshold(threshold).unwrap();
        let scores = detector.calibration().scores();
        scores
            .iter()
            .filter(|&&score| score > detector.threshold())
            .count()
    };
    // Of 400 held-out rows. p = (1 + those as strange) / 401.
    assert_eq!(reported(Threshold::Quantile(0.9)), 40);
    assert_eq!(reported(Threshold::Contamination(0.25)), 100);
    assert_eq!(reported(Threshold::PValue(0.1)), 39);
    assert_eq!(reported(Threshold::PValue(0.0001)), 0);
    for wrong in [
        Threshold::PValue(0.0),
        Threshold::Quantile(1.5),
        Threshold::Contamination(0.6),
        Threshold::PValue(f64::NAN),
    ] {
        assert!(detector.clone().with_threshold(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn every_variant_has_a_detector() {
    let train = planted(1, 500, 20);
    for variant in Registry::standard().variants() {
        let kind = variant.kind();
        let network = NetworkConfig::new(FEATURES, 3).hidden([12]).linear_output();
        let mut model = variant.default_config(network).build(1).unwrap();
        let recipe = Recipe::new(500, FEATURES);
        let training = CoreTraining {
            rounds: 3,
            ..recipe.training
        };
        let history = training
            .fit(&mut *model, &train, &mut |_| Control::Continue)
            .unwrap();
        let epochs: Vec<usize> = history.epochs.iter().map(|record| record.epoch).collect();
        assert_eq!(
            epochs,
            (1..=training.trainer.epochs).collect::<Vec<_>>(),
            "{kind}"
        );
        let detector = Detector::fit(&*model, &train, &planted(2, 200, 0), recipe.detector).unwrap();
        let test = planted(3, 300, 30);
        let scores = detector.scores(&*model, &test).unwrap();
        let area = auroc(&labels(300, 30), &scores).unwrap();
        assert!(area > 0.85, "{kind}: {area}");
    }
}

#[test]
fn the_seconds_of_layers_are_counted_in_rounds_too() {
    let network = NetworkConfig::new(FEATURES, 3).hidden([12]).linear_output();
    let mut model = ModelConfig::from(StackedConfig::from(network)).build(1).unwrap();
    let training = CoreTraining {
        rounds: 2,
        ..Recipe::new(200, FEATURES).training
    };
    let mut layers = 0.0;
    let mut callback = |event: &Event| {
        if let Event::LayerEpoch { record, .. } = event {
            layers += record.seconds;
        }
        Control::Continue
    };
    let history = training.fit(&mut *model, &planted(1, 200, 0), &mut callback);
    assert_eq!(history.unwrap().pretraining_seconds, layers);
    assert!(layers > 0.0);
}

#[test]
fn a_training_ends_when_it_is_told_to() {
    let recipe = Recipe::new(300, FEATURES);
    let mut model = recipe.model.build(1).unwrap();
    let mut stop_in = |last: usize| {
        let mut callback = |event: &Event| match event {
            Event::Epoch(record) if record.epoch == last => Control::Stop,
            _ => Control::Continue,
        };
        let history = recipe
            .training
            .fit(&mut *model, &planted(1, 300, 0), &mut callback);
        history.unwrap().epochs.len()
    };
    assert_eq!(stop_in(1), 1);
    assert_eq!(stop_in(101), 101);
}

#[test]
fn what_does_not_fit_is_said() {
    let (model, detector) = fitted();
    let (good, narrow) = (planted(1, 50, 0), Tensor::zeros([5, 4]));
    let none = Tensor::zeros([0, FEATURES]);
    let fit = |train: &Tensor, calibration: &Tensor, config| {
        let error = Detector::fit(&*model, train, calibration, config).unwrap_err();
        error.to_string()
    };
    let usual = DetectorConfig::default();
    assert_eq!(
        fit(&narrow, &good, usual),
        "the training data has 4 features, but the model expects 6"
    );
    assert_eq!(fit(&good, &none, usual), "the calibration data has no rows");
    let core = usual.core(0.4);
    assert!(fit(&good, &good, core).starts_with("core is 0.4: must be above 0.5"));
    let mut broken = good.clone();
    broken.make_mut()[7 * FEATURES] = f32::NAN;
    assert_eq!(
        fit(&broken, &good, usual),
        DetectorError::NotFinite { row: 7 }.to_string()
    );
    let error = detector.scores(&*model, &narrow).unwrap_err().to_string();
    assert_eq!(error, "the data has 4 features, but the model expects 6");
    // A row to score may hold anything: it is strangest of all.
    let findings = detector.detect(&*model, &broken, 1).unwrap();
    assert!(findings[7].anomaly && findings[7].score == f64::MAX);
    assert!(findings[6].score < 1e3);
}

/// AUROC on 30 % of the rows of a model that has learnt from the others, of which 4000 at most are taken.
fn area_of(path: &Path) -> f64 {
    let whole = open(path.to_str().unwrap(), &OpenOptions::default())
        .unwrap()
        .train;
    let mut order = Key::new(0).purpose("rows").permutation(whole.rows());
    order.truncate(4000);
    let data = whole.select(&order);
    let order = Key::new(0).purpose("split").permutation(data.rows());
    let (train, test) = data.split_stratified(0.3, &order).unwrap();
    let scaling = ScalingRule::Standard.fit(&train).unwrap();
    let scaled = |part: Dataset| part.with_scaling(scaling.clone()).unwrap();
    let (train, test) = (scaled(train), scaled(test));
    let recipe = Recipe::new(train.rows(), train.columns());
    let (model, detector) = recipe.fit(&train, &test, 0).unwrap();
    let labels: Vec<bool> = (0..test.rows()).map(|row| test.class(row) == Some(1)).collect();
    auroc(&labels, &detector.scores(&*model, &test).unwrap()).unwrap()
}

#[test]
fn adbench_sets() {
    let Some(folder) = real_data("adbench") else {
        return;
    };
    // musk has 166 features, too many for a test.
    let sets = [
        ("23_mammography", 0.80),
        ("27_PageBlocks", 0.87),
        ("30_satellite", 0.74),
        ("32_shuttle", 0.98),
        ("38_thyroid", 0.94),
        ("4_breastw", 0.96),
        ("6_cardio", 0.88),
    ];
    let areas = sets.map(|(name, least)| {
        let area = area_of(&folder.join(format!("{name}.npz")));
        println!("{name}: {area:.3}");
        assert!(area > least, "{name}: {area}");
        area
    });
    let mean = areas.iter().sum::<f64>() / areas.len() as f64;
    assert!(mean > 0.90, "{mean}");
}
