//! Errors of reading and writing data: each names the problem, its place, and a hint.

use crate::element::ElementType;
use crate::image::ImageSize;
use crate::skipped::{Skipped, unreadable};
use latents_text::list;
use latents_text::number::{exact, plain};
use std::{fmt, io};

/// Error from reading, scaling, or writing data.
///
/// `place` is a path, or a path with a key (`file.npz:key`).
#[derive(Debug)]
#[non_exhaustive]
pub enum DataError {
    /// The path does not exist.
    Missing {
        /// Where.
        place: String,
        /// How to fix it.
        hint: String,
    },

    /// The operating system reported an error.
    Io {
        /// Where.
        place: String,
        /// The attempted action: `read`, …
        action: &'static str,
        /// The error of the operating system.
        source: io::Error,
    },

    /// The file cannot be written.
    Write(latents_durable::WriteError),

    /// The file is empty.
    Empty {
        /// Where.
        place: String,
    },

    /// The header declares more data than the file contains.
    Truncated {
        /// Where.
        place: String,
        /// The incomplete part.
        what: &'static str,
        /// The number of bytes that the part needs.
        declared: u128,
        /// The number of bytes available, or an upper bound of it.
        held: u64,
    },

    /// The file contains more data than its header declares.
    Oversized {
        /// Where.
        place: String,
    },

    /// A compressed file that expands to an implausible size.
    TooLarge {
        /// Where.
        place: String,
        /// The largest number of bytes that may be unpacked.
        limit: u64,
    },

    /// The file violates the rules of its format.
    Malformed {
        /// Where.
        place: String,
        /// The violated rule.
        reason: String,
        /// How to fix it.
        hint: String,
    },

    /// The format was not recognised.
    UnknownFormat {
        /// Where.
        place: String,
        /// The first bytes, in printable form.
        start: String,
        /// The supported file formats.
        known: String,
    },

    /// A format that this build does not support.
    FeatureOff {
        /// Where.
        place: String,
        /// The content of the file.
        what: &'static str,
        /// The cargo feature of this crate that supports it.
        feature: &'static str,
    },

    /// The elements are not numbers, or have an unsupported numeric type.
    UnsupportedType {
        /// Where.
        place: String,
        /// The type as named in the file.
        found: String,
    },

    /// The archive does not contain the requested array.
    UnknownKey {
        /// Where.
        place: String,
        /// The problem: no such key, or several candidates without a key.
        problem: String,
        /// The available keys with their shapes.
        keys: Vec<String>,
    },

    /// The data has no rows.
    NoRows {
        /// Where.
        place: String,
    },

    /// The data has no columns.
    NoColumns {
        /// Where.
        place: String,
        /// Whether the label column is the only column.
        label_only: bool,
    },

    /// A value is NaN, infinite, or outside the range of 32-bit floats.
    NotFinite {
        /// Where.
        place: String,
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// The value.
        value: f64,
    },

    /// A table cell is not a finite number.
    Cell {
        /// Where.
        place: String,
        /// Line of the file, from 1.
        line: u64,
        /// Column of the file, from 1.
        column: usize,
        /// The name of the column, if the file has a header.
        name: Option<String>,
        /// The text of the cell.
        text: String,
        /// How to fix it.
        hint: &'static str,
    },

    /// A line has a different number of cells than the first line.
    Ragged {
        /// Where.
        place: String,
        /// Line of the file, from 1.
        line: u64,
        /// Number of cells on this line.
        found: usize,
        /// Number of cells on the first line.
        expected: usize,
    },

    /// The label column does not exist.
    LabelColumn {
        /// Where.
        place: String,
        /// The requested label column.
        label: String,
        /// The available columns.
        known: String,
    },

    /// Several columns have the name of the requested label column.
    AmbiguousLabel {
        /// Where.
        place: String,
        /// The requested label column.
        label: String,
        /// The indices of the columns, from 0.
        columns: Vec<usize>,
    },

    /// The labels do not match the rows.
    Labels {
        /// Where.
        place: String,
        /// The mismatch.
        reason: String,
    },

    /// Training and validation data, or data and a saved scaling, have different numbers of columns.
    Width {
        /// Where.
        place: String,
        /// The number of columns found.
        found: usize,
        /// The number of columns expected.
        expected: usize,
        /// What determines the expected number.
        reason: &'static str,
    },

