//! Alarms, and what makes them.

use crate::support;
use std::fs;
use std::path::Path;
use support::{json, latents, number, run_of, succeeds};

/// Two sensors, each of them read twice, as CSV; every twentieth row, if wanted, has a `c` that is not its `d`, and the
/// label 1.
fn write_sensors(path: &Path, rows: usize, seed: u32, with_anomalies: bool) {
    let mut state = seed;
    let mut uniform = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1 << 24) - 0.5
    };
    let mut text = String::from("a,b,c,d,kind\n");
    for row in 0..rows {
        let (u, v) = (uniform() + uniform(), uniform() + uniform());
        let anomaly = with_anomalies && row % 20 == 7;
        let (b, d) = (u + 0.02 * uniform(), v + 0.02 * uniform());
        let c = v + if anomaly { 1.5 } else { 0.0 };
        text += &format!("{u},{b},{c},{d},{}\n", u8::from(anomaly));
    }
    fs::write(path, text).unwrap();
}

#[test]
fn anomalies_are_found_with_what_makes_them() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    write_sensors(&here.join("train.csv"), 800, 1, false);
    write_sensors(&here.join("new.csv"), 400, 2, true);
    let train = [
        "train",
        "--data",
        "train.csv",
        "--label",
        "kind",
        "--scale",
        "standard",
        "--output",
        "linear",
    ];
    let rest = [
        "--latent",
        "2",
        "--latent-activation",
        "identity",
        "--epochs",
        "40",
        "--batch-size",
        "32",
        "--validation",
        "0.25",
    ];
    succeeds(
        here,
        &[
            &train[..],
            &rest[..],
            &["--learning-rate", "0.01", "--out", "run", "--quiet"],
        ]
        .concat(),
    );
    let call = ["detect", "run", "--data", "new.csv"];
    let found = json(here, &[&call[..], &["--out", "scores.csv"]].concat());
    assert_eq!(
        (&found["rows"], &found["calibration_rows"]),
        (&400.into(), &200.into())
    );
    assert_eq!(found["truth"]["anomalies"], 20);
    assert!(number(&found, &["truth", "model", "auroc"]) > 0.99, "{found:?}");
    assert!(
        number(&found, &["truth", "recall"]) > 0.9 && number(&found, &["truth", "precision"]) > 0.6,
        "{found:?}"
    );
    for of in ["pca", "isolation_forest"] {
        assert!(
            number(&found, &["truth", of, "average_precision"]) <= 1.0,
            "{found:?}"
        );
    }
    let csv = fs::read_to_string(here.join("scores.csv")).unwrap();
    let mut lines = csv.lines();
    assert_eq!(
        lines.next(),
        Some("row,score,p_value,anomaly,feature_1,share_1,feature_2,share_2,feature_3,share_3")
    );
    let cells: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert_eq!((cells.len(), cells[0][0], cells[399][0]), (400, "1", "400"));
    assert_eq!(cells[7][3], "1", "the eighth row's sensors disagree");
    for cells in &cells {
        let shares: Vec<f64> = [5, 7, 9]
            .map(|place: usize| cells[place].parse().unwrap())
            .to_vec();
        assert!(
            shares.is_sorted_by(|a, b| a >= b) && shares.iter().sum::<f64>() <= 1.0 + 1e-9,
            "{cells:?}"
        );
        assert!(
            [4, 6, 8]
                .iter()
                .all(|&place: &usize| ["a", "b", "c", "d"].contains(&cells[place])),
            "{cells:?}"
        );
    }
    let alarms = cells.iter().filter(|cells| cells[3] == "1").count();
    assert_eq!(found["alarms"], alarms);
    json(here, &[&call[..], &["--out", "again.csv"]].concat());
    assert!(
        fs::read_to_string(here.join("again.csv")).unwrap() == csv,
        "the same scores at every call"
    );

    let alarms = |rule: &[&str]| {
        json(here, &[&call[..], rule].concat())["alarms"]
            .as_u64()
            .unwrap()
    };
    assert!((140..260).contains(&alarms(&["--quantile", "0.5"])));
    assert!((20..80).contains(&alarms(&["--contamination", "0.05"])));
    assert!(alarms(&["--level", "0.2"]) > alarms(&["--level", "0.02"]));
    let text = succeeds(here, &[&call[..], &["--quiet"]].concat());
    for shown in [
        "Strongest alarms",
        "AUROC",
        "isolation forest",
        "PCA, 2 components",
    ] {
        assert!(text.contains(shown), "{text}");
    }
    let to_file = [&call[..], &["--out", "quiet.csv", "--quiet"]].concat();
    assert_eq!(succeeds(here, &to_file), "", "the file is what was asked for");
    // 200 rows were held out.
    let noted = |level: &str| {
        let output = latents(here, &[&call[..], &["--level", level]].concat());
        String::from_utf8(output.stderr).unwrap()
    };
    let note = noted("0.001");
    assert!(
        note.contains("no p-value is below 0.004975") && note.contains("--validation 0.3"),
        "{note}"
    );
    assert!(!noted("0.01").contains("cannot be reached"));
}

#[test]
fn every_variant_finds_anomalies() {
    let folder = tempfile::tempdir().unwrap();
    for kind in ["undercomplete", "variational", "denoising"] {
        let call = [
            "detect",
            &run_of(kind),
            "--data",
            "digits",
            "--out",
            "scores.csv",
            "--features",
            "1",
        ];
        let found = json(folder.path(), &[&call[..], &["--anomalies", "8,9"]].concat());
        assert_eq!(found["truth"]["anomalies"], 354);
        let text = fs::read_to_string(folder.path().join("scores.csv")).unwrap();
        assert!(
            text.starts_with("row,score,p_value,anomaly,feature_1,share_1\n1,"),
            "{text}"
        );
        assert!(text.contains(",line ") && text.contains(" column "), "{text}");
        assert_eq!(found["score"], "error");
        let shape = json(folder.path(), &[&call[..], &["--score", "shape"]].concat());
        assert_eq!(shape["score"], "shape");
        assert_ne!(
            fs::read_to_string(folder.path().join("scores.csv")).unwrap(),
            text
        );
        // Ten classes do not say which are anomalies.
        assert!(json(folder.path(), &call)["truth"].is_null());
    }
}
