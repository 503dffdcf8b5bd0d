//! Reads a table line by line.

use super::records::{Record, Records};
use crate::format::OpenedFile;
use crate::labels::Collector;
use crate::read::input::{Input, explain};
use crate::row_names::RowNames;
use crate::{DataError, Dataset, Loaded, Scaling, Values};
use std::io::{BufReader, Read};

/// Number of bytes in which the first line must end.
const LOOK_AHEAD: u64 = 1 << 16;

/// Reads a table. The column `label` (a name, or an index from 0, negative from the end) contains the labels.
///
/// A first column `file` whose first cell is text contains the row names, as written by
/// [`write_csv_of_files`](crate::write_csv_of_files).
///
/// Integers from 0 to 255 are stored as bytes, all other numbers as `f64`. Nothing is scaled.
pub(super) fn read(file: OpenedFile<'_>) -> Result<Loaded, DataError> {
    table(file.input, file.options.label.as_deref()).map(Loaded::from)
}

fn table(mut input: Input<'_>, label: Option<&str>) -> Result<Dataset, DataError> {
    let place = input.place().to_owned();
    let mut start = Vec::new();
    let looked = input.by_ref().take(LOOK_AHEAD).read_to_end(&mut start);
    let looked = looked.map_err(|error| explain(error, &place))?;
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start);
    let delimiter = match looked as u64 == LOOK_AHEAD {
        true => delimiter_of(whole_lines(start)),
        false => delimiter_of(start),
    };
    let input = BufReader::with_capacity(1 << 16, start.chain(input));
    let mut records = Records::new(input, delimiter);
    let failed = |error| explain(error, &place);
    let Some(first) = records.next().map_err(failed)? else {
        return Err(DataError::NoRows { place });
    };
    let mut table = Table::new(&place, first, label)?;
    while let Some(record) = records.next().map_err(failed)? {
        table.push(record)?;
    }
    table.finish()
}

/// The start of a file without the incomplete last line; if there is only one line, all of it.
fn whole_lines(start: &[u8]) -> &[u8] {
    match start.iter().rposition(|&byte| byte == b'\n') {
        Some(end) => &start[..end],
        None => start,
    }
}

/// Detects the delimiter: tab, otherwise semicolon, otherwise comma, because a comma may also be the decimal mark of the other
/// two.
///
/// A mark in the first line is the delimiter if, split by it, the second line contains only numbers or has the same number of
/// cells.
fn delimiter_of(start: &[u8]) -> u8 {
    let mut lines = start
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty());
    let first = lines.next().unwrap_or_default();
    let second = lines.next().unwrap_or(first);
    let count = |line, mark| cells_between(line, mark).count();
    let marks: Vec<u8> = b"\t;,"
        .iter()
        .copied()
        .filter(|&mark| count(first, mark) > 1)
        .collect();
    let numeric = |mark: &&u8| cells_between(second, **mark).all(is_number_or_empty);
    let equal = |mark: &&u8| count(first, **mark) == count(second, **mark);
    let found = marks.iter().find(numeric).or_else(|| marks.iter().find(equal));
    *found.unwrap_or(&b',')
}

/// The cells of a line that is split by `mark`.
fn cells_between(line: &[u8], mark: u8) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    line.split(move |&byte| {
        quoted ^= byte == b'"';
        !quoted && byte == mark
    })
}

fn is_number_or_empty(cell: &[u8]) -> bool {
    let cell = cell.trim_ascii();
    cell.is_empty() || number_of(cell).is_some()
}

/// A table while it is read, line by line.
struct Table<'a> {
    place: &'a str,
    /// Number of cells per line.
    width: usize,
    /// The names of all columns, if the file has a header.
    names: Option<Vec<String>>,
    /// The label column and its labels.
    label: Option<(usize, Collector)>,
    /// The row names, if the first column contains them.
    files: Option<RowNames>,
    cells: Cells,
}

/// Bytes as long as all numbers are integers from 0 to 255.
enum Cells {
    Bytes(Vec<u8>),
    Floats(Vec<f64>),
}

