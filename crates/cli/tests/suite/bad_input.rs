//! Bad input: a clear error, the right exit code, nothing lost, never a panic.
//!
//! Each test writes what was typed, the exit code and stderr into one transcript, which is compared with the stored one.

use crate::support;
use std::fs;
use std::path::Path;
use support::{copied_run, digits_run, fails, succeeds, write_floats, write_npy, write_table};

/// Runs each call in `folder`, where each must fail, and returns the transcript.
fn transcript(folder: &Path, calls: &[&str]) -> String {
    let mut text = String::new();
    for call in calls {
        let args: Vec<&str> = call.split_whitespace().collect();
        let (code, stderr) = fails(folder, &args);
        assert!(code == 1 || code == 2, "{call}: exit code {code}");
        let stderr = stderr.replace(&folder.display().to_string(), "HERE");
        assert!(!stderr.contains(".rs:"), "{call}: {stderr}");
        text += &format!("$ latents {call}\n{stderr}[{code}]\n\n");
    }
    text
}

/// No failed call may leave a run folder behind.
fn no_runs(folder: &Path) {
    let runs = folder.join("runs");
    let left = fs::read_dir(&runs).map(Iterator::count).unwrap_or(0);
    assert_eq!(left, 0, "a folder was left in {}", runs.display());
}

#[test]
fn wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(transcript(
        folder.path(),
        &[
            "fly",
            "train overcomplete",
            "train --latent 0",
            "train --batch-size 0",
            "train --epochs many",
            "train --hidden 64,0",
            "train --learning-rate -1",
            "train --learning-rate nan",
            "train --validation 1",
            "train --threads 0",
            "train --threads 1000000",
            "train --validation -1",
            "train --seed -1",
            "train --scale twice",
            "train --output relu",
            "train --activation swish",
            "train --hiden 3",
            "train --schedule cosin",
            "train --schedule step:0:0.5",
            "train --weight-decay -1",
            "train --clip 0",
            "train --max-seconds 0",
            "train --image-size 28x",
            "train --color red",
            "train --channels 4 --latent-channels 0",
            "train --latent-channels 3",
            "train --channels 4 --latent-channels 3 --latent 8",
            "train --channels 4 --latent-channels 3 --hidden 8",
            "train --channels 4 --latent-channels 3 --decoder-hidden 8",
            "train --channels 4 --latent-channels 3 --layers 20,8",
            "train sparse --channels 4 --latent-channels 3",
            "train vq --channels 4 --latent-channels 3 --groups 5",
            "train vq --decay 1",
            "train --decay 0.9",
            "train sparse --revive-every 0",
            "train sparse --revive-every 9223372036854775808",
            "train stacked --pretraining 9223372036854775808",
            "train stacked --revive-every 2",
            "train sparse --k-from 3 --penalty topk:5",
            "train sparse --k-from 30 --penalty l1:0.1",
            "train undercomplete --tied",
            "train denoising --emphasis 1",
            "train denoising --emphasis -1:1",
            "train denoising --emphasis 0:0",
            "train denoising --emphasis 1:0.5 --loss bce",
            "train variational --emphasis 1:0.5",
            "encode run --data digits",
            "encode run --data digits --out codes.txt",
            "encode run --data digits --out codes.png",
            "decode run --codes codes.npy --out x",
            "eval run --part train",
        ]
    ));
    no_runs(folder.path());
}

#[test]
fn files_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("empty.npy"), "").unwrap();
    fs::write(at("empty.csv"), "").unwrap();
    write_npy(&at("short.npy"), "<f4", "(1000, 8)", &[0; 64]);
    write_npy(&at("huge.npy"), "<f8", "(99999999999, 99999999)", &[0; 64]);
    write_npy(&at("long.npy"), "<f4", "(2, 2)", &[0; 64]);
    write_npy(&at("complex.npy"), "<c8", "(2, 2)", &[0; 32]);
    write_npy(&at("text.npy"), "<U3", "(2, 2)", &[0; 48]);
    write_npy(&at("rows.npy"), "<f4", "(0, 4)", &[]);
    fs::write(at("garbage.npz"), [0x50, 0x4b, 3, 4, 1, 2, 3]).unwrap();
    fs::write(at("noise.bin"), [0xff, 0xfe, 0, 1, 2, 3, 4, 5]).unwrap();
    fs::create_dir(at("nothing")).unwrap();
    fs::create_dir(at("idx")).unwrap();
    let header = |count: u32| {
        [
            &[0, 0, 8, 3][..],
            &count.to_be_bytes(),
            &28u32.to_be_bytes(),
            &28u32.to_be_bytes(),
        ]
        .concat()
    };
    fs::write(
        at("idx/train-images-idx3-ubyte"),
        [header(60_000), vec![0; 784]].concat(),
    )
    .unwrap();
    insta::assert_snapshot!(transcript(
        folder.path(),
        &[
            "train --data missing.npy",
            "train --data empty.npy",
            "train --data empty.csv",
            "train --data short.npy",
            "train --data huge.npy",
            "train --data long.npy",
            "train --data complex.npy",
            "train --data text.npy",
            "train --data rows.npy",
            "train --data garbage.npz",
            "train --data noise.bin",
            "train --data nothing",
            "train --data idx",
        ]
    ));
    no_runs(folder.path());
}

