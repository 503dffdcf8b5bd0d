//! Evenly spaced rows of a table, and number formatting for findings.

use latents_tensor::{Rows, Tensor};
use latents_text::number::{count, counted};

/// Maximum number of rows to check.
const MOST_ROWS: usize = 4096;

/// Evenly spaced rows of a table; all rows of a small table.
pub(super) struct Sample {
    /// (rows, features).
    pub(super) rows: Tensor,
    /// The number of rows that they were sampled from.
    pub(super) of: usize,
}

impl Sample {
    pub(super) fn of(data: &dyn Rows) -> Self {
        let chosen = data.rows().min(MOST_ROWS);
        // (index · rows) / chosen spreads them over the whole table.
        let indices: Vec<usize> = (0..chosen).map(|index| index * data.rows() / chosen).collect();
        let mut rows = Tensor::zeros([chosen, data.features()]);
        data.gather_into(&indices, &mut rows);
        Self {
            rows,
            of: data.rows(),
        }
    }

    /// `500 rows` or `4,096 sampled rows (of 60,000)`.
    pub(super) fn text(&self) -> String {
        match self.rows.size(0) {
            rows if rows == self.of => counted(rows, "row"),
            rows => format!("{} (sampled from {})", counted(rows, "row"), count(self.of)),
        }
    }
}

/// `3, 7, 9 and 12 more`: the first few positions, counted from 1.
pub(super) fn places(indices: &[usize]) -> String {
    const NAMED: usize = 5;
    let named: Vec<String> = indices
        .iter()
        .take(NAMED)
        .map(|index| (index + 1).to_string())
        .collect();
    match (named.as_slice(), indices.len().saturating_sub(NAMED)) {
        ([one], 0) => one.clone(),
        ([first @ .., last], 0) => format!("{} and {last}", first.join(", ")),
        (_, more) => format!("{} and {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_spread_over_the_table() {
        let table = Tensor::from_fn([10_000, 1], |i| i as f32);
        let sample = Sample::of(&table).rows.to_vec();
        assert_eq!((sample.len(), sample[0]), (MOST_ROWS, 0.0));
        assert!(
            sample
                .windows(2)
                .all(|pair| (2.0..=3.0).contains(&(pair[1] - pair[0])))
        );
        assert!(sample[MOST_ROWS - 1] > 9_990.0);
        let small = Tensor::from_fn([3, 2], |i| i as f32);
        assert_eq!(Sample::of(&small).rows, small);
    }

    #[test]
    fn places_count_from_one() {
        assert_eq!(places(&[0]), "1");
        assert_eq!(places(&[0, 4, 8]), "1, 5 and 9");
        assert_eq!(places(&[0, 1, 2, 3, 4, 5, 6]), "1, 2, 3, 4, 5 and 2 more");
    }
}
