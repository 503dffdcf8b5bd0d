//! Tables for people.

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};
use latents_report::LayerEntry;
use latents_text::printable;

/// The layer table: layer, output shape, parameters, and their sum.
pub(crate) fn layers(rows: &[LayerEntry]) -> String {
    let mut table = new(&["Layer", "Output shape", "Parameters"]);
    for row in rows {
        table.add_row([&row.name, &row.output_shape, &row.parameters.to_string()]);
    }
    let total: usize = rows.iter().map(|row| row.parameters).sum();
    table.add_row(["Total", "", &total.to_string()]);
    right_aligned(table, 2)
}

/// Two columns: what, and how much.
pub(crate) fn pairs(head: [&str; 2], rows: &[(String, String)]) -> String {
    let mut table = new(&head);
    for (name, value) in rows {
        table.add_row([printable(name), printable(value)]);
    }
    right_aligned(table, 1)
}

/// Rows of as many cells as the head; all but the first `left` columns are numbers.
pub(crate) fn rows(head: &[&str], left: usize, rows: &[Vec<String>]) -> String {
    let mut table = new(head);
    for row in rows {
        table.add_row(row.iter().map(|cell| printable(cell)));
    }
    for column in table.column_iter_mut().skip(left) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    trimmed(&table)
}

/// What stands for a number that there is none of.
pub(crate) const NONE: &str = "-";

/// A rule above, below, and under the head.
const RULES: TableStyle = TableStyle::new()
    .top_border(LineStyle::none().fill('─').junction('─'))
    .header_separator(LineStyle::none().fill('─').junction('─'))
    .bottom_border(LineStyle::none().fill('─').junction('─'));

fn new(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(RULES).set_header(head);
    table
}

fn right_aligned(mut table: Table, column: usize) -> String {
    if let Some(column) = table.column_mut(column) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    trimmed(&table)
}

fn trimmed(table: &Table) -> String {
    let text = table.to_string();
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_cannot_steer_the_terminal() {
        let name = "\u{1b}[31mred\u{9b}.png\n".to_owned();
        let rows = rows(&["File", "Score"], 1, &[vec![name.clone(), "1".to_owned()]]);
        let pairs = pairs(["File", "Score"], &[(name, "1".to_owned())]);
        for table in [rows, pairs] {
            assert!(table.contains("\u{FFFD}[31mred\u{FFFD}.png "), "{table}");
            assert!(!table.contains('\u{1b}') && !table.contains('\u{9b}'));
        }
    }

    #[test]
    fn there_are_rules_at_the_ends_and_under_the_head_alone() {
        let line = |value: &str| vec!["codes".to_owned(), value.to_owned()];
        let table = rows(&["Of", "Loss"], 1, &[line("1.5"), line("2.5"), line("-3.5")]);
        let lines: Vec<&str> = table.lines().map(str::trim).collect();
        let rule = |line: &str| line.chars().all(|c| c == '─');
        assert_eq!(
            lines.iter().map(|line| rule(line)).collect::<Vec<_>>(),
            [true, false, true, false, false, false, true]
        );
        assert_eq!(lines[5].split_whitespace().collect::<Vec<_>>(), ["codes", "-3.5"]);
    }
}
