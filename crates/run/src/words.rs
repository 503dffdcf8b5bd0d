//! Numbers for people, as on the page of a run.

pub(crate) use latents_text::number::{count as grouped, counted, fixed, percent};

/// Four significant digits: `0.009631`, `12.34`, `1.200 × 10⁻⁷`.
pub(crate) fn short(value: f64) -> String {
    latents_text::number::significant(value, 4)
}
