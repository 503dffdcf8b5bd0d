//! `DataSettings`: which data a training has, and `Prepared`: those data, ready to be learned.

use crate::config::DataConfig;
use crate::error::Outcome;
use crate::split::Split;
use latents_data::{Color, DIGITS, ImageSize, OpenOptions, ScalingRule, embedded};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Which data are learned, and how they are read; everything may be missing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataSettings {
    /// A name, or a path; the embedded digits by default.
    pub source: Option<String>,
    /// The column of a CSV file, or the array of an .npz file, that holds labels.
    pub label: Option<String>,
    /// The fraction of the rows to hold out; by default the data's own validation rows, or else a tenth.
    pub validation: Option<f64>,
    /// How values are scaled.
    pub scale: Option<ScalingRule>,
    /// The size to which image files are resized.
    pub image_size: Option<ImageSize>,
    /// Whether image files are read as grey or in colours.
    pub color: Option<Color>,
    /// Whether image files that cannot be read are left out.
    pub skip_bad: Option<bool>,
    /// What the `config.toml` of a run says of its data and is found anew.
    #[doc(hidden)]
    pub image: IgnoredAny,
    /// See `image`.
    #[doc(hidden)]
    pub columns: IgnoredAny,
    /// See `image`.
    #[doc(hidden)]
    pub scaling: IgnoredAny,
}

impl DataSettings {
    /// How the data are read.
    pub fn open_options(&self) -> OpenOptions {
        OpenOptions::default()
            .label(self.label.clone())
            .image_size(self.image_size)
            .color(self.color)
            .skip_bad(self.skip_bad.unwrap_or_default())
    }

    /// Where the data are.
    pub fn source(&self) -> &str {
        self.source.as_deref().unwrap_or(DIGITS)
    }

    /// Reads, splits and scales the rows; the scaling is fitted on the training rows alone. `seed` says which rows are held
    /// out.
    ///
    /// # Errors
    /// If the data cannot be read, split or scaled.
    pub fn read(&self, seed: u64) -> Outcome<Prepared> {
        let split = Split::read(self.source(), &self.open_options(), self.validation, seed)?;
        let scale = self.scale.unwrap_or_default();
        let scaling = scale.fit(&split.train)?;
        let image = split.train.image_shape();
        let config = DataConfig {
            source: absolute(self.source()),
            label: self.label.clone(),
            validation: split.fraction,
            scale,
            image_size: self.image_size,
            color: self.color,
            skip_bad: self.skip_bad.unwrap_or_default(),
            image: image.map(|image| [image.height, image.width, image.channels]),
            columns: split.train.column_names().map(<[String]>::to_vec),
            scaling: scaling.clone(),
        };
        Ok(Prepared {
            split: split.scaled(&scaling)?,
            config,
        })
    }
}

/// Data that can be learned.
#[derive(Debug)]
pub struct Prepared {
    /// The rows to learn and those held out, scaled.
    pub split: Split,
    /// How they came about.
    pub config: DataConfig,
}

/// A path that holds from everywhere; names of embedded data stay as they are.
pub fn absolute(source: &str) -> String {
    match embedded(source) {
        Some(_) => source.to_owned(),
        None => std::path::absolute(source).map_or(source.to_owned(), |path| path.display().to_string()),
    }
}
