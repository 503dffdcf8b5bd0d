//! The range of scaled values.

use crate::{DataError, Dataset, Scaling};

impl Dataset {
    /// The minimum and the maximum after scaling.
    ///
    /// ```
    /// assert_eq!(latents_data::digits().scaled_range(), (0.0, 1.0));
    /// ```
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

    /// Checks that every scaled value is in [0, 1], as a decoder with a sigmoid output requires.
    ///
    /// # Errors
    /// If a value is outside, with the range and a hint.
    ///
    /// ```
    /// # use latents_data::{Dataset, digits};
    /// assert!(digits().check_unit_range().is_ok());
    /// assert!(Dataset::new("table", vec![0.0, 3.5], 1)?.check_unit_range().is_err());
    /// # Ok::<(), latents_data::DataError>(())
    /// ```
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
