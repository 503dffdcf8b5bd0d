//! What can be wrong with data: each error says what, where, and what to do.

use crate::element::ElementType;
use crate::image::ImageSize;
use crate::skipped::{Skipped, unreadable};
use latents_text::list;
use latents_text::number::{exact, plain};
use std::{fmt, io};

/// Why data could not be read, scaled, or written.
///
/// `place` is a path, or a path with a key (`file.npz:key`).
#[derive(Debug)]
#[non_exhaustive]
pub enum DataError {
    /// Nothing lies at the path.
    Missing {
        /// Where.
        place: String,
        /// What to do.
        hint: String,
    },

    /// The operating system refused.
    Io {
        /// Where.
        place: String,
        /// What was tried: `read`, …
        action: &'static str,
        /// The system's reason.
        source: io::Error,
    },

    /// A file that cannot be written.
    Write(latents_durable::WriteError),

    /// A file of length 0.
    Empty {
        /// Where.
        place: String,
    },

    /// A header that promises more than the file holds.
    Truncated {
        /// Where.
        place: String,
        /// The part that is cut off.
        what: &'static str,
        /// Bytes that the part needs.
        declared: u128,
        /// Bytes that are there, or at most can be there.
        held: u64,
    },

    /// More bytes than the header declares.
    Oversized {
        /// Where.
        place: String,
    },

    /// A packed file that unpacks to implausibly much.
    TooLarge {
        /// Where.
        place: String,
        /// The most bytes that are unpacked.
        limit: u64,
    },

    /// The file breaks the rules of its format.
    Malformed {
        /// Where.
        place: String,
        /// Which rule.
        reason: String,
        /// What to do.
        hint: String,
    },

    /// No format fits.
    UnknownFormat {
        /// Where.
        place: String,
        /// The first bytes, printable.
        start: String,
        /// The formats of files that are known.
        known: String,
    },

    /// A file that this build cannot read.
    FeatureOff {
        /// Where.
        place: String,
        /// What it holds.
        what: &'static str,
        /// The cargo feature of this crate that reads it.
        feature: &'static str,
    },

    /// Elements that are not numbers, or numbers of an unusual kind.
    UnsupportedType {
        /// Where.
        place: String,
        /// The type as the file names it.
        found: String,
    },

    /// An archive without the wanted array.
    UnknownKey {
        /// Where.
        place: String,
        /// What is the matter: no such key, or no key given and several possible.
        problem: String,
        /// What is there, with shapes.
        keys: Vec<String>,
    },

    /// No rows.
    NoRows {
        /// Where.
        place: String,
    },

    /// No columns.
    NoColumns {
        /// Where.
        place: String,
        /// The label column is the only one.
        label_only: bool,
    },

    /// NaN, an infinity, or a number beyond 32-bit floats.
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

    /// A cell of a table that is not a finite number.
    Cell {
        /// Where.
        place: String,
        /// Line of the file, from 1.
        line: u64,
        /// Column of the file, from 1.
        column: usize,
        /// The column's name, where the file has a header.
        name: Option<String>,
        /// The cell.
        text: String,
        /// What to do.
        hint: &'static str,
    },

    /// A line with another number of cells than the first.
    Ragged {
        /// Where.
        place: String,
        /// Line of the file, from 1.
        line: u64,
        /// Cells on it.
        found: usize,
        /// Cells on the first line.
        expected: usize,
    },

    /// The label column is not there.
    LabelColumn {
        /// Where.
        place: String,
        /// As it was asked for.
        label: String,
        /// What there is.
        known: String,
    },

    /// Several columns have the name that the label column is to have.
    AmbiguousLabel {
        /// Where.
        place: String,
        /// As it was asked for.
        label: String,
        /// The numbers of the columns, from 0.
        columns: Vec<usize>,
    },

    /// Labels that do not belong to the rows.
    Labels {
        /// Where.
        place: String,
        /// What does not fit.
        reason: String,
    },

    /// Training and validation data, or data and a saved scaling, of different widths.
    Width {
        /// Where.
        place: String,
        /// Columns that are there.
        found: usize,
        /// Columns that are needed.
        expected: usize,
        /// By what.
        reason: &'static str,
    },