#[test]
fn values_that_cannot_be_learnt() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("ragged.csv"), "a,b,c\n1,2,3\n4,5\n").unwrap();
    fs::write(at("words.csv"), "a,b,c\n1,2,3\n4,five,6\n").unwrap();
    fs::write(at("gaps.csv"), "a,b,c\n1,2,3\n4,,6\n").unwrap();
    write_table(&at("table.csv"), 20);
    write_floats(&at("nan.npy"), 3, &[0.0, 0.5, 1.0, 0.0, 0.5, f32::NAN]);
    write_floats(&at("inf.npy"), 3, &[0.0, 0.5, 1.0, f32::NEG_INFINITY, 0.5, 1.0]);
    write_floats(&at("wide.npy"), 2, &[-1.5, 0.0, 2.5, 1.0, 0.0, 0.0, 1.0, 1.0]);
    write_floats(&at("two.npy"), 2, &[0.0, 0.5, 1.0, 0.5]);
    insta::assert_snapshot!(transcript(
        folder.path(),
        &[
            "train --data ragged.csv",
            "train --data words.csv",
            "train --data gaps.csv",
            "train --data table.csv --label colour",
            "train --data table.csv",
            "train --data nan.npy",
            "train --data inf.npy",
            "train --data wide.npy",
            "train --data wide.npy --validation 0 --scale standard",
            "train --data two.npy --validation 0.01",
            "train --data digits --label kind",
        ]
    ));
    no_runs(folder.path());
}

#[test]
fn archives_with_other_keys() {
    let folder = tempfile::tempdir().unwrap();
    let file = fs::File::create(folder.path().join("two.npz")).unwrap();
    let mut archive = zip::ZipWriter::new(file);
    for name in ["a", "b"] {
        let path = folder.path().join("array");
        write_floats(&path, 2, &[0.0, 0.5, 1.0, 0.5]);
        archive
            .start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default())
            .unwrap();
        std::io::Write::write_all(&mut archive, &fs::read(path).unwrap()).unwrap();
    }
    archive.finish().unwrap();
    insta::assert_snapshot!(transcript(
        folder.path(),
        &[
            "train --data two.npz",
            "train --data two.npz:c",
            "train --data none.npz:c",
        ]
    ));
    no_runs(folder.path());
}

#[test]
fn run_folders_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let run = copied_run(folder.path());
    let model = fs::read(run.join("model.safetensors")).unwrap();
    fs::write(folder.path().join("file"), "mine").unwrap();
    fs::create_dir(folder.path().join("mine")).unwrap();
    fs::write(folder.path().join("mine/thesis.txt"), "mine").unwrap();
    insta::assert_snapshot!(transcript(
        folder.path(),
        &[
            "train --epochs 1 --out run",
            "train --epochs 1 --out file",
            "train --epochs 1 --out file --overwrite",
            "train --epochs 1 --out file/run",
            "train --epochs 1 --out mine",
            "train --epochs 1 --out mine --overwrite",
            "summary missing",
            "summary .",
            "eval file --data digits",
        ]
    ));
    assert_eq!(fs::read(run.join("model.safetensors")).unwrap(), model);
    assert_eq!(fs::read_to_string(folder.path().join("file")).unwrap(), "mine");
}

#[cfg(unix)]
#[test]
fn folders_without_permission() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let locked = folder.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(locked.join("probe"), "").is_ok() {
        return; // The superuser may write everywhere.
    }
    let (code, text) = fails(folder.path(), &["train", "--epochs", "1", "--out", "locked/run"]);
    assert!(
        code == 1 && text.contains("cannot be written") && text.contains("hint:"),
        "{text}"
    );
}