impl<'a> Table<'a> {
    /// A table whose first line, a header or not, is `first`.
    fn new(place: &'a str, first: Record<'_>, label: Option<&str>) -> Result<Self, DataError> {
        let texts: Vec<String> = first
            .cells()
            .map(|cell| String::from_utf8_lossy(cell).into_owned())
            .collect();
        let column = label.map(|label| find_label(place, &texts, label)).transpose()?;
        let named = label
            .is_some_and(|label| texts.iter().any(|text| text == label) && label.parse::<f64>().is_err());
        let is_text = |(index, text): (usize, &String)| {
            Some(index) != column && !text.is_empty() && text.parse::<f64>().is_err()
        };
        let header = named || texts.iter().enumerate().any(is_text);
        if texts.len() == usize::from(column.is_some()) {
            return Err(DataError::NoColumns {
                place: place.to_owned(),
                label_only: true,
            });
        }
        let mut table = Self {
            place,
            width: texts.len(),
            names: header.then_some(texts),
            label: column.map(|column| (column, Collector::default())),
            files: None,
            cells: Cells::Bytes(Vec::new()),
        };
        if !header {
            table.push(first)?;
        }
        Ok(table)
    }

    fn push(&mut self, record: Record<'_>) -> Result<(), DataError> {
        let line = record.line;
        if record.len() != self.width {
            return Err(DataError::Ragged {
                place: self.place.to_owned(),
                line,
                found: record.len(),
                expected: self.width,
            });
        }
        if self.cells.is_empty() && self.begins_with_file(record) {
            self.files = Some(RowNames::default());
        }
        for (column, cell) in record.cells().enumerate() {
            match (&mut self.label, &mut self.files) {
                (Some((label, labels)), _) if *label == column => {
                    labels.push(&String::from_utf8_lossy(cell));
                }
                (_, Some(files)) if column == 0 => files.push(&String::from_utf8_lossy(cell)),
                _ if self.cells.push(cell).is_some() => {}
                _ => return Err(self.bad_cell(line, column, cell)),
            }
        }
        Ok(())
    }

    /// Whether the first column is `file` with text in this line. A numeric column of this name is ordinary data.
    fn begins_with_file(&self, record: Record<'_>) -> bool {
        let named = self.names.as_ref().is_some_and(|names| names[0] == "file");
        let is_label = self.label.as_ref().is_some_and(|(label, _)| *label == 0);
        named
            && !is_label
            && record
                .cells()
                .next()
                .is_some_and(|cell| !is_number_or_empty(cell))
    }

    fn bad_cell(&self, line: u64, column: usize, cell: &[u8]) -> DataError {
        let text = clipped(&String::from_utf8_lossy(cell));
        let hint = match &text[..] {
            "" => "the cell is empty: fill it in or remove the line",
            _ if text.parse::<f64>().is_ok() => {
                "every value must be finite and fit a 32-bit float: remove the line or replace the value"
            }
            _ if is_decimal_comma(&text) => "use a decimal point",
            _ if column == 0 && self.names.as_ref().is_some_and(|names| names[0] == "file") => {
                "a first column file names the rows only where its first cell is a text, and here that is a number: \
                 begin with a text, or remove the column"
            }
            _ if self.label.is_none() => "replace it by a number, or choose this column as the labels",
            _ => "replace it by a number, or remove the column",
        };
        DataError::Cell {
            place: self.place.to_owned(),
            line,
            column: column + 1,
            name: self.names.as_ref().map(|names| clipped(&names[column])),
            text,
            hint,
        }
    }

    fn finish(self) -> Result<Dataset, DataError> {
        let Self {
            place,
            width,
            names,
            label,
            files,
            cells,
        } = self;
        let is_feature = |&column: &usize| {
            let is_label = label.as_ref().is_some_and(|(label, _)| *label == column);
            let is_file = files.is_some() && column == 0;
            !is_label && !is_file
        };
        let features: Vec<usize> = (0..width).filter(is_feature).collect();
        if features.is_empty() {
            return Err(DataError::NoColumns {
                place: place.to_owned(),
                label_only: label.is_some(),
            });
        }
        let values = match cells {
            Cells::Bytes(bytes) => Values::U8(bytes),
            Cells::Floats(floats) => Values::F64(floats),
        };
        let mut data = Dataset::new(place, values, features.len())?.with_scaling(Scaling::None)?;
        data = match names {
            Some(names) => {
                data.with_column_names(features.iter().map(|&column| names[column].clone()).collect())?
            }
            None => data.without_header(),
        };
        if let Some(files) = files {
            data = data.with_file_names(files);
        }
        match label {
            Some((_, labels)) => data.with_labels(labels.finish()),
            None => Ok(data),
        }
    }
}

impl Cells {
    fn is_empty(&self) -> bool {
        match self {
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::Floats(floats) => floats.is_empty(),
        }
    }

