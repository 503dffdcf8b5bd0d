//! What people do with a trained model, each beside its baseline.

use crate::support;
use latents_data::{OpenOptions, open, read_npy};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use support::{digits_run, fails, json, number, run_of, succeeds, write_floats, write_table};

fn is_png(path: PathBuf) -> bool {
    fs::read(path).unwrap().starts_with(b"\x89PNG")
}

#[test]
fn codes_are_written_as_csv_too() {
    let folder = tempfile::tempdir().unwrap();
    let run = digits_run().display().to_string();
    json(folder.path(), &["encode", &run, "--out", "codes.csv"]);
    json(folder.path(), &["encode", &run, "--out", "codes.npy"]);
    let csv = fs::read_to_string(folder.path().join("codes.csv")).unwrap();
    assert!(csv.starts_with("z1,z2,z3\n"), "{csv}");
    let read = open(
        &folder.path().join("codes.csv").display().to_string(),
        &OpenOptions::default(),
    );
    let codes = read_npy::<f32>(folder.path().join("codes.npy")).unwrap();
    assert_eq!(read.unwrap().train.to_tensor::<f32>().to_vec(), codes.to_vec());
    // Rows of a table keep the names of their columns.
    write_table(&folder.path().join("table.csv"), 60);
    let train = [
        "train",
        "--data",
        "table.csv",
        "--label",
        "kind",
        "--epochs",
        "1",
        "--latent",
        "2",
    ];
    succeeds(
        folder.path(),
        &[&train[..], &["--out", "table", "--quiet"]].concat(),
    );
    succeeds(
        folder.path(),
        &[
            "reconstruct",
            "table",
            "--data",
            "table.csv",
            "--out",
            "again.csv",
        ],
    );
    let again = fs::read_to_string(folder.path().join("again.csv")).unwrap();
    assert!(
        again.starts_with("a,b,c,d\n") && again.lines().count() == 61,
        "{again}"
    );
}

#[test]
fn noise_is_undone_and_measured_beside_its_baselines() {
    let folder = tempfile::tempdir().unwrap();
    let call = [
        "denoise",
        &run_of("denoising"),
        "--noise",
        "gaussian:0.3",
        "--seed",
        "3",
    ];
    let found = json(folder.path(), &[&call[..], &["--out", "x.png"]].concat());
    assert!(is_png(folder.path().join("x.png")));
    let psnr = |of| number(&found, &[of, "psnr"]);
    assert!(
        psnr("model") > psnr("noisy") + 3.0 && psnr("model") > psnr("pca"),
        "{found:?}"
    );
    assert!(
        (psnr("noisy") - 10.46).abs() < 0.3,
        "σ = 0.3 is 10.46 dB: {found:?}"
    );
    assert!(number(&found, &["median", "psnr"]) > psnr("noisy"));
    assert!(number(&found, &["model", "ssim"]) > number(&found, &["noisy", "ssim"]));
    assert_eq!(found["trained_noise"], "gaussian:0.3");
    assert_eq!(found["pca_components"], 8);
    let again = json(folder.path(), &call);
    assert_eq!(found["model"], again["model"], "the seed says which noise");
    let other = json(folder.path(), &[&call[..4], &["--seed", "4"]].concat());
    assert_ne!(found["model"], other["model"]);
    let text = succeeds(folder.path(), &[&call[..], &["--quiet"]].concat());
    for shown in ["PSNR", "SSIM", "median filter", "PCA, 8 components"] {
        assert!(text.contains(shown), "{text}");
    }
}

#[test]
fn noisy_rows_are_cleaned_in_the_units_of_the_data() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_of("denoising");
    // Beyond 0 … 16, where digits lie.
    let noisy: Vec<f32> = (0..64 * 5).map(|i| (i * 37 % 29) as f32 - 6.0).collect();
    write_floats(&folder.path().join("noisy.npy"), 64, &noisy);
    let written = json(
        folder.path(),
        &["denoise", &run, "--data", "noisy.npy", "--out", "clean.npy"],
    );
    assert_eq!((&written["rows"], &written["columns"]), (&5.into(), &64.into()));
    let clean = read_npy::<f32>(folder.path().join("clean.npy")).unwrap().to_vec();
    let largest = clean.iter().copied().fold(0.0, f32::max);
    assert!((2.0..=16.0).contains(&largest), "{largest}");
    succeeds(
        folder.path(),
        &["denoise", &run, "--data", "noisy.npy", "--out", "sheet.png"],
    );
    assert!(is_png(folder.path().join("sheet.png")));
}