#[test]
fn damaged_runs() {
    let folder = tempfile::tempdir().unwrap();
    let run = copied_run(folder.path());
    let damage = |name: &str, change: &dyn Fn(Vec<u8>) -> Vec<u8>, call: &str| {
        let whole = fs::read(run.join(name)).unwrap();
        fs::write(run.join(name), change(whole.clone())).unwrap();
        let text = transcript(folder.path(), &[call]);
        fs::write(run.join(name), whole).unwrap();
        text
    };
    let replace = |from: &'static str, to: &'static str| {
        move |bytes: Vec<u8>| {
            String::from_utf8(bytes)
                .unwrap()
                .replacen(from, to, 1)
                .into_bytes()
        }
    };
    let mut text = String::new();
    text += &damage(
        "model.safetensors",
        &|bytes| bytes[..bytes.len() / 2].to_vec(),
        "eval run",
    );
    text += &damage("model.safetensors", &|_| Vec::new(), "eval run");
    text += &damage("config.toml", &|_| b"[model".to_vec(), "summary run");
    text += &damage("config.toml", &replace("undercomplete", "mystery"), "summary run");
    text += &damage("config.toml", &replace("latent = 3", "latent = 4"), "eval run");
    text += &damage("config.toml", &replace("latent = 3", "latent = 0"), "eval run");
    for (from, to) in [
        ("batch_size = 32", "batch_size = 0"),
        ("input = 64", "input = 99999999999"),
        ("latent = 3", "latent = 99999999999"),
        ("image = [8, 8, 1]", "image = [8, 9, 1]"),
        ("image = [8, 8, 1]", "image = [0, 0, 1]"),
        ("epochs = ", "epoch = "),
    ] {
        text += &damage("config.toml", &replace(from, to), "eval run");
    }
    text += &damage(
        "model.safetensors",
        &|mut bytes| {
            *bytes.last_mut().unwrap() ^= 1;
            bytes
        },
        "eval run",
    );
    text += &damage("config.toml", &replace("by = 16.0", "by = 0.0"), "eval run");
    text += &damage("history.csv", &replace("1,", "one,"), "report run");
    text += &damage("history.csv", &replace("epoch", "age"), "report run");
    fs::remove_file(run.join("history.csv")).unwrap();
    text += &transcript(folder.path(), &["report run"]);
    fs::remove_file(run.join("model.safetensors")).unwrap();
    text += &transcript(folder.path(), &["eval run"]);
    insta::assert_snapshot!(text);
}

#[test]
fn data_that_do_not_fit_the_model() {
    let folder = tempfile::tempdir().unwrap();
    copied_run(folder.path());
    let at = |name: &str| folder.path().join(name);
    write_floats(&at("four.npy"), 4, &[0.5; 40]);
    write_floats(&at("flat.npy"), 1, &[0.5; 40]);
    write_npy(&at("none.npy"), "<f4", "(0, 3)", &[]);
    write_floats(&at("many.npy"), 3, &[0.5; 3 * 530_000]);
    write_floats(&at("bright.npy"), 64, &[255.0; 640]);
    insta::assert_snapshot!(transcript(
        folder.path(),
        &[
            "eval run --data four.npy",
            "encode run --data four.npy --out codes.npy",
            "reconstruct run --data four.npy --out x.png",
            "report run --data four.npy",
            "eval run --data digits --part validation",
            "decode run --codes four.npy --out x.npy",
            "decode run --codes flat.npy --out x.npy",
            "decode run --codes none.npy --out x.png",
            "decode run --codes missing.npy --out x.npy",
            "decode run --codes many.npy --out x.png --rows 530000",
            "eval run --data bright.npy",
            "reconstruct run --data digits --out missing/x.npy",
            "reconstruct run --data digits --out missing/x.png",
        ]
    ));
    assert!(!at("codes.npy").exists() && !at("x.npy").exists() && !at("x.png").exists());
}

