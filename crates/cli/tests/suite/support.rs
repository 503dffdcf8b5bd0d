//! What the tests of the command share.
#![allow(dead_code, reason = "each test file uses its part")]

use assert_cmd::Command;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The command, run in `folder`.
pub(crate) fn latents(folder: &Path, args: &[&str]) -> std::process::Output {
    let mut command = Command::cargo_bin("latents").unwrap();
    command.current_dir(folder).args(args).output().unwrap()
}

/// Runs the command, which must succeed, and returns its stdout.
pub(crate) fn succeeds(folder: &Path, args: &[&str]) -> String {
    let output = latents(folder, args);
    let (stdout, stderr) = texts(&output);
    assert!(output.status.success(), "latents {args:?}\n{stdout}\n{stderr}");
    stdout
}

/// Runs the command, which must fail, print nothing on stdout and not panic; returns exit code and stderr.
pub(crate) fn fails(folder: &Path, args: &[&str]) -> (i32, String) {
    let output = latents(folder, args);
    let (stdout, stderr) = texts(&output);
    assert!(!output.status.success(), "latents {args:?} succeeded:\n{stdout}");
    assert!(!stderr.contains("panicked"), "latents {args:?}\n{stderr}");
    (output.status.code().expect("ended by a signal"), stderr)
}

/// Runs the command with `--json` and returns its one object; stdout must hold nothing else.
pub(crate) fn json(folder: &Path, args: &[&str]) -> serde_json::Map<String, serde_json::Value> {
    let stdout = succeeds(folder, &[args, &["--json"]].concat());
    assert_eq!(stdout.matches('\n').count(), 1, "not one line: {stdout}");
    let mut objects = serde_json::Deserializer::from_str(&stdout).into_iter::<serde_json::Value>();
    let object = objects.next().expect("an object on stdout").unwrap();
    assert!(objects.next().is_none(), "more than one object: {stdout}");
    object.as_object().expect("an object").clone()
}

fn texts(output: &std::process::Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

/// A small run on the digits that tests only read, made once: its folder's parent, and the folder's name.
pub(crate) fn digits_run() -> PathBuf {
    static RUN: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = RUN.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        succeeds(
            folder.path(),
            &[
                "train", "--epochs", "2", "--latent", "3", "--hidden", "16", "--out", "run", "--quiet",
            ],
        );
        folder
    });
    folder.path().join("run")
}

/// A copy of `digits_run` in `folder/run`, to be damaged.
pub(crate) fn copied_run(folder: &Path) -> PathBuf {
    let copy = folder.join("run");
    std::fs::create_dir(&copy).unwrap();
    for file in std::fs::read_dir(digits_run()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.join(file.file_name())).unwrap();
    }
    copy
}

/// A `.npy` file, version 1, with this type, shape and bytes.
pub(crate) fn write_npy(path: &Path, descr: &str, shape: &str, bytes: &[u8]) {
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    while (header.len() + 11) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.into_bytes());
    file.extend(bytes);
    std::fs::write(path, file).unwrap();
}

/// As [`write_npy`], of `f32` rows.
pub(crate) fn write_floats(path: &Path, columns: usize, values: &[f32]) {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    write_npy(
        path,
        "<f4",
        &format!("({}, {columns})", values.len() / columns),
        &bytes,
    );
}

/// `rows` rows of four columns in [0, 1] as CSV, with a header and a column of labels.
pub(crate) fn write_table(path: &Path, rows: usize) {
    let mut text = String::from("a,b,c,d,kind\n");
    for row in 0..rows {
        let value = |step: usize| (row * step % 17) as f64 / 17.0;
        text += &format!(
            "{},{},{},{},{}\n",
            value(1),
            value(3),
            value(5),
            value(7),
            ["x", "y"][row % 2]
        );
    }
    std::fs::write(path, text).unwrap();
}

/// A small run of a kind on the digits that tests only read, made once.
pub(crate) fn run_of(kind: &'static str) -> String {
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

/// The number at a path of an object.
pub(crate) fn number(object: &serde_json::Map<String, serde_json::Value>, path: &[&str]) -> f64 {
    let value = path[1..].iter().fold(&object[path[0]], |value, key| &value[*key]);
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{path:?} is no number in {object:?}"))
}
