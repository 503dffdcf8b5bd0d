//! What is done with a trained model.

use crate::support;
use latents_data::read_npy;
use std::path::Path;
use support::{copied_run, digits_run, json, succeeds, write_floats};

fn run_name() -> String {
    digits_run().display().to_string()
}

#[test]
fn eval_measures_the_rows_it_is_given() {
    let here = Path::new(".");
    let held_out = json(here, &["eval", &run_name()]);
    let mut keys: Vec<&str> = held_out.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["explained_variance", "loss", "mse", "rows"]);
    assert_eq!(held_out["rows"], 180);
    let all = json(here, &["eval", &run_name(), "--data", "digits"]);
    assert_eq!(all["rows"], 1797);
    assert!(all["mse"].as_f64().unwrap() > 0.0 && all["explained_variance"].as_f64().unwrap() < 1.0);

    let history = std::fs::read_to_string(digits_run().join("history.csv")).unwrap();
    let last: f64 = history
        .lines()
        .last()
        .unwrap()
        .split(',')
        .nth(2)
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(
        held_out["loss"].as_f64(),
        Some(last),
        "the validation rows and weights of the run are the same"
    );
    let text = succeeds(here, &["eval", &run_name(), "--quiet"]);
    assert!(text.contains("Explained variance"), "{text}");
}

#[test]
fn encoding_and_decoding_is_reconstructing() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let written = json(
        folder.path(),
        &["encode", &run_name(), "--data", "digits", "--out", "codes.npy"],
    );
    assert_eq!((&written["rows"], &written["columns"]), (&1797.into(), &3.into()));
    succeeds(
        folder.path(),
        &[
            "decode",
            &run_name(),
            "--codes",
            "codes.npy",
            "--out",
            "decoded.npy",
        ],
    );
    succeeds(
        folder.path(),
        &["reconstruct", &run_name(), "--data", "digits", "--out", "x.npy"],
    );
    let codes = read_npy::<f32>(at("codes.npy")).unwrap();
    assert_eq!(codes.shape()[..], [1797, 3]);
    let (decoded, x) = (
        read_npy::<f32>(at("decoded.npy")).unwrap(),
        read_npy::<f32>(at("x.npy")).unwrap(),
    );
    assert_eq!(x.shape()[..], [1797, 64]);
    assert_eq!(decoded.to_vec(), x.to_vec());
    let largest = x.to_vec().into_iter().fold(0.0, f32::max);
    assert!(
        largest > 1.5 && largest <= 16.0,
        "in the units of the data, not scaled: {largest}"
    );
}

#[test]
fn pictures_are_written() {
    let folder = tempfile::tempdir().unwrap();
    succeeds(folder.path(), &["encode", &run_name(), "--out", "codes.npy"]);
    succeeds(
        folder.path(),
        &[
            "decode",
            &run_name(),
            "--codes",
            "codes.npy",
            "--out",
            "d.png",
            "--rows",
            "9",
        ],
    );
    succeeds(
        folder.path(),
        &["reconstruct", &run_name(), "--data", "digits", "--out", "r.PNG"],
    );
    for name in ["d.png", "r.PNG"] {
        assert!(
            std::fs::read(folder.path().join(name))
                .unwrap()
                .starts_with(b"\x89PNG")
        );
    }
}

#[test]
fn tables_are_scaled_and_scaled_back() {
    let folder = tempfile::tempdir().unwrap();
    let values: Vec<f32> = (0..400)
        .map(|i| 100.0 + (i * 7 % 23) as f32 * [1.0, 10.0][i % 2])
        .collect();
    write_floats(&folder.path().join("x.npy"), 4, &values);
    let args = [
        "train", "--data", "x.npy", "--scale", "standard", "--output", "linear", "--latent", "2", "--out",
        "run",
    ];
    let result = json(
        folder.path(),
        &[&args[..], &["--epochs", "30", "--batch-size", "10"]].concat(),
    );
    assert!(result["train_loss"].as_f64().unwrap() < 1.5);
    succeeds(
        folder.path(),
        &["reconstruct", "run", "--data", "x.npy", "--out", "again.npy"],
    );
    succeeds(
        folder.path(),
        &["reconstruct", "run", "--data", "x.npy", "--out", "again.png"],
    );
    succeeds(
        folder.path(),
        &["encode", "run", "--data", "x.npy", "--out", "codes.npy"],
    );
    succeeds(
        folder.path(),
        &["decode", "run", "--codes", "codes.npy", "--out", "decoded.png"],
    );
    let again = read_npy::<f32>(folder.path().join("again.npy")).unwrap().to_vec();
    let mean = again.iter().sum::<f32>() / again.len() as f32;
    assert!((110.0..250.0).contains(&mean), "in the units of the data: {mean}");
}

