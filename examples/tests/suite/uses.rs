//! Each use is a short program.

use std::path::Path;

/// Lines that are neither empty nor a comment.
fn lines(text: &str) -> usize {
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with("//");
    text.lines().filter(is_code).count()
}

#[test]
fn a_use_has_at_most_twenty_lines() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut uses = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("uses_") {
            let lines = lines(&std::fs::read_to_string(&path).unwrap());
            assert!(lines <= 20, "{name}: {lines} lines");
            uses += 1;
        }
    }
    assert!(uses >= 5, "{uses}");
}
