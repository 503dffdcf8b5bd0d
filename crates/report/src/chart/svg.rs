//! SVG output: elements with escaped text and short coordinates.

use latents_text::printable;
use std::fmt::Write;

/// The style sheet of the charts, with a light and a dark theme.
pub const STYLE: &str = include_str!("chart.css");

/// An SVG drawing under construction.
pub(super) struct Svg {
    text: String,
}

/// Horizontal alignment of a text.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    /// Opens a drawing of `width × height`, with a description for screen readers.
    pub(super) fn new(width: f64, height: f64, description: &str) -> Self {
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" \
             aria-label=\"{}\">",
            Coordinate(width),
            Coordinate(height),
            escape(description)
        );
        Self { text }
    }

    /// Closes the drawing.
    pub(super) fn finish(mut self) -> String {
        self.text.push_str("</svg>");
        self.text
    }

    pub(super) fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let ends = [x1, y1, x2, y2].map(Coordinate);
        self.write(format_args!(
            "<line class=\"{class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>",
            ends[0], ends[1], ends[2], ends[3]
        ));
    }

    pub(super) fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, content: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let (x, y) = (Coordinate(x), Coordinate(y));
        self.write(format_args!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\"{anchor}>{}</text>",
            escape(content)
        ));
    }

    /// A rectangle; `title` is its tooltip.
    pub(super) fn rectangle(
        &mut self,
        class: &str,
        (x, y): (f64, f64),
        (width, height): (f64, f64),
        title: &str,
    ) {
        let [x, y, width, height] = [x, y, width, height].map(Coordinate);
        self.write(format_args!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\">{}</rect>",
            titled(title)
        ));
    }

    /// A circle; `title` is its tooltip.
    pub(super) fn circle(&mut self, class: &str, (x, y): (f64, f64), radius: f64, title: &str) {
        let [x, y, radius] = [x, y, radius].map(Coordinate);
        self.write(format_args!(
            "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\">{}</circle>",
            titled(title)
        ));
    }

    /// A line through all points.
    pub(super) fn path(&mut self, class: &str, points: &[(f64, f64)]) {
        self.write(format_args!("<path class=\"{class}\" d=\""));
        for (index, &(x, y)) in points.iter().enumerate() {
            let command = if index == 0 { 'M' } else { 'L' };
            self.write(format_args!("{command}{} {}", Coordinate(x), Coordinate(y)));
        }
        self.text.push_str("\"/>");
    }

    fn write(&mut self, arguments: std::fmt::Arguments) {
        // Writing to a string cannot fail.
        let _ = self.text.write_fmt(arguments);
    }
}

/// A coordinate with at most one decimal; a tenth of a pixel is finer than visible.
struct Coordinate(f64);

impl std::fmt::Display for Coordinate {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let rounded = (self.0 * 10.0).round() / 10.0;
        // Adding 0 turns −0 into 0.
        write!(f, "{}", rounded + 0.0)
    }
}

fn titled(title: &str) -> String {
    match title {
        "" => String::new(),
        text => format!("<title>{}</title>", escape(text)),
    }
}

/// Escapes text for an element or an attribute.
pub(super) fn escape(text: &str) -> String {
    let text = printable(text);
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Approximate width of `text` at font size `size`.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let width = |character| match character {
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | '.' | ',' | ':' | ';' | ' ' | '\'' | '|' | '(' | ')' => 0.33,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.9,
        'A'..='Z' => 0.68,
        '⁰'..='⁹' | '¹' | '²' | '³' => 0.38,
        _ => 0.57,
    };
    size * text.chars().map(width).sum::<f64>()
}

/// Cuts `text` to fit `width`, with an ellipsis at the end.
pub(super) fn shortened(text: &str, width: f64, size: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        kept.push(character);
        if text_width(&kept, size) + size > width {
            break;
        }
    }
    kept.trim_end().to_owned() + "…"
}

/// Makes a chart a file of its own, with the style sheet inside.
///
/// ```
/// # use latents_report::chart::{Histogram, standalone};
/// let chart = Histogram { values: vec![1.0, 2.0], ..Histogram::default() };
/// assert!(standalone(&chart.svg()).contains("<style>"));
/// ```
pub fn standalone(chart: &str) -> String {
    match chart.split_once('>') {
        Some((opening, rest)) => format!("{opening}><style>{STYLE}</style>{rest}\n"),
        None => chart.to_owned(),
    }
}
