//! What the scaled values are: in which range, and fit for a sigmoid decoder.

use crate::{DataError, Dataset, Scaling};

impl Dataset {
    /// The least and the greatest value after scaling.
    pub fn scaled_range(&self) -> (f64, f64) {
        match self.scaling() {
            Scaling::MinMax(affine) | Scaling::Standard(affine) if affine.shift.len() > 1 => {
                let ends = self.column_ranges().into_iter().enumerate();
                let scaled = ends.flat_map(|(column, (low, high))| {
                    [
                        self.scaling().apply(low, column),
                        self.scaling().apply(high, column),
                    ]
                });
                scaled.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| {
                    (low.min(y), high.max(y))
                })
            }
            scaling => {
                let (low, high) = self.range();
                let (a, b) = (scaling.apply(low, 0), scaling.apply(high, 0));
                (a.min(b), a.max(b))
            }
        }
    }

    /// Whether every scaled value lies in [0, 1], as a decoder that ends in a sigmoid needs.
    ///
    /// # Errors
    /// If not, with the range and what to do.
    pub fn check_unit_range(&self) -> Result<(), DataError> {
        let (minimum, maximum) = self.scaled_range();
        if minimum >= 0.0 && maximum <= 1.0 {
            return Ok(());
        }
        Err(DataError::OutsideUnitRange {
            place: self.name().to_owned(),
            minimum,
            maximum,
            scaling: self.scaling().to_string(),
        })
    }
}
