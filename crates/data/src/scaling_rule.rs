//! Fitting a scaling to data by a chosen rule.

use crate::scaling::scaling_error;
use crate::{Affine, DataError, Dataset, Scaling};
use latents_text::number::exact;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A rule for fitting a [`Scaling`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum ScalingRule {
    /// The reader's default: image bytes divided by 255, the embedded digits by 16, all other data not scaled.
    #[default]
    Automatic,
    /// Not scaled.
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
    /// Fits the scaling of this rule on (the training) `data`.
    ///
    /// ```
    /// # use latents_data::{Dataset, Scaling, ScalingRule};
    /// let data = Dataset::new("table", vec![1.0, 5.0], 1)?;
    /// assert_eq!(ScalingRule::MinMax.fit(&data)?.apply(3.0, 0), 0.5);
    /// # Ok::<(), latents_data::DataError>(())
    /// ```
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
    /// Fits min-max scaling by the minimum and the maximum over all columns.
    ///
    /// ```
    /// # use latents_data::{Dataset, Scaling};
    /// let data = Dataset::new("table", vec![0.0, 1.0, 2.0, 4.0], 2)?;
    /// assert_eq!(Scaling::fit_min_max(&data)?.apply(1.0, 0), 0.25);
    /// # Ok::<(), latents_data::DataError>(())
    /// ```
    pub fn fit_min_max(data: &Dataset) -> Result<Self, DataError> {
        let (minimum, maximum) = data.range();
        Affine::between([(minimum, maximum)]).map(Self::MinMax)
    }

    /// Fits min-max scaling of each column by its own minimum and maximum.
    ///
    /// ```
    /// # use latents_data::{Dataset, Scaling};
    /// let data = Dataset::new("table", vec![0.0, 1.0, 2.0, 4.0], 2)?;
    /// assert_eq!(Scaling::fit_min_max_columns(&data)?.apply(1.0, 0), 0.5);
    /// # Ok::<(), latents_data::DataError>(())
    /// ```
    pub fn fit_min_max_columns(data: &Dataset) -> Result<Self, DataError> {
        Affine::between(data.column_ranges()).map(Self::MinMax)
    }

    /// Fits standardisation of each column by its mean and (population) standard deviation.
    ///
    /// ```
    /// # use latents_data::{Dataset, Scaling};
    /// let data = Dataset::new("table", vec![1.0, 3.0], 1)?;
    /// assert_eq!(Scaling::fit_standard(&data)?.apply(3.0, 0), 1.0);
    /// # Ok::<(), latents_data::DataError>(())
    /// ```
    pub fn fit_standard(data: &Dataset) -> Result<Self, DataError> {
        let (mean, deviation) = moments(data);
        let constant = data
            .column_ranges()
            .into_iter()
            .map(|(minimum, maximum)| minimum == maximum);
        let pairs = mean.into_iter().zip(deviation).zip(constant);
        // The mean of equal values may differ from them in the last bit, which gives a meaningless deviation.
        let affine: Affine = pairs
            .map(|((mean, deviation), constant)| (mean, if constant { 1.0 } else { deviation }))
            .collect();
        affine.validate()?;
        Ok(Self::Standard(affine))
    }
}

/// The mean and the population standard deviation of each column, in two passes.
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
