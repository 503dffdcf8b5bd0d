//! What is printed: where it goes, in what order, and that other programs can read its numbers.

use crate::support;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use support::{copied_run, digits_run, latents, succeeds, write_table};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn words(call: &str) -> Vec<&str> {
    call.split_whitespace().collect()
}

fn command(folder: &Path, call: &str) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("latents"));
    command.current_dir(folder).args(words(call));
    command
}

/// Runs the command with stdout on a disk that is full.
#[cfg(target_os = "linux")]
fn with_full_stdout(folder: &Path, call: &str) -> Output {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    command(folder, call).stdout(full).output().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn every_text_that_does_not_arrive_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    copied_run(folder.path());
    for call in [
        "--help",
        "-h",
        "--version",
        "help",
        "help train",
        "train --help",
        "completions bash",
        "reproduce",
        "summary run",
        "eval run --json",
        "encode run --data digits --out codes.npy",
        "compare run run",
        "man --out pages",
    ] {
        let output = with_full_stdout(folder.path(), call);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{call}: {stderr}");
        assert!(
            stderr.contains("error: cannot write to stdout: No space left"),
            "{call}: {stderr}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    copied_run(folder.path());
    for call in [
        "--help",
        "help train",
        "completions zsh",
        "summary run",
        "eval run --json",
    ] {
        let mut child = command(folder.path(), call);
        let mut child = child
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{call}");
        assert!(!text(&output.stderr).contains("error"), "{call}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_training_whose_output_is_lost_says_where_the_run_is() {
    let folder = tempfile::tempdir().unwrap();
    let output = with_full_stdout(folder.path(), "train --epochs 1 --out run");
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("cannot write to stdout") && stderr.contains("the run is saved in run"),
        "{stderr}"
    );
    succeeds(folder.path(), &["eval", "run"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_leaves_the_model_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    // Files of at most 40 blocks of 512 bytes: the model fits, and the page does not.
    let call =
        "trap '' XFSZ; ulimit -f 40; exec \"$0\" train --epochs 1 --latent 2 --hidden none --out run --quiet";
    let output = Command::new("sh")
        .current_dir(folder.path())
        .args(["-c", call])
        .arg(assert_cmd::cargo::cargo_bin("latents"))
        .output()
        .unwrap();
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("error: cannot write run/re"), "{stderr}");
    assert!(
        stderr.contains("hint: the model is saved in run; ") && stderr.contains("`latents report run`"),
        "{stderr}"
    );
    succeeds(folder.path(), &["eval", "run"]);
    succeeds(folder.path(), &["report", "run"]);
}

/// An IDX file of bytes.
fn idx(dimensions: &[u32], bytes: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, dimensions.len() as u8];
    dimensions.iter().for_each(|size| file.extend(size.to_be_bytes()));
    file.extend(bytes);
    file
}

#[test]
fn an_error_comes_before_the_notes_of_its_call() {
    let folder = tempfile::tempdir().unwrap();
    copied_run(folder.path());
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("train-images-idx3-ubyte"), idx(&[4, 8, 8], &[7; 256])).unwrap();
    fs::write(data.join("t10k-images-idx3-ubyte"), idx(&[2, 8, 8], &[7; 128])).unwrap();
    let note = "taking the 2 rows that the data keep for validation";
    for call in [
        "encode run --data data --out missing/x.npy",
        "reconstruct run --data data --out missing/x.npy",
        "interpolate run --data data --from 1 --to 9 --out x.npy",
        "traverse run --data data --row 9 --out x.npy",
        "denoise run --data data --out missing/x.npy",
    ] {
        let output = latents(folder.path(), &words(call));
        let stderr = text(&output.stderr);
        assert!(
            stderr.starts_with("error: ") && stderr.contains(note),
            "{call}\n{stderr}"
        );
        let quiet = latents(folder.path(), &[&words(call)[..], &["--quiet"]].concat());
        assert!(!text(&quiet.stderr).contains(note), "{call}");
    }
    let output = latents(folder.path(), &words("encode run --data data --out x.npy"));
    assert!(output.status.success() && text(&output.stderr).contains(note));
}

/// Waits until a file is there.
#[cfg(unix)]
fn wait_for(path: &Path) {
    let started = std::time::Instant::now();
    while !path.exists() {
        assert!(started.elapsed().as_secs() < 60, "{} never came", path.display());
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

#[cfg(unix)]
#[test]
fn one_ctrl_c_ends_a_training_whose_model_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = command(folder.path(), "train --epochs 1 --out run --quiet");
    let child = child
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for(&folder.path().join("run/history.csv"));
    let signal = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(signal.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    let told = "the model is saved in run, without a report; write it with `latents report run`\n";
    assert!(stderr.ends_with(told), "{stderr}");
    assert!(!folder.path().join("run/report.html").exists());
    succeeds(folder.path(), &["eval", "run"]);
    succeeds(folder.path(), &["report", "run"]);
}

#[cfg(unix)]
#[test]
fn the_second_ctrl_c_ends_a_training_at_once() {
    let folder = tempfile::tempdir().unwrap();
    copied_run(folder.path());
    let call = "train --epochs 1000000 --batch-size 1617 --hidden 1000,1000 --out run --overwrite --quiet";
    let mut child = command(folder.path(), call);
    let child = child
        .env("LATENTS_TIMING", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = child.spawn().unwrap();
    let stderr = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut lines = std::io::BufRead::lines(stderr).map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with("timing: ")), "no first step");
    let mut told = String::new();
    for _ in 0..2 {
        let signal = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status();
        assert!(signal.unwrap().success());
        told += &lines.next().unwrap_or_default();
    }
    assert_eq!(child.wait().unwrap().code(), Some(130), "{told}");
    assert!(told.starts_with("stopping after this batch"), "{told}");
    // Whichever model is there is whole.
    succeeds(folder.path(), &["eval", "run"]);
}

/// The lines of a text between the first rule and the last.
fn table(text: &str) -> Vec<&str> {
    let is_rule = |line: &&str| line.len() > 3 && line.chars().all(|c| c == '─' || c == ' ');
    let lines: Vec<&str> = text.lines().collect();
    let rules: Vec<usize> = (0..lines.len()).filter(|&index| is_rule(&lines[index])).collect();
    assert_eq!(rules.len(), 3, "rules above, below and under the head:\n{text}");
    lines[rules[0]..=rules[2]]
        .iter()
        .filter(|line| !is_rule(line))
        .copied()
        .collect()
}

fn has_grouped_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digit = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_digit);
    (1..bytes.len()).any(|index| bytes[index] == b',' && digit(index - 1) && digit(index + 1))
}

#[test]
fn numbers_of_tables_can_be_pasted() {
    let folder = tempfile::tempdir().unwrap();
    copied_run(folder.path());
    let far: Vec<f32> = (0..640).map(|index| (index * index) as f32 * 1e4).collect();
    support::write_floats(&folder.path().join("far.npy"), 64, &far);
    for call in [
        "summary run",
        "eval run",
        "eval run --data far.npy",
        "compare run run --data digits",
        "probe run --quiet",
        "traverse run --out x.npy",
        "denoise run --noise gaussian:0.1",
        "detect run --data digits --anomalies 8 --quiet",
    ] {
        let output = latents(folder.path(), &words(call));
        let stdout = text(&output.stdout);
        if call == "eval run --data far.npy" && !output.status.success() {
            continue;
        }
        assert!(output.status.success(), "{call}: {}", text(&output.stderr));
        assert!(
            !stdout.contains(['−', '⁻', '–']) && !stdout.contains("× 10"),
            "{call}\n{stdout}"
        );
        if call.starts_with("detect") {
            continue;
        }
        let lines = table(&stdout);
        assert!(
            lines.len() > 1 && !lines.iter().any(|line| has_grouped_digits(line)),
            "{stdout}"
        );
    }
}

#[test]
fn no_number_of_a_message_has_hundreds_of_digits() {
    let folder = tempfile::tempdir().unwrap();
    let run = digits_run().display().to_string();
    let train =
        |options: &str| format!("train {options} --epochs 1 --latent 2 --hidden none --out run --overwrite");
    let calls = [
        train("--scale 1e-300"),
        train("--scale 1e300"),
        train("--learning-rate 1e300"),
        train("--learning-rate 1e-300"),
        train("--weight-decay 1e300"),
        train("--clip 1e-300"),
        train("--max-seconds 1e300"),
        train("--schedule exponential:1e-300"),
        train("--schedule one-cycle:1e300"),
        train("--validation 1e-300"),
        train("--activation leaky_relu(1e-300)"),
        train("denoising --noise gaussian:1e300"),
        train("denoising --emphasis 1e300:1e-300"),
        train("sparse --penalty l1:1e300"),
        train("sparse --penalty kl:1e-300:1"),
        train("sparse --penalty topk:1:1e300"),
        train("variational --beta 1e300"),
        train("variational --likelihood gaussian:1e-300"),
        train("variational --free-bits 1e300"),
        train("contractive --contraction 1e300"),
        train("adversarial --adversary 1e300"),
        train("vq --commitment 1e300"),
        train("stacked --pretraining 1:1e300"),
        format!("detect {run} --data digits --level 1e-300"),
        format!("denoise {run} --noise gaussian:1e300"),
        format!("traverse {run} --range 1e300 --out x.npy"),
        format!("probe {run} --test 1e-300"),
    ];
    for call in calls {
        let output = latents(folder.path(), &words(&call));
        let printed = text(&output.stdout) + &text(&output.stderr);
        assert!(!printed.contains("panicked"), "{call}\n{printed}");
        let longest = printed
            .split(|c: char| !c.is_ascii_digit())
            .map(str::len)
            .max()
            .unwrap_or(0);
        assert!(longest < 30, "{call}\n{printed}");
    }
}

#[test]
fn rows_that_a_model_makes_are_written_under_the_names_of_its_columns() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let header = |name: &str| {
        fs::read_to_string(at(name))
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .to_owned()
    };
    let run = |call: &str| succeeds(folder.path(), &words(call));
    write_table(&at("table.csv"), 40);
    run("train variational --data table.csv --label kind --epochs 1 --latent 2 --out run --quiet");
    run("encode run --data table.csv --out codes.csv");
    support::write_floats(&at("rows.npy"), 4, &[0.5; 40]);
    // They are known without the table.
    fs::rename(at("table.csv"), at("moved.csv")).unwrap();
    run("decode run --codes codes.csv --out decoded.csv");
    run("sample run -n 5 --out drawn.csv --run-data moved.csv");
    run("reconstruct run --data rows.npy --out rows.csv");
    for name in ["decoded.csv", "drawn.csv", "rows.csv"] {
        assert_eq!(header(name), "a,b,c,d", "{name}");
    }
    // The configuration of the run is one to train again with.
    run("train --config run/config.toml --data moved.csv --label kind --out again --quiet");
    let bare: String = (0..40).map(|row| format!("0.{},0.5,1\n", row % 10)).collect();
    fs::write(at("bare.csv"), bare).unwrap();
    run("train --data bare.csv --epochs 1 --latent 2 --out bare --quiet");
    run("encode bare --data bare.csv --out codes.csv");
    run("decode bare --codes codes.csv --out decoded.csv");
    assert_eq!(header("decoded.csv"), "x1,x2,x3");
}