    /// A scaling that cannot be applied.
    Scaling {
        /// Why.
        reason: String,
    },

    /// Images of a folder that cannot be read.
    BadImages {
        /// The folder.
        place: String,
        /// How many images there are.
        images: usize,
        /// Those that cannot be read.
        bad: Vec<Skipped>,
    },

    /// Images of different sizes, where no size is asked for.
    MixedSizes {
        /// The folder.
        place: String,
        /// The first image.
        first: String,
        /// Its size.
        first_size: ImageSize,
        /// The first image of another size.
        other: String,
        /// Its size.
        other_size: ImageSize,
    },

    /// Values that a sigmoid decoder cannot yield.
    OutsideUnitRange {
        /// Where.
        place: String,
        /// The least scaled value.
        minimum: f64,
        /// The greatest scaled value.
        maximum: f64,
        /// The scaling that was applied.
        scaling: String,
    },

    /// A split that leaves a part without rows.
    Split {
        /// Where.
        place: String,
        /// As asked for.
        fraction: f64,
        /// Rows to split.
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
    /// An error of the operating system; what is not there gets its own message.
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

    /// What is wrong, and where.
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
                format!("{place}: {what} needs {declared} bytes, and {held} are there")
            }
            Self::Oversized { place } => {
                format!("{place}: the file goes on after the data that its header declares")
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
                format!("{place}: line {line} has {found} {cells}, the lines before have {expected}")
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
                "{place}: values from {} to {} ({scaling}), and a decoder that ends in a sigmoid yields only 0 to 1",
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
                format!("{place}: a fraction of {fraction} of {rows} rows leaves {part} without rows")
            }
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Missing { hint, .. } | Self::Malformed { hint, .. } => hint.clone(),
            Self::Io { .. } => "check that it is a file that you may read".to_owned(),
            Self::Write(_) => latents_durable::HINT.to_owned(),
            Self::Empty { .. } => AGAIN.to_owned(),
            Self::Truncated { .. } => format!("the file is truncated or damaged: {AGAIN}"),
            Self::Oversized { .. } => format!("it is damaged, or two files in one: {AGAIN}"),
            Self::TooLarge { .. } => "unpack it yourself if that is right".to_owned(),
            Self::FeatureOff { feature, .. } => {
                format!("build latents-data with the feature `{feature}`")
            }
            Self::UnknownFormat { .. } => "convert it to one of these".to_owned(),
            Self::UnsupportedType { .. } => format!("convert them to one of {}", ElementType::list()),
            Self::UnknownKey { place, .. } => format!("choose one with {place}:KEY"),
            Self::NoRows { .. } => "give data with at least one row".to_owned(),
            Self::NoColumns { .. } => "give data with at least one column of numbers".to_owned(),
            Self::NotFinite { .. } => {
                "every value must be finite and fit a 32-bit float: drop such rows or fill the value in"
                    .to_owned()
            }
            Self::Cell { hint, .. } => (*hint).to_owned(),
            Self::Ragged { .. } => {
                "give every line as many cells; one that holds the separator itself needs quotes".to_owned()
            }
            Self::LabelColumn { known, .. } => known.clone(),
            Self::AmbiguousLabel { columns, .. } => {
                let numbers = list(columns.iter().map(usize::to_string), "or");
                format!("choose the label column by its number, counted from 0: {numbers}")
            }
            Self::Labels { .. } => "give one label for each row, in the same order".to_owned(),
            Self::Width { .. } => "give data of the same width".to_owned(),
            Self::Scaling { .. } => "scale by another rule".to_owned(),
            Self::BadImages { images, bad, .. } if bad.len() == *images => AGAIN.to_owned(),
            Self::BadImages { .. } => {
                "fix or remove them, or leave them out with --skip-bad (`OpenOptions::skip_bad`)".to_owned()
            }
            Self::MixedSizes { .. } => {
                "give one size for all with --image-size HxW (`OpenOptions::image_size`)".to_owned()
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