#[test]
fn configurations_that_make_no_sense() {
    let folder = tempfile::tempdir().unwrap();
    let configs = [
        ("typo.toml", "[training]\nepoch = 3\n"),
        ("kind.toml", "[model]\nkind = \"mystery\"\n"),
        ("zero.toml", "[model.network]\nlatent = 0\n"),
        ("batch.toml", "[training]\nbatch_size = 0\n"),
        ("rate.toml", "[training.optimizer]\nlearning_rate = -1.0\n"),
        ("width.toml", "[model.network]\ninput = 784\n"),
        ("scale.toml", "[data]\nscale = \"loud\"\n"),
        ("syntax.toml", "[model\n"),
        ("held.toml", "[data]\nvalidation = 1.5\n"),
        ("revival.toml", "[revival]\nevery = 2\n"),
        ("never.toml", "[model]\nkind = \"sparse\"\n[revival]\nevery = 0\n"),
    ];
    for (name, text) in configs {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let calls: Vec<String> = configs
        .iter()
        .map(|(name, _)| format!("train --config {name}"))
        .collect();
    let mut calls: Vec<&str> = calls.iter().map(String::as_str).collect();
    calls.push("train stacked --config revival.toml");
    calls.push("train --config missing.toml");
    insta::assert_snapshot!(transcript(folder.path(), &calls));
    no_runs(folder.path());
}

#[test]
fn a_loss_that_is_no_number_keeps_the_last_good_weights() {
    let folder = tempfile::tempdir().unwrap();
    let call = "train --epochs 3 --hidden 16 --output linear --learning-rate 1e30 --out run --quiet";
    let layers = "train stacked --layers 16,8 --output linear --epochs 3 --quiet";
    let broken = |layers_of: &str| format!("{layers} {layers_of}");
    insta::assert_snapshot!(transcript(
        folder.path(),
        &[
            call,
            &broken("--pretraining 2:1e30 --out first"),
            &broken("--pretraining 2:0.001,2:1e30 --out second"),
            &broken("--pretraining 2:0.001 --learning-rate 1e30 --out together"),
        ]
    ));
    for run in ["run", "first", "second", "together"] {
        succeeds(folder.path(), &["eval", run]);
    }
    let history = fs::read_to_string(folder.path().join("run/history.csv")).unwrap();
    assert!(history.starts_with("epoch,"), "{history}");
    assert!(digits_run().is_dir());
}

#[test]
fn an_instruction_set_that_does_not_exist() {
    let output = assert_cmd::Command::cargo_bin("latents")
        .unwrap()
        .args(["train", "--epochs", "1"])
        .env("LATENTS_SIMD", "bogus")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text.starts_with("error: LATENTS_SIMD=bogus: not an instruction set of this machine")
            && text.contains("portable"),
        "{text}"
    );
}

/// Runs the command with stdout or stderr on a disk that is full.
#[cfg(target_os = "linux")]
fn on_a_full_disk(args: &[&str], stdout: bool) -> std::process::Output {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("latents"));
    match stdout {
        true => command.stdout(full),
        false => command.stderr(full),
    };
    command.args(args).output().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let run = digits_run().display().to_string();
    for args in [vec!["summary", &run], vec!["eval", &run, "--json"]] {
        let output = on_a_full_disk(&args, true);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains("cannot write to stdout: No space left"), "{text}");
    }
    let output = on_a_full_disk(&["summary", "missing"], false);
    assert_eq!(output.status.code(), Some(1), "no panic where nobody can be told");
}

#[test]
fn a_training_that_fails_at_once_leaves_the_run_that_it_was_to_replace() {
    let folder = tempfile::tempdir().unwrap();
    let run = copied_run(folder.path());
    let call =
        "train --epochs 3 --hidden 16 --output linear --learning-rate 1e30 --out run --overwrite --quiet";
    let before = contents(&run, &RUN);
    let (code, text) = fails(folder.path(), &call.split_whitespace().collect::<Vec<_>>());
    assert!(
        code == 1 && text.contains("; the run in run is left as it was"),
        "{text}"
    );
    assert_eq!(contents(&run, &RUN), before);
    assert_eq!(fs::read_dir(&run).unwrap().count(), RUN.len());
}

/// The files of a run.
const RUN: [&str; 5] = [
    "model.safetensors",
    "config.toml",
    "history.csv",
    "report.html",
    "reconstructions.png",
];