#[test]
fn pictures_become_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_of("denoising");
    let args = [
        "denoise", &run, "--data", "digits", "--rows", "12", "--out", "pictures",
    ];
    succeeds(folder.path(), &args);
    let data = open(
        &folder.path().join("pictures").display().to_string(),
        &OpenOptions::default(),
    );
    let data = data.unwrap().train;
    assert_eq!(data.rows(), 12);
    let shape = data.image_shape().unwrap();
    assert_eq!((shape.height, shape.width, shape.channels), (8, 8, 1));
    succeeds(
        folder.path(),
        &[
            "denoise", &run, "--data", "digits", "--rows", "12", "--out", "x.npy",
        ],
    );
    let values = read_npy::<f32>(folder.path().join("x.npy")).unwrap().to_vec();
    let pixels = data.to_tensor::<f32>().to_vec();
    let farthest = values
        .iter()
        .zip(&pixels)
        .map(|(x, y)| (x / 16.0 - y).abs())
        .fold(0.0, f32::max);
    assert!(farthest <= 0.51 / 255.0, "{farthest}");
    // One picture in, one of its size out.
    let one = [
        "denoise", &run, "--data", "digits", "--rows", "1", "--out", "one.png",
    ];
    succeeds(folder.path(), &one);
    let one = open(
        &folder.path().join("one.png").display().to_string(),
        &OpenOptions::default(),
    );
    assert_eq!(one.unwrap().train.to_tensor::<f32>().to_vec(), pixels[..64]);
}

#[test]
fn a_model_that_was_not_trained_to_denoise_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_of("undercomplete");
    let output = support::latents(folder.path(), &["denoise", &run, "--noise", "masking:0.2"]);
    assert!(output.status.success());
    let (stdout, stderr) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert!(stderr.contains("was not trained to undo noise"), "{stderr}");
    assert!(stdout.contains("masking:0.2 of 180 rows"), "{stdout}");
}

#[test]
fn classes_are_told_from_codes_better_than_by_chance() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_of("undercomplete");
    let own = json(folder.path(), &["probe", &run]);
    assert_eq!(
        (&own["fitted_rows"], &own["tested_rows"]),
        (&1617.into(), &180.into())
    );
    assert_eq!(own["classes"], 10);
    for of in ["codes", "raw", "pca"] {
        assert!(number(&own, &[of, "logistic_error"]) < 0.3, "{own:?}");
        assert!(number(&own, &[of, "neighbours_error"]) < 0.2, "{own:?}");
    }
    assert_eq!(
        (&own["codes"]["numbers"], &own["raw"]["numbers"]),
        (&8.into(), &64.into())
    );
    let split = json(
        folder.path(),
        &["probe", &run, "--data", "digits", "--test", "0.5"],
    );
    assert_eq!(
        (&split["fitted_rows"], &split["tested_rows"]),
        (&898.into(), &899.into())
    );
    let other = json(
        folder.path(),
        &["probe", &run, "--data", "digits", "--test", "0.5", "--seed", "1"],
    );
    assert_ne!(split["codes"], other["codes"], "the seed says which split");
    let text = succeeds(folder.path(), &["probe", &run, "--fine-tune", "3", "--quiet"]);
    assert!(
        text.contains("tuned for 3 epochs") && text.contains("from random weights"),
        "{text}"
    );
    let tuned = json(folder.path(), &["probe", &run, "--fine-tune", "5"]);
    let errors = ["error", "from_random_error"].map(|key| number(&tuned, &["fine_tuned", key]));
    assert!(
        errors.iter().all(|error| (0.0..0.2).contains(error)),
        "{errors:?}"
    );
    assert!(own["fine_tuned"].is_null());
    assert!(text.contains("raw values") && text.contains("PCA"), "{text}");
}

#[test]
fn the_parts_of_a_loss_are_in_the_result() {
    let folder = tempfile::tempdir().unwrap();
    let train = |kind, out| {
        let args = [
            "train", kind, "--latent", "4", "--hidden", "none", "--epochs", "2", "--out", out,
        ];
        json(folder.path(), &args)
    };
    let variational = train("variational", "run");
    for (loss, parts) in [
        ("train_loss", "train_parts"),
        ("validation_loss", "validation_parts"),
    ] {
        let sum: f64 = ["reconstruction", "divergence"]
            .iter()
            .map(|name| number(&variational, &[parts, name]))
            .sum();
        let loss = number(&variational, &[loss]);
        assert!((sum - loss).abs() < 1e-4 * loss, "{variational:?}");
    }
    let plain = train("undercomplete", "plain");
    assert_eq!(
        plain["train_parts"],
        serde_json::json!({}),
        "a loss of one part is all there is"
    );
}

