//! What can be wrong with data: each error says what, where, and what to do.

use crate::ElementType;
use std::io;

/// Why data could not be read, scaled, or written.
///
/// `place` is a path, or a path with a key (`file.npz:key`).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// Nothing lies at the path.
    #[error(
        "{place}: no such file or folder; give `digits`, a folder of IDX files, or an IDX, .npy, .npz or .csv file"
    )]
    Missing {
        /// Where.
        place: String,
    },

    /// The operating system refused.
    #[error("{place}: cannot {action}: {source}")]
    Io {
        /// Where.
        place: String,
        /// What was tried: `read`, …
        action: &'static str,
        /// The system's reason.
        source: io::Error,
    },

    /// A file that cannot be written.
    #[error(transparent)]
    Write(#[from] latents_durable::WriteError),

    /// A file of length 0.
    #[error("{place}: the file is empty; copy or download it again")]
    Empty {
        /// Where.
        place: String,
    },

    /// A header that promises more than the file holds.
    #[error(
        "{place}: {what} needs {declared} bytes, and {held} are there; the file is truncated or damaged: copy or \
         download it again"
    )]
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
    #[error(
        "{place}: the file goes on after the data that its header declares; it is damaged, or two files in one: \
         copy or download it again"
    )]
    Oversized {
        /// Where.
        place: String,
    },

    /// A packed file that unpacks to implausibly much.
    #[error(
        "{place}: unpacks to more than {limit} bytes (64 MiB and 100 times the packed size); unpack it yourself if \
         that is right"
    )]
    TooLarge {
        /// Where.
        place: String,
        /// The most bytes that are unpacked.
        limit: u64,
    },

    /// The file breaks the rules of its format.
    #[error("{place}: {reason}")]
    Malformed {
        /// Where.
        place: String,
        /// Which rule, and what to do.
        reason: String,
    },

    /// No format fits.
    #[error("{place}: neither IDX, .npy, .npz nor CSV; it starts with {start}")]
    UnknownFormat {
        /// Where.
        place: String,
        /// The first bytes, printable.
        start: String,
    },

    /// Elements that are not numbers, or numbers of an unusual kind.
    #[error(
        "{place}: elements of type {found} cannot be read; convert them to one of {}",
        ElementType::list()
    )]
    UnsupportedType {
        /// Where.
        place: String,
        /// The type as the file names it.
        found: String,
    },

    /// An archive without the wanted array.
    #[error("{place}: {problem}; its arrays are {}: choose one with {place}:KEY", keys.join(", "))]
    UnknownKey {
        /// Where.
        place: String,
        /// What is the matter: no such key, or no key given and several possible.
        problem: String,
        /// What is there, with shapes.
        keys: Vec<String>,
    },

    /// No rows.
    #[error("{place}: no rows of data")]
    NoRows {
        /// Where.
        place: String,
    },

    /// No columns.
    #[error("{place}: no columns of data{}", if *label_only { " beside the label column" } else { "" })]
    NoColumns {
        /// Where.
        place: String,
        /// The label column is the only one.
        label_only: bool,
    },

    /// NaN, an infinity, or a number beyond 32-bit floats.
    #[error(
        "{place}: row {row}, column {column} (counted from 0) is {value}; every value must be finite and fit a \
         32-bit float: drop such rows or fill the value in"
    )]
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
    #[error(
        "{place}: line {line}, column {column}{}: {text:?} is not a finite number; {hint}",
        named(name)
    )]
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
    #[error("{place}: line {line} has {found} cells, the lines before have {expected}")]
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
    #[error("{place}: no label column {label:?}; {known}")]
    LabelColumn {
        /// Where.
        place: String,
        /// As it was asked for.
        label: String,
        /// What there is.
        known: String,
    },

    /// Labels that do not belong to the rows.
    #[error("{place}: {reason}")]
    Labels {
        /// Where.
        place: String,
        /// What does not fit.
        reason: String,
    },

    /// Training and validation data, or data and a saved scaling, of different widths.
    #[error("{place}: {found} columns where {expected} are expected ({reason})")]
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
    #[error("scaling: {reason}")]
    Scaling {
        /// Why.
        reason: String,
    },

    /// Values that a sigmoid decoder cannot yield.
    #[error(
        "{place}: values from {minimum} to {maximum} ({scaling}), and a decoder that ends in a sigmoid yields only 0 \
         to 1: scale them to [0, 1] (min-max scaling), or choose a decoder with linear outputs"
    )]
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
    #[error("{place}: a fraction of {fraction} of {rows} rows leaves {part} without rows")]
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

impl DataError {
    /// An error of the operating system; what is not there gets its own message.
    pub(crate) fn io(place: &str, action: &'static str, source: io::Error) -> Self {
        let place = place.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound if action == "read" => Self::Missing { place },
            _ => Self::Io {
                place,
                action,
                source,
            },
        }
    }

    pub(crate) fn malformed(place: &str, reason: impl Into<String>) -> Self {
        Self::Malformed {
            place: place.to_owned(),
            reason: reason.into(),
        }
    }
}
