//! Fitting a scaling to data, by a rule that a person chooses.

use crate::scaling::scaling_error;
use crate::{Affine, DataError, Dataset, Scaling};
use latents_text::number::exact;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

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
                    "unknown rule {text:?}; expected auto, none, min-max, min-max-columns, standard, or a number to divide by"
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
            Self::Divide(by) => f.write_str(&exact(*by)),
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

impl Scaling {
    /// Min-max scaling by the least and the greatest value of all columns together.
    pub fn fit_min_max(data: &Dataset) -> Result<Self, DataError> {
        let (minimum, maximum) = data.range();
        Affine::between([(minimum, maximum)]).map(Self::MinMax)
    }

    /// Min-max scaling of each column by its own least and greatest value.
    pub fn fit_min_max_columns(data: &Dataset) -> Result<Self, DataError> {
        Affine::between(data.column_ranges()).map(Self::MinMax)
    }

    /// Scaling of each column by its mean and (population) standard deviation.
    pub fn fit_standard(data: &Dataset) -> Result<Self, DataError> {
        let (mean, deviation) = moments(data);
        let constant = data
            .column_ranges()
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
