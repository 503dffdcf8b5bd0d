//! Numbers for people, as on the page of a run.

use latents_report::number::significant;
pub(crate) use latents_report::number::{count as grouped, duration};

/// Four significant digits: `0.009631`, `12.34`, `1.200 × 10⁻⁷`.
pub(crate) fn short(value: f64) -> String {
    significant(value, 4)
}

/// `1 row`, `1,797 rows`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        assert_eq!([counted(1, "row"), counted(1797, "row")], ["1 row", "1,797 rows"]);
    }
}
