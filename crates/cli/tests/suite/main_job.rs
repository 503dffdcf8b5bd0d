//! The first thing that everyone does: `latents train`.

use crate::support;
use support::{digits_run, fails, json, latents, succeeds};

#[test]
fn training_writes_a_whole_run() {
    let folder = tempfile::tempdir().unwrap();
    let text = succeeds(folder.path(), &["train", "--epochs", "2"]);
    for shown in [
        "1,797 rows",
        "1,617 rows to learn, 180 rows held out",
        "Layer",
        "Output shape",
        "Parameters",
        "(batch, 64)",
        "PCA, 8 components",
        "report.html",
    ] {
        assert!(text.contains(shown), "no {shown:?} in\n{text}");
    }
    let run = folder.path().join("runs/undercomplete-digits-1");
    let read = |name: &str| std::fs::read(run.join(name)).unwrap();
    let text = |name: &str| String::from_utf8(read(name)).unwrap();

    let config: toml::Table = text("config.toml").parse().unwrap();
    assert_eq!(config["model"]["kind"].as_str(), Some("undercomplete"));
    assert_eq!(config["model"]["network"]["input"].as_integer(), Some(64));
    assert_eq!(config["training"]["epochs"].as_integer(), Some(2));
    assert_eq!(config["data"]["source"].as_str(), Some("digits"));
    assert_eq!(config["data"]["scaling"]["by"].as_float(), Some(16.0));
    assert_eq!(
        config["run"]["command"].as_str(),
        Some("latents train --epochs 2")
    );

    let history = text("history.csv");
    assert_eq!(history.lines().next(), Some("epoch,loss,validation_loss,seconds"));
    assert_eq!(history.lines().count(), 3);

    let page = text("report.html");
    assert!(
        page.contains("<svg") && page.contains("data:image/png;base64,"),
        "no picture"
    );
    assert!(read("reconstructions.png").starts_with(b"\x89PNG\r\n\x1a\n"));

    let model = read("model.safetensors");
    let header = u64::from_le_bytes(model[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&model[8..8 + header]).unwrap();
    assert_eq!(header["encoder.0.weight"]["shape"], serde_json::json!([128, 64]));
    assert_eq!(std::fs::read_dir(&run).unwrap().count(), 5, "files left over");
}

#[test]
fn digits_beat_pca_with_the_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let result = json(folder.path(), &["train"]);
    let number = |key: &str| result[key].as_f64().unwrap();
    assert!(number("validation_loss") < number("pca_loss"), "{result:?}");
}

#[test]
fn the_result_is_one_object_with_these_keys() {
    let folder = tempfile::tempdir().unwrap();
    let result = json(
        folder.path(),
        &["train", "--epochs", "3", "--out", "deep/inside/run"],
    );
    let mut keys: Vec<&str> = result.keys().map(String::as_str).collect();
    let mut expected = [
        "run",
        "model",
        "parameters",
        "epochs",
        "seconds",
        "pretraining_seconds",
        "seconds_per_epoch",
        "samples_per_second",
        "train_loss",
        "validation_loss",
        "train_parts",
        "validation_parts",
        "mse",
        "pca_loss",
        "findings",
        "numerics_version",
        "parameters_sha256",
    ];
    keys.sort_unstable();
    expected.sort_unstable();
    assert_eq!(keys, expected);
    assert_eq!(result["run"], "deep/inside/run");
    assert_eq!(result["model"], "undercomplete");
    assert_eq!(result["epochs"], 3);
    let hash = result["parameters_sha256"].as_str().unwrap();
    assert!(
        hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{hash}"
    );
    for key in [
        "seconds",
        "seconds_per_epoch",
        "samples_per_second",
        "train_loss",
        "validation_loss",
        "pca_loss",
    ] {
        assert!(
            result[key].as_f64().is_some_and(|number| number > 0.0),
            "{key}: {}",
            result[key]
        );
    }
}

