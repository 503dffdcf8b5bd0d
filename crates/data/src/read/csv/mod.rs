//! CSV: separated by comma, semicolon or tab; with a header if the first line is not all numbers; a first column `file` names
//! the rows.

#[cfg(feature = "csv")]
mod records;
#[cfg(feature = "csv")]
mod table;

use crate::format::{Format, LabelSource, Reader, Recognition, if_feature};

pub(crate) static FORMAT: Format = Format {
    name: "CSV",
    help: "comma, semicolon or tab; a header is detected; a first column `file` of texts names the rows",
    extensions: &["csv", "tsv", "txt"],
    labels: LabelSource::Named("a column, by name or index"),
    images: false,
    keys: false,
    feature: Some("csv"),
    reader: Reader::File(Recognition::Text, if_feature!("csv", table::read)),
};
