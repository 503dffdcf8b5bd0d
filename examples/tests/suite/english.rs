//! The English of the project: phrases that stay out of everything that a user reads.
//!
//! Checked are the texts of Markdown files outside of code blocks, and of sources in `crates/*/src` and `examples` the doc
//! comments and the string literals. Code in backticks may be called anything.

use std::fmt::Write;
use std::path::{Path, PathBuf};

/// A phrase, and what to write instead.
const PHRASES: &[(&str, &str)] = &[
    ("tell of", "say what was found"),
    ("tells of", "say what was found"),
    ("told of", "say what was found"),
    ("hear of", "is called with"),
    ("hears of", "is called with"),
    ("say nothing to", "does not apply to"),
    ("says nothing to", "does not apply to"),
    ("say nothing of", "does not mention"),
    ("says nothing of", "does not mention"),
    ("so many", "a number, or `this many`"),
    ("as people have it", "as people write it"),
    ("has it that", "says that"),
    ("as the paper has it", "as in the paper"),
    ("beside", "compared with, next to, together with"),
    ("whatever the", "regardless of the"),
    ("picture", "image"),
    ("pictures", "images"),
    ("a row each", "one row each"),
    ("where there is nothing", "if there is none; `None`: …"),
    ("where there is none", "if there is none"),
    ("where there are none", "if there are none"),
    ("that is none", "that is not one"),
    ("the other way round", "in reverse, conversely"),
    ("goes by", "depends on, follows"),
    ("go by", "depend on, follow"),
    ("heed", "use, follow"),
    ("heeds", "uses, follows"),
    ("mend", "fix"),
    ("part of the rows", "fraction of the rows"),
    ("part of the training rows", "fraction of the training rows"),
    ("numbers in a code", "latent dimensions"),
    ("numbers of a code", "latent dimensions"),
    ("what comes of", "the result of"),
    ("makes of it", "does with it"),
    ("is no picture", "is not an image"),
    ("are no pictures", "are not images"),
    ("labels are dear", "labels are expensive"),
    ("whole or not there", "atomic"),
];

#[test]
fn texts_are_free_of_odd_phrases() {
    let mut found = String::new();
    for (path, text) in texts() {
        let text = plain(&text);
        for &(phrase, instead) in PHRASES {
            for place in places(&text, phrase) {
                let around = around(&text, place, phrase.len());
                let _ = writeln!(found, "{}: \"{phrase}\" ({instead}): …{around}…", path.display());
            }
        }
    }
    assert!(
        found.is_empty(),
        "{}phrases to rewrite:\n{found}",
        found.lines().count()
    );
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

/// What a user reads, file by file.
fn texts() -> Vec<(PathBuf, String)> {
    let root = root();
    let mut files: Vec<PathBuf> = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md"]
        .map(|name| root.join(name))
        .into();
    for folder in ["docs", "crates", "examples"] {
        collect(&root.join(folder), &mut files);
    }
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let text = match path.extension().and_then(|extension| extension.to_str()) {
            Some("rs") => of_rust(&text),
            Some("html") => without(&without(&text, '{', '}'), '<', '>'),
            _ => of_markdown(&text),
        };
        (path.strip_prefix(&root).unwrap().to_owned(), text)
    };
    files.into_iter().map(read).collect()
}

/// Markdown files, sources and templates below a folder. Tests are for us.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["tests", "target", "theme", "book"].contains(&&*name) {
                collect(&path, files);
            }
        } else if name != "tests.rs" && [".md", ".rs", ".html"].iter().any(|end| name.ends_with(end)) {
            files.push(path);
        }
    }
}

/// The text without its code blocks.
fn of_markdown(text: &str) -> String {
    let mut is_code = false;
    let mut kept = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// Doc comments and string literals.
fn of_rust(source: &str) -> String {
    let (mut docs, mut code) = (String::new(), String::new());
    for line in source.lines() {
        let trimmed = line.trim_start();
        match trimmed
            .strip_prefix("///")
            .or_else(|| trimmed.strip_prefix("//!"))
        {
            Some(doc) => {
                docs.push_str(doc);
                docs.push('\n');
            }
            None if trimmed.starts_with("//") => {}
            None => {
                code.push_str(line);
                code.push('\n');
            }
        }
    }
    of_markdown(&docs) + &literals(&code)
}

/// What lies between double quotes, each on a line of its own.
fn literals(code: &str) -> String {
    let (mut kept, mut chars) = (String::new(), code.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            // A character: '"' or '\''.
            '\'' => {
                if chars.peek() == Some(&'\\') {
                    chars.next();
                    chars.next();
                } else if chars.peek() == Some(&'"') {
                    chars.next();
                }
            }
            '"' => {
                while let Some(c) = chars.next() {
                    match c {
                        '"' => break,
                        '\\' => match chars.next() {
                            Some('\n') | None => kept.push(' '),
                            Some(_) => kept.push(' '),
                        },
                        c => kept.push(c),
                    }
                }
                kept.push('\n');
            }
            _ => {}
        }
    }
    without(&kept, '{', '}')
}

/// The text without what lies between these, nested ones included: placeholders, tags.
fn without(text: &str, open: char, close: char) -> String {
    let mut depth = 0usize;
    text.chars()
        .filter(|&c| {
            depth += usize::from(c == open);
            let is_kept = depth == 0;
            depth -= usize::from(c == close && depth > 0);
            is_kept
        })
        .collect()
}

/// Lower case, without code in backticks, with single spaces. Sentences may go on over lines.
fn plain(text: &str) -> String {
    let without_code: Vec<&str> = text.split('`').step_by(2).collect();
    let words: Vec<String> = without_code
        .join("`")
        .split_whitespace()
        .map(str::to_lowercase)
        .collect();
    words.join(" ")
}

/// Where a phrase begins, as whole words.
fn places(text: &str, phrase: &str) -> Vec<usize> {
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(phrase)
        .map(|(place, _)| place)
        .filter(|&place| {
            let (before, after) = (&text[..place], &text[place + phrase.len()..]);
            !is_word(before.chars().next_back()) && !is_word(after.chars().next())
        })
        .collect()
}

/// Some words around a phrase.
fn around(text: &str, place: usize, length: usize) -> &str {
    let begin = text[..place].char_indices().rev().nth(40).map_or(0, |(at, _)| at);
    let rest = &text[place + length..];
    let end = rest.char_indices().nth(40).map_or(rest.len(), |(at, _)| at);
    &text[begin..place + length + end]
}

#[test]
fn phrases_are_found_over_lines_and_not_in_code() {
    let text = plain("Rows are\npictures, `pictures` are a module; a picturesque one.");
    assert_eq!(places(&text, "pictures").len(), 1);
    assert!(places(&text, "picture").is_empty());
    let source =
        "/// Tells\n/// of it.\nfn f() { let beside = '\"'; g(\"say \\\n    nothing to\"); }\n// mend\n";
    let text = plain(&of_rust(source));
    assert_eq!(places(&text, "tells of").len(), 1);
    assert_eq!(places(&text, "say nothing to").len(), 1);
    assert!(places(&text, "beside").is_empty() && places(&text, "mend").is_empty());
}
