//! `Scaling`: from stored values to model inputs, and back.

use crate::DataError;
use latents_tensor::{Real, Tensor};
use latents_text::number::exact;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The transformation of stored values to the values that a model sees. It is saved with the model, so that new data is scaled
/// in the same way and reconstructions can be converted back with [`Scaling::invert`].
///
/// Computed in `f64` and rounded once to the element type of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Scaling {
    /// `y = x`.
    #[default]
    None,
    /// `y = x / by`.
    Divide {
        /// The divisor.
        by: f64,
    },
    /// `y = (x − minimum) / (maximum − minimum)`, in [0, 1] on the fitted rows.
    MinMax(Affine),
    /// `y = (x − mean) / deviation`, with mean 0 and variance 1 on the fitted rows.
    Standard(Affine),
}

/// `y = (x − shift) / scale`, with one pair per column, or one for all columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Affine {
    /// The value that is mapped to 0.
    pub shift: Vec<f64>,
    /// The difference that is mapped to 1. Constant columns have 1.
    pub scale: Vec<f64>,
}

impl Scaling {
    /// Checks that this scaling, which may come from a file, can be applied to rows of `columns` values.
    ///
    /// ```
    /// assert!(latents_data::Scaling::Divide { by: 0.0 }.validate(3).is_err());
    /// ```
    pub fn validate(&self, columns: usize) -> Result<(), DataError> {
        match self {
            Self::None => Ok(()),
            Self::Divide { by } if by.is_normal() => Ok(()),
            Self::Divide { by } => Err(scaling_error(format!("cannot divide by {}", exact(*by)))),
            Self::MinMax(affine) | Self::Standard(affine) => {
                affine.validate()?;
                match affine.shift.len() {
                    1 => Ok(()),
                    fitted if fitted == columns => Ok(()),
                    fitted => Err(scaling_error(format!(
                        "fitted on {fitted} columns, but the data has {columns}"
                    ))),
                }
            }
        }
    }

    /// The scaled value of `x` in `column`.
    ///
    /// # Panics
    /// If the scaling was fitted on fewer columns.
    ///
    /// ```
    /// assert_eq!(latents_data::Scaling::Divide { by: 255.0 }.apply(51.0, 0), 0.2);
    /// ```
    #[track_caller]
    pub fn apply(&self, x: f64, column: usize) -> f64 {
        match self {
            Self::None => x,
            Self::Divide { by } => x / by,
            Self::MinMax(affine) | Self::Standard(affine) => {
                let (shift, scale) = affine.of(column);
                (x - shift) / scale
            }
        }
    }

    /// The stored value whose scaled value in `column` is `y`.
    ///
    /// # Panics
    /// If the scaling was fitted on fewer columns.
    ///
    /// ```
    /// assert_eq!(latents_data::Scaling::Divide { by: 16.0 }.unapply(0.5, 0), 8.0);
    /// ```
    #[track_caller]
    pub fn unapply(&self, y: f64, column: usize) -> f64 {
        match self {
            Self::None => y,
            Self::Divide { by } => y * by,
            Self::MinMax(affine) | Self::Standard(affine) => {
                let (shift, scale) = affine.of(column);
                y * scale + shift
            }
        }
    }

    /// Converts scaled values (rows, columns) back to the units of the data. The result is `f64` regardless of the model's
    /// element type, because a column far from 0, such as a time in seconds, has more digits than `f32` holds.
    ///
    /// # Panics
    /// If the last axis of `values` differs from the number of fitted columns.
    ///
    /// ```
    /// # use latents_data::Scaling;
    /// # use latents_tensor::Tensor;
    /// let rows = Scaling::Divide { by: 16.0 }.invert(&Tensor::from_slice(&[0.5f32, 1.0], [1, 2]));
    /// assert_eq!(rows.to_vec(), [8.0, 16.0]);
    /// ```
    #[track_caller]
    pub fn invert<T: Real>(&self, values: &Tensor<T>) -> Tensor<f64> {
        let columns = values.shape().last().copied().unwrap_or(1).max(1);
        if let Err(error) = self.validate(columns) {
            panic!("invert: {error}");
        }
        let scaled = values.to_vec();
        Tensor::from_fn(values.shape(), |i| self.unapply(scaled[i].to_f64(), i % columns))
    }
}

impl fmt::Display for Scaling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = |affine: &Affine| {
            if affine.shift.len() == 1 {
                ""
            } else {
                ", per column"
            }
        };
        match self {
            Self::None => write!(f, "not scaled"),
            Self::Divide { by } => write!(f, "divided by {}", exact(*by)),
            Self::MinMax(affine) => write!(f, "min-max scaled{}", each(affine)),
            Self::Standard(affine) => write!(f, "standardised{}", each(affine)),
        }
    }
}

impl Affine {
    /// Maps `(minimum, maximum)` to (0, 1); a constant becomes 0.
    pub(crate) fn between(ranges: impl IntoIterator<Item = (f64, f64)>) -> Result<Self, DataError> {
        let span = |(minimum, maximum): (f64, f64)| {
            (minimum, if maximum > minimum { maximum - minimum } else { 1.0 })
        };
        let affine: Self = ranges.into_iter().map(span).collect();
        affine.validate()?;
        Ok(affine)
    }

    /// Shift and scale of a column.
    #[inline(always)]
    #[track_caller]
    fn of(&self, column: usize) -> (f64, f64) {
        let place = if self.shift.len() == 1 { 0 } else { column };
        (self.shift[place], self.scale[place])
    }

    pub(crate) fn validate(&self) -> Result<(), DataError> {
        if self.shift.is_empty() || self.shift.len() != self.scale.len() {
            let (shifts, scales) = (self.shift.len(), self.scale.len());
            return Err(scaling_error(format!("{shifts} shifts and {scales} scales")));
        }
        let usable = |(shift, scale): (&f64, &f64)| shift.is_finite() && scale.is_finite() && *scale != 0.0;
        match self.shift.iter().zip(&self.scale).position(|pair| !usable(pair)) {
            None => Ok(()),
            Some(column) => Err(scaling_error(format!(
                "column {} has shift {} and scale {}; both must be finite, and the scale must not be 0",
                column + 1,
                exact(self.shift[column]),
                exact(self.scale[column])
            ))),
        }
    }
}

impl FromIterator<(f64, f64)> for Affine {
    fn from_iter<I: IntoIterator<Item = (f64, f64)>>(pairs: I) -> Self {
        let (shift, scale) = pairs.into_iter().unzip();
        Self { shift, scale }
    }
}

pub(crate) fn scaling_error(reason: String) -> DataError {
    DataError::Scaling { reason }
}