#[test]
fn a_default_that_is_typed_trains_the_same_model() {
    let folder = tempfile::tempdir().unwrap();
    let hash = |options: &str| {
        let call = format!("train {options} --epochs 1 --out run --overwrite");
        support::json(folder.path(), &words(&call))["parameters_sha256"].clone()
    };
    assert_eq!(hash("sparse"), hash("sparse --penalty topk"));
    assert_ne!(hash("sparse"), hash("sparse --penalty topk:2"));
}

#[test]
fn two_columns_of_one_name_are_no_label() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..40)
        .map(|row| format!("0.{},{},0.5\n", row % 10, row % 2))
        .collect();
    fs::write(folder.path().join("twins.csv"), format!("a,b,a\n{rows}")).unwrap();
    let train = "train --data twins.csv --epochs 1 --latent 1 --out run --overwrite --quiet --label";
    let (code, stderr) = support::fails(folder.path(), &words(&format!("{train} a")));
    assert_eq!(code, 1);
    assert_eq!(
        stderr,
        "error: twins.csv: 2 columns are called \"a\"\n  hint: choose the label column by its number, counted from 0: 0 or 2\n"
    );
    for label in ["b", "0", "2", "-1"] {
        succeeds(folder.path(), &words(&format!("{train} {label}")));
    }
    // A column of labels of new data is looked for by the same rule.
    succeeds(folder.path(), &words(&format!("{train} b")));
    fs::write(folder.path().join("new.csv"), format!("b,a,b\n{rows}")).unwrap();
    let (_, stderr) = support::fails(folder.path(), &words("eval run --data new.csv"));
    assert!(stderr.contains("2 columns are called \"b\""), "{stderr}");
}
