//! Splitting a dataset in two.

use crate::{DataError, Dataset};

impl Dataset {
    /// Splits the rows into a training and a validation part, disjoint and together complete: of a permutation of
    /// all rows, the first `fraction` become validation rows. Both share the stored values and the scaling, and
    /// keep their rows in stored order.
    ///
    /// # Errors
    /// If the fraction (rounded to rows) leaves either part empty.
    ///
    /// # Panics
    /// If `order` is not a permutation of the rows.
    #[track_caller]
    pub fn split_ordered(&self, fraction: f64, order: &[usize]) -> Result<(Dataset, Dataset), DataError> {
        let rows = self.rows();
        let held_out = (rows as f64 * fraction).round();
        let part = match held_out {
            count if count >= 1.0 && count < rows as f64 => None,
            count if count >= 1.0 => Some("training"),
            // Also for NaN.
            _ => Some("validation"),
        };
        if let Some(part) = part {
            return Err(DataError::Split {
                place: self.name().to_owned(),
                fraction,
                rows,
                part,
            });
        }
        let mut validation = vec![None; rows];
        assert_eq!(
            order.len(),
            rows,
            "split: the order is not a permutation of {rows} rows"
        );
        for (place, &row) in order.iter().enumerate() {
            assert!(
                row < rows && validation[row].is_none(),
                "split: the order is not a permutation of {rows} rows"
            );
            validation[row] = Some(place < held_out as usize);
        }
        let part = |wanted| {
            let rows: Vec<usize> = (0..rows).filter(|&row| validation[row] == Some(wanted)).collect();
            self.select(&rows)
        };
        Ok((part(false), part(true)))
    }
}