#[test]
fn the_seconds_of_layers_one_by_one_are_counted_in() {
    let folder = tempfile::tempdir().unwrap();
    let json = |args: &str| json(folder.path(), &args.split(' ').collect::<Vec<_>>());
    let trained = json("train stacked --layers 8,3 --pretraining 3 --epochs 2 --out run");
    let of = |key: &str| trained[key].as_f64().unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.path().join("run").join(name)).unwrap();
    let epochs = latents_report::parse_history(&read("history.csv")).unwrap();
    let whole: f64 = epochs.iter().map(|epoch| epoch.seconds).sum();
    assert!(of("pretraining_seconds") > 0.0 && whole > 0.0);
    let sum = of("pretraining_seconds") + whole;
    assert!((of("seconds") - sum).abs() < 1e-9, "{trained:?}");
    assert_eq!(json("compare run run")["runs"][0]["seconds"], trained["seconds"]);
    let page = read("report.html");
    assert!(page.contains("of layer-wise pretraining"));
    json("report run");
    assert_eq!(page, read("report.html"), "the report made again counts them too");
    let again = json("train --config run/config.toml --out again");
    assert_eq!(again["parameters_sha256"], trained["parameters_sha256"]);
    assert!(json("train --epochs 1 --out plain")["pretraining_seconds"].is_null());
    let broken = "train stacked --layers 8,3 --pretraining 2,2:1e38 --out broken";
    let (_, error) = fails(folder.path(), &broken.split(' ').collect::<Vec<_>>());
    assert!(error.contains("layer 2, epoch 1"), "{error}");
    let config = std::fs::read_to_string(folder.path().join("broken/config.toml")).unwrap();
    assert!(config.contains("\npretraining_seconds = "), "{config}");
}

#[test]
fn the_same_seed_gives_the_same_bits_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let hash = |more: &[&str]| {
        let args = ["train", "--epochs", "2", "--hidden", "none", "--latent", "5"];
        json(folder.path(), &[&args, more].concat())["parameters_sha256"].clone()
    };
    let first = hash(&["--threads", "1"]);
    assert_eq!(first, hash(&["--threads", "1"]));
    assert_eq!(first, hash(&["--threads", "2"]));
    assert_eq!(first, hash(&["--threads", "3"]));
    assert_ne!(first, hash(&["--threads", "1", "--seed", "1"]));
    assert!(
        folder.path().join("runs/undercomplete-digits-5").is_dir(),
        "five runs, five folders"
    );
}

#[test]
fn the_program_that_everyone_learns_first_is_the_default_for_other_data() {
    let folder = tempfile::tempdir().unwrap();
    support::write_table(&folder.path().join("table.csv"), 60);
    let args = [
        "train",
        "undercomplete",
        "--data",
        "table.csv",
        "--label",
        "kind",
        "--latent",
        "2",
        "--epochs",
        "1",
    ];
    let result = json(folder.path(), &args);
    assert_eq!(result["parameters"], 4 * 2 + 2 + 2 * 4 + 4);
    let text = std::fs::read_to_string(folder.path().join("runs/undercomplete-table-1/config.toml")).unwrap();
    let config: toml::Table = text.parse().unwrap();
    let (model, training) = (&config["model"], &config["training"]);
    let (network, optimizer) = (&model["network"], &training["optimizer"]);
    assert_eq!(network["hidden"].as_array().map(Vec::len), Some(0));
    assert_eq!(network["latent_activation"].as_str(), Some("relu"));
    assert_eq!(network["output_activation"].as_str(), Some("sigmoid"));
    assert_eq!(training["batch_size"].as_integer(), Some(256));
    assert_eq!(optimizer["name"].as_str(), Some("adam"));
    assert_eq!(optimizer["learning_rate"].as_float(), Some(1e-3));
    assert_eq!(optimizer["epsilon"].as_float(), Some(1e-7));
}

#[test]
fn a_configuration_repeats_a_run_and_flags_override_it() {
    let folder = tempfile::tempdir().unwrap();
    let first = json(
        folder.path(),
        &[
            "train", "--epochs", "2", "--hidden", "20", "--latent", "4", "--seed", "9",
        ],
    );
    let config = folder.path().join("runs/undercomplete-digits-1/config.toml");
    let config = config.to_str().unwrap();
    let again = json(folder.path(), &["train", "--config", config]);
    assert_eq!(first["parameters_sha256"], again["parameters_sha256"]);
    let other = json(
        folder.path(),
        &["train", "--config", config, "--epochs", "1", "--hidden", "none"],
    );
    assert_eq!(
        (other["epochs"].as_u64(), other["parameters"].as_u64()),
        (Some(1), Some(64 * 4 + 4 + 4 * 64 + 64))
    );
}

