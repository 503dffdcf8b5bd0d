//! The README shows programs that are compiled, line by line as they are.

#[test]
fn the_program_of_the_readme_is_the_lesson() {
    let folder = env!("CARGO_MANIFEST_DIR");
    let read = |path: &str| std::fs::read_to_string(format!("{folder}/{path}")).unwrap();
    let (readme, lesson) = (read("../README.md"), read("examples/04_first_autoencoder.rs"));
    let (_, rest) = lesson.split_once("// ANCHOR: program\n").unwrap();
    let (program, _) = rest.split_once("// ANCHOR_END: program").unwrap();
    assert!(program.lines().filter(|line| !line.trim().is_empty()).count() <= 20);
    assert!(
        readme.contains(&format!("```rust\n{program}```")),
        "copy the program of 04_first_autoencoder.rs into the README"
    );
}