/// What is in these files of a folder.
fn contents(folder: &Path, names: &[&str]) -> Vec<Vec<u8>> {
    let read = |name: &&str| fs::read(folder.join(name)).unwrap();
    names.iter().map(read).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_that_cannot_be_saved_leaves_the_one_that_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let run = copied_run(folder.path());
    let before = contents(&run, &RUN);
    // Files of at most 8 blocks of 512 bytes: the weights need more.
    let call = "trap '' XFSZ; ulimit -f 8; exec \"$0\" train --epochs 1 --out run --overwrite --quiet";
    let output = std::process::Command::new("sh")
        .current_dir(folder.path())
        .args(["-c", call])
        .arg(assert_cmd::cargo::cargo_bin("latents"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("cannot write run/model.safetensors: "), "{text}");
    assert_eq!(contents(&run, &RUN), before);
    assert_eq!(fs::read_dir(&run).unwrap().count(), RUN.len());
}

#[test]
fn a_folder_in_a_files_place_is_found_before_the_training() {
    let folder = tempfile::tempdir().unwrap();
    let run = copied_run(folder.path());
    fs::remove_file(run.join("model.safetensors")).unwrap();
    fs::create_dir_all(run.join("model.safetensors/inside")).unwrap();
    let args = ["train", "--epochs", "1000000", "--out", "run", "--overwrite"];
    let (code, text) = fails(folder.path(), &args);
    assert!(
        code == 1 && text.contains("run: model.safetensors is a folder"),
        "{text}"
    );
    assert!(run.join("report.html").exists() && run.join("history.csv").exists());
}

#[test]
fn what_is_refused_is_not_swept_nor_is_a_run_that_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let left = folder.path().join(".writing-aBc123");
    fs::write(&left, "half").unwrap();
    fs::write(folder.path().join("thesis.txt"), "mine").unwrap();
    fails(
        folder.path(),
        &["train", "--epochs", "1", "--out", ".", "--overwrite"],
    );
    assert!(left.exists());
    let run = copied_run(folder.path());
    let left = run.join(".writing-aBc123");
    fs::write(&left, "half").unwrap();
    succeeds(folder.path(), &["report", "run"]);
    assert!(left.exists());
}

#[test]
fn no_command_writes_over_what_it_reads() {
    let folder = tempfile::tempdir().unwrap();
    copied_run(folder.path());
    write_floats(&folder.path().join("rows.npy"), 64, &[0.5; 640]);
    write_floats(&folder.path().join("codes.npy"), 3, &[0.5; 30]);
    let before = contents(folder.path(), &["rows.npy", "codes.npy"]);
    insta::assert_snapshot!(transcript(
        folder.path(),
        &[
            "encode run --data rows.npy --out ./rows.npy",
            "reconstruct run --data rows.npy --out run/../rows.npy",
            "decode run --codes codes.npy --out codes.npy",
        ]
    ));
    assert_eq!(contents(folder.path(), &["rows.npy", "codes.npy"]), before);
}

#[test]
fn a_loss_that_is_no_number_is_no_result() {
    let folder = tempfile::tempdir().unwrap();
    let args = "train --epochs 1 --output linear --hidden none --latent 2 --out run --quiet";
    succeeds(folder.path(), &args.split(' ').collect::<Vec<_>>());
    write_floats(&folder.path().join("far.npy"), 64, &[1e30; 640]);
    let (code, text) = fails(folder.path(), &["eval", "run", "--data", "far.npy", "--json"]);
    assert!(
        code == 1
            && text.contains("error: there is no loss: in batch 1, a value in the model's layers became infinite or NaN\n  hint:"),
        "{text}"
    );
}

#[test]
fn new_data_are_read_without_labels_only_where_they_have_none() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_table(&at("table.csv"), 20);
    let args = "train --data table.csv --label kind --epochs 1 --out run --quiet";
    succeeds(folder.path(), &args.split(' ').collect::<Vec<_>>());
    fs::write(at("bad.csv"), "a,b,c,d,kind\n0,0,0,0,x\n0,0,oops,0,y\n").unwrap();
    fs::write(at("wide.csv"), "a,b,c,d,e,kind\n0,0,0,0,0,x\n0,0,0,0,0,y\n").unwrap();
    fs::remove_file(at("table.csv")).unwrap();
    insta::assert_snapshot!(transcript(
        folder.path(),
        &[
            "eval run --data bad.csv",
            "eval run --data wide.csv",
            "eval run --data gone.csv",
            "eval run",
            "report run",
        ]
    ));
}

