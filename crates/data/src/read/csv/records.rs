//! The records of a CSV file with their line numbers.
//!
//! `csv-core` splits the cells. Lines are counted here, because its count is wrong for empty lines and `\r
//! `, and users need the line to find a bad cell.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use std::io::{self, BufRead};

/// Reads one record after another, skipping empty lines.
pub(crate) struct Records<R> {
    input: R,
    core: Reader,
    /// The current line, and how much of it is already split.
    raw: Vec<u8>,
    used: usize,
    line: u64,
    fields: Vec<u8>,
    ends: Vec<usize>,
}

/// The cells of a record.
#[derive(Clone, Copy)]
pub(crate) struct Record<'a> {
    fields: &'a [u8],
    ends: &'a [usize],
    /// The line number of its start, from 1.
    pub(crate) line: u64,
}

impl<'a> Record<'a> {
    pub(crate) fn len(self) -> usize {
        self.ends.len()
    }

    /// The cells without surrounding whitespace.
    pub(crate) fn cells(self) -> impl Iterator<Item = &'a [u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(self.ends)
            .map(move |(start, &end)| self.fields[start..end].trim_ascii())
    }
}

impl<R: BufRead> Records<R> {
    pub(crate) fn new(input: R, delimiter: u8) -> Self {
        Self {
            input,
            core: ReaderBuilder::new().delimiter(delimiter).build(),
            raw: Vec::new(),
            used: 0,
            line: 0,
            fields: vec![0; 1024],
            ends: vec![0; 64],
        }
    }

    /// The next record; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Record<'_>>> {
        let (mut filled, mut ended) = (0, 0);
        let mut first_line = None;
        loop {
            let mut at_end = false;
            if self.used == self.raw.len() {
                at_end = !self.read_line()?;
                let blank = self.raw.trim_ascii().is_empty();
                if first_line.is_none() {
                    match (at_end, blank) {
                        (true, _) => return Ok(None),
                        (false, true) => {
                            self.used = self.raw.len();
                            continue;
                        }
                        (false, false) => {}
                    }
                }
            }
            let line = *first_line.get_or_insert(self.line);
            let (result, used, written, cells) = self.core.read_record(
                &self.raw[self.used..],
                &mut self.fields[filled..],
                &mut self.ends[ended..],
            );
            self.used += used;
            filled += written;
            ended += cells;
            match result {
                // A quoted cell continues on the next line.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.fields.resize(self.fields.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => {
                    return Ok(Some(Record {
                        fields: &self.fields[..filled],
                        ends: &self.ends[..ended],
                        line,
                    }));
                }
                ReadRecordResult::End => return Ok(None),
            }
            debug_assert!(!at_end || used == 0, "nothing comes after the end");
        }
    }

    /// Reads a line and normalises its end to `
    /// `; `false` at the end of the file.
    fn read_line(&mut self) -> io::Result<bool> {
        self.raw.clear();
        self.used = 0;
        if self.input.read_until(b'\n', &mut self.raw)? == 0 {
            return Ok(false);
        }
        self.line += 1;
        if self.raw.pop_if(|last| *last == b'\n').is_none() || self.raw.last() == Some(&b'\r') {
            self.raw.pop_if(|last| *last == b'\r');
        }
        self.raw.push(b'\n');
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(u64, Vec<String>)> {
        let mut records = Records::new(text.as_bytes(), b',');
        let mut found = Vec::new();
        while let Some(record) = records.next().unwrap() {
            let cells = record
                .cells()
                .map(|cell| String::from_utf8_lossy(cell).into_owned());
            found.push((record.line, cells.collect()));
        }
        found
    }

    fn record(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (line, cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[test]
    fn lines_are_counted_over_anything() {
        let expected = [record(1, &["a", "b"]), record(4, &["1", ""]), record(5, &["x"])];
        for end in ["\n", "\r\n"] {
            let text = ["a, b ", "", "  ", "1,", "x"].join(end);
            assert_eq!(all(&text), expected, "{end:?}");
            assert_eq!(all(&(text + end)), expected, "{end:?}");
        }
    }

    #[test]
    fn quoted_cells_may_span_lines() {
        let text = "\"a\n\nb\",\"c\"\"d\"\n1,2\n";
        assert_eq!(
            all(text),
            [record(1, &["a\n\nb", "c\"d"]), record(4, &["1", "2"])]
        );
        assert_eq!(all("1,\"open\n\n2"), [record(1, &["1", "open\n\n2"])]);
        assert_eq!(
            all("5\",2\n3,4"),
            [record(1, &["5\"", "2"]), record(2, &["3", "4"])]
        );
    }

    #[test]
    fn long_records_grow_the_buffers() {
        let cells: Vec<String> = (0..5000).map(|cell| cell.to_string()).collect();
        let text = cells.join(",");
        assert_eq!(all(&text), [(1, cells)]);
    }

    #[test]
    fn nothing() {
        assert!(all("").is_empty() && all("\n\r\n \n").is_empty());
    }
}
