//! Every command line of the README and the book runs.

use crate::support;
use std::fs;
use std::path::{Path, PathBuf};
use support::{latents, write_floats};

/// Beginnings of command lines that are not run, and why.
const LEFT_OUT: [(&str, &str); 4] = [
    ("cargo test", "builds and tests the workspace"),
    ("cargo bench", "measures for minutes"),
    ("cargo run --release -p", "builds other programs"),
    (
        "latents reproduce",
        "needs the data sets of the literature, and trains for minutes",
    ),
];

/// A command line of a file, and the line where it stands.
struct Shown {
    line: usize,
    words: Vec<String>,
}

/// The command lines in the blocks of a Markdown file, without their comments.
fn shown_in(path: &Path) -> Vec<Shown> {
    let text = fs::read_to_string(path).unwrap();
    // Whether the block at hand, if there is one, may have command lines.
    let (mut block, mut found) = (None, Vec::new());
    for (index, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            block = if block.is_some() {
                None
            } else {
                Some(line != "```rust")
            };
            continue;
        }
        let command = line
            .split(" #")
            .next()
            .unwrap_or_default()
            .trim()
            .trim_start_matches("$ ");
        let is_command = command.starts_with("latents ") || command.starts_with("cargo ");
        if block == Some(true) && is_command {
            let words = command.split_whitespace().map(str::to_owned).collect();
            found.push(Shown {
                line: index + 1,
                words,
            });
        }
    }
    found
}

/// The words of a call of the command; nothing where the line is left out.
fn call(shown: &Shown) -> Option<Vec<String>> {
    let text = shown.words.join(" ");
    if LEFT_OUT.iter().any(|(start, _)| text.starts_with(start)) {
        return None;
    }
    let text = text.replace("cargo run --release -- ", "latents ");
    let mut words: Vec<String> = text.split(' ').skip(1).map(str::to_owned).collect();
    shorten(&mut words);
    Some(words)
}

/// The same with one epoch of everything, and a run in the folder that later lines call `run`.
fn shorten(words: &mut Vec<String>) {
    let has = |words: &[String], flag: &str| words.iter().any(|word| word == flag);
    let needed: &[&str] = match (words[0].as_str(), words.get(1).map(String::as_str)) {
        ("train", Some("stacked")) => &["--epochs", "--pretraining"],
        ("train", _) => &["--epochs"],
        _ => &[],
    };
    for flag in needed {
        if !has(words, flag) {
            words.extend([flag, "1"].map(|word| (*word).to_owned()));
        }
    }
    for index in 1..words.len() {
        if ["--epochs", "--pretraining", "--fine-tune"].contains(&words[index - 1].as_str()) {
            let rest = words[index].trim_start_matches(|c: char| c.is_ascii_digit());
            words[index] = format!("1{rest}");
        }
    }
    if words[0] == "train" {
        if !has(words, "--out") {
            words.extend(["--out", "run"].map(str::to_owned));
        }
        words.push("--overwrite".to_owned());
    }
}

fn idx(dimensions: &[u32], bytes: Vec<u8>) -> Vec<u8> {
    let mut file = vec![0, 0, 8, dimensions.len() as u8];
    dimensions.iter().for_each(|size| file.extend(size.to_be_bytes()));
    file.extend(bytes);
    file
}

/// A folder of images as MNIST has them, with few rows.
fn write_mnist(folder: &Path) {
    fs::create_dir(folder).unwrap();
    for (name, rows) in [("train", 24_u32), ("t10k", 18)] {
        let pixel = |index: u32| (index.wrapping_mul(2_654_435_761) >> 24) as u8;
        let images = (0..rows * 784).map(pixel).collect();
        let labels = (0..rows).map(|row| (row % 4) as u8).collect();
        fs::write(
            folder.join(format!("{name}-images-idx3-ubyte")),
            idx(&[rows, 28, 28], images),
        )
        .unwrap();
        fs::write(
            folder.join(format!("{name}-labels-idx1-ubyte")),
            idx(&[rows], labels),
        )
        .unwrap();
    }
}

/// A table of four columns of numbers and one of classes.
fn write_table(path: &Path, rows: usize) {
    let mut text = String::from("width,height,depth,weight,species\n");
    for row in 0..rows {
        let value = |step: usize| (row * step % 17) as f64 / 17.0;
        text += &format!(
            "{},{},{},{},{}\n",
            value(1),
            value(3),
            value(5),
            value(7),
            row % 3
        );
    }
    fs::write(path, text).unwrap();
}

/// The data that the book speaks of.
fn prepare(folder: &Path, noisy_columns: usize) {
    write_mnist(&folder.join("mnist"));
    for (name, rows) in [("table.csv", 60), ("new.csv", 30), ("other.csv", 30)] {
        write_table(&folder.join(name), rows);
    }
    write_floats(
        &folder.join("noisy.npy"),
        noisy_columns,
        &vec![0.5; 20 * noisy_columns],
    );
    fs::create_dir(folder.join("photos")).unwrap();
    let picture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/tests/fixtures/images/rgb.png");
    for number in 0..12 {
        fs::copy(&picture, folder.join(format!("photos/{number}.png"))).unwrap();
    }
}

/// Runs the command lines of a file one after the other, and returns how many there are.
fn run_all(path: &Path) -> usize {
    let calls: Vec<(usize, Vec<String>)> = shown_in(path)
        .iter()
        .filter_map(|shown| Some((shown.line, call(shown)?)))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    // The README cleans rows of its table, the book images.
    let noisy_columns = if path.ends_with("README.md") { 4 } else { 784 };
    prepare(folder.path(), noisy_columns);
    if calls.iter().any(|(_, words)| words.contains(&"other".to_owned())) {
        let other = "train --data table.csv --label species --epochs 1 --out other --quiet";
        support::succeeds(folder.path(), &other.split(' ').collect::<Vec<_>>());
    }
    for (line, words) in &calls {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let output = latents(folder.path(), &words);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{}:{line}: latents {words:?}\n{stderr}",
            path.display()
        );
    }
    calls.len()
}

/// The README and the pages of the book.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut pages = vec![root.join("README.md")];
    let mut folders = vec![root.join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages
}

#[test]
fn every_command_line_of_the_book_runs() {
    let pages: Vec<PathBuf> = pages()
        .into_iter()
        .filter(|page| !shown_in(page).is_empty())
        .collect();
    let total: usize = std::thread::scope(|scope| {
        let pages = pages.iter().map(|page| scope.spawn(|| run_all(page)));
        let running: Vec<_> = pages.collect();
        running.into_iter().map(|page| page.join().unwrap()).sum()
    });
    assert!(total >= 45, "{total} command lines were found");
}

#[test]
fn what_is_left_out_is_still_a_right_call() {
    let folder = tempfile::tempdir().unwrap();
    for page in pages() {
        for shown in shown_in(&page)
            .iter()
            .filter(|shown| shown.words[..2] == ["latents", "reproduce"])
        {
            let words: Vec<&str> = shown.words[1..].iter().map(String::as_str).collect();
            let output = latents(folder.path(), &words);
            let stderr = String::from_utf8_lossy(&output.stderr);
            // 2 would be wrong usage.
            assert_eq!(
                output.status.code(),
                Some(1),
                "{}:{}\n{stderr}",
                page.display(),
                shown.line
            );
            assert!(
                stderr.contains("no such file or folder") || stderr.contains("cannot be read"),
                "{stderr}"
            );
        }
    }
}
