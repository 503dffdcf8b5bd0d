//! Real data for tests, if available.

use std::path::{Path, PathBuf};

/// The folder of a real data set: below `LATENTS_TEST_DATA`, or below `shared/data` in a parent folder of this crate. If there
/// is none, prints that the test is skipped.
pub fn real_data(name: &str) -> Option<PathBuf> {
    let roots = match std::env::var_os("LATENTS_TEST_DATA") {
        Some(root) => vec![PathBuf::from(root)],
        None => Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .map(|folder| folder.join("shared/data"))
            .collect(),
    };
    let found = roots
        .into_iter()
        .map(|root| root.join(name))
        .find(|path| path.is_dir());
    if found.is_none() {
        println!("skipped: no folder {name} below LATENTS_TEST_DATA or shared/data");
    }
    found
}