#[test]
fn without_a_terminal_there_is_no_progress_bar_and_quiet_says_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output = latents(folder.path(), &["train", "--epochs", "1"]);
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let output = latents(folder.path(), &["train", "--epochs", "1", "--quiet"]);
    assert!(output.status.success() && output.stdout.is_empty() && output.stderr.is_empty());
    let output = latents(folder.path(), &["train", "--epochs", "1", "--json"]);
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("Output shape"),
        "text for people goes to stderr"
    );
}

#[test]
fn the_first_step_is_timed_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = assert_cmd::Command::cargo_bin("latents").unwrap();
    let args = ["train", "--epochs", "1", "--quiet"];
    let output = command
        .current_dir(folder.path())
        .args(args)
        .env("LATENTS_TIMING", "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        text.starts_with("timing: ") && text.contains(" ms to the end of the first training step"),
        "{text}"
    );
}

#[test]
fn overwriting_replaces_a_run_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let run = support::copied_run(folder.path());
    std::fs::write(run.join("notes.txt"), "mine").unwrap();
    succeeds(
        folder.path(),
        &["train", "--epochs", "1", "--out", "run", "--overwrite"],
    );
    assert_eq!(std::fs::read_to_string(run.join("notes.txt")).unwrap(), "mine");
    assert_eq!(
        std::fs::read_to_string(run.join("history.csv"))
            .unwrap()
            .lines()
            .count(),
        2
    );
    assert!(digits_run().is_dir());
}

#[test]
fn patience_stops_and_keeps_the_best_weights() {
    let folder = tempfile::tempdir().unwrap();
    let args = [
        "train",
        "--epochs",
        "60",
        "--patience",
        "1",
        "--learning-rate",
        "0.05",
        "--hidden",
        "none",
    ];
    let result = json(folder.path(), &args);
    let history =
        std::fs::read_to_string(folder.path().join("runs/undercomplete-digits-1/history.csv")).unwrap();
    let losses: Vec<f64> = history
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(2).unwrap().parse().unwrap())
        .collect();
    assert_eq!(result["epochs"].as_u64(), Some(losses.len() as u64));
    assert!(losses.len() < 60, "never stopped: {losses:?}");
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(result["validation_loss"].as_f64(), Some(best));
}

#[test]
fn an_empty_folder_is_used_and_what_a_killed_run_left_is_swept() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    std::fs::create_dir(&run).unwrap();
    std::fs::write(run.join(".writing-aBc123"), "half").unwrap();
    std::fs::create_dir(run.join(".latents-aBc123")).unwrap();
    std::fs::write(run.join(".latents-aBc123/model.safetensors"), "half").unwrap();
    succeeds(folder.path(), &["train", "--epochs", "1", "--out", "run"]);
    assert_eq!(std::fs::read_dir(&run).unwrap().count(), 5, "files left over");
}

