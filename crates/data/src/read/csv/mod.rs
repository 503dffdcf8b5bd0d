//! CSV: comma, semicolon or tab between the cells; a header where the first line is not all numbers; a first column
//! `file` that names the rows.

#[cfg(feature = "csv")]
mod records;
#[cfg(feature = "csv")]
mod table;

use crate::format::{Format, LabelSource, Reader, Recognition, if_feature};

pub(crate) static FORMAT: Format = Format {
    name: "CSV",
    help: "comma, semicolon or tab; a header is detected; a first column `file` of texts names the rows",
    extensions: &["csv", "tsv", "txt"],
    labels: LabelSource::Named("the column that is named or numbered"),
    images: false,
    keys: false,
    feature: Some("csv"),
    reader: Reader::File(Recognition::Text, if_feature!("csv", table::read)),
};