    /// The scaling cannot be applied.
    Scaling {
        /// The reason.
        reason: String,
    },

    /// Some images of a folder cannot be read.
    BadImages {
        /// The folder.
        place: String,
        /// Total number of images.
        images: usize,
        /// The images that cannot be read.
        bad: Vec<Skipped>,
    },

    /// The images have different sizes, and no size was requested.
    MixedSizes {
        /// The folder.
        place: String,
        /// The first image.
        first: String,
        /// Its size.
        first_size: ImageSize,
        /// The first image with another size.
        other: String,
        /// Its size.
        other_size: ImageSize,
    },

    /// Values that a sigmoid output cannot produce.
    OutsideUnitRange {
        /// Where.
        place: String,
        /// The smallest scaled value.
        minimum: f64,
        /// The largest scaled value.
        maximum: f64,
        /// The scaling that was applied.
        scaling: String,
    },

    /// A split would leave one part without rows.
    Split {
        /// Where.
        place: String,
        /// The requested fraction.
        fraction: f64,
        /// The number of rows to split.
        rows: usize,
        /// The empty part.
        part: &'static str,
    },
}

fn named(name: &Option<String>) -> String {
    name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default()
}

const AGAIN: &str = "copy or download it again";

impl DataError {
    /// Converts an error of the operating system; a missing file has its own message.
    pub(crate) fn io(place: &str, action: &'static str, source: io::Error) -> Self {
        let place = place.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound if action == "read" => Self::Missing {
                place,
                hint: "check the path".to_owned(),
            },
            _ => Self::Io {
                place,
                action,
                source,
            },
        }
    }

    pub(crate) fn malformed(place: &str, reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Malformed {
            place: place.to_owned(),
            reason: reason.into(),
            hint: hint.into(),
        }
    }

    /// Describes the problem and its place.
    ///
    /// ```
    /// let error = latents_data::open("missing.csv", &Default::default()).unwrap_err();
    /// assert_eq!(error.problem(), "missing.csv: no such file or folder");
    /// ```
    pub fn problem(&self) -> String {
        match self {
            Self::Missing { place, .. } => format!("{place}: no such file or folder"),
            Self::Io {
                place,
                action,
                source,
            } => format!("{place}: cannot {action}: {source}"),
            Self::Write(error) => error.problem(),
            Self::Empty { place } => format!("{place}: the file is empty"),
            Self::Truncated {
                place,
                what,
                declared,
                held,
            } => {
                format!("{place}: {what} needs {declared} bytes, but there are only {held}")
            }
            Self::Oversized { place } => {
                format!("{place}: the file continues after the data that its header declares")
            }
            Self::TooLarge { place, limit } => {
                format!("{place}: unpacks to more than {limit} bytes (64 MiB and 100 times the packed size)")
            }
            Self::Malformed { place, reason, .. } | Self::Labels { place, reason } => {
                format!("{place}: {reason}")
            }
            Self::UnknownFormat { place, start, known } => {
                format!("{place}: neither {known}: it starts with {start}")
            }
            Self::FeatureOff { place, what, .. } => {
                format!("{place}: this build does not read {what}")
            }
            Self::UnsupportedType { place, found } => {
                format!("{place}: elements of type {found} cannot be read")
            }
            Self::UnknownKey { place, problem, keys } => {
                format!("{place}: {problem}; its arrays are {}", keys.join(", "))
            }
            Self::NoRows { place } => format!("{place}: no rows of data"),
            Self::NoColumns { place, label_only } => {
                let beside = if *label_only {
                    " besides the label column"
                } else {
                    ""
                };
                format!("{place}: no columns of data{beside}")
            }
            Self::NotFinite {
                place,
                row,
                column,
                value,
            } => format!(
                "{place}: row {}, column {} is {}",
                row + 1,
                column + 1,
                plain(*value)
            ),
            Self::Cell {
                place,
                line,
                column,
                name,
                text,
                ..
            } => format!(
                "{place}: line {line}, column {column}{}: {text:?} is not a finite number",
                named(name)
            ),
            Self::Ragged {
                place,
                line,
                found,
                expected,
            } => {
                let cells = if *found == 1 { "cell" } else { "cells" };
                format!("{place}: line {line} has {found} {cells}, but previous lines have {expected}")
            }
            Self::LabelColumn { place, label, .. } => format!("{place}: no label column {label:?}"),
            Self::AmbiguousLabel {
                place,
                label,
                columns,
            } => {
                format!("{place}: {} columns are called {label:?}", columns.len())
            }
            Self::Width {
                place,
                found,
                expected,
                reason,
            } => {
                format!("{place}: {found} columns where {expected} are expected ({reason})")
            }
            Self::Scaling { reason } => format!("scaling: {reason}"),
            Self::BadImages { place, images, bad } => format!("{place}: {}", unreadable(bad, *images)),
            Self::MixedSizes {
                place,
                first,
                first_size,
                other,
                other_size,
            } => format!(
                "{place}: images of different sizes: {first} has {first_size} pixels, {other} has {other_size}"
            ),
            Self::OutsideUnitRange {
                place,
                minimum,
                maximum,
                scaling,
            } => format!(
                "{place}: values from {} to {} ({scaling}), but a sigmoid output can only produce values from 0 to 1",
                plain(*minimum),
                plain(*maximum)
            ),
            Self::Split {
                place,
                fraction,
                rows,
                part,
            } => {
                let fraction = exact(*fraction);
                format!("{place}: a fraction of {fraction} of {rows} rows leaves the {part} set without rows")
            }
        }
    }

    /// Suggests how to fix the problem.
    ///
    /// ```
    /// let error = latents_data::read_npy::<f32>("missing.npy").unwrap_err();
    /// assert_eq!(error.hint(), "check the path");
    /// ```
    pub fn hint(&self) -> String {
        match self {
            Self::Missing { hint, .. } | Self::Malformed { hint, .. } => hint.clone(),
            Self::Io { .. } => "check that it is a readable file".to_owned(),
            Self::Write(_) => latents_durable::HINT.to_owned(),
            Self::Empty { .. } => AGAIN.to_owned(),
            Self::Truncated { .. } => format!("the file is truncated or damaged: {AGAIN}"),
            Self::Oversized { .. } => format!("the file is damaged, or two files were joined: {AGAIN}"),
            Self::TooLarge { .. } => "unpack it yourself if the size is correct".to_owned(),
            Self::FeatureOff { feature, .. } => {
                format!("build latents-data with the feature `{feature}`")
            }
            Self::UnknownFormat { .. } => "convert it to one of these formats".to_owned(),
            Self::UnsupportedType { .. } => format!("convert the elements to one of {}", ElementType::list()),
            Self::UnknownKey { place, .. } => format!("choose one with {place}:KEY"),
            Self::NoRows { .. } => "give data with at least one row".to_owned(),
            Self::NoColumns { .. } => "give data with at least one column of numbers".to_owned(),
            Self::NotFinite { .. } => {
                "every value must be finite and fit a 32-bit float: remove such rows or replace the value"
                    .to_owned()
            }
            Self::Cell { hint, .. } => (*hint).to_owned(),
            Self::Ragged { .. } => {
                "give all lines the same number of cells, and quote cells that contain the separator"
                    .to_owned()
            }
            Self::LabelColumn { known, .. } => known.clone(),
            Self::AmbiguousLabel { columns, .. } => {
                let numbers = list(columns.iter().map(usize::to_string), "or");
                format!("choose the label column by its number, counted from 0: {numbers}")
            }
            Self::Labels { .. } => "give one label for each row, in the same order".to_owned(),
            Self::Width { .. } => "give data of the same width".to_owned(),
            Self::Scaling { .. } => "use another scaling rule".to_owned(),
            Self::BadImages { images, bad, .. } if bad.len() == *images => AGAIN.to_owned(),
            Self::BadImages { .. } => {
                "fix or remove them, or leave them out with --skip-bad (`OpenOptions::skip_bad`)".to_owned()
            }
            Self::MixedSizes { .. } => {
                "set one size for all with --image-size HxW (`OpenOptions::image_size`)".to_owned()
            }
            Self::OutsideUnitRange { .. } => {
                "scale them to [0, 1] (min-max scaling), or choose a decoder with linear outputs".to_owned()
            }
            Self::Split { .. } => "choose another fraction".to_owned(),
        }
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.problem(), self.hint())
    }
}

impl std::error::Error for DataError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Write(error) => Some(error),
            _ => None,
        }
    }
}

impl From<latents_durable::WriteError> for DataError {
    fn from(error: latents_durable::WriteError) -> Self {
        Self::Write(error)
    }
}