#[test]
fn uses_that_cannot_be() {
    let folder = tempfile::tempdir().unwrap();
    copied_run(folder.path());
    let at = |name: &str| folder.path().join(name);
    write_floats(&at("unlabelled.npy"), 64, &[1.0; 640]);
    write_table(&at("table.csv"), 40);
    write_table(&at("other.csv"), 40);
    write_table(&at("longer.csv"), 60);
    let table = "train --data table.csv --label kind --epochs 1 --latent 2 --out table --quiet";
    succeeds(folder.path(), &table.split(' ').collect::<Vec<_>>());
    let all = "train --validation 0 --epochs 1 --latent 3 --hidden 16 --out all --quiet";
    succeeds(folder.path(), &all.split(' ').collect::<Vec<_>>());
    fs::write(at("codes.csv"), "1,2\n").unwrap();
    fs::create_dir(at("full")).unwrap();
    fs::write(at("full/mine.txt"), "mine").unwrap();
    fs::create_dir(at("pictures")).unwrap();
    fs::copy(at("run/reconstructions.png"), at("pictures/a.png")).unwrap();
    insta::assert_snapshot!(transcript(
        folder.path(),
        &[
            "denoise run --data digits",
            "denoise run --noise gaussian:-1",
            "denoise run --noise fog:1",
            "denoise run --data digits --out clean.jpg",
            "denoise run --data digits --out full",
            "denoise run --data unlabelled.npy --out unlabelled.npy",
            "denoise run --data pictures --out pictures/a.png",
            "denoise run --data pictures --out pictures/clean",
            "denoise table --data table.csv --out clean",
            "denoise run --noise gaussian:0.3 --run-data missing.npy",
            "detect run",
            "detect run --data digits --out scores.npy",
            "detect run --data table.csv",
            "detect run --data digits --level 0",
            "detect run --data digits --quantile 1.5",
            "detect run --data digits --contamination 0.6",
            "detect run --data digits --contamination 0.1 --quantile 0.9",
            "detect run --data digits --anomalies 10",
            "detect run --data unlabelled.npy --anomalies 1",
            "detect table --data table.csv --out table.csv",
            "detect table --data other.csv --out table.csv",
            "encode table --out table/history.csv",
            "decode table --codes codes.csv --out table/history.csv",
            "report table --data longer.csv",
            "detect all --data digits",
            "probe run --data unlabelled.npy",
            "probe run --data unlabelled.npy --labels kind",
            "probe run --data digits --test 0",
            "probe run --data digits --test 1",
            "probe run --neighbours 5000",
            "sample run -n 0 --out x.png",
            "sample run --density prior --out x.png",
            "sample run --density kde --out x.png",
            "sample run --density mixture:0 --out x.png",
            "sample run --density mixture:5000 --out x.png",
            "sample run --neighbours --out x.npy",
            "sample run -n 1000000 --out x.png",
            "sample run -n 10000000000 --out x.csv",
            "sample run --run-data table.csv --out x.png",
            "interpolate run --from 0 --to 3 --out x.png",
            "interpolate run --from 1 --to 1798 --out x.png",
            "interpolate run --from 1 --to 3 --steps 1 --out x.png",
            "traverse run --latents 0 --out x.png",
            "traverse run --latents 1,4 --out x.png",
            "traverse run --range 0 --out x.png",
            "traverse run --row 9999 --out x.png",
            "compare",
            "compare run missing",
            "compare run table --data digits",
        ]
    ));
    assert_eq!(fs::read_to_string(at("full/mine.txt")).unwrap(), "mine");
    for name in ["x.png", "x.npy", "clean", "clean.jpg", "pictures/clean"] {
        assert!(!at(name).exists(), "{name} was left behind");
    }
}

#[test]
fn a_run_whose_data_are_gone_says_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_table(&at("table.csv"), 40);
    for kind in ["undercomplete", "variational"] {
        let call =
            format!("train {kind} --data table.csv --label kind --epochs 1 --latent 2 --out {kind} --quiet");
        succeeds(folder.path(), &call.split(' ').collect::<Vec<_>>());
    }
    fs::rename(at("table.csv"), at("moved.csv")).unwrap();
    insta::assert_snapshot!(transcript(
        folder.path(),
        &[
            "probe undercomplete",
            "sample undercomplete --out x.csv",
            "denoise undercomplete --data moved.csv --noise masking:0.1",
            "interpolate undercomplete --from 1 --to 2 --out x.csv",
            "compare undercomplete variational",
        ]
    ));
    // A prior needs no data, and the other commands are told where they are.
    for call in [
        "sample variational --out x.csv",
        "sample undercomplete --run-data moved.csv --out x.csv",
        "denoise undercomplete --data moved.csv --noise masking:0.1 --run-data moved.csv",
        "compare undercomplete variational --data moved.csv",
    ] {
        succeeds(folder.path(), &call.split(' ').collect::<Vec<_>>());
    }
}