/// Runs the command with `--json`, sends it SIGINT after the first step, and returns its result and what it said.
#[cfg(unix)]
fn interrupted(folder: &std::path::Path, args: &[&str]) -> (serde_json::Value, String) {
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("latents"))
        .current_dir(folder)
        .args(args)
        .arg("--json")
        .env("LATENTS_TIMING", "1")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut lines = std::io::BufRead::lines(stderr).map(Result::unwrap);
    lines
        .find(|line| line.starts_with("timing: "))
        .expect("a first training step");
    let signal = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(signal.unwrap().success());
    let told: Vec<String> = lines.collect();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{told:?}");
    (serde_json::from_slice(&output.stdout).unwrap(), told.join("\n"))
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_was_learnt() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["train", "--epochs", "1000000", "--out", "run"];
    let (result, told) = interrupted(folder.path(), &args);
    assert!(
        told.contains("stopped before the end: the weights of the last batch"),
        "{told}"
    );
    assert!(result["epochs"].as_u64().is_some_and(|epochs| epochs < 1_000_000));
    let page = std::fs::read_to_string(folder.path().join("run/report.html")).unwrap();
    assert!(page.contains("stopped before its end"));
    succeeds(folder.path(), &["eval", "run"]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_in_the_only_epoch_is_told_and_tells_no_speed() {
    let folder = tempfile::tempdir().unwrap();
    let args = [
        "train",
        "--epochs",
        "1",
        "--batch-size",
        "1",
        "--hidden",
        "2048",
        "--patience",
        "3",
        "--out",
        "run",
    ];
    let (result, told) = interrupted(folder.path(), &args);
    assert!(
        told.contains("stopped before the end: the best weights are kept"),
        "{told}"
    );
    assert_eq!(result["epochs"], 1);
    assert!(result["samples_per_second"].is_null(), "{result}");
    let config = std::fs::read_to_string(folder.path().join("run/config.toml")).unwrap();
    assert!(config.contains("interrupted = true"), "{config}");
    succeeds(folder.path(), &["report", "run"]);
}

#[test]
fn with_patience_and_no_validation_the_loss_is_that_of_the_weights_kept() {
    let folder = tempfile::tempdir().unwrap();
    let args = "train --epochs 60 --patience 1 --validation 0 --learning-rate 0.05 --hidden none --out run";
    let result = json(folder.path(), &args.split_whitespace().collect::<Vec<_>>());
    let history = std::fs::read_to_string(folder.path().join("run/history.csv")).unwrap();
    let losses = history.lines().skip(1);
    let losses: Vec<f64> = losses
        .map(|line| line.split(',').nth(1).unwrap().parse().unwrap())
        .collect();
    assert!(losses.len() < 60, "never stopped: {losses:?}");
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(result["train_loss"].as_f64(), Some(best));
}

#[test]
fn codes_of_a_narrow_table_are_narrower_still() {
    let folder = tempfile::tempdir().unwrap();
    support::write_table(&folder.path().join("table.csv"), 60);
    let args = ["train", "--data", "table.csv", "--label", "kind", "--epochs", "1"];
    let text = succeeds(folder.path(), &args);
    assert!(
        text.contains("undercomplete 4-2-4") && text.contains("PCA, 2 components"),
        "{text}"
    );
    let output = latents(folder.path(), &[&args[..], &["--latent", "7"]].concat());
    let (told, warned) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert!(
        warned.starts_with("warning: The rows have 4 columns and the codes 7 dimensions"),
        "{warned}"
    );
    assert!(
        !told.contains("PCA, "),
        "with every component PCA is exact: {told}"
    );
}

#[test]
fn the_label_of_the_training_is_left_out_of_other_tables() {
    let folder = tempfile::tempdir().unwrap();
    support::write_table(&folder.path().join("table.csv"), 60);
    support::write_table(&folder.path().join("new.csv"), 20);
    std::fs::write(folder.path().join("plain.csv"), "a,b,c,d\n0,0.5,1,0.5\n1,0,0,0\n").unwrap();
    let args = [
        "train",
        "--data",
        "table.csv",
        "--label",
        "kind",
        "--epochs",
        "1",
        "--out",
        "run",
    ];
    succeeds(folder.path(), &args);
    assert_eq!(
        json(folder.path(), &["eval", "run", "--data", "new.csv"])["rows"],
        20
    );
    assert_eq!(
        json(folder.path(), &["eval", "run", "--data", "plain.csv"])["rows"],
        2
    );
    let elsewhere = tempfile::tempdir().unwrap();
    let run = folder.path().join("run").display().to_string();
    assert_eq!(
        json(elsewhere.path(), &["eval", &run])["rows"],
        6,
        "data are found from everywhere"
    );
}

#[test]
fn a_batch_larger_than_the_data_is_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let args = [
        "train",
        "--epochs",
        "1",
        "--batch-size",
        "9999999999999",
        "--out",
        "run",
    ];
    succeeds(folder.path(), &args);
    succeeds(folder.path(), &["eval", "run"]);
}

