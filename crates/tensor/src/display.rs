//! Printing of tensors, as NumPy prints arrays: aligned columns, and only the ends of long axes.
//!
//! `{}` prints the numbers, `{:?}` adds commas, type and shape; `{:.3}` sets the number of digits after the point (default 8).

use crate::{Real, Tensor, concrete};
use std::fmt;

/// Larger tensors print only the ends of their axes.
const MOST_SHOWN: usize = 1000;
/// The number of parts printed at either end of a long axis.
const ENDS: usize = 3;
/// The number of characters after which rows are broken.
const LINE: usize = 75;
/// The default number of digits after the point.
const PRECISION: usize = 8;

impl<T: Real> fmt::Display for Tensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&render(self, f.precision(), "", 0))
    }
}

impl<T: Real> fmt::Debug for Tensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = render(self, f.precision(), ",", "tensor(".len());
        write!(f, "tensor({numbers}, {}{})", T::NAME, self.shape())
    }
}

concrete! {
    fn render<'a, T>(tensor: &'a Tensor<T>, precision: Option<usize>, separator: &'a str, indent: usize) -> String =
        rendered(tensor, precision, separator, indent);
}

fn rendered<T: Real>(tensor: &Tensor<T>, precision: Option<usize>, separator: &str, indent: usize) -> String {
    match (tensor.rank(), precision) {
        (0, None) => return format!("{:?}", tensor.item()),
        (0, Some(precision)) => return format!("{:.precision$}", tensor.item()),
        _ if tensor.is_empty() => return "[]".to_owned(),
        _ => {}
    }
    let mut shown = tensor.clone();
    let mut gaps = [false; crate::MAX_RANK];
    if tensor.len() > MOST_SHOWN {
        for (axis, gap) in gaps.iter_mut().enumerate().take(tensor.rank()) {
            let (length, name) = (tensor.shape()[axis], axis as isize);
            if length > 2 * ENDS {
                *gap = true;
                let ends = [
                    shown.narrow(name, 0, ENDS),
                    shown.narrow(name, length - ENDS, length),
                ];
                shown = Tensor::concat(&[&ends[0], &ends[1]], name);
            }
        }
    }
    let style = Style::of(&shown.to_vec(), precision.unwrap_or(PRECISION));
    level(&shown, &gaps, &style, separator, indent + 1)
}

/// Prints one pair of brackets. Lines after a line break are indented by `indent`.
fn level<T: Real>(
    tensor: &Tensor<T>,
    gaps: &[bool],
    style: &Style,
    separator: &str,
    indent: usize,
) -> String {
    let mut items: Vec<String> = match tensor.rank() {
        1 => tensor
            .to_vec()
            .into_iter()
            .map(|number| style.show(number))
            .collect(),
        _ => (0..tensor.size(0))
            .map(|index| level(&tensor.select(0, index), &gaps[1..], style, separator, indent + 1))
            .collect(),
    };
    if gaps[0] {
        items.insert(ENDS, "...".to_owned());
    }
    let inside = if tensor.rank() == 1 {
        broken(&items, separator, indent)
    } else {
        let between = format!(
            "{separator}{}{}",
            "\n".repeat(tensor.rank() - 1),
            " ".repeat(indent)
        );
        items.join(&between)
    };
    format!("[{inside}]")
}

/// Joins words in lines of at most `LINE` characters, with the closing bracket.
fn broken(words: &[String], separator: &str, indent: usize) -> String {
    let mut text = String::new();
    let mut column = indent;
    for (place, word) in words.iter().enumerate() {
        if place > 0 {
            text += separator;
            column += separator.len() + 1;
            if column + word.len() + 1 > LINE {
                text += "\n";
                text += &" ".repeat(indent);
                column = indent;
            } else {
                text += " ";
            }
        }
        text += word;
        column += word.len();
    }
    text
}

/// The format of the numbers of one tensor, which aligns their decimal points.
struct Style {
    scientific: bool,
    precision: usize,
    /// Characters before the point, sign included.
    whole: usize,
    /// Digits after the point.
    fraction: usize,
    /// Characters of the exponent.
    exponent: usize,
}

impl Style {
    fn of<T: Real>(numbers: &[T], precision: usize) -> Self {
        let finite = || numbers.iter().filter(|number| number.to_f64().is_finite());
        let sizes = || {
            finite()
                .map(|number| number.to_f64().abs())
                .filter(|&size| size != 0.0)
        };
        let (largest, smallest) = (sizes().fold(0.0, f64::max), sizes().fold(f64::INFINITY, f64::min));
        let scientific = largest > 0.0 && (largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1e3);
        let mut style = Self {
            scientific,
            precision,
            whole: 0,
            fraction: 0,
            exponent: 0,
        };
        for &number in finite() {
            let (whole, fraction, exponent) = style.parts(number);
            style.whole = style.whole.max(whole.len());
            style.fraction = style.fraction.max(fraction.len());
            style.exponent = style.exponent.max(exponent.len());
        }
        let special = numbers.iter().filter(|number| !number.to_f64().is_finite());
        let widest = special
            .map(|&number| special_name(number).len())
            .max()
            .unwrap_or(0);
        style.whole = style
            .whole
            .max(widest.saturating_sub(style.width() - style.whole));
        style
    }

    fn width(&self) -> usize {
        self.whole + 1 + self.fraction + self.exponent
    }

    /// Returns the digits before the point, those after it without trailing zeros, and the exponent.
    fn parts<T: Real>(&self, number: T) -> (String, String, String) {
        let precision = self.precision;
        // The fewest digits that identify the number, or fewer if the precision is lower.
        let digits = |shortest: String, limited: String| {
            let mantissa = shortest.split('e').next().unwrap_or("");
            let long = mantissa
                .split('.')
                .nth(1)
                .is_some_and(|fraction| fraction.len() > precision);
            if long { limited } else { shortest }
        };
        let text = if self.scientific {
            digits(format!("{number:e}"), format!("{number:.precision$e}"))
        } else {
            digits(format!("{number}"), format!("{number:.precision$}"))
        };
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, ""));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let exponent = match exponent.strip_prefix('-') {
            _ if !self.scientific => String::new(),
            Some(size) => format!("e-{size:0>2}"),
            None => format!("e+{exponent:0>2}"),
        };
        (
            whole.to_owned(),
            fraction.trim_end_matches('0').to_owned(),
            exponent,
        )
    }

    fn show<T: Real>(&self, number: T) -> String {
        if !number.to_f64().is_finite() {
            return format!("{:>1$}", special_name(number), self.width());
        }
        let (whole, fraction, exponent) = self.parts(number);
        let (before, after) = (self.whole, self.fraction);
        if self.scientific {
            format!("{whole:>before$}.{fraction:0<after$}{exponent}")
        } else {
            format!("{whole:>before$}.{fraction:<after$}")
        }
    }
}

fn special_name<T: Real>(number: T) -> &'static str {
    match number.to_f64() {
        number if number.is_nan() => "nan",
        number if number > 0.0 => "inf",
        _ => "-inf",
    }
}
