//! `history.csv`: one line per epoch.

use crate::EpochRow;
use std::fmt::Write;

/// The first line of a history.
const HEADER: &str = "epoch,loss,validation_loss,seconds";

/// A history that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// The first line is something else.
    #[error("history, line 1: found `{found}`, expected `{HEADER}`")]
    Header {
        /// What the first line is.
        found: String,
    },
    /// A line has more or fewer fields than the header.
    #[error("history, line {line}: {found} fields, expected 4 ({HEADER})")]
    Fields {
        /// Counted from 1, the header included.
        line: usize,
        /// How many fields the line has.
        found: usize,
    },
    /// A field is not a number.
    #[error("history, line {line}, column {column}: `{found}` is not a number")]
    Number {
        /// Counted from 1, the header included.
        line: usize,
        /// The column's name.
        column: &'static str,
        /// The text of the field.
        found: String,
    },
}

/// The epochs as CSV: `epoch,loss,validation_loss,seconds`.
///
/// Numbers are written so that reading gives the same bits; a missing validation loss is an empty field.
pub fn history_csv(epochs: &[EpochRow]) -> String {
    let mut text = format!("{HEADER}\n");
    for row in epochs {
        let validation = row
            .validation_loss
            .map(|loss| loss.to_string())
            .unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{},{},{validation},{}",
            row.epoch, row.train_loss, row.seconds
        );
    }
    text
}

/// Reads what [`history_csv`] wrote.
///
/// # Errors
/// [`HistoryError`] names the line and the column of what does not fit.
pub fn parse_history(text: &str) -> Result<Vec<EpochRow>, HistoryError> {
    let mut lines = text.lines().enumerate();
    let header = lines.next().map_or("", |(_, line)| line.trim());
    if header != HEADER {
        let found = header.to_owned();
        return Err(HistoryError::Header { found });
    }
    let filled = lines.filter(|(_, line)| !line.trim().is_empty());
    filled.map(|(index, line)| parse_line(index + 1, line)).collect()
}

fn parse_line(line: usize, text: &str) -> Result<EpochRow, HistoryError> {
    let fields: Vec<&str> = text.split(',').map(str::trim).collect();
    let [epoch, loss, validation, seconds] = fields[..] else {
        let found = fields.len();
        return Err(HistoryError::Fields { line, found });
    };
    Ok(EpochRow {
        epoch: number(line, "epoch", epoch)?,
        train_loss: number(line, "loss", loss)?,
        validation_loss: match validation {
            "" => None,
            text => Some(number(line, "validation_loss", text)?),
        },
        seconds: number(line, "seconds", seconds)?,
    })
}

fn number<N: std::str::FromStr>(line: usize, column: &'static str, text: &str) -> Result<N, HistoryError> {
    text.parse().map_err(|_| HistoryError::Number {
        line,
        column,
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
        }
    }

    #[test]
    fn written_and_read_back() {
        let epochs = [row(1, 1.0 / 3.0, Some(1e-300)), row(2, f64::INFINITY, None)];
        assert_eq!(parse_history(&history_csv(&epochs)).unwrap(), epochs);
        assert_eq!(parse_history(&history_csv(&[])).unwrap(), []);
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
        assert_eq!(found, HistoryError::Fields { line: 3, found: 2 });
        let found = parse_history(&format!("{HEADER}\n1,2,x,4\n")).unwrap_err();
        let text = "history, line 2, column validation_loss: `x` is not a number";
        assert_eq!(found.to_string(), text);
    }
}