#[test]
fn dead_units_are_revived_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let args =
        "train sparse --latent 200 --hidden none --penalty topk:4 --learning-rate 0.02 --epochs 4 --json";
    let train = |more: &str| {
        let args: Vec<&str> = args.split(' ').chain(more.split_whitespace()).collect();
        let output = latents(folder.path(), &args);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{told}");
        let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let revived = told.lines().filter(|line| line.ends_with("revived units"));
        let revived: Vec<String> = revived.map(str::to_owned).collect();
        (result["parameters_sha256"].clone(), revived)
    };
    let (hash, told) = train("--revive-every 2 --out run");
    let [line] = &told[..] else {
        panic!("once, since nothing follows the last epoch: {told:?}");
    };
    let count = line.strip_prefix("after epoch 2: ").unwrap();
    assert!(
        count.split(' ').next().unwrap().parse::<usize>().unwrap() > 0,
        "{line}"
    );
    let (again, told_again) = train("--config run/config.toml --threads 1 --out again");
    assert_eq!(
        (&again, &told_again),
        (&hash, &told),
        "it is in the configuration"
    );
    let (without, told) = train("--out without");
    assert!(without != hash && told.is_empty());
    let (late, told) = train("--revive-every 3 --out late");
    assert!(
        late == without && told.is_empty(),
        "nothing is revived in the second half"
    );
    let (tied, _) = train("--tied --k-from 20 --out tied");
    let settings = std::fs::read_to_string(folder.path().join("tied/config.toml")).unwrap();
    assert!(tied != without && settings.contains("tied = true") && settings.contains("k_from = 20"));
    succeeds(folder.path(), &["eval", "tied"]);
    let call = "train --config tied/config.toml --penalty l1:0.1 --epochs 1 --out other_penalty";
    succeeds(folder.path(), &call.split(' ').collect::<Vec<_>>());
    let settings = std::fs::read_to_string(folder.path().join("other_penalty/config.toml")).unwrap();
    assert!(settings.contains("penalty = \"l1:0.1\"") && !settings.contains("k_from"));
    std::fs::write(folder.path().join("revival.toml"), "[revival]\nevery = 2\n").unwrap();
    assert_eq!(
        train("--config revival.toml --out typed"),
        (hash, told_again),
        "the kind is the typed one"
    );
    let other = [
        "train",
        "undercomplete",
        "--config",
        "run/config.toml",
        "--epochs",
        "1",
        "--out",
        "other",
    ];
    succeeds(folder.path(), &other);
    let page = std::fs::read_to_string(folder.path().join("run/report.html")).unwrap();
    assert!(page.contains("model.revive_every"));
}

#[test]
fn a_sparse_model_that_does_worse_than_pca_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let train = |latent: &str, out: &str| {
        let args = "train sparse --hidden none --penalty l1:10 --epochs 1 --latent";
        let args: Vec<&str> = args.split(' ').chain([latent, "--out", out]).collect();
        succeeds(folder.path(), &args)
    };
    let worse = "active dimensions in its code of";
    let page = |run: &str| std::fs::read_to_string(folder.path().join(run).join("report.html")).unwrap();
    assert!(train("100", "wide").contains(worse) && page("wide").contains(worse));
    let narrow = train("20", "narrow");
    assert!(
        narrow.contains("does as well or better") && !narrow.contains(worse),
        "said once: {narrow}"
    );
    assert!(page("narrow").contains(worse));
}

#[test]
fn an_emphasis_is_learnt_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let train = |more: &str| {
        let args = format!("train denoising --noise masking:0.3 --epochs 1 {more}");
        json(folder.path(), &args.split_whitespace().collect::<Vec<_>>())["parameters_sha256"].clone()
    };
    let weighed = train("--emphasis 1:0.25 --out run");
    assert_ne!(weighed, train("--out plain"));
    let config = std::fs::read_to_string(folder.path().join("run/config.toml")).unwrap();
    assert!(config.contains("corrupted = 1.0\nuntouched = 0.25"), "{config}");
    assert_eq!(weighed, train("--config run/config.toml --out again"));
}

#[test]
fn the_errors_below_pictures_are_means_like_all_others() {
    let page = std::fs::read_to_string(support::digits_run().join("report.html")).unwrap();
    let largest = page.split("<b>Largest errors</b>").nth(1).unwrap();
    let errors = largest.split("<th scope=\"row\">Error</th><td>").nth(1).unwrap();
    let error: f64 = errors.split('<').next().unwrap().parse().unwrap();
    assert!(error > 0.0 && error < 1.0, "values lie in [0, 1]: {error}");
}