#[test]
fn new_rows_are_drawn_and_are_no_copies() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_of("variational");
    let call = ["sample", &run, "-n", "30", "--out", "x.npy"];
    let drawn = json(folder.path(), &call);
    assert_eq!((&drawn["rows"], &drawn["density"]), (&30.into(), &"prior".into()));
    assert!(number(&drawn, &["nearest", "samples_least"]) > 0.05, "{drawn:?}");
    assert!(number(&drawn, &["nearest", "held_out_mean"]) > 0.1, "{drawn:?}");
    let values = |name: &str| read_npy::<f32>(folder.path().join(name)).unwrap().to_vec();
    let first = values("x.npy");
    assert!(first.iter().all(|x| (0.0..=16.0).contains(x)) && first.iter().any(|&x| x > 4.0));
    succeeds(folder.path(), &call);
    assert_eq!(values("x.npy"), first, "the same seed draws the same");
    succeeds(folder.path(), &[&call[..], &["--seed", "9"]].concat());
    assert_ne!(values("x.npy"), first);
    let at = |name: &str| folder.path().join(name);
    let text = succeeds(folder.path(), &["sample", &run, "-n", "10", "--out", "grid.png"]);
    let told = "grid-neighbours.png: each sample above the training row nearest to it";
    assert!(text.contains(told), "{text}");
    assert!(is_png(at("grid.png")) && is_png(at("grid-neighbours.png")));
    succeeds(
        folder.path(),
        &["sample", &run, "-n", "10", "--out", "x.png", "--neighbours"],
    );
    assert!(!at("x-neighbours.png").exists());
    let read = |name: &str| fs::read(at(name)).unwrap();
    assert_eq!(read("x.png"), read("grid-neighbours.png"), "the same picture");
    assert_ne!(read("x.png"), read("grid.png"));
}

/// Files hold the numbers that the model computes, and no digits of rounding; a scaling that shifts columns needs those of f64.
#[test]
fn rows_are_written_in_the_type_that_they_need() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_table(&at("table.csv"), 40);
    let train = "train --data table.csv --label kind --epochs 1 --quiet";
    for (scale, element) in [("none", "<f4"), ("min-max", "<f8")] {
        let call = format!("{train} --scale {scale} --out {scale}");
        succeeds(folder.path(), &call.split(' ').collect::<Vec<_>>());
        for name in ["x.csv", "x.npy"] {
            let call = format!("reconstruct {scale} --data table.csv --label kind --out {name}");
            succeeds(folder.path(), &call.split(' ').collect::<Vec<_>>());
        }
        let array = fs::read(at("x.npy")).unwrap();
        let header = String::from_utf8_lossy(&array[..80]).into_owned();
        assert!(header.contains(element), "{header}");
        let text = fs::read_to_string(at("x.csv")).unwrap();
        let cells: Vec<&str> = text.lines().skip(1).flat_map(|line| line.split(',')).collect();
        assert_eq!(cells.len(), 40 * 4);
        let values = read_npy::<f64>(at("x.npy")).unwrap().to_vec();
        for (cell, value) in cells.into_iter().zip(values) {
            if element == "<f4" {
                assert_eq!(cell.parse::<f32>().unwrap(), value as f32);
                let digits = cell
                    .trim_start_matches(['-', '0', '.'])
                    .split('e')
                    .next()
                    .unwrap();
                assert!(digits.len() <= 10, "{cell}");
            } else {
                assert_eq!(cell.parse::<f64>().unwrap(), value);
            }
        }
    }
}

#[test]
fn models_without_a_prior_draw_from_a_density_of_their_codes() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_of("undercomplete");
    for (density, named) in [
        (None, "mixture:10"),
        (Some("gaussian"), "gaussian"),
        (Some("mixture:3"), "mixture:3"),
    ] {
        let mut call = vec!["sample", &run, "-n", "20", "--out", "x.csv"];
        call.extend(density.iter().flat_map(|density| ["--density", density]));
        let drawn = json(folder.path(), &call);
        assert_eq!(drawn["density"], named);
        let csv = fs::read_to_string(folder.path().join("x.csv")).unwrap();
        assert_eq!(csv.lines().count(), 21, "{csv}");
    }
    // Not more Gaussians than rows, and it says so.
    write_table(&folder.path().join("few.csv"), 6);
    let train = "train --data few.csv --label kind --epochs 1 --validation 0 --out few --quiet";
    succeeds(folder.path(), &train.split(' ').collect::<Vec<_>>());
    let drawn = json(
        folder.path(),
        &["sample", "few", "-n", "5", "--out", "few-drawn.csv"],
    );
    assert_eq!(drawn["density"], "mixture:6");
}

