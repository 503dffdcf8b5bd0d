//! `Scaling`: from stored values to what a model sees, and back.

use crate::check::column_ranges;
use crate::{DataError, Dataset};
use latents_tensor::{Real, Tensor};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How stored values become the values that a model sees. Saved with the model, so that new data are scaled alike
/// and reconstructions can be turned back with [`Scaling::invert`].
///
/// Computed in `f64` and rounded once to the model's element type.
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
    /// `y = (x − minimum) / (maximum − minimum)`, in [0, 1] on the rows that it was fitted on.
    MinMax(Affine),
    /// `y = (x − mean) / deviation`, of mean 0 and variance 1 on the rows that it was fitted on.
    Standard(Affine),
}

/// `y = (x − shift) / scale`, one pair for each column, or one for all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Affine {
    /// The value that becomes 0.
    pub shift: Vec<f64>,
    /// The distance from it that becomes 1. Constant columns have 1.
    pub scale: Vec<f64>,
}

impl Scaling {
    /// Min-max scaling by the least and the greatest value of all columns together.
    pub fn fit_min_max(data: &Dataset) -> Result<Self, DataError> {
        let (minimum, maximum) = data.range();
        Affine::between([(minimum, maximum)]).map(Self::MinMax)
    }

    /// Min-max scaling of each column by its own least and greatest value.
    pub fn fit_min_max_columns(data: &Dataset) -> Result<Self, DataError> {
        Affine::between(column_ranges(data)).map(Self::MinMax)
    }

    /// Scaling of each column by its mean and (population) standard deviation.
    pub fn fit_standard(data: &Dataset) -> Result<Self, DataError> {
        let (mean, deviation) = moments(data);
        let constant = column_ranges(data)
            .into_iter()
            .map(|(minimum, maximum)| minimum == maximum);
        let pairs = mean.into_iter().zip(deviation).zip(constant);
        // The mean of equal values may differ from them in the last bit: a deviation that means nothing.
        let affine: Affine = pairs
            .map(|((mean, deviation), constant)| (mean, if constant { 1.0 } else { deviation }))
            .collect();
        affine.validate()?;
        Ok(Self::Standard(affine))
    }

    /// Whether this scaling, perhaps read from a file, can be applied to rows of `columns` values.
    pub fn validate(&self, columns: usize) -> Result<(), DataError> {
        match self {
            Self::None => Ok(()),
            Self::Divide { by } if by.is_normal() => Ok(()),
            Self::Divide { by } => Err(scaling_error(format!("cannot divide by {by}"))),
            Self::MinMax(affine) | Self::Standard(affine) => {
                affine.validate()?;
                match affine.shift.len() {
                    1 => Ok(()),
                    fitted if fitted == columns => Ok(()),
                    fitted => Err(scaling_error(format!(
                        "fitted on {fitted} columns, and the data have {columns}"
                    ))),
                }
            }
        }
    }

    /// The scaled value of `x` in `column`.
    ///
    /// # Panics
    /// If the scaling was fitted on fewer columns.
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

    /// Turns scaled values, rows × columns, back into values as they were stored.
    ///
    /// # Panics
    /// If the last axis of `values` has another length than the scaling was fitted on.
    #[track_caller]
    pub fn invert<T: Real>(&self, values: &mut Tensor<T>) {
        let columns = values.shape().last().copied().unwrap_or(1).max(1);
        if let Err(error) = self.validate(columns) {
            panic!("invert: {error}");
        }
        match self {
            Self::None => {}
            Self::Divide { by } => values
                .make_mut()
                .iter_mut()
                .for_each(|value| *value = T::from_f64(value.to_f64() * by)),
            Self::MinMax(affine) | Self::Standard(affine) => {
                for row in values.make_mut().chunks_exact_mut(columns) {
                    for (column, value) in row.iter_mut().enumerate() {
                        let (shift, scale) = affine.of(column);
                        *value = T::from_f64(value.to_f64() * scale + shift);
                    }
                }
            }
        }
    }
}

impl fmt::Display for Scaling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = |affine: &Affine| {
            if affine.shift.len() == 1 {
                ""
            } else {
                ", each column by itself"
            }
        };
        match self {
            Self::None => write!(f, "not scaled"),
            Self::Divide { by } => write!(f, "divided by {by}"),
            Self::MinMax(affine) => write!(f, "min-max scaled{}", each(affine)),
            Self::Standard(affine) => write!(f, "standardised{}", each(affine)),
        }
    }
}

