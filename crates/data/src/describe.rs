//! What was read, in a sentence.

use crate::Dataset;

impl Dataset {
    /// What this is, for people: name, rows, columns, type, range, scaling, labels, and whether a
    /// column names the rows.
    ///
    /// ```
    /// assert_eq!(
    ///     latents_data::digits().describe(),
    ///     "digits: 1,797 rows × 64 columns (pictures 8×8) of u8, values 0 to 16, divided by 16: 0 to 1; 10 classes"
    /// );
    /// ```
    pub fn describe(&self) -> String {
        let picture = self
            .image_shape()
            .map(|shape| match shape.channels {
                1 => format!(" (pictures {}×{})", shape.height, shape.width),
                channels => format!(" (pictures {}×{}×{channels})", shape.height, shape.width),
            })
            .unwrap_or_default();
        let (low, high) = self.range();
        let (scaled_low, scaled_high) = self.scaled_range();
        let scaled = match self.scaling() {
            crate::Scaling::None => String::new(),
            _ => format!(": {} to {}", short(scaled_low), short(scaled_high)),
        };
        let classes = self
            .class_names()
            .map(|names| match names.len() {
                1 => "; 1 class".to_owned(),
                count => format!("; {} classes", grouped(count)),
            })
            .unwrap_or_default();
        let header = match (self.column_names(), self.is_headless()) {
            (Some(_), _) => "named by a header, ",
            (None, true) => "without a header, ",
            (None, false) => "",
        };
        // Images of a folder have their names without a word.
        let named = self.rows() > 0 && self.file_name(0).is_some() && self.image_shape().is_none();
        let files = if named { "; rows named by column file" } else { "" };
        format!(
            "{}: {} × {}{picture} of {}, {header}values {} to {}, {}{scaled}{classes}{files}",
            self.name(),
            counted(self.rows(), "row"),
            counted(self.columns(), "column"),
            self.element_type(),
            short(low),
            short(high),
            self.scaling(),
        )
    }
}

/// `1 row`, `1,797 rows`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(count))
}

/// `1,797`.
pub(crate) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// At most six significant digits.
pub(crate) fn short(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    // Adding zero turns −0 into 0.
    let value = value + 0.0;
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-4..1e9).contains(&magnitude) {
        return format!("{value:.3e}");
    }
    let decimals = [1.0, 10.0, 100.0, 1e3, 1e4, 1e5]
        .iter()
        .filter(|&&step| magnitude >= step)
        .count();
    let text = format!("{value:.*}", 6 - decimals);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!(
            [7, 999, 1000, 60_000, 1_234_567].map(grouped),
            ["7", "999", "1,000", "60,000", "1,234,567"]
        );
        assert_eq!(
            [-0.0, -0.5, 255.0, 1.0 / 3.0, 12_345.678_9, 1e-9, 3e12].map(short),
            ["0", "-0.5", "255", "0.333333", "12345.7", "1.000e-9", "3.000e12"]
        );
    }
}