#[test]
fn an_interpolation_starts_and_ends_at_the_reconstructions_of_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_of("variational");
    let call = [
        "interpolate",
        &run,
        "--from",
        "4",
        "--to",
        "900",
        "--steps",
        "6",
        "--out",
    ];
    succeeds(folder.path(), &[&call[..], &["way.npy"]].concat());
    succeeds(folder.path(), &[&call[..], &["way.png"]].concat());
    assert!(is_png(folder.path().join("way.png")));
    succeeds(
        folder.path(),
        &["reconstruct", &run, "--data", "digits", "--out", "x.npy"],
    );
    let read = |name: &str| read_npy::<f32>(folder.path().join(name)).unwrap();
    let (way, all) = (read("way.npy"), read("x.npy"));
    assert_eq!(way.shape()[..], [6, 64]);
    for (step, row) in [(0, 3), (5, 899)] {
        let pairs = way
            .select(0, step)
            .to_vec()
            .into_iter()
            .zip(all.select(0, row).to_vec());
        let farthest = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(farthest < 1e-4, "{farthest}");
    }
}

#[test]
fn a_traversal_has_a_line_for_each_latent() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_of("variational");
    let strongest = json(folder.path(), &["traverse", &run, "--out", "x.png"]);
    assert!(is_png(folder.path().join("x.png")));
    let lines = strongest["latents"].as_array().unwrap();
    let effects: Vec<f64> = lines
        .iter()
        .map(|line| line["effect"].as_f64().unwrap())
        .collect();
    assert!(
        effects.len() == 8 && effects.is_sorted_by(|a, b| a >= b),
        "{effects:?}"
    );
    let call = [
        "traverse",
        &run,
        "--row",
        "2",
        "--latents",
        "3,z1",
        "--range",
        "1.5",
        "--steps",
        "5",
    ];
    let asked = json(folder.path(), &[&call[..], &["--out", "x.npy"]].concat());
    let numbers: Vec<_> = asked["latents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| &line["latent"])
        .collect();
    assert_eq!(numbers, [3, 1]);
    assert_eq!(asked["rows"], 10);
    let rows = read_npy::<f32>(folder.path().join("x.npy")).unwrap();
    assert_ne!(rows.select(0, 0).to_vec(), rows.select(0, 4).to_vec());
}

#[test]
fn runs_are_set_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let runs = [run_of("undercomplete"), run_of("variational")];
    let found = json(folder.path(), &["compare", &runs[0], &runs[1]]);
    assert_eq!(
        [&found["same_data"], &found["same_rows"], &found["same_scaling"]],
        [&Value::Bool(true); 3]
    );
    let eval = json(folder.path(), &["eval", &runs[1]]);
    assert_eq!(found["runs"][1]["mse"], eval["mse"]);
    assert_eq!(found["runs"][1]["loss"], eval["loss"]);
    assert_eq!(found["runs"][0]["pca_mse"], found["runs"][1]["pca_mse"]);
    assert_eq!(found["runs"][0]["epochs"], 12);
    // Another seed holds out other rows.
    let train = [
        "train", "--epochs", "1", "--seed", "5", "--out", "other", "--quiet",
    ];
    succeeds(folder.path(), &train);
    let output = support::latents(folder.path(), &["compare", &runs[0], "other"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("measured on other rows"), "{stderr}");
    let text = succeeds(
        folder.path(),
        &["compare", &runs[0], "other", "--data", "digits", "--quiet"],
    );
    assert!(
        text.contains("Explained variance") && text.contains("1797"),
        "{text}"
    );
    let same = json(folder.path(), &["compare", &runs[0], "other", "--data", "digits"]);
    assert_eq!(same["same_rows"], true);
}

#[test]
fn each_command_shows_how_it_is_called() {
    for command in [
        "denoise",
        "detect",
        "probe",
        "sample",
        "interpolate",
        "traverse",
        "compare",
    ] {
        let help = succeeds(Path::new("."), &[command, "--help"]);
        assert!(
            help.contains("Examples:") && help.contains(&format!("latents {command} ")),
            "{help}"
        );
        assert!(help.contains("--json") && help.contains("--quiet"), "{help}");
        let (code, _) = fails(Path::new("."), &[command, "no/such/run", "--flag"]);
        assert_eq!(code, 2);
    }
}