#[test]
fn summary_shows_layers_and_settings() {
    let text = succeeds(Path::new("."), &["summary", &run_name()]);
    for shown in [
        "undercomplete 64-16-3-16-64",
        "Linear(64, 16)",
        "(batch, 3)",
        "digits",
        "2 epochs",
    ] {
        assert!(text.contains(shown), "no {shown:?} in\n{text}");
    }
    let object = json(Path::new("."), &["summary", &run_name()]);
    let parameters: u64 = object["layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|layer| layer["parameters"].as_u64().unwrap())
        .sum();
    assert_eq!(object["parameters"].as_u64(), Some(parameters));
    assert_eq!(object["config"]["training"]["epochs"], 2);
}

#[test]
fn report_is_made_anew_from_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let run = copied_run(folder.path());
    let read = |name: &str| std::fs::read(run.join(name)).unwrap();
    let before = [read("report.html"), read("reconstructions.png")];
    std::fs::remove_file(run.join("report.html")).unwrap();
    std::fs::remove_file(run.join("reconstructions.png")).unwrap();
    let written = json(folder.path(), &["report", "run"]);
    assert_eq!(
        written["report"],
        Path::new("run").join("report.html").display().to_string()
    );
    assert!(
        [read("report.html"), read("reconstructions.png")] == before,
        "the files are the same again"
    );
    let page = String::from_utf8(read("report.html")).unwrap();
    let config = std::fs::read_to_string(run.join("config.toml")).unwrap();
    let config: toml::Table = toml::from_str(&config).unwrap();
    for part in ["model", "training"] {
        for key in config[part].as_table().unwrap().keys() {
            assert!(
                page.contains(&format!("{part}.{key}")),
                "{part}.{key} is not on the page"
            );
        }
    }
}

#[test]
fn help_has_examples() {
    for command in [
        "train",
        "eval",
        "encode",
        "decode",
        "reconstruct",
        "summary",
        "report",
    ] {
        let help = succeeds(Path::new("."), &[command, "--help"]);
        assert!(
            help.contains("Example") && help.contains(&format!("latents {command} ")),
            "{help}"
        );
    }
    let help = succeeds(Path::new("."), &["--help"]);
    assert!(help.contains("Examples:") && help.contains("Exit code"), "{help}");
    assert!(succeeds(Path::new("."), &["--version"]).starts_with("latents "));
}

#[test]
fn completions_and_man_pages_have_every_command_and_option() {
    let folder = tempfile::tempdir().unwrap();
    let registry = latents_autoencoders::Registry::standard();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = succeeds(folder.path(), &["completions", shell]);
        for word in registry.options().iter().map(|option| &option.flag[2..]) {
            assert!(script.contains(word), "{shell}: no {word}");
        }
        assert!(
            script.contains("interpolate") && script.contains("contractive"),
            "{shell}"
        );
    }
    succeeds(folder.path(), &["man", "--out", "pages/man1"]);
    let page = |name: &str| {
        let text = std::fs::read_to_string(folder.path().join("pages/man1").join(name)).unwrap();
        text.replace('\\', "")
    };
    let train = page("latents-train.1");
    for option in registry.options() {
        assert!(train.contains(option.flag), "no {}", option.flag);
    }
    assert!(
        page("latents.1").contains("latents-detect") && page("latents-detect.1").contains("--contamination")
    );
    assert!(!folder.path().join("pages/man1/latents-help.1").exists());
}

#[test]
fn the_library_reads_a_run_and_its_model() {
    let run = latents_run::Run::open(digits_run()).unwrap();
    let model = latents_autoencoders::load(digits_run().join("model.safetensors")).unwrap();
    assert_eq!(model.config(), Some(run.config.model.clone()));
    assert_eq!(
        Some(latents_nn::parameters_sha256(&*model)),
        run.config.run.parameters_sha256
    );
}
