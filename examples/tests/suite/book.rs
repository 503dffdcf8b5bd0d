//! The book says nothing of files that are not there.

use std::path::{Path, PathBuf};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

/// Every page, by its path.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut found = Vec::new();
    for entry in entries.map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            found.extend(pages(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "md") {
            found.push(entry);
        }
    }
    found
}

/// What stands between `open` and `close`, again and again.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    let parts = text.split(open).skip(1);
    parts.filter_map(|part| Some(part.split_once(close)?.0)).collect()
}

#[test]
fn links_and_included_programs_exist() {
    let mut checked = 0;
    for page in pages(&docs()) {
        let text = std::fs::read_to_string(&page).unwrap();
        let folder = page.parent().unwrap();
        let included = between(&text, "{{#include ", "}}");
        let links = between(&text, "](", ")");
        for target in included.into_iter().chain(links) {
            if target.starts_with("http") {
                continue;
            }
            let mut parts = target.split([':', '#']);
            let file = parts.next().unwrap();
            let path = if file.is_empty() {
                page.clone()
            } else {
                folder.join(file)
            };
            assert!(path.exists(), "{}: there is no {target}", page.display());
            if let Some(anchor) = target.split_once(".rs:").map(|(_, anchor)| anchor) {
                let program = std::fs::read_to_string(&path).unwrap();
                assert!(program.contains(&format!("ANCHOR: {anchor}")), "{target}");
            }
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked}");
}

#[test]
fn the_summary_has_every_page() {
    let summary = std::fs::read_to_string(docs().join("SUMMARY.md")).unwrap();
    for page in pages(&docs()) {
        let path = page.strip_prefix(docs()).unwrap().display().to_string();
        assert!(
            path == "SUMMARY.md" || summary.contains(&format!("({path})")),
            "SUMMARY.md does not have {path}"
        );
    }
}