    /// Adds a cell that is a valid number.
    fn push(&mut self, cell: &[u8]) -> Option<()> {
        match self {
            Self::Bytes(bytes) => match byte_of(cell) {
                Some(byte) => bytes.push(byte),
                None => {
                    let number = number_of(cell)?;
                    let mut floats: Vec<f64> = bytes.iter().map(|&byte| byte.into()).collect();
                    floats.push(number);
                    *self = Self::Floats(floats);
                }
            },
            Self::Floats(floats) => floats.push(match byte_of(cell) {
                Some(byte) => byte.into(),
                None => number_of(cell)?,
            }),
        }
        Some(())
    }
}

/// Parses a plain integer from 0 to 255; most cells of images are.
fn byte_of(cell: &[u8]) -> Option<u8> {
    if cell.is_empty() || cell.len() > 3 || !cell.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = cell
        .iter()
        .fold(0u16, |number, digit| number * 10 + u16::from(digit - b'0'));
    u8::try_from(number).ok()
}

fn number_of(cell: &[u8]) -> Option<f64> {
    let number: f64 = std::str::from_utf8(cell).ok()?.parse().ok()?;
    (number.abs() <= f64::from(f32::MAX)).then_some(number)
}

/// Whether a text is a number with a decimal comma.
fn is_decimal_comma(text: &str) -> bool {
    text.matches(',').count() == 1 && number_of(text.replace(',', ".").as_bytes()).is_some()
}

/// Maximum number of characters of a name or cell in a message.
const SHOWN: usize = 40;

/// Shortens a text for a message.
fn clipped(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Finds the column `label` by its name, otherwise by its index from 0, negative from the end.
fn find_label(place: &str, first: &[String], label: &str) -> Result<usize, DataError> {
    let columns = || (0..first.len()).filter(|&column| first[column] == label);
    match columns().collect::<Vec<_>>()[..] {
        _ if label.parse::<isize>().is_ok() => {}
        [] => {}
        [column] => return Ok(column),
        ref several => {
            return Err(DataError::AmbiguousLabel {
                place: place.to_owned(),
                label: label.to_owned(),
                columns: several.to_vec(),
            });
        }
    }
    let width = first.len() as isize;
    match label.parse::<isize>() {
        Ok(number) if (-width..width).contains(&number) => Ok(number.rem_euclid(width) as usize),
        Ok(_) => Err(no_label(
            place,
            label,
            format!("the columns are 0 to {}, or -1 for the last", width - 1),
        )),
        Err(_) => {
            let shown = first.iter().take(20).map(|name| format!("{:?}", clipped(name)));
            let dots = if first.len() > 20 { ", …" } else { "" };
            let shown = shown.collect::<Vec<_>>().join(", ");
            Err(no_label(
                place,
                label,
                format!("the first line has {shown}{dots}"),
            ))
        }
    }
}

fn no_label(place: &str, label: &str, known: String) -> DataError {
    DataError::LabelColumn {
        place: place.to_owned(),
        label: label.to_owned(),
        known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters() {
        assert_eq!(delimiter_of(b"1,5;2,0;3,1\n1,5;2,5;3,5"), b';');
        assert_eq!(delimiter_of(b"width;height,kind\n1,2\n"), b',');
        assert_eq!(delimiter_of(b"\"a;b\",c\n"), b',');
        assert_eq!(delimiter_of(b"\na\tb,c"), b'\t');
        assert_eq!(delimiter_of(b"12"), b',');
        assert_eq!(delimiter_of(b"a;b;c\n1;2\n"), b';');
        assert_eq!(delimiter_of(b"a\tb\tc\n1\n"), b'\t');
        assert_eq!(delimiter_of(b"a;b;kind\n1,5;2,5;x\n"), b';');
        assert_eq!(delimiter_of(b"a;b;c\n1;;3\n"), b';');
    }

    #[test]
    fn a_line_that_the_look_ahead_cuts_is_unknown() {
        assert_eq!(whole_lines(b"a\tb\n1\t"), b"a\tb");
        assert_eq!(whole_lines(b"a\tb"), b"a\tb");
        assert_eq!(delimiter_of(whole_lines(b"a\tb\tc\nx\t2")), b'\t');
    }

    #[test]
    fn plain_bytes() {
        let cells: [&[u8]; 8] = [b"0", b"255", b"256", b"007", b"", b"-1", b"1.", b"0000"];
        assert_eq!(
            cells.map(byte_of),
            [Some(0), Some(255), None, Some(7), None, None, None, None]
        );
    }
}