impl Affine {
    /// From `(minimum, maximum)` to (0, 1); a constant becomes 0.
    fn between(ranges: impl IntoIterator<Item = (f64, f64)>) -> Result<Self, DataError> {
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

    fn validate(&self) -> Result<(), DataError> {
        if self.shift.is_empty() || self.shift.len() != self.scale.len() {
            let (shifts, scales) = (self.shift.len(), self.scale.len());
            return Err(scaling_error(format!("{shifts} shifts and {scales} scales")));
        }
        let usable = |(shift, scale): (&f64, &f64)| shift.is_finite() && scale.is_finite() && *scale != 0.0;
        match self.shift.iter().zip(&self.scale).position(|pair| !usable(pair)) {
            None => Ok(()),
            Some(column) => Err(scaling_error(format!(
                "column {column} (counted from 0) has shift {} and scale {}; both must be finite, and the scale not 0",
                self.shift[column], self.scale[column]
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

/// Mean and population standard deviation of each column, in two passes.
fn moments(data: &Dataset) -> (Vec<f64>, Vec<f64>) {
    let rows = data.rows() as f64;
    let mut mean = vec![0.0; data.columns()];
    let mut row = vec![0.0; data.columns()];
    for index in 0..data.rows() {
        data.stored_row_into(index, &mut row);
        mean.iter_mut().zip(&row).for_each(|(sum, x)| *sum += x);
    }
    mean.iter_mut().for_each(|sum| *sum /= rows);
    let mut variance = vec![0.0; data.columns()];
    for index in 0..data.rows() {
        data.stored_row_into(index, &mut row);
        let terms = row.iter().zip(&mean).map(|(x, mean)| (x - mean) * (x - mean));
        variance
            .iter_mut()
            .zip(terms)
            .for_each(|(sum, term)| *sum += term);
    }
    variance.iter_mut().for_each(|sum| *sum = (*sum / rows).sqrt());
    (mean, variance)
}

fn scaling_error(reason: String) -> DataError {
    DataError::Scaling { reason }
}

/// Which scaling to fit; what a person chooses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum ScalingRule {
    /// What the reader chose: bytes of images by 255, the embedded digits by 16, all else as it is.
    #[default]
    Automatic,
    /// As stored.
    None,
    /// Divided by a number.
    Divide(f64),
    /// [`Scaling::fit_min_max`].
    MinMax,
    /// [`Scaling::fit_min_max_columns`].
    MinMaxColumns,
    /// [`Scaling::fit_standard`].
    Standard,
}

impl ScalingRule {
    /// The scaling that this rule gives on (the training) `data`.
    pub fn fit(self, data: &Dataset) -> Result<Scaling, DataError> {
        let scaling = match self {
            Self::Automatic => data.scaling().clone(),
            Self::None => Scaling::None,
            Self::Divide(by) => Scaling::Divide { by },
            Self::MinMax => Scaling::fit_min_max(data)?,
            Self::MinMaxColumns => Scaling::fit_min_max_columns(data)?,
            Self::Standard => Scaling::fit_standard(data)?,
        };
        scaling.validate(data.columns())?;
        Ok(scaling)
    }
}

impl FromStr for ScalingRule {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        match text {
            "auto" => Ok(Self::Automatic),
            "none" => Ok(Self::None),
            "min-max" => Ok(Self::MinMax),
            "min-max-columns" => Ok(Self::MinMaxColumns),
            "standard" => Ok(Self::Standard),
            number => match number.parse::<f64>() {
                Ok(by) if by.is_normal() => Ok(Self::Divide(by)),
                _ => Err(scaling_error(format!(
                    "{text:?} is none of auto, none, min-max, min-max-columns, standard, or a number to divide by"
                ))),
            },
        }
    }
}

impl fmt::Display for ScalingRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Automatic => f.pad("auto"),
            Self::None => f.pad("none"),
            Self::Divide(by) => write!(f, "{by}"),
            Self::MinMax => f.pad("min-max"),
            Self::MinMaxColumns => f.pad("min-max-columns"),
            Self::Standard => f.pad("standard"),
        }
    }
}

impl From<ScalingRule> for String {
    fn from(rule: ScalingRule) -> Self {
        rule.to_string()
    }
}

impl TryFrom<String> for ScalingRule {
    type Error = DataError;

    fn try_from(text: String) -> Result<Self, DataError> {
        text.parse()
    }
}
