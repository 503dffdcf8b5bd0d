//! `history.csv`: one line per epoch.

use crate::EpochRow;

/// The columns that every history starts with.
const HEADER: &str = "epoch,loss,validation_loss,seconds";
/// The prefix of the columns with the parts of the validation loss.
const VALIDATION: &str = "validation_";

/// Error from [`parse_history`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// The header is not that of a history.
    #[error("history, line 1: found `{found}`, expected `{HEADER}`")]
    Header {
        /// The first line of the file.
        found: String,
    },
    /// A line has more or fewer fields than the header.
    #[error("history, line {line}: {found} fields, expected {} ({columns})", .columns.split(',').count())]
    Fields {
        /// Line number, counted from 1; line 1 is the header.
        line: usize,
        /// Number of fields in the line.
        found: usize,
        /// The column names from the header, separated by commas.
        columns: String,
    },
    /// A field is not a number.
    #[error("history, line {line}, column {column}: `{found}` is not a number")]
    Number {
        /// Line number, counted from 1; line 1 is the header.
        line: usize,
        /// Name of the column.
        column: String,
        /// Text of the field.
        found: String,
    },
}

/// Writes the epochs as CSV: `epoch,loss,validation_loss,seconds`, then one column for each part of the loss. Parts of the
/// validation loss have the prefix `validation_`.
///
/// Numbers are written with enough digits to be read back bit for bit. Missing values are empty fields.
///
/// ```
/// # use latents_report::{EpochRow, history_csv};
/// let epoch = EpochRow { epoch: 1, train_loss: 0.5, validation_loss: None, seconds: 2.0, ..EpochRow::default() };
/// assert_eq!(history_csv(&[epoch]), "epoch,loss,validation_loss,seconds\n1,0.5,,2\n");
/// ```
pub fn history_csv(epochs: &[EpochRow]) -> String {
    let train = part_names(epochs.iter().map(|row| &row.train_parts));
    let validation = part_names(epochs.iter().map(|row| &row.validation_parts));
    let header = std::iter::once(HEADER.to_owned())
        .chain(train.iter().map(|name| name.to_string()))
        .chain(validation.iter().map(|name| format!("{VALIDATION}{name}")));
    let mut lines = vec![header.collect::<Vec<_>>().join(",")];
    for row in epochs {
        let (epoch, loss, seconds) = (row.epoch, row.train_loss, row.seconds);
        let mut line = format!("{epoch},{loss},{},{seconds}", field(row.validation_loss));
        for (parts, names) in [(&row.train_parts, &train), (&row.validation_parts, &validation)] {
            for name in names {
                line += ",";
                line += &field(part(parts, name));
            }
        }
        lines.push(line);
    }
    lines.join("\n") + "\n"
}

fn field(number: Option<f64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

fn part(parts: &[(String, f64)], name: &str) -> Option<f64> {
    parts.iter().find(|part| part.0 == name).map(|part| part.1)
}

/// All names, in order of first appearance.
fn part_names<'a>(epochs: impl Iterator<Item = &'a Vec<(String, f64)>>) -> Vec<&'a str> {
    let mut names = Vec::new();
    for (name, _) in epochs.flatten() {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}

/// Reads the output of [`history_csv`].
///
/// # Errors
/// [`HistoryError`] with the line and column of the first invalid field.
///
/// ```
/// # use latents_report::parse_history;
/// let epochs = parse_history("epoch,loss,validation_loss,seconds\n1,0.5,0.25,2\n").unwrap();
/// assert_eq!((epochs[0].train_loss, epochs[0].validation_loss), (0.5, Some(0.25)));
/// assert!(parse_history("step,loss\n").is_err());
/// ```
pub fn parse_history(text: &str) -> Result<Vec<EpochRow>, HistoryError> {
    let mut lines = text.lines().enumerate();
    let header = lines.next().map_or("", |(_, line)| line.trim());
    let rest = header.strip_prefix(HEADER);
    let columns: Option<Vec<&str>> = rest.map(|rest| rest.split(',').map(str::trim).collect());
    let parts = match columns.as_deref() {
        Some(["", parts @ ..]) if parts.iter().all(|part| !part.is_empty()) => parts,
        _ => {
            let found = header.to_owned();
            return Err(HistoryError::Header { found });
        }
    };
    let filled = lines.filter(|(_, line)| !line.trim().is_empty());
    filled
        .map(|(index, line)| parse_line(index + 1, line, parts))
        .collect()
}

