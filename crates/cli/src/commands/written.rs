//! What a command wrote.

use crate::console::Console;
use latents_text::number::counted;
use serde::Serialize;
use std::path::Path;

/// A file of rows, as `--json` prints it.
#[derive(Serialize)]
pub(super) struct Written {
    out: String,
    rows: usize,
    columns: usize,
}

impl Written {
    pub(super) fn new(path: &Path, rows: usize, columns: usize) -> Self {
        Self {
            out: path.display().to_string(),
            rows,
            columns,
        }
    }

    pub(super) fn tell(&self, what: &str, console: &Console) {
        console.finish(self, self.text(what));
    }

    pub(super) fn text(&self, what: &str) -> String {
        format!(
            "{}: {} of {}",
            self.out,
            counted(self.rows, what),
            counted(self.columns, "number")
        )
    }
}
