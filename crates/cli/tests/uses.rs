//! What people do with a trained model, each beside its baseline.

mod support;
use latents_data::{OpenOptions, open, read_npy};
use latents_report::number::significant;
use serde_json::{Map, Value};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use support::{digits_run, fails, json, latents, succeeds, write_floats, write_table};

/// A small run of a kind on the digits that tests only read, made once.
fn run_of(kind: &'static str) -> String {
    static RUNS: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = RUNS.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let train = |args: &[&str]| {
            succeeds(folder.path(), &[&["train"], args, &["--quiet"]].concat());
        };
        let deep = [
            "--latent",
            "8",
            "--hidden",
            "48",
            "--epochs",
            "12",
            "--learning-rate",
            "0.005",
        ];
        train(&[&["variational", "--out", "variational"], &deep[..]].concat());
        train(
            &[
                &["denoising", "--noise", "gaussian:0.3", "--out", "denoising"],
                &deep[..],
            ]
            .concat(),
        );
        train(&[&["undercomplete", "--out", "undercomplete"], &deep[..]].concat());
        folder
    });
    folder.path().join(kind).display().to_string()
}

fn number(object: &Map<String, Value>, path: &[&str]) -> f64 {
    let value = path[1..].iter().fold(&object[path[0]], |value, key| &value[*key]);
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{path:?} is no number in {object:?}"))
}

/// The section of a page with this heading.
fn section<'a>(page: &'a str, heading: &str) -> Option<&'a str> {
    page.split("<section>")
        .find(|section| section.trim_start().starts_with(&format!("<h2>{heading}</h2>")))
}

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
fn the_page_shows_noise_and_what_is_left_of_it() {
    let page = |run: &str| fs::read_to_string(Path::new(run).join("report.html")).unwrap();
    let shown = page(&run_of("denoising"));
    let section = section(&shown, "Denoising").unwrap();
    for text in [
        "Clean, noisy, cleaned",
        "What is left of gaussian:0.3",
        "on 180 rows that were held out",
        "PSNR (dB)",
        "SSIM",
        "as it was given",
        "median filter, 3×3 pixels",
        "PCA, 8 components",
    ] {
        assert!(section.contains(text), "{text}: {section}");
    }
    assert_eq!(section.matches("<img").count(), 3 * 9);
    // The same noise as that of the command with the seed of the training.
    let found = json(
        Path::new("."),
        &[
            "denoise",
            &run_of("denoising"),
            "--noise",
            "gaussian:0.3",
            "--seed",
            "0",
        ],
    );
    let psnr = number(&found, &["model", "psnr"]);
    assert!(
        section.contains(&format!("<strong>{psnr:.2}</strong>")),
        "{psnr}: {section}"
    );
    assert!(!page(&run_of("undercomplete")).contains("<h2>Denoising</h2>"));
}

#[test]
fn rows_of_a_table_are_denoised_on_the_page_without_pictures() {
    let folder = tempfile::tempdir().unwrap();
    write_table(&folder.path().join("x.csv"), 120);
    let call = "train denoising --data x.csv --label kind --noise gaussian:0.3 --latent 2 --hidden none --epochs 2 --out run";
    succeeds(folder.path(), &call.split(' ').collect::<Vec<_>>());
    let page = fs::read_to_string(folder.path().join("run/report.html")).unwrap();
    let section = section(&page, "Denoising").unwrap();
    assert!(
        section.contains("PSNR (dB)") && section.contains("PCA, 2 components"),
        "{section}"
    );
    assert!(
        !section.contains("<img") && !section.contains("SSIM") && !section.contains("median"),
        "{section}"
    );
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
fn the_page_says_how_well_classes_are_told_from_codes() {
    let page = fs::read_to_string(Path::new(&run_of("undercomplete")).join("report.html")).unwrap();
    let table = section(&page, "Beside other methods").unwrap();
    assert!(
        table.contains("fitted to 1,617 rows of the training, tested on 180 rows held out."),
        "{table}"
    );
    let probed = json(Path::new("."), &["probe", &run_of("undercomplete")]);
    for of in ["codes", "pca", "raw"] {
        for error in ["neighbours_error", "logistic_error"] {
            let accuracy = format!(">{:.4}<", 1.0 - number(&probed, &[of, error]));
            assert!(table.contains(&accuracy), "{of}, {error}, {accuracy}: {table}");
        }
    }
}

#[test]
fn of_many_rows_some_tell_the_page_of_classes_and_none_where_they_were_learnt() {
    let folder = tempfile::tempdir().unwrap();
    write_table(&folder.path().join("x.csv"), 2500);
    let table = |validation: &str| {
        let call =
            "train --data x.csv --label kind --latent 2 --hidden none --epochs 1 --out run --overwrite";
        let call = [
            &call.split(' ').collect::<Vec<_>>()[..],
            &["--validation", validation],
        ]
        .concat();
        succeeds(folder.path(), &call);
        let page = fs::read_to_string(folder.path().join("run/report.html")).unwrap();
        section(&page, "Beside other methods").unwrap().to_owned()
    };
    let some = table("0.1");
    assert!(
        some.contains("fitted to 2,000 rows of the training, tested on 250 rows held out."),
        "{some}"
    );
    assert!(some.contains("Logistic regression accuracy"));
    let none = table("0");
    assert!(
        none.contains("k-NN accuracy") && !none.contains("Logistic"),
        "{none}"
    );
}

#[test]
fn the_page_shows_samples_of_every_model_and_says_what_they_are_drawn_from() {
    for (kind, density) in [
        ("variational", "drawn from the standard normal prior (seed 0)"),
        (
            "undercomplete",
            "drawn from a mixture of 10 Gaussians fitted to the codes of 1,617 training rows (seed 0)",
        ),
    ] {
        let page = fs::read_to_string(Path::new(&run_of(kind)).join("report.html")).unwrap();
        let shown = section(&page, "What the model makes of codes").unwrap();
        assert!(
            shown.contains("<b>Samples</b>") && shown.contains(density),
            "{shown}"
        );
        // The same as those of the command.
        let folder = tempfile::tempdir().unwrap();
        let call = [
            "sample",
            &run_of(kind),
            "-n",
            "9",
            "--out",
            "x.npy",
            "--seed",
            "0",
        ];
        let least = number(&json(folder.path(), &call), &["nearest", "samples_least"]);
        assert!(
            shown.contains(&format!(", {}</td>", significant(least, 4))),
            "{kind}, {least}: {shown}"
        );
    }
}

#[test]
fn the_parts_of_a_loss_are_in_the_history_and_on_the_page() {
    let file = |kind, name| fs::read_to_string(Path::new(&run_of(kind)).join(name)).unwrap();
    let history = file("variational", "history.csv");
    let columns = "reconstruction,divergence,validation_reconstruction,validation_divergence";
    assert!(
        history.starts_with(&format!("epoch,loss,validation_loss,seconds,{columns}\n")),
        "{history}"
    );
    let page = file("variational", "report.html");
    assert!(page.contains("Parts of the loss by epoch") && page.contains("KL divergence, training"));
    let folder = tempfile::tempdir().unwrap();
    for name in ["config.toml", "model.safetensors", "history.csv"] {
        let original = Path::new(&run_of("variational")).join(name);
        fs::copy(original, folder.path().join(name)).unwrap();
    }
    succeeds(folder.path(), &["report", "."]);
    let again = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert_eq!(page, again, "the parts are read back from the history");
    let page = file("undercomplete", "report.html");
    assert!(
        !page.contains("Parts of the loss"),
        "a loss of one part is all there is"
    );
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
        text.contains("Explained variance") && text.contains("1,797"),
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
