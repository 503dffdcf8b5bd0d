//! CSV files of tensors: codes, scores, reconstructions.

use crate::DataError;
use latents_tensor::{Real, Tensor};
use std::fmt::Write as _;
use std::path::Path;

/// Writes a tensor (rows, columns) as CSV with a header: commas, lines that end in `\n`, every number in the fewest
/// digits that read back the same. The file is there whole or, after a failure, as it was before.
///
/// [`open`](crate::open) takes the first line for a header unless all of its names are numbers.
///
/// # Errors
/// If the file cannot be written.
///
/// # Panics
/// If there are not as many names as columns.
#[track_caller]
pub fn write_csv<T: Real>(
    path: impl AsRef<Path>,
    names: &[impl AsRef<str>],
    rows: &Tensor<T>,
) -> Result<(), DataError> {
    write(path.as_ref(), names, None, rows)
}

/// As [`write_csv`], with a column `file` before the others: what each row was read from, see
/// [`Dataset::file_names`](crate::Dataset::file_names).
///
/// [`open`](crate::open) reads such a table with the same names, unless the first of them is a number.
///
/// # Errors
/// If the file cannot be written.
///
/// # Panics
/// As [`write_csv`], and without one file for each row.
#[track_caller]
pub fn write_csv_of_files<T: Real>(
    path: impl AsRef<Path>,
    names: &[impl AsRef<str>],
    files: &[impl AsRef<str>],
    rows: &Tensor<T>,
) -> Result<(), DataError> {
    assert_eq!(
        rows.shape().first(),
        Some(&files.len()),
        "write_csv_of_files: one file for each row"
    );
    let files: Vec<String> = files.iter().map(|file| csv_cell(file.as_ref())).collect();
    write(path.as_ref(), names, Some(&files), rows)
}

#[track_caller]
fn write<T: Real>(
    path: &Path,
    names: &[impl AsRef<str>],
    files: Option<&[String]>,
    rows: &Tensor<T>,
) -> Result<(), DataError> {
    let columns = names.len();
    assert!(
        rows.shape().rank() == 2 && rows.size(1) == columns && columns > 0,
        "write_csv: rows have shape {}; {columns} names need (rows, {columns})",
        rows.shape()
    );
    let values = rows.elements();
    let header: Vec<String> = names.iter().map(|name| csv_cell(name.as_ref())).collect();
    let written = latents_durable::write_with(path, |out| {
        let first = if files.is_some() { "file," } else { "" };
        writeln!(out, "{first}{}", header.join(","))?;
        let mut line = String::new();
        values
            .chunks_exact(columns)
            .enumerate()
            .try_for_each(|(index, row)| {
                line.clear();
                if let Some(files) = files {
                    line.extend([&files[index], ","]);
                }
                row.iter().for_each(|&value| push(&mut line, value));
                line.pop();
                line.push('\n');
                out.write_all(line.as_bytes())
            })
    });
    Ok(written?)
}

/// A number and a comma.
fn push<T: Real>(line: &mut String, value: T) {
    let magnitude = value.to_f64().abs();
    let plain = magnitude == 0.0 || (1e-5..1e16).contains(&magnitude) || !magnitude.is_finite();
    // Writing to a string cannot fail.
    let _ = match plain {
        true => write!(line, "{value},"),
        false => write!(line, "{value:e},"),
    };
}

/// A name as a cell of a CSV file: in quotes where it could be taken for more than one.
pub fn csv_cell(name: &str) -> String {
    match name.contains([',', ';', '\t', '"', '\n', '\r']) || name.trim() != name {
        true => format!("\"{}\"", name.replace('"', "\"\"")),
        false => name.to_owned(),
    }
}
