//! `Skipped`: images that cannot be read.

use latents_text::number::{count, counted};

/// An image of a folder that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its path.
    pub place: String,
    /// Why it cannot be read.
    pub reason: String,
}

/// Describes how many images cannot be read, and which.
pub(crate) fn unreadable(bad: &[Skipped], images: usize) -> String {
    const NAMED: usize = 3;
    let named: Vec<String> = bad
        .iter()
        .take(NAMED)
        .map(|Skipped { place, reason }| format!("{place} ({reason})"))
        .collect();
    let more = match bad.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and {} more", count(more)),
    };
    format!(
        "{} of {} cannot be read: {}{more}",
        count(bad.len()),
        counted(images, "image"),
        named.join(", ")
    )
}
