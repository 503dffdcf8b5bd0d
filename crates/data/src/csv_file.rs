//! CSV files of tensors: codes, scores, reconstructions.

use crate::DataError;
use latents_tensor::{Real, Tensor};
use std::fmt::Write as _;
use std::path::Path;

/// Writes a tensor (rows, columns) as CSV with a header: comma-separated, with `
/// ` line endings and the shortest decimal numbers that read back exactly. The write is atomic: after a failure the previous
/// file is unchanged.
///
/// [`open`](crate::open) reads the first line as a header unless all names are numbers.
///
/// # Errors
/// If the file cannot be written.
///
/// # Panics
/// If the numbers of names and columns differ.
///
/// ```no_run
/// # use latents_tensor::Tensor;
/// latents_data::write_csv("codes.csv", &["z1", "z2"], &Tensor::<f32>::zeros([3, 2]))?;
/// # Ok::<(), latents_data::DataError>(())
/// ```
#[track_caller]
pub fn write_csv<T: Real>(
    path: impl AsRef<Path>,
    names: &[impl AsRef<str>],
    rows: &Tensor<T>,
) -> Result<(), DataError> {
    write(path.as_ref(), names, None, rows)
}

/// Like [`write_csv`], with a first column `file` for the file that each row was read from; see
/// [`Dataset::file_names`](crate::Dataset::file_names).
///
/// [`open`](crate::open) reads such a table with the same row names, unless the first name is a number.
///
/// # Errors
/// If the file cannot be written.
///
/// # Panics
/// Like [`write_csv`], and if the numbers of files and rows differ.
///
/// ```no_run
/// # use latents_tensor::Tensor;
/// latents_data::write_csv_of_files("codes.csv", &["z1"], &["a.png", "b.png"], &Tensor::<f32>::zeros([2, 1]))?;
/// # Ok::<(), latents_data::DataError>(())
/// ```
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

/// Appends a number and a comma.
fn push<T: Real>(line: &mut String, value: T) {
    let magnitude = value.to_f64().abs();
    let plain = magnitude == 0.0 || (1e-5..1e16).contains(&magnitude) || !magnitude.is_finite();
    // Writing to a string cannot fail.
    let _ = match plain {
        true => write!(line, "{value},"),
        false => write!(line, "{value:e},"),
    };
}

/// A name as a CSV cell, quoted if necessary.
///
/// ```
/// # use latents_data::csv_cell;
/// assert_eq!((csv_cell("a").as_ref(), csv_cell("a,b").as_ref()), ("a", "\"a,b\""));
/// ```
pub fn csv_cell(name: &str) -> String {
    match name.contains([',', ';', '\t', '"', '\n', '\r']) || name.trim() != name {
        true => format!("\"{}\"", name.replace('"', "\"\"")),
        false => name.to_owned(),
    }
}