fn parse_line(line: usize, text: &str, parts: &[&str]) -> Result<EpochRow, HistoryError> {
    let fields: Vec<&str> = text.split(',').map(str::trim).collect();
    let [epoch, loss, validation, seconds, values @ ..] = &fields[..] else {
        return Err(wrong_fields(line, &fields, parts));
    };
    if values.len() != parts.len() {
        return Err(wrong_fields(line, &fields, parts));
    }
    let mut row = EpochRow {
        epoch: number(line, "epoch", epoch)?,
        train_loss: number(line, "loss", loss)?,
        validation_loss: optional(line, "validation_loss", validation)?,
        seconds: number(line, "seconds", seconds)?,
        ..EpochRow::default()
    };
    for (column, value) in parts.iter().zip(values) {
        let Some(value) = optional(line, column, value)? else {
            continue;
        };
        match column.strip_prefix(VALIDATION) {
            Some(name) => row.validation_parts.push((name.to_owned(), value)),
            None => row.train_parts.push((column.to_string(), value)),
        }
    }
    Ok(row)
}

fn wrong_fields(line: usize, fields: &[&str], parts: &[&str]) -> HistoryError {
    let columns: Vec<&str> = std::iter::once(HEADER).chain(parts.iter().copied()).collect();
    HistoryError::Fields {
        line,
        found: fields.len(),
        columns: columns.join(","),
    }
}

fn optional(line: usize, column: &str, text: &str) -> Result<Option<f64>, HistoryError> {
    match text {
        "" => Ok(None),
        text => number(line, column, text).map(Some),
    }
}

fn number<N: std::str::FromStr>(line: usize, column: &str, text: &str) -> Result<N, HistoryError> {
    text.parse().map_err(|_| HistoryError::Number {
        line,
        column: column.to_owned(),
        found: text.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(epoch: usize, train_loss: f64, validation_loss: Option<f64>) -> EpochRow {
        EpochRow {
            epoch,
            train_loss,
            validation_loss,
            seconds: 0.1 + 0.2,
            ..EpochRow::default()
        }
    }

    #[test]
    fn written_and_read_back() {
        let epochs = [row(1, 1.0 / 3.0, Some(1e-300)), row(2, f64::INFINITY, None)];
        assert_eq!(parse_history(&history_csv(&epochs)).unwrap(), epochs);
        assert_eq!(parse_history(&history_csv(&[])).unwrap(), []);
    }

    #[test]
    fn parts_are_columns_and_may_be_missing() {
        let parts = |names: &[&str]| names.iter().map(|name| (name.to_string(), 0.1)).collect();
        let epochs = [
            EpochRow {
                train_parts: parts(&["reconstruction", "divergence"]),
                validation_parts: parts(&["reconstruction"]),
                ..row(1, 3.0, Some(2.0))
            },
            row(2, 1.0, None),
        ];
        let text = history_csv(&epochs);
        let header =
            "epoch,loss,validation_loss,seconds,reconstruction,divergence,validation_reconstruction\n";
        assert!(text.starts_with(header), "{text}");
        assert_eq!(parse_history(&text).unwrap(), epochs);
    }

    #[test]
    fn not_a_number_survives() {
        let read = parse_history(&history_csv(&[row(1, f64::NAN, Some(f64::NAN))])).unwrap();
        assert!(read[0].train_loss.is_nan() && read[0].validation_loss.unwrap().is_nan());
    }

    #[test]
    fn errors_name_the_place() {
        let found = parse_history("").unwrap_err();
        assert!(matches!(found, HistoryError::Header { .. }));
        let found = parse_history(&format!("{HEADER}\n1,2,3,4\n1,2\n")).unwrap_err();
        let text = format!("history, line 3: 2 fields, expected 4 ({HEADER})");
        assert_eq!(found.to_string(), text);
        let found = parse_history(&format!("{HEADER},l1\n1,2,3,4\n")).unwrap_err();
        let text = format!("history, line 2: 4 fields, expected 5 ({HEADER},l1)");
        assert_eq!(found.to_string(), text);
        assert!(parse_history(&format!("{HEADER}l1\n1,2,3,4\n")).is_err());
        let found = parse_history(&format!("{HEADER}\n1,2,x,4\n")).unwrap_err();
        let text = "history, line 2, column validation_loss: `x` is not a number";
        assert_eq!(found.to_string(), text);
    }
}
